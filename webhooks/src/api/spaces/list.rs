//! Lists the spaces.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::tenants::Space;
use serde::Serialize;

use crate::Web;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Spaces.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Spaces {
    /// Oldest first.
    spaces: Vec<Space>,
}

/// Lists the spaces.
#[utoipa::path(
    get,
    path = "/spaces",
    operation_id = "list_spaces",
    tag = "spaces",
    responses((status = 200, description = "Oldest first.", body = Spaces), Problem),
)]
pub(crate) async fn handler(State(web): State<Arc<Web>>, who: SignedIn) -> Answer<Spaces> {
    Ok(Json(Spaces { spaces: web.crm.read(&who.actor()).await?.spaces().await? }))
}
