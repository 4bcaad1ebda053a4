//! Stops an import, its dry run or its being taken back.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::CancelImport;
use crm::{Command, Outcome};

use crate::Web;
use crate::api::id;
use crate::extract::At;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Stops what is going on with an import. What was done so far stays.
#[utoipa::path(
    post,
    path = "/imports/{id}/cancel",
    operation_id = "cancel_import",
    tag = "imports",
    params(("id" = String, Path, description = "The import's id")),
    responses((status = 200, description = "It is stopped.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
) -> Answer<Outcome> {
    let command = CancelImport { import: id(&given, "import")? };
    Ok(Json(who.run(&web, Command::CancelImport(command)).await?))
}
