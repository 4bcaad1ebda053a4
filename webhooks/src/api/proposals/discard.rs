//! Discards a proposal: nothing comes of it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::DiscardProposal;
use crm::{Command, Outcome};

use crate::Web;
use crate::api::id;
use crate::extract::At;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Discards a proposal.
#[utoipa::path(
    post,
    path = "/proposals/{id}/discard",
    operation_id = "discard_proposal",
    tag = "proposals",
    params(("id" = String, Path, description = "The proposal's id")),
    responses((status = 200, description = "It is discarded.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
) -> Answer<Outcome> {
    let command = DiscardProposal { proposal: id(&given, "proposal")? };
    Ok(Json(who.run(&web, Command::DiscardProposal(command)).await?))
}
