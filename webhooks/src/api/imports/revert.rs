//! Takes back what an import did, in one step.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::RevertImport;
use crm::{Command, Outcome};

use crate::Web;
use crate::api::id;
use crate::extract::At;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Begins to take an import back: what it made goes to the trash, what it changed is put back as
/// it was, unless something newer stands on it.
#[utoipa::path(
    post,
    path = "/imports/{id}/revert",
    operation_id = "revert_import",
    tag = "imports",
    params(("id" = String, Path, description = "The import's id")),
    responses((status = 200, description = "It has begun.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
) -> Answer<Outcome> {
    let command = RevertImport { import: id(&given, "import")? };
    Ok(Json(who.run(&web, Command::RevertImport(command)).await?))
}
