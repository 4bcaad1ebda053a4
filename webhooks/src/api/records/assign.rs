//! Gives a record to somebody, or to nobody.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::AssignRecord;
use crm::ids::MemberId;
use crm::{Command, Outcome};
use serde::Deserialize;

use super::id_of;
use crate::Web;
use crate::extract::{At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Who looks after a record.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecordAssignment {
    /// The member; null makes it nobody's.
    owner: Option<MemberId>,
    /// The version that was seen; left out, the change applies to whatever is there.
    #[serde(default)]
    expected_version: Option<i64>,
}

/// Gives a record to somebody, or to nobody.
#[utoipa::path(
    post,
    path = "/records/{id}/assign",
    operation_id = "assign_record",
    tag = "records",
    params(("id" = String, Path, description = "The record's id or key")),
    request_body = RecordAssignment,
    responses((status = 200, description = "It is theirs.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Body(asked): Body<RecordAssignment>,
) -> Answer<Outcome> {
    let RecordAssignment { owner, expected_version } = asked;
    let record = id_of(&web, &who, &given).await?;
    let command = AssignRecord { record, owner, expected_version };
    Ok(Json(who.run(&web, Command::AssignRecord(command)).await?))
}
