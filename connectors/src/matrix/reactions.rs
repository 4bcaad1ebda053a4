//! Choices as reactions: Matrix has no buttons, so we put one reaction for each choice on the
//! card ourselves, and people press those. What a press means is not decided here.
//!
//! A card that is out stays out: reactions that the homeserver does not take at once are put on
//! later, and until then the answer by number works. Which ones stand on a card is remembered
//! with the post, so that an edit adds the new ones and takes back the old ones only.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crm::chat::{Choice, RemotePost};
use matrix_sdk::room::{IncludeRelations, RelationsOptions};
use matrix_sdk::ruma::api::Direction;
use matrix_sdk::ruma::events::TimelineEventType;
use matrix_sdk::ruma::events::relation::RelationType;
use matrix_sdk::ruma::{EventId, OwnedEventId, OwnedRoomId};
use matrix_sdk::{Client, Room};
use serde_json::{Value, json};

use super::failure::Failure;
use super::send::transaction;

/// How long a post waits for a homeserver that asks to slow down.
const PATIENCE: Duration = Duration::from_secs(8);
/// The most reactions that wait to be put on later.
const WAITING_MAX: usize = 500;

/// Symbol to reaction, for the reactions of ours on one card.
type Seeded = BTreeMap<String, String>;

/// A reaction that is still to be put on.
#[derive(Debug, Clone)]
struct Seed {
    room: OwnedRoomId,
    message: OwnedEventId,
    symbol: String,
    key: String,
}

/// Puts reactions on cards.
#[derive(Debug, Default)]
pub(super) struct Seeds {
    waiting: Mutex<Vec<Seed>>,
    /// Those that were put on late, which the posts do not know yet.
    late: Mutex<HashMap<OwnedEventId, Seeded>>,
}

impl Seeds {
    /// Makes the reactions on a post the ones of these choices. Gives back what to remember.
    pub(super) async fn offer(
        &self,
        room: &Room,
        post: &RemotePost,
        choices: &[Choice],
        key: &str,
    ) -> Value {
        let Ok(message) = EventId::parse(&post.id) else { return post.state.clone() };
        lock(&self.waiting).retain(|seed| seed.message != message);
        let mut seeded = seeded(&post.state);
        seeded.extend(lock(&self.late).remove(&message).unwrap_or_default());
        let offered = |symbol: &str| choices.iter().any(|choice| choice.symbol == symbol);
        let old = seeded.keys().filter(|symbol| !offered(symbol)).cloned().collect::<Vec<_>>();
        for symbol in old {
            if take_back(room, &seeded[&symbol], &format!("{key}:-:{symbol}")).await {
                seeded.remove(&symbol);
            }
        }
        let deadline = Instant::now() + PATIENCE;
        for choice in choices {
            if seeded.contains_key(&choice.symbol) || choice.symbol.is_empty() {
                continue;
            }
            let seed = Seed {
                room: room.room_id().to_owned(),
                message: message.clone(),
                symbol: choice.symbol.clone(),
                key: format!("{key}:+:{}", choice.symbol),
            };
            match put_on_patiently(room, &seed, deadline).await {
                Ok(id) => {
                    seeded.insert(choice.symbol.clone(), id.to_string());
                }
                Err(Failure::Refused(code)) => {
                    tracing::info!(code, "reactions are not allowed in a Matrix room");
                    break;
                }
                Err(_) => self.put_on_later(seed),
            }
        }
        json!({"seeded": seeded})
    }

    fn put_on_later(&self, seed: Seed) {
        let mut waiting = lock(&self.waiting);
        if waiting.len() < WAITING_MAX {
            waiting.push(seed);
        }
    }

    /// Tries those again that wait, until the homeserver asks to slow down.
    pub(super) async fn seed_the_rest(&self, client: &Client) {
        let waiting = std::mem::take(&mut *lock(&self.waiting));
        let mut waiting = waiting.into_iter();
        for seed in waiting.by_ref() {
            let Some(room) = client.get_room(&seed.room) else { continue };
            match put_on(&room, &seed).await {
                Ok(id) => {
                    let mut late = lock(&self.late);
                    late.entry(seed.message).or_default().insert(seed.symbol, id.to_string());
                }
                Err(Failure::Refused(_)) => {}
                Err(_) => {
                    self.put_on_later(seed);
                    break;
                }
            }
        }
        waiting.for_each(|seed| self.put_on_later(seed));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn seeded(state: &Value) -> Seeded {
    state
        .get("seeded")
        .and_then(|seeded| serde_json::from_value(seeded.clone()).ok())
        .unwrap_or_default()
}

async fn put_on_patiently(
    room: &Room,
    seed: &Seed,
    deadline: Instant,
) -> Result<OwnedEventId, Failure> {
    loop {
        match put_on(room, seed).await {
            Err(Failure::Busy(Some(wait))) if Instant::now() + wait < deadline => {
                tokio::time::sleep(wait).await;
            }
            outcome => return outcome,
        }
    }
}

async fn put_on(room: &Room, seed: &Seed) -> Result<OwnedEventId, Failure> {
    let relation =
        json!({"rel_type": "m.annotation", "event_id": seed.message, "key": seed.symbol});
    let sent = room.send_raw("m.reaction", json!({"m.relates_to": relation}));
    match sent.with_transaction_id(&transaction(&seed.key)).await {
        Ok(sent) => Ok(sent.response.event_id),
        Err(error) => match Failure::of(&error) {
            Failure::Duplicate => own_reaction(room, seed).await,
            failure => Err(failure),
        },
    }
}

/// The reaction of ours that is there already, from a try that we do not remember.
async fn own_reaction(room: &Room, seed: &Seed) -> Result<OwnedEventId, Failure> {
    let options = RelationsOptions {
        dir: Direction::Backward,
        limit: Some(200u32.into()),
        include_relations: IncludeRelations::RelationsOfTypeAndEventType(
            RelationType::Annotation,
            TimelineEventType::Reaction,
        ),
        ..RelationsOptions::default()
    };
    let relations = room.relations(seed.message.clone(), options).await;
    let relations = relations.map_err(|error| Failure::of(&error))?;
    let own = relations.chunk.iter().find(|event| {
        let Ok(json) = event.raw().deserialize_as_unchecked::<Value>() else { return false };
        json["sender"] == room.own_user_id().as_str()
            && json["content"]["m.relates_to"]["key"] == seed.symbol.as_str()
    });
    own.and_then(matrix_sdk::deserialized_responses::TimelineEvent::event_id)
        .ok_or_else(|| Failure::Refused("duplicate reaction".to_owned()))
}

/// Takes a reaction back. False when it has to be tried again with the next edit.
async fn take_back(room: &Room, reaction: &str, key: &str) -> bool {
    let Ok(reaction) = EventId::parse(reaction) else { return true };
    match room.redact(&reaction, None, Some(transaction(key))).await {
        Ok(_) => true,
        Err(error) => matches!(Failure::of_http(&error), Failure::Refused(_)),
    }
}
