//! Captures chosen messages: a proposal is made of them, for a person to look at. It is the same
//! as typing the command, so it is seen in the room and works as it does on any network.

use std::sync::Arc;

use axum::extract::State;
use crm::Refusal;
use crm::chat::{Event, Message};
use serde::Deserialize;

use super::say::permalink;
use super::{Accepted, NETWORK, Taken, fresh_id, may_see, plain, room, store};
use crate::Web;
use crate::api::nothing;
use crate::extract::{At, Body};
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// The most messages of one capture.
const MESSAGES_MAX: usize = 50;

/// Messages to capture.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Capture {
    /// Their ids, 1 to 50.
    messages: Vec<String>,
}

/// Makes a proposal of messages.
#[utoipa::path(
    post,
    path = "/chat/places/{place}/capture",
    operation_id = "capture",
    tag = "chat",
    params(("place" = String, Path, description = "The room")),
    request_body = Capture,
    responses(
        (status = 202, description = "It is stored and will be acted upon.", body = Taken),
        Problem,
    ),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Body(Capture { messages }): Body<Capture>,
) -> Accepted {
    if !(1..=MESSAGES_MAX).contains(&messages.len()) {
        return Err(Refusal::invalid("Choose 1 to 50 messages to capture.").into());
    }
    if let Some(odd) = messages.iter().find(|id| !plain(id)) {
        return Err(nothing("message", odd));
    }
    let mut read = web.crm.read(&who.actor()).await?;
    let place = room(read.as_mut(), &web, &who, &given).await?;
    let mut threads = Vec::new();
    for one in &messages {
        // What waits in the inbox still is there when the capture's turn comes.
        let Some(there) = read.message(&place, one).await? else { continue };
        if !may_see(read.as_mut(), &there, &who).await? {
            return Err(nothing("message", one));
        }
        threads.push(there.thread);
    }
    drop(read);
    // What was chosen in one thread is answered in that thread.
    threads.dedup();
    let thread = if threads.len() == 1 { threads.pop().flatten() } else { None };
    let id = fresh_id(&web, &who);
    let said = Message {
        permalink: permalink(&web, &place, &id),
        place: place.clone(),
        id: id.clone(),
        thread,
        reply_to: None,
        author: who.author(NETWORK),
        text: format!("{} capture {}", web.settings.prefix, messages.join(" ")),
        at: web.crm.env().now(),
        direct: false,
        answer_to: None,
        room_name: None,
        alone: false,
        forwarded: None,
    };
    let key = format!("message:{}:{id}", place.room);
    store(&web, &place, key, id, Event::Message(said)).await
}
