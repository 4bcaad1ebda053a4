//! Reads what was said in a room, a page at a time.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::ports::MessageFilter;
use serde::{Deserialize, Serialize};

use super::{ChatMessage, may_see, room};
use crate::Web;
use crate::api::limit;
use crate::extract::{Asked, At};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Which messages.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Only this thread, by the message that it began with.
    thread: Option<String>,
    /// Older than this message: `next` of the page before.
    before: Option<String>,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<i64>,
}

/// A page of messages.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Messages {
    /// Oldest first. Answers that are meant for somebody else are left out.
    messages: Vec<ChatMessage>,
    /// What to send as `before` for the older page; none when this was the oldest.
    next: Option<String>,
}

/// Reads what was said in a room.
#[utoipa::path(
    get,
    path = "/chat/places/{place}/messages",
    operation_id = "list_messages",
    tag = "chat",
    params(("place" = String, Path, description = "The room"), Which),
    responses((status = 200, description = "A page of messages.", body = Messages), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Asked(asked): Asked<Which>,
) -> Answer<Messages> {
    let mut read = web.crm.read(&who.actor()).await?;
    let place = room(read.as_mut(), &web, &who, &given).await?;
    let Which { thread, before, .. } = asked;
    let limit = limit(asked.limit);
    let filter = MessageFilter { place, thread, before, people_only: false, limit };
    let found = read.messages(&filter).await?;
    let full = i64::try_from(found.len()).is_ok_and(|count| count >= limit);
    let next = found.first().filter(|_| full).map(|oldest| oldest.id.clone());
    let mut messages = Vec::with_capacity(found.len());
    for message in found {
        if may_see(read.as_mut(), &message, &who).await? {
            messages.push(ChatMessage::new(message, &who));
        }
    }
    Ok(Json(Messages { messages, next }))
}
