//! Lists the senders whose mails always pass, or are always held.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::quarantine::SenderRule;
use serde::Serialize;

use crate::Web;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// What was decided about senders.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Senders {
    /// By address or domain.
    senders: Vec<SenderRule>,
}

/// Lists what was decided about senders.
#[utoipa::path(
    get,
    path = "/senders",
    operation_id = "list_senders",
    tag = "quarantine",
    responses((status = 200, description = "What was decided.", body = Senders), Problem),
)]
pub(crate) async fn handler(State(web): State<Arc<Web>>, who: SignedIn) -> Answer<Senders> {
    let senders = web.crm.read(&who.actor()).await?.sender_rules().await?;
    Ok(Json(Senders { senders }))
}
