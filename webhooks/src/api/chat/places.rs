//! Lists the rooms of the built-in chat.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::places::BoundPlace;
use serde::Serialize;

use crate::Web;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Rooms of the built-in chat.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Rooms {
    /// Those that belong here.
    places: Vec<BoundPlace>,
}

/// Lists the rooms of the built-in chat.
#[utoipa::path(
    get,
    path = "/chat/places",
    operation_id = "list_rooms",
    tag = "chat",
    responses((status = 200, description = "The rooms.", body = Rooms), Problem),
)]
pub(crate) async fn handler(State(web): State<Arc<Web>>, who: SignedIn) -> Answer<Rooms> {
    let mut places = web.crm.read(&who.actor()).await?.places().await?;
    places.retain(|bound| bound.place.connection == web.settings.chat_connection);
    Ok(Json(Rooms { places }))
}
