//! Puts a record in the trash, from where it can come back.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::TrashRecord;
use crm::{Command, Outcome};
use serde::Deserialize;

use super::id_of;
use crate::Web;
use crate::extract::{Asked, At};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// What was seen.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Seen {
    /// The version that was seen; left out, it goes to the trash as it is.
    expected_version: Option<i64>,
}

/// Puts a record in the trash.
#[utoipa::path(
    delete,
    path = "/records/{id}",
    operation_id = "trash_record",
    tag = "records",
    params(("id" = String, Path, description = "The record's id or key"), Seen),
    responses((status = 200, description = "It is in the trash.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Asked(Seen { expected_version }): Asked<Seen>,
) -> Answer<Outcome> {
    let record = id_of(&web, &who, &given).await?;
    let command = TrashRecord { record, expected_version };
    Ok(Json(who.run(&web, Command::TrashRecord(command)).await?))
}
