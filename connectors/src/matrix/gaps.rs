//! What a sync answer leaves out: with much said at once the homeserver gives only the newest
//! events of a room, and a token to fetch the rest with. And what it gives too much of: what was
//! said before we joined is not ours.

use std::collections::BTreeMap;

use matrix_sdk::deserialized_responses::TimelineEvent;
use matrix_sdk::room::{MessagesOptions, Room};
use matrix_sdk::ruma::{OwnedRoomId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::failure::Failure;
use super::session::Folder;

/// The most events that are fetched for one room at once.
const EVENTS_MAX: usize = 10_000;
const PAGE: u32 = 250;
/// Servers' clocks differ, so that one old date says nothing; this many in a row do.
const OLD_IN_A_ROW_MAX: usize = 250;

/// The newest event that we have stored of a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Newest {
    /// The event.
    pub event: String,
    /// When its server says it was written, in milliseconds.
    pub at: i64,
}

/// How far each room was read. Only a brake for servers that do not stop where they are told
/// to: what is known twice has the same key, and what is not known is never left out for it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Positions(BTreeMap<OwnedRoomId, Newest>);

const FILE: &str = "positions.json";

impl Positions {
    pub(super) fn load(folder: &Folder) -> Self {
        let text = folder.read(FILE).ok().flatten();
        text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    }

    pub(super) fn save(&self, folder: &Folder) {
        let saved = serde_json::to_string(self).map(|text| folder.write_lightly(FILE, &text));
        if !matches!(saved, Ok(Ok(()))) {
            tracing::warn!("how far the Matrix rooms were read could not be kept");
        }
    }

    pub(super) fn of(&self, room: &matrix_sdk::ruma::RoomId) -> Option<&Newest> {
        self.0.get(room)
    }

    /// Remembers the last event of a room's batch.
    pub(super) fn note(&mut self, room: OwnedRoomId, events: &[TimelineEvent]) -> bool {
        let Some(newest) = events.iter().rev().find_map(newest) else { return false };
        self.0.insert(room, newest);
        true
    }
}

fn newest(event: &TimelineEvent) -> Option<Newest> {
    let at = event.raw().get_field::<i64>("origin_server_ts").ok()??;
    Some(Newest { event: event.event_id()?.to_string(), at })
}

/// A room's new events, oldest first, with what the answer left out fetched, and without what
/// was said before we joined.
pub(super) async fn complete(
    room: &Room,
    own_user: &UserId,
    timeline: matrix_sdk::sync::Timeline,
    since: &str,
    known: Option<&Newest>,
) -> Result<Vec<TimelineEvent>, Failure> {
    let events = timeline.events;
    if let Some(joined) = events.iter().rposition(|event| is_own_join(event, own_user)) {
        return Ok(events.into_iter().skip(joined + 1).collect());
    }
    match timeline.prev_batch {
        Some(before) if timeline.limited => {
            let mut missing = fetch(room, own_user, before, since, known).await?;
            missing.reverse();
            missing.extend(events);
            Ok(missing)
        }
        _ => Ok(events),
    }
}

/// What stands before this token, newest first, back to where we had read.
async fn fetch(
    room: &Room,
    own_user: &UserId,
    mut before: String,
    since: &str,
    known: Option<&Newest>,
) -> Result<Vec<TimelineEvent>, Failure> {
    let mut missing: Vec<TimelineEvent> = Vec::new();
    let mut old_in_a_row = 0;
    loop {
        let mut options = MessagesOptions::backward().from(before.as_str());
        options.to = Some(since.to_owned());
        options.limit = PAGE.into();
        let page = match room.messages(options).await {
            Ok(page) => page,
            Err(error) => match Failure::of(&error) {
                // We were thrown out, or the history was taken from us: no more is to be had.
                Failure::Refused(code) => {
                    tracing::warn!(code, "a gap in a Matrix room could not be filled");
                    return Ok(missing);
                }
                failure => return Err(failure),
            },
        };
        let is_last = page.chunk.is_empty();
        for event in page.chunk {
            let id = event.event_id();
            let is_known = known.is_some_and(|known| id.is_some_and(|id| id == *known.event));
            if is_known || is_own_join(&event, own_user) {
                return Ok(missing);
            }
            let is_old = match (newest(&event), known) {
                (Some(event), Some(known)) => event.at < known.at,
                _ => false,
            };
            old_in_a_row = if is_old { old_in_a_row + 1 } else { 0 };
            missing.push(event);
        }
        if old_in_a_row >= OLD_IN_A_ROW_MAX || is_last {
            return Ok(missing);
        }
        if missing.len() >= EVENTS_MAX {
            tracing::warn!("a gap in a Matrix room is too long to be filled to its end");
            return Ok(missing);
        }
        match page.end {
            Some(end) if end != before => before = end,
            _ => return Ok(missing),
        }
    }
}

/// Whether this is where we came into the room, rather than a change of our own name there.
fn is_own_join(event: &TimelineEvent, own_user: &UserId) -> bool {
    let Ok(json) = event.raw().deserialize_as_unchecked::<Value>() else { return false };
    if json["type"] != "m.room.member"
        || json["state_key"] != own_user.as_str()
        || json["content"]["membership"] != "join"
    {
        return false;
    }
    let before = [&json["unsigned"]["prev_content"], &json["prev_content"]];
    !before.iter().any(|content| content["membership"] == "join")
}
