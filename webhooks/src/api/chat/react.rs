//! Reacts to a message. On a card a symbol presses its button; some symbols capture.

use std::sync::Arc;

use axum::extract::State;
use crm::Refusal;
use crm::chat::Event;
use serde::Deserialize;

use super::{Accepted, NETWORK, Taken, message, room, store};
use crate::Web;
use crate::extract::{At, Body};
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// The longest reaction. An emoji of a family is already 25 bytes.
const SYMBOL_BYTES_MAX: usize = 64;

/// A reaction.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewReaction {
    /// The emoji.
    symbol: String,
}

/// Reacts to a message.
#[utoipa::path(
    post,
    path = "/chat/places/{place}/messages/{id}/reactions",
    operation_id = "react",
    tag = "chat",
    params(
        ("place" = String, Path, description = "The room"),
        ("id" = String, Path, description = "The message's id"),
    ),
    request_body = NewReaction,
    responses(
        (status = 202, description = "It is stored and will be acted upon.", body = Taken),
        Problem,
    ),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At((given, id)): At<(String, String)>,
    Body(asked): Body<NewReaction>,
) -> Accepted {
    let symbol = asked.symbol.trim().to_owned();
    if !(1..=SYMBOL_BYTES_MAX).contains(&symbol.len()) {
        return Err(Refusal::invalid("A reaction is one emoji. Choose one.").into());
    }
    let mut read = web.crm.read(&who.actor()).await?;
    let place = room(read.as_mut(), &web, &who, &given).await?;
    message(read.as_mut(), &place, &id, &who).await?;
    drop(read);
    let event = Event::Reacted {
        place: place.clone(),
        message: id.clone(),
        symbol,
        author: who.author(NETWORK),
        at: web.crm.env().now(),
    };
    let key = format!("reaction:{}:{id}:{}", place.room, who.once(&web));
    store(&web, &place, key, id, event).await
}
