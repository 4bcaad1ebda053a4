//! Messages that came before their keys. They are kept as they came, in the state folder, and
//! tried again when keys arrive; after a while they are given up.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use matrix_sdk::Client;
use matrix_sdk::deserialized_responses::TimelineEvent;
use matrix_sdk::ruma::events::room::encrypted::OriginalSyncRoomEncryptedEvent;
use matrix_sdk::ruma::serde::Raw;
use matrix_sdk::ruma::{OwnedEventId, OwnedRoomId};
use serde::{Deserialize, Serialize};

use super::session::{Folder, NoSession};

const FILE: &str = "undecryptable.json";
/// The most that are remembered, in number and in bytes; the oldest go first.
const WAITING_MAX: usize = 1_000;
const BYTES_MAX: usize = 4_000_000;
const DAYS_MAX: i64 = 14;
/// Keys also come from the account's backup, which nothing announces: soon, or hardly ever.
const SOON: Duration = Duration::from_secs(3);
const HARDLY_EVER: Duration = Duration::from_secs(60);
const FRESH_MINUTES: i64 = 5;

/// A message that waits for its key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Waiting {
    /// Its room.
    pub room: OwnedRoomId,
    id: OwnedEventId,
    since: DateTime<Utc>,
    event: Raw<OriginalSyncRoomEncryptedEvent>,
}

/// All messages that wait for their keys.
#[derive(Debug)]
pub(super) struct Late {
    waiting: Vec<Waiting>,
    changed: bool,
    tried: Option<Instant>,
}

impl Late {
    pub(super) fn load(folder: &Folder) -> Self {
        let text = folder.read(FILE).ok().flatten();
        let waiting = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        Self { waiting, changed: false, tried: None }
    }

    /// Remembers a message.
    pub(super) fn add(&mut self, room: &OwnedRoomId, event: &TimelineEvent, now: DateTime<Utc>) {
        let Some(id) = event.event_id() else { return };
        if self.waiting.iter().any(|one| one.id == id) {
            return;
        }
        let event = event.raw().clone().cast_unchecked();
        self.waiting.push(Waiting { room: room.clone(), id, since: now, event });
        let weight = |one: &Waiting| one.event.json().get().len();
        let mut bytes = self.waiting.iter().map(weight).sum::<usize>();
        while self.waiting.len() > WAITING_MAX || bytes > BYTES_MAX {
            bytes -= weight(&self.waiting.remove(0));
        }
        self.changed = true;
    }

    /// Keeps the list, when it changed. To be called before what is on it is stored.
    pub(super) fn save(&mut self, folder: &Folder) -> Result<(), NoSession> {
        if !self.changed {
            return Ok(());
        }
        let text = serde_json::to_string(&self.waiting)
            .map_err(|error| NoSession::NotNow(format!("the list cannot be kept: {error}")))?;
        folder.write(FILE, &text)?;
        self.changed = false;
        Ok(())
    }

    /// How long to leave them alone; none when there are none.
    pub(super) fn rest(&self, now: DateTime<Utc>) -> Option<Duration> {
        let newest = self.waiting.iter().map(|one| one.since).max()?;
        let is_fresh = now - newest < chrono::Duration::minutes(FRESH_MINUTES);
        Some(if is_fresh { SOON } else { HARDLY_EVER })
    }

    /// Whether it is time to try again.
    pub(super) fn is_due(&self, keys_came: bool, now: DateTime<Utc>) -> bool {
        let Some(rest) = self.rest(now) else { return false };
        keys_came || self.tried.is_none_or(|tried| tried.elapsed() >= rest)
    }

    /// Those that can be read now. They stay on the list until [`Self::remove`].
    pub(super) async fn readable(
        &mut self,
        client: &Client,
        now: DateTime<Utc>,
    ) -> Vec<(Waiting, TimelineEvent)> {
        self.tried = Some(Instant::now());
        let before = self.waiting.len();
        self.waiting.retain(|one| now - one.since < chrono::Duration::days(DAYS_MAX));
        self.changed |= self.waiting.len() != before;
        let mut readable = Vec::new();
        for one in &self.waiting {
            let Some(room) = client.get_room(&one.room) else { continue };
            match room.decrypt_event(&one.event, None).await {
                Ok(event) if !event.kind.is_utd() => readable.push((one.clone(), event)),
                _ => {}
            }
        }
        readable
    }

    /// Forgets those that were stored.
    pub(super) fn remove(&mut self, stored: &[(Waiting, TimelineEvent)]) {
        self.waiting.retain(|one| !stored.iter().any(|(done, _)| done.id == one.id));
        self.changed |= !stored.is_empty();
    }
}
