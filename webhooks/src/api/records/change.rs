//! Changes a record's title and columns.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::blueprints::Values;
use crm::commands::UpdateRecord;
use crm::{Command, Outcome};
use serde::Deserialize;

use super::id_of;
use crate::Web;
use crate::extract::{At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// What changes about a record.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecordChange {
    /// The new title.
    #[serde(default)]
    title: Option<String>,
    /// New values, by column id or name; null removes one.
    #[serde(default)]
    #[schema(value_type = Object)]
    values: Values,
    /// The version that was seen; left out, the change applies to whatever is there.
    #[serde(default)]
    expected_version: Option<i64>,
}

/// Changes a record's title and columns.
#[utoipa::path(
    patch,
    path = "/records/{id}",
    operation_id = "change_record",
    tag = "records",
    params(("id" = String, Path, description = "The record's id or key")),
    request_body = RecordChange,
    responses((status = 200, description = "It is changed.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Body(asked): Body<RecordChange>,
) -> Answer<Outcome> {
    let RecordChange { title, values, expected_version } = asked;
    let record = id_of(&web, &who, &given).await?;
    let command = UpdateRecord { record, expected_version, title, values };
    Ok(Json(who.run(&web, Command::UpdateRecord(command)).await?))
}
