//! Says something in a room. It is on disk when the answer comes, and acted upon after that.

use std::sync::Arc;

use axum::extract::State;
use crm::Refusal;
use crm::chat::{Event, Message, Place, private_room};
use serde::Deserialize;

use super::{Accepted, NETWORK, Taken, fresh_id, plain, room, store, text, wrote};
use crate::Web;
use crate::extract::{At, Body};
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// Something to say.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMessage {
    /// What, as plain text.
    text: String,
    /// In this thread, by the message that it began with.
    #[serde(default)]
    thread: Option<String>,
    /// In answer to this message.
    #[serde(default)]
    reply_to: Option<String>,
    /// The message's id, chosen by the caller so that sending it again changes nothing: 1 to 64
    /// letters, digits, dots, dashes and underlines. A fresh one when left out.
    #[serde(default)]
    id: Option<String>,
}

/// Says something in a room.
#[utoipa::path(
    post,
    path = "/chat/places/{place}/messages",
    operation_id = "say",
    tag = "chat",
    params(("place" = String, Path, description = "The room")),
    request_body = NewMessage,
    responses(
        (status = 202, description = "It is stored and will be acted upon.", body = Taken),
        Problem,
    ),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Body(asked): Body<NewMessage>,
) -> Accepted {
    let text = text(&asked.text)?;
    // They may wait in the inbox still, so it is not asked whether they exist.
    if [&asked.thread, &asked.reply_to].into_iter().flatten().any(|id| !plain(id)) {
        return Err(Refusal::invalid("`thread` and `reply_to` are ids of messages.").into());
    }
    let id = match asked.id {
        Some(id) => checked(id)?,
        None => fresh_id(&web, &who),
    };
    let mut read = web.crm.read(&who.actor()).await?;
    let place = room(read.as_mut(), &web, &who, &given).await?;
    // Somebody else's message must not be written over by choosing its id.
    if read.message(&place, &id).await?.is_some_and(|there| !wrote(&there, &who)) {
        return Err(taken().into());
    }
    drop(read);
    let said = Message {
        permalink: permalink(&web, &place, &id),
        place: place.clone(),
        id: id.clone(),
        thread: asked.thread,
        reply_to: asked.reply_to,
        author: who.author(NETWORK),
        text,
        at: web.crm.env().now(),
        direct: place.room == private_room(who.member.id.as_str()),
        answer_to: None,
        room_name: None,
        alone: false,
        forwarded: None,
    };
    let key = format!("message:{}:{id}", place.room);
    store(&web, &place, key, id, Event::Message(said)).await
}

/// A link that opens a message of the built-in chat.
pub(super) fn permalink(web: &Web, place: &Place, id: &str) -> Option<String> {
    let mut url = web.settings.public_url.clone();
    url.path_segments_mut().ok()?.pop_if_empty().extend(["chat", &place.room]);
    url.set_fragment(Some(id));
    Some(url.into())
}

fn checked(id: String) -> Result<String, Refusal> {
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_');
    if !(1..=64).contains(&id.len()) || !id.bytes().all(fits) {
        return Err(Refusal::invalid(
            "A message's id is 1 to 64 letters, digits, dots, dashes and underlines. Leave it \
             out to be given one.",
        ));
    }
    // In a command, a bare number is a count: "capture 12" means the last twelve.
    if id.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Refusal::invalid(
            "A message's id is no bare number. Put a letter before it, or leave it out.",
        ));
    }
    // These are what Tieline calls its own messages.
    if ["pst_", "out_"].iter().any(|own| id.starts_with(own)) {
        return Err(taken());
    }
    Ok(id)
}

fn taken() -> Refusal {
    Refusal::invalid("Another message has this id. Choose another, or leave it out.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_the_caller_chose_is_plain_and_not_one_of_ours() {
        let check =
            |id: &str, expected| assert_eq!(checked(id.to_owned()).is_ok(), expected, "{id}");
        check("0b9c6f5e-demo.1_a", true);
        check("", false);
        check("two words", false);
        check("12", false);
        check("!t", false);
        check("pst_06cq3m5v9k2f8h1t", false);
        check(&"a".repeat(65), false);
    }
}
