//! Posts on their way out: into a room, a thread or a private room, and changed in place later.

use std::sync::atomic::{AtomicBool, Ordering};

use crm::chat::{Outgoing, RemotePost};
use matrix_sdk::ruma::{OwnedTransactionId, RoomId, UserId};
use matrix_sdk::{Client, Room, RoomState};
use sha2::{Digest as _, Sha256};

use super::failure::Failure;
use super::format::{self, Standing};
use super::reactions::Seeds;
use super::rooms::PrivateRooms;
use crate::SendError;

/// Sends through an open session.
pub(super) struct Sender {
    client: Client,
    /// Whether reactions in encrypted rooms are listened to by nobody.
    only_verified: bool,
    /// Whether a sync has told us which rooms there are.
    knows_its_rooms: AtomicBool,
    private_rooms: PrivateRooms,
    seeds: Seeds,
}

impl Sender {
    pub(super) fn new(client: Client, only_verified: bool) -> Self {
        Self {
            client,
            only_verified,
            knows_its_rooms: AtomicBool::new(false),
            private_rooms: PrivateRooms::default(),
            seeds: Seeds::default(),
        }
    }

    /// A sync went through: a room that is unknown now is none of ours.
    pub(super) fn synced(&self) {
        self.knows_its_rooms.store(true, Ordering::Relaxed);
    }

    /// Seeds the reactions that the homeserver did not take at once.
    pub(super) async fn seed_the_rest(&self) {
        self.seeds.seed_the_rest(&self.client).await;
    }

    pub(super) async fn send(&self, outgoing: &Outgoing) -> Result<RemotePost, SendError> {
        let here = self.room(&outgoing.place.room);
        let room = match (&outgoing.existing, &outgoing.private_to) {
            (Some(post), _) => match &post.room {
                Some(elsewhere) => self.joined(self.room(elsewhere))?,
                None => self.joined(here)?,
            },
            (None, Some(account)) => self.private_room(account, here).await?,
            (None, None) => self.joined(here)?,
        };
        let elsewhere =
            (room.room_id() != outgoing.place.room.as_str()).then(|| room.room_id().to_string());
        let root = outgoing.thread.as_deref().or(outgoing.reply_to.as_deref());
        let standing = match (&outgoing.existing, root) {
            (Some(post), _) => Standing::Replaces(&post.id),
            // A private room is another conversation: the thread is not there.
            (None, Some(root)) if elsewhere.is_none() => {
                Standing::InThread { root, answers: outgoing.reply_to.as_deref().unwrap_or(root) }
            }
            (None, _) => Standing::Alone,
        };
        let content = format::message_content(&format::post_to_matrix(&outgoing.content), standing);
        let key = &outgoing.idempotency_key;
        let sent = room.send_raw("m.room.message", content);
        let sent = sent.with_transaction_id(&transaction(key)).await;
        let sent = sent.map_err(|error| Failure::of(&error).for_a_post())?;
        // From here on the post is out, and whatever else fails must not send it again.
        let post = outgoing.existing.clone().unwrap_or_else(|| RemotePost {
            id: sent.response.event_id.to_string(),
            room: elsewhere,
            ..RemotePost::default()
        });
        let is_deaf = self.only_verified && room.encryption_state().is_encrypted();
        let choices = if is_deaf { &[] } else { &*outgoing.content.choices };
        let state = self.seeds.offer(&room, &post, choices, key).await;
        Ok(RemotePost { state, ..post })
    }

    async fn private_room(&self, account: &str, here: Option<Room>) -> Result<Room, SendError> {
        let person = UserId::parse(account)
            .map_err(|_| SendError::Never { why: "This is for no Matrix account.".to_owned() })?;
        if !self.knows_its_rooms.load(Ordering::Relaxed) {
            return Err(not_yet());
        }
        self.private_rooms.with(&self.client, &person, here.as_ref()).await
    }

    fn room(&self, id: &str) -> Option<Room> {
        self.client.get_room(&RoomId::parse(id).ok()?)
    }

    fn joined(&self, room: Option<Room>) -> Result<Room, SendError> {
        match room {
            Some(room) if room.state() == RoomState::Joined => Ok(room),
            Some(room) if room.state() == RoomState::Invited => Err(not_yet()),
            _ if self.knows_its_rooms.load(Ordering::Relaxed) => Err(SendError::Never {
                why: "Tieline is not in this Matrix room any more; invite it again.".to_owned(),
            }),
            _ => Err(not_yet()),
        }
    }
}

fn not_yet() -> SendError {
    SendError::Later { why: "The Matrix connection is not up yet.".to_owned(), after: None }
}

/// The transaction id of a key, which the homeserver knows a repeated send by.
pub(super) fn transaction(key: &str) -> OwnedTransactionId {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~');
    if !key.is_empty() && key.len() <= 200 && key.chars().all(is_plain) {
        return key.into();
    }
    let digest = Sha256::digest(key.as_bytes());
    let digest = digest.iter().take(20).map(|byte| format!("{byte:02x}")).collect::<String>();
    format!("tieline-{digest}").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_gives_one_transaction_and_different_keys_give_different_ones() {
        assert_eq!(transaction("post_1.2").as_str(), "post_1.2");
        let strange = ["post/1", "post 1", "", "post:1:2️⃣", &"x".repeat(300)];
        for key in strange {
            let id = transaction(key);
            assert_eq!(id, transaction(key));
            assert!(id.as_str().starts_with("tieline-") && id.as_str().len() == 48, "{id}");
        }
        assert_ne!(transaction("post/1"), transaction("post/2"));
    }
}
