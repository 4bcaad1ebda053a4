//! Which channels there are: where a message stands is not in the message, but in what Discord has
//! told of its channel before, or tells when it is asked.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;
use serenity::http::Route;
use serenity::model::id::ChannelId;

use super::events::{Standing, id};
use super::failure::Failure;
use super::rest::Rest;

/// The kinds of channels that are threads: of news, public and private.
const THREADS: [i64; 3] = [10, 11, 12];

/// A channel, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Known {
    guild: Option<String>,
    /// The channel that a thread hangs on.
    hangs_on: Option<String>,
    name: Option<String>,
    /// Its newest message.
    newest: Option<u64>,
}

/// The channels that are known.
#[derive(Debug, Default)]
pub(super) struct Channels {
    known: Mutex<HashMap<String, Known>>,
}

impl Channels {
    /// Takes in what Discord says of a channel; `guild` is the server's, where it does not say so
    /// itself.
    pub(super) fn learn(&self, channel: &Value, guild: Option<&str>) {
        let Some(channel_id) = id(channel, "id") else { return };
        let kind = channel["type"].as_i64().unwrap_or_default();
        let known = Known {
            guild: id(channel, "guild_id").or_else(|| guild.map(str::to_owned)),
            hangs_on: id(channel, "parent_id").filter(|_| THREADS.contains(&kind)),
            name: channel["name"].as_str().map(str::to_owned),
            newest: id(channel, "last_message_id").and_then(|newest| newest.parse().ok()),
        };
        self.all().insert(channel_id, known);
    }

    /// Forgets a channel that is gone.
    pub(super) fn forget(&self, channel: &str) {
        self.all().remove(channel);
    }

    /// Forgets a server's channels.
    pub(super) fn forget_guild(&self, guild: &str) {
        self.all().retain(|_, known| known.guild.as_deref() != Some(guild));
    }

    /// Where messages in a channel stand, if that is known.
    pub(super) fn standing(&self, channel: &str) -> Option<Standing> {
        let all = self.all();
        let known = all.get(channel)?;
        Some(match &known.hangs_on {
            Some(room) => Standing {
                room: room.clone(),
                thread: Some(channel.to_owned()),
                guild: known.guild.clone(),
            },
            None => Standing { room: channel.to_owned(), thread: None, guild: known.guild.clone() },
        })
    }

    /// The same, asking Discord where it is not known.
    ///
    /// # Errors
    /// When Discord does not say.
    pub(super) async fn standing_of(
        &self,
        rest: &Rest,
        channel: &str,
    ) -> Result<Standing, Failure> {
        if let Some(standing) = self.standing(channel) {
            return Ok(standing);
        }
        let told = rest.get(Route::Channel { channel_id: number(channel) }, Vec::new()).await?;
        self.learn(&told, None);
        Ok(self.standing(channel).unwrap_or_else(|| Standing {
            room: channel.to_owned(),
            thread: None,
            guild: None,
        }))
    }

    /// Whether a channel is a thread.
    pub(super) fn is_thread(&self, channel: &str) -> bool {
        self.all().get(channel).is_some_and(|known| known.hangs_on.is_some())
    }

    /// What people call a channel.
    pub(super) fn name(&self, channel: &str) -> Option<String> {
        self.all().get(channel)?.name.clone()
    }

    /// The server of a channel.
    pub(super) fn guild(&self, channel: &str) -> Option<String> {
        self.all().get(channel)?.guild.clone()
    }

    /// A server's channels and threads whose messages belong to these rooms, each with its newest
    /// message.
    pub(super) fn of_rooms(
        &self,
        guild: &str,
        is_bound: impl Fn(&str) -> bool,
    ) -> Vec<(String, Option<u64>)> {
        let all = self.all();
        let of_guild = all.iter().filter(|(_, known)| known.guild.as_deref() == Some(guild));
        let bound = of_guild
            .filter(|(channel, known)| is_bound(known.hangs_on.as_deref().unwrap_or(channel)));
        let mut found =
            bound.map(|(channel, known)| (channel.clone(), known.newest)).collect::<Vec<_>>();
        found.sort();
        found
    }

    fn all(&self) -> std::sync::MutexGuard<'_, HashMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A channel's number. What is none is asked about, and refused, as the first of all.
pub(super) fn number(channel: &str) -> ChannelId {
    ChannelId::new(channel.parse().unwrap_or(1).max(1))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_thread_belongs_to_the_room_that_it_hangs_on() {
        let channels = Channels::default();
        let sales = json!({"id": "10", "type": 0, "name": "sales", "parent_id": "5",
                           "last_message_id": "77"});
        let thread = json!({"id": "20", "type": 11, "name": "acme", "parent_id": "10",
                            "guild_id": "1"});
        channels.learn(&sales, Some("1"));
        channels.learn(&thread, None);
        channels.learn(&json!({"id": "30", "type": 1}), None);
        let standing = channels.standing("20").unwrap();
        assert_eq!((standing.room.as_str(), standing.channel()), ("10", "20"));
        assert!(!standing.is_direct() && channels.is_thread("20"));
        assert!(channels.standing("30").unwrap().is_direct());
        // A category is nothing that a room hangs on.
        assert_eq!(channels.standing("10").unwrap().room, "10");
        let of_sales = channels.of_rooms("1", |room| room == "10");
        assert_eq!(of_sales, [("10".to_owned(), Some(77)), ("20".to_owned(), None)]);
        channels.forget_guild("1");
        assert!(channels.standing("10").is_none() && channels.standing("30").is_some());
    }
}
