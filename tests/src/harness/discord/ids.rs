//! Discord's ids, a type for each kind of thing that has one. They hold when the thing was made, as
//! Discord's do, so that they sort by time; left out are the workers that made them.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;
use std::sync::Mutex;
use std::time::Duration;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use crm::Env;
use serde::{Serialize, Serializer};

/// The first moment of 2015, from which Discord counts, in milliseconds since 1970.
const EPOCH_MS: i64 = 1_420_070_400_000;

macro_rules! ids {
    ($($(#[$about:meta])* $name:ident)*) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = ParseIntError;

            fn from_str(text: &str) -> Result<Self, ParseIntError> {
                text.parse().map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// A server with channels and members.
    GuildId
    /// A channel, a thread, or the direct messages of two.
    ChannelId
    /// A message.
    MessageId
    /// A person or a bot.
    UserId
    /// A role; the one that everybody has carries its guild's id.
    RoleId
    /// A command that the bot registered.
    CommandId
    /// Something that a person did with a command, a component or a modal.
    InteractionId
}

/// What time it is at Discord: the machine's time, and as much later as a story says.
pub(super) struct Clock {
    env: Env,
    told: Mutex<Told>,
}

struct Told {
    ahead: TimeDelta,
    last_id: u64,
}

impl Clock {
    pub(super) fn new() -> Self {
        let told = Told { ahead: TimeDelta::zero(), last_id: 0 };
        Self { env: Env::system(), told: Mutex::new(told) }
    }

    fn told(&self) -> std::sync::MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.env.now() + self.told().ahead
    }

    /// Lets so much time pass at once.
    pub(super) fn pass(&self, time: Duration) {
        self.told().ahead += TimeDelta::from_std(time).unwrap_or_default();
    }

    /// An id that nothing else has, later than all before it.
    pub(super) fn id(&self) -> u64 {
        let now_ms = self.now().timestamp_millis();
        let since_epoch = u64::try_from(now_ms - EPOCH_MS).unwrap_or_default();
        let mut told = self.told();
        told.last_id = (since_epoch << 22).max(told.last_id + 1);
        told.last_id
    }

    /// Something that nobody guesses.
    pub(super) fn secret(&self) -> String {
        self.env.token()
    }
}

/// When the thing with this id was made.
pub(super) fn made_at(id: u64) -> DateTime<Utc> {
    let since_epoch = i64::try_from(id >> 22).unwrap_or_default();
    DateTime::from_timestamp_millis(since_epoch + EPOCH_MS).unwrap_or_default()
}

/// A moment as Discord writes it.
pub(super) fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_say_when_and_sort_by_time() {
        let clock = Clock::new();
        let first = clock.id();
        let second = clock.id();
        assert!(first < second);
        clock.pass(Duration::from_secs(7_200));
        let third = clock.id();
        let apart = made_at(third) - made_at(second);
        assert!((7_199..=7_210).contains(&apart.num_seconds()), "{apart}");
    }

    #[test]
    fn moments_are_written_as_discord_writes_them() {
        let at = made_at(175_928_847_299_117_063);
        assert_eq!(moment(at), "2016-04-30T11:18:25.796000+00:00");
    }
}
