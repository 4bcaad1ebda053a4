//! Says that nothing comes of a held mail.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::DiscardHeld;
use crm::{Command, Outcome};

use crate::Web;
use crate::api::id;
use crate::extract::At;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Discards a held mail. It is kept, and no longer waits.
#[utoipa::path(
    post,
    path = "/quarantine/{id}/discard",
    operation_id = "discard_held_mail",
    tag = "quarantine",
    params(("id" = String, Path, description = "The mail's id")),
    responses((status = 200, description = "It is discarded.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
) -> Answer<Outcome> {
    let command = DiscardHeld { held: id(&given, "held mail")? };
    Ok(Json(who.run(&web, Command::DiscardHeld(command)).await?))
}
