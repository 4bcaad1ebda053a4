//! Says that a sender's mails always pass, or are always held.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::JudgeSender;
use crm::quarantine::Verdict;
use crm::{Command, Outcome};
use serde::Deserialize;

use crate::Web;
use crate::extract::{At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// What holds for a sender.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Judgement {
    /// Whether its mails always pass, or are always held.
    verdict: Verdict,
}

/// Says what holds for a sender.
#[utoipa::path(
    put,
    path = "/senders/{sender}",
    operation_id = "judge_sender",
    tag = "quarantine",
    params(("sender" = String, Path, description = "An address, or a domain with all below it")),
    request_body = Judgement,
    responses((status = 200, description = "It holds.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(sender): At<String>,
    Body(Judgement { verdict }): Body<Judgement>,
) -> Answer<Outcome> {
    let command = JudgeSender { sender, verdict: Some(verdict) };
    Ok(Json(who.run(&web, Command::JudgeSender(command)).await?))
}
