//! Messages that came before their keys. They are kept as they came, in the state folder, and
//! tried again when keys arrive; after a while they are given up. What is taken back meanwhile
//! is forgotten, so that a key that comes later does not bring it back.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use matrix_sdk::Client;
use matrix_sdk::deserialized_responses::TimelineEvent;
use matrix_sdk::ruma::events::room::encrypted::OriginalSyncRoomEncryptedEvent;
use matrix_sdk::ruma::serde::Raw;
use matrix_sdk::ruma::{OwnedEventId, OwnedRoomId, RoomId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

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

impl Waiting {
    /// Whether it is this message or an edit of it, which it says in the clear.
    fn is_about(&self, message: &str) -> bool {
        if self.id == message {
            return true;
        }
        let Ok(json) = self.event.deserialize_as_unchecked::<Value>() else { return false };
        let relation = &json["content"]["m.relates_to"];
        relation["rel_type"] == "m.replace" && relation["event_id"] == message
    }
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

    /// Forgets a message that was taken back, and the edits of it.
    pub(super) fn forget(&mut self, room: &RoomId, message: &str) {
        let before = self.waiting.len();
        self.waiting.retain(|one| one.room != room || !one.is_about(message));
        self.changed |= self.waiting.len() != before;
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

#[cfg(test)]
mod tests {
    use matrix_sdk::ruma::room_id;
    use serde_json::json;

    use super::*;

    fn encrypted(id: &str, relation: &Value) -> TimelineEvent {
        let event = json!({
            "event_id": id, "type": "m.room.encrypted", "sender": "@alice:example.org",
            "origin_server_ts": 1_763_600_000_000_i64,
            "content": {
                "algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "AwgA", "session_id": "s",
                "m.relates_to": relation,
            },
        });
        TimelineEvent::from_plaintext(Raw::from_json_string(event.to_string()).unwrap())
    }

    fn ids(late: &Late) -> Vec<&str> {
        late.waiting.iter().map(|one| one.id.as_str()).collect()
    }

    #[test]
    fn what_is_taken_back_while_it_waits_is_forgotten_for_good_with_its_edits() {
        let dir = tempfile::tempdir().unwrap();
        let folder = Folder::new(dir.path());
        let room = room_id!("!r:example.org").to_owned();
        let mut late = Late::load(&folder);
        let edit = json!({"rel_type": "m.replace", "event_id": "$secret"});
        let answer = json!({"m.in_reply_to": {"event_id": "$secret"}});
        let said = [
            ("$secret", Value::Null),
            ("$edit", edit),
            ("$answer", answer),
            ("$other", Value::Null),
        ];
        let now = DateTime::from_timestamp_millis(1_763_600_000_000).unwrap();
        for (id, relation) in said {
            late.add(&room, &encrypted(id, &relation), now);
        }
        late.save(&folder).unwrap();
        late.forget(room_id!("!elsewhere:example.org"), "$other");
        late.forget(&room, "$never-seen");
        assert_eq!(ids(&late), ["$secret", "$edit", "$answer", "$other"]);
        assert!(!late.changed);
        late.forget(&room, "$secret");
        assert_eq!(ids(&late), ["$answer", "$other"]);
        late.save(&folder).unwrap();
        assert_eq!(ids(&Late::load(&folder)), ["$answer", "$other"]);
    }
}
