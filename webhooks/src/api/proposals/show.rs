//! Shows one proposal: what it would make, and the words that each value was read from.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::proposals::Proposal;

use crate::Web;
use crate::api::{id, nothing};
use crate::extract::At;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Shows a proposal.
#[utoipa::path(
    get,
    path = "/proposals/{id}",
    operation_id = "show_proposal",
    tag = "proposals",
    params(("id" = String, Path, description = "The proposal's id")),
    responses((status = 200, description = "The proposal.", body = Proposal), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
) -> Answer<Proposal> {
    let proposal = id(&given, "proposal")?;
    let found = web.crm.read(&who.actor()).await?.proposal(&proposal).await?;
    found.map(Json).ok_or_else(|| nothing("proposal", &given))
}
