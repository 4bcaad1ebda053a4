//! Brings a record back from the trash.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::RestoreRecord;
use crm::{Command, Outcome};

use super::id_of;
use crate::Web;
use crate::extract::At;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Brings a record back from the trash.
#[utoipa::path(
    post,
    path = "/records/{id}/restore",
    operation_id = "restore_record",
    tag = "records",
    params(("id" = String, Path, description = "The record's id or key")),
    responses((status = 200, description = "It is back.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
) -> Answer<Outcome> {
    let record = id_of(&web, &who, &given).await?;
    Ok(Json(who.run(&web, Command::RestoreRecord(RestoreRecord { record })).await?))
}
