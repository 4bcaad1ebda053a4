//! The built-in chat. What people say here takes the same road as on any network: it is stored
//! in the inbox, acknowledged, and acted upon after that. Answers come as messages.

pub(super) mod capture;
pub(super) mod delete;
pub(super) mod edit;
pub(super) mod open;
pub(super) mod places;
pub(super) mod press;
pub(super) mod react;
pub(super) mod read;
pub(super) mod say;

use axum::Json;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use crm::chat::{Author, Content, Event, Inbound, PRIVATE_ROOM, Place, private_room};
use crm::ids::MemberId;
use crm::places::secret_hash;
use crm::ports::{Read, StoredMessage};
use crm::{Refusal, StoreError};
use serde::Serialize;

use super::nothing;
use crate::Web;
use crate::problem::Problem;
use crate::signed_in::{SignedIn, chat_place};

/// The name of the built-in chat among networks.
const NETWORK: &str = "console";
/// The longest message, in characters.
const TEXT_CHARS_MAX: usize = 8_000;
/// The longest id that is looked for.
const ID_CHARS_MAX: usize = 200;

/// What was stored and will be acted upon.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Taken {
    /// The message it is about.
    id: String,
    /// Whether the same was stored before, so that nothing new will happen.
    repeated: bool,
}

/// The answer to something that was stored and will be acted upon.
type Accepted = Result<(StatusCode, Json<Taken>), Problem>;

/// A message of the built-in chat.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ChatMessage {
    /// The room.
    place: String,
    /// Its id.
    id: String,
    /// The message that its thread began with.
    thread: Option<String>,
    /// Who wrote it.
    author: Author,
    /// The member who wrote it.
    member: Option<MemberId>,
    /// Whether the caller wrote it.
    mine: bool,
    /// Whether Tieline wrote it.
    ours: bool,
    /// What it says, as plain text.
    text: String,
    /// What it says when Tieline wrote it: cards, and buttons to press.
    content: Option<Content>,
    /// When it was written.
    at: DateTime<Utc>,
    /// When it was last changed.
    edited_at: Option<DateTime<Utc>>,
    /// When it was taken back; its text is gone then.
    deleted_at: Option<DateTime<Utc>>,
    /// A link that opens it.
    permalink: Option<String>,
}

impl ChatMessage {
    /// The message as this member sees it.
    pub(super) fn new(message: StoredMessage, who: &SignedIn) -> Self {
        Self {
            mine: wrote(&message, who),
            ours: message.content.is_some() || message.post.is_some(),
            place: message.place.room,
            id: message.id,
            thread: message.thread,
            author: message.author,
            member: message.member,
            text: message.text,
            content: message.content,
            at: message.at,
            edited_at: message.edited_at,
            deleted_at: message.deleted_at,
            permalink: message.permalink,
        }
    }
}

/// Whether this member wrote it in the built-in chat.
fn wrote(message: &StoredMessage, who: &SignedIn) -> bool {
    message.author.network == NETWORK && message.author.id == who.member.id.as_str()
}

/// Whether this member may see it: an answer that is meant for one account is for nobody else.
pub(super) async fn may_see(
    read: &mut dyn Read,
    message: &StoredMessage,
    who: &SignedIn,
) -> Result<bool, StoreError> {
    // What is said alone with Tieline is for nobody else.
    let alone_with = message.place.room.strip_prefix(PRIVATE_ROOM);
    if alone_with.is_some_and(|account| account != who.member.id.as_str()) {
        return Ok(false);
    }
    let Some(post) = &message.post else { return Ok(true) };
    let meant_for = read.post(post).await?.and_then(|post| post.private_to);
    Ok(meant_for.is_none_or(|account| account == who.member.id.as_str()))
}

/// The room, if it belongs to the caller's tenant, or is the one in which they are alone with
/// Tieline.
pub(super) async fn room(
    read: &mut dyn Read,
    web: &Web,
    who: &SignedIn,
    given: &str,
) -> Result<Place, Problem> {
    let place = chat_place(web, given);
    if given == private_room(who.member.id.as_str()) {
        return Ok(place);
    }
    if given.len() > ID_CHARS_MAX || read.place(&place).await?.is_none() {
        return Err(nothing("room", given));
    }
    Ok(place)
}

/// A message of the room that the caller may see.
async fn message(
    read: &mut dyn Read,
    place: &Place,
    given: &str,
    who: &SignedIn,
) -> Result<StoredMessage, Problem> {
    let found = match given.len() {
        1..=ID_CHARS_MAX => read.message(place, given).await?,
        _ => None,
    };
    match found {
        Some(found) if may_see(read, &found, who).await? => Ok(found),
        _ => Err(nothing("message", given)),
    }
}

/// What somebody wants to say, fit to be kept.
fn text(given: &str) -> Result<String, Refusal> {
    let text = given.trim();
    if text.is_empty() {
        return Err(Refusal::invalid("There is nothing in this message. Write something first."));
    }
    if text.chars().count() > TEXT_CHARS_MAX {
        return Err(Refusal::invalid(format!(
            "A message has at most {TEXT_CHARS_MAX} characters. Send it in parts."
        )));
    }
    Ok(text.to_owned())
}

/// Whether it may be a message's id: one word, so that it can stand in a command.
fn plain(id: &str) -> bool {
    (1..=ID_CHARS_MAX).contains(&id.len())
        && !id.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// An id for something that this request says: the same for the same `Idempotency-Key`.
fn fresh_id(web: &Web, who: &SignedIn) -> String {
    let mut id = secret_hash(&who.once(web));
    id.truncate(26);
    id
}

/// Stores an event. Once this returns, it is on disk and will be acted upon.
async fn store(web: &Web, place: &Place, key: String, id: String, event: Event) -> Accepted {
    let inbound = Inbound {
        connection: place.connection.clone(),
        lane: format!("{}:{}", place.connection, place.room),
        key,
        event,
    };
    let stored = web.intake.store(&[inbound], None).await?;
    Ok((StatusCode::ACCEPTED, Json(Taken { id, repeated: stored.repeated > 0 })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_words_and_not_too_many() {
        assert_eq!(text("  Acme called \n"), Ok("Acme called".to_owned()));
        assert!(text(" \n ").is_err());
        assert!(text(&"é".repeat(TEXT_CHARS_MAX)).is_ok());
        assert!(text(&"é".repeat(TEXT_CHARS_MAX + 1)).is_err());
    }

    #[test]
    fn an_id_is_one_word_so_that_no_command_hides_in_it() {
        assert!(plain("$abc:example.org"));
        assert!(!plain("m1 m2") && !plain("m1\n!t undo") && !plain(""));
    }
}
