//! Undoes what a command did, if nothing newer stands on it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::Undo;
use crm::{Command, Outcome};

use crate::Web;
use crate::extract::Body;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Undoes a command; without one, the caller's own last that can be undone.
#[utoipa::path(
    post,
    path = "/undo",
    operation_id = "undo",
    tag = "records",
    request_body = Undo,
    responses((status = 200, description = "It is undone.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Body(asked): Body<Undo>,
) -> Answer<Outcome> {
    Ok(Json(who.run(&web, Command::Undo(asked)).await?))
}
