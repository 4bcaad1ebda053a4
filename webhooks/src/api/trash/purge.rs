//! Removes one record that is in the trash, for good.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::PurgeTrash;
use crm::{Command, Outcome};

use crate::Web;
use crate::api::records::id_of;
use crate::extract::At;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Removes a record that is in the trash, for good. Nothing brings it back.
#[utoipa::path(
    delete,
    path = "/trash/{id}",
    operation_id = "purge_record",
    tag = "records",
    params(("id" = String, Path, description = "The record's id or key")),
    responses((status = 200, description = "It is gone.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
) -> Answer<Outcome> {
    let record = id_of(&web, &who, &given).await?;
    let command = Command::PurgeTrash(PurgeTrash::Record(record));
    Ok(Json(who.run(&web, command).await?))
}
