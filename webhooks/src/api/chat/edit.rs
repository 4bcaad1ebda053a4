//! Changes what one said. Only what is new in it is acted upon.

use std::sync::Arc;

use axum::extract::State;
use crm::Refusal;
use crm::chat::Event;
use serde::Deserialize;

use super::{Accepted, NETWORK, Taken, message, room, store, text, wrote};
use crate::Web;
use crate::extract::{At, Body};
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// The new text.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MessageChange {
    /// All of it, as plain text.
    text: String,
}

/// Changes one's own message.
#[utoipa::path(
    patch,
    path = "/chat/places/{place}/messages/{id}",
    operation_id = "edit_message",
    tag = "chat",
    params(
        ("place" = String, Path, description = "The room"),
        ("id" = String, Path, description = "The message's id"),
    ),
    request_body = MessageChange,
    responses(
        (status = 202, description = "It is stored and will be acted upon.", body = Taken),
        Problem,
    ),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At((given, id)): At<(String, String)>,
    Body(asked): Body<MessageChange>,
) -> Accepted {
    let text = text(&asked.text)?;
    let mut read = web.crm.read(&who.actor()).await?;
    let place = room(read.as_mut(), &web, &who, &given).await?;
    let there = message(read.as_mut(), &place, &id, &who).await?;
    drop(read);
    if !wrote(&there, &who) {
        return Err(Problem::forbidden("Only who wrote a message can change it."));
    }
    if there.deleted_at.is_some() {
        return Err(Refusal::gone("This message was taken back. Write a new one.").into());
    }
    let event = Event::Edited {
        place: place.clone(),
        message: id.clone(),
        author: who.author(NETWORK),
        text,
        at: web.crm.env().now(),
    };
    let key = format!("edit:{}:{id}:{}", place.room, who.once(&web));
    store(&web, &place, key, id, event).await
}
