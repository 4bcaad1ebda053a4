//! Forgets what holds for a sender.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::JudgeSender;
use crm::{Command, Outcome};

use crate::Web;
use crate::extract::At;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Forgets what holds for a sender: its mails are judged by what they look like again.
#[utoipa::path(
    delete,
    path = "/senders/{sender}",
    operation_id = "forget_sender",
    tag = "quarantine",
    params(("sender" = String, Path, description = "The address or domain")),
    responses((status = 200, description = "It is forgotten.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(sender): At<String>,
) -> Answer<Outcome> {
    let command = JudgeSender { sender, verdict: None };
    Ok(Json(who.run(&web, Command::JudgeSender(command)).await?))
}
