//! Which rooms we are in: invitations of those we may trust, rooms that moved, and the room
//! where we are alone with one person.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use matrix_sdk::ruma::{OwnedRoomId, OwnedServerName, OwnedUserId, RoomId, RoomOrAliasId, UserId};
use matrix_sdk::{Client, Room};
use serde_json::Value;
use tokio::task::JoinSet;

use super::config::MatrixConfig;
use super::failure::Failure;
use crate::SendError;

/// How long a room that could not be joined is left alone.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(60);

/// Joins rooms, without holding up what is received.
#[derive(Debug, Default)]
pub(super) struct Doorkeeper {
    /// Rooms that are being joined, or that could not be joined a moment ago.
    joining: Arc<Mutex<HashSet<OwnedRoomId>>>,
    left_alone: HashSet<OwnedRoomId>,
    tasks: JoinSet<()>,
}

impl Doorkeeper {
    /// Accepts the invitations that may be accepted.
    pub(super) async fn answer_invitations(&mut self, client: &Client, config: &MatrixConfig) {
        while self.tasks.try_join_next().is_some() {}
        let invited = client.invited_rooms();
        self.left_alone.retain(|room| invited.iter().any(|one| one.room_id() == room));
        for room in invited {
            let Ok(invitation) = room.invite_details().await else { continue };
            if config.accepts_invitation_of(invitation.inviter_id.as_str()) {
                self.join(client, room.room_id().to_owned(), Vec::new());
            } else if self.left_alone.insert(room.room_id().to_owned()) {
                tracing::info!("left a Matrix invitation alone: its sender is not in invite_from");
            }
        }
    }

    /// Follows a room to the one that replaces it.
    pub(super) fn follow(&mut self, client: &Client, tombstone: &Value) {
        let replacement = tombstone["content"]["replacement_room"].as_str();
        let Some(Ok(room)) = replacement.map(RoomId::parse) else { return };
        let sender = tombstone["sender"].as_str().map(UserId::parse);
        let via = sender.and_then(Result::ok).map(|user| user.server_name().to_owned());
        tracing::info!("a Matrix room moved; following it");
        self.join(client, room, via.into_iter().collect());
    }

    fn join(&mut self, client: &Client, room: OwnedRoomId, via: Vec<OwnedServerName>) {
        let joining = self.joining.clone();
        let lock = |joining: &Mutex<HashSet<OwnedRoomId>>, room: &OwnedRoomId, begins: bool| {
            let mut joining = joining.lock().unwrap_or_else(PoisonError::into_inner);
            if begins { joining.insert(room.clone()) } else { joining.remove(room) }
        };
        if !lock(&joining, &room, true) {
            return;
        }
        let client = client.clone();
        self.tasks.spawn(async move {
            let joined =
                client.join_room_by_id_or_alias(<&RoomOrAliasId>::from(&*room), &via).await;
            match joined {
                Ok(_) => tracing::info!("joined a Matrix room"),
                Err(error) => {
                    let why = Failure::of(&error).why();
                    tracing::warn!(why, "a Matrix room could not be joined; trying again later");
                    tokio::time::sleep(TRY_AGAIN_AFTER).await;
                }
            }
            lock(&joining, &room, false);
        });
    }
}

/// Finds or makes the rooms where we are alone with one person.
#[derive(Debug, Default)]
pub(super) struct PrivateRooms {
    made: tokio::sync::Mutex<HashMap<OwnedUserId, OwnedRoomId>>,
}

impl PrivateRooms {
    /// The room with this person. `here` is taken when it is one already.
    pub(super) async fn with(
        &self,
        client: &Client,
        person: &UserId,
        here: Option<&Room>,
    ) -> Result<Room, SendError> {
        if let Some(here) = here
            && is_shared_with_one(here).await
            && is_shared_with(here, person).await == Some(true)
        {
            return Ok(here.clone());
        }
        // Held to the end, so that two posts at once do not make two rooms.
        let mut made = self.made.lock().await;
        let known = made.get(person).and_then(|room| client.get_room(room));
        for room in known.into_iter().chain(client.get_dm_rooms(person)) {
            // It was private once; others may have come since. Where nobody is known of, it was
            // made a moment ago and is not synced yet.
            let is_private = room.name().is_none() && room.active_members_count() <= 2;
            if is_private && is_shared_with(&room, person).await.unwrap_or(true) {
                return Ok(room);
            }
        }
        let room = client.create_dm(person).await.map_err(|error| match Failure::of(&error) {
            Failure::Refused(code) => SendError::Never {
                why: format!("The homeserver does not let Tieline write to this person ({code})."),
            },
            other => other.for_a_post(),
        })?;
        made.insert(person.to_owned(), room.room_id().to_owned());
        Ok(room)
    }
}

/// Whether the room is a private one: only one other person is in it, or may come in. A room
/// with a name is a place that more may come into, and read what was said before.
pub(super) async fn is_shared_with_one(room: &Room) -> bool {
    if room.name().is_some() {
        return false;
    }
    match room.active_members_count() {
        2 => true,
        // Nobody counted: the account's own list of private rooms has to do.
        0 | 1 => room.is_direct().await.unwrap_or(false),
        _ => false,
    }
}

/// Whether the person is in the room, or may come in; nothing when the room does not know them.
async fn is_shared_with(room: &Room, person: &UserId) -> Option<bool> {
    use matrix_sdk::ruma::events::room::member::MembershipState::{Invite, Join};
    match room.get_member_no_sync(person).await {
        Ok(Some(member)) => Some(matches!(member.membership(), Join | Invite)),
        Ok(None) => None,
        Err(_) => Some(false),
    }
}
