//! Presses a button of a card.

use std::sync::Arc;

use axum::extract::State;
use crm::Refusal;
use crm::chat::Event;
use serde::Deserialize;

use super::{Accepted, ID_CHARS_MAX, NETWORK, Taken, room, store};
use crate::Web;
use crate::extract::{At, Body};
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// The longest text that a button is given.
const TEXT_CHARS_MAX: usize = 4_000;

/// A button.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Press {
    /// The token of the choice.
    token: String,
    /// What it asks for, where it asks for words; at most 4,000 characters.
    #[serde(default)]
    text: Option<String>,
}

/// Presses a button.
#[utoipa::path(
    post,
    path = "/chat/places/{place}/press",
    operation_id = "press",
    tag = "chat",
    params(("place" = String, Path, description = "The room")),
    request_body = Press,
    responses(
        (status = 202, description = "It is stored and will be acted upon.", body = Taken),
        Problem,
    ),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Body(Press { token, text }): Body<Press>,
) -> Accepted {
    let gone = || Refusal::gone("This button is no longer there. Ask for the card again.");
    let mut read = web.crm.read(&who.actor()).await?;
    let place = room(read.as_mut(), &web, &who, &given).await?;
    let choice = match token.len() {
        1..=ID_CHARS_MAX => read.choice(&token).await?,
        _ => None,
    };
    let post = match &choice {
        Some(choice) => read.post(&choice.post).await?,
        None => None,
    };
    drop(read);
    if text.as_ref().is_some_and(|text| text.chars().count() > TEXT_CHARS_MAX) {
        return Err(Refusal::invalid(format!(
            "This is too long: at most {TEXT_CHARS_MAX} characters. Say it in two."
        ))
        .into());
    }
    let me = who.member.id.as_str();
    let post = post.filter(|post| {
        let remote = post.remote.as_ref().and_then(|remote| remote.room.as_ref());
        let here = post.place == place || remote == Some(&place.room);
        here && post.private_to.as_deref().is_none_or(|account| account == me)
    });
    let post = post.ok_or_else(gone)?;
    let event = Event::Pressed {
        place: place.clone(),
        token,
        author: who.author(NETWORK),
        at: web.crm.env().now(),
        answer_to: None,
        text,
    };
    let id = post.remote.map_or_else(|| post.id.to_string(), |remote| remote.id);
    let key = format!("press:{}:{}", place.room, who.once(&web));
    store(&web, &place, key, id, event).await
}
