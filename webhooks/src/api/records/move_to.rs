//! Takes a record to another stage.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::MoveRecord;
use crm::{Command, Outcome};
use serde::Deserialize;

use super::id_of;
use crate::Web;
use crate::extract::{At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Where a record goes.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecordMove {
    /// The stage, by key or name.
    to: String,
    /// The version that was seen; left out, the move applies to whatever is there.
    #[serde(default)]
    expected_version: Option<i64>,
}

/// Takes a record to another stage.
#[utoipa::path(
    post,
    path = "/records/{id}/move",
    operation_id = "move_record",
    tag = "records",
    params(("id" = String, Path, description = "The record's id or key")),
    request_body = RecordMove,
    responses((status = 200, description = "It is there.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Body(asked): Body<RecordMove>,
) -> Answer<Outcome> {
    let RecordMove { to, expected_version } = asked;
    let record = id_of(&web, &who, &given).await?;
    let command = MoveRecord { record, to, expected_version };
    Ok(Json(who.run(&web, Command::MoveRecord(command)).await?))
}
