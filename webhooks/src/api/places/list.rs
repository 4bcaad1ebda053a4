//! Lists the rooms that belong here.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::places::BoundPlace;
use serde::Serialize;

use crate::Web;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Rooms that belong here.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Places {
    /// On all networks.
    places: Vec<BoundPlace>,
}

/// Lists the rooms that belong here.
#[utoipa::path(
    get,
    path = "/places",
    operation_id = "list_places",
    tag = "places",
    responses((status = 200, description = "The rooms.", body = Places), Problem),
)]
pub(crate) async fn handler(State(web): State<Arc<Web>>, who: SignedIn) -> Answer<Places> {
    let places = web.crm.read(&who.actor()).await?.places().await?;
    Ok(Json(Places { places }))
}
