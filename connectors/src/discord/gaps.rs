//! Filling gaps: after a connect that does not go on where the last one ended, each channel of ours
//! is read from its newest stored message on, oldest first, and nothing newer is stored before. A
//! channel that became ours is read from where somebody wanted that, beside what is said meanwhile.
//!
//! Left out: threads that were archived in the gap, and what was edited, deleted or reacted to in
//! it, which Discord tells nobody afterwards.

use std::sync::PoisonError;

use crm::ports::Intake;
use serde_json::Value;
use serenity::http::Route;
use tokio::sync::watch;

use super::Inner;
use super::channels::number;
use super::events::{View, id};
use super::failure::Failure;
use crate::ConnectorError;
use crate::patience::Patience;

/// How many messages Discord gives at once.
const PAGE: usize = 100;
/// How often a page that does not come is asked for, before the other channels have their turn.
const TRIES: usize = 6;

/// From where a channel is read.
#[derive(Debug, Clone, Copy)]
enum From {
    /// From where it is ours.
    TheStart,
    /// From how far it was read, if there is something newer; none is not known to be.
    TheMark {
        /// Its newest message.
        newest: Option<u64>,
    },
}

impl Inner {
    /// The name under which it is kept how far a channel was read.
    pub(super) fn mark_of(&self, channel: &str) -> String {
        format!("{}/{channel}", self.connection)
    }

    /// Reads on in all channels of ours on a server: in those whose newest message we do not have,
    /// or in all where it is not known which that is.
    pub(super) async fn fill_gaps(
        &self,
        guild: &str,
        knows_newest: bool,
        intake: &dyn Intake,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<(), ConnectorError> {
        let of_ours = self.channels.of_rooms(guild, |room| self.is_bound(room));
        for (channel, newest) in of_ours {
            let newest = if knows_newest { newest } else { Some(u64::MAX) };
            self.fill(&channel, From::TheMark { newest }, intake, stop).await?;
        }
        Ok(())
    }

    /// Reads a room, and the threads in it, from where it is ours, whatever was read before.
    pub(super) async fn read_from_the_start(
        &self,
        room: &str,
        intake: &dyn Intake,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<(), ConnectorError> {
        let Some(guild) = self.channels.guild(room) else { return Ok(()) };
        for (channel, _) in self.channels.of_rooms(&guild, |one| one == room) {
            self.fill(&channel, From::TheStart, intake, stop).await?;
        }
        Ok(())
    }

    /// Reads on in one channel, and remembers whether something is missing then.
    async fn fill(
        &self,
        channel: &str,
        from: From,
        intake: &dyn Intake,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<(), ConnectorError> {
        let is_filled = self.fill_gap(channel, from, intake, stop).await?;
        // What is missing is asked for again by the next connect.
        let mut holes = self.holes.lock().unwrap_or_else(PoisonError::into_inner);
        if is_filled {
            holes.remove(channel);
        } else {
            holes.insert(channel.to_owned());
        }
        Ok(())
    }

    /// Reads on in one channel. Says whether nothing is missing now.
    async fn fill_gap(
        &self,
        channel: &str,
        from: From,
        intake: &dyn Intake,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<bool, ConnectorError> {
        let room = self.channels.standing(channel).map(|standing| standing.room);
        let Some(since) = self.bound_since(room.as_deref().unwrap_or(channel)) else {
            return Ok(true);
        };
        let mark = self.mark_of(channel);
        let (read, newest) = match from {
            From::TheStart => (since, Some(u64::MAX)),
            From::TheMark { newest } => {
                let kept = self.read_mark(intake, &mark, stop).await?;
                let kept = kept.and_then(|read| read.parse::<u64>().ok()).unwrap_or_default();
                // What was said before the room was ours, and between twice that it was, is
                // nobody's.
                (kept.max(since), newest)
            }
        };
        if newest.is_none_or(|newest| newest <= read) {
            return Ok(true);
        }
        let mut after = read;
        let mut count = 0;
        let mut patience = Patience::new(&self.env);
        let mut tries = 0;
        loop {
            let params = vec![("after", after.to_string()), ("limit", PAGE.to_string())];
            let route = Route::ChannelMessages { channel_id: number(channel) };
            let page = match self.rest.get(route, params).await {
                Ok(page) => page,
                Err(failure @ Failure::Refused { .. }) => {
                    let remedy = "let the bot view the channel and read its message history";
                    let why = failure.for_the_connection().to_string();
                    tracing::warn!(channel, why, remedy, "a gap could not be filled");
                    return Ok(false);
                }
                Err(failure) => {
                    self.note_failure(&failure);
                    let wait = match failure {
                        Failure::Busy(wait) => wait,
                        Failure::SignedOut => return Err(failure.for_the_connection()),
                        _ => std::time::Duration::ZERO,
                    };
                    tries += 1;
                    if tries >= TRIES {
                        tracing::error!(channel, "a gap could not be filled; the others go on");
                        return Ok(false);
                    }
                    if patience.wait_at_least(wait, stop).await {
                        continue;
                    }
                    return Err(failure.for_the_connection());
                }
            };
            patience.reset();
            let mut messages = page.as_array().cloned().unwrap_or_default();
            let is_last = messages.len() < PAGE;
            messages.sort_by_key(number_of);
            for message in &mut messages {
                self.add_original_author(message).await;
            }
            let Some(last) = messages.last().map(number_of) else {
                let is_expected = newest == Some(u64::MAX) || after > read;
                if !is_expected {
                    // What was there was taken back, or may not be seen.
                    let remedy = "should this come again, let the bot read the message history";
                    tracing::warn!(channel, remedy, "Discord shows nothing of a gap");
                }
                return Ok(is_expected);
            };
            let standing = self.channels.standing_of(&self.rest, channel).await;
            let standing = standing.map_err(|failure| failure.for_the_connection())?;
            let view = View {
                connection: &self.connection,
                bot: &self.account().map(|account| account.bot).unwrap_or_default(),
                standing: &standing,
                now: self.env.now(),
            };
            let batch = messages.iter().filter_map(|one| view.message(one)).collect::<Vec<_>>();
            count += batch.len();
            self.store(intake, &batch, Some((&mark, &last.to_string())), stop).await?;
            if is_last || last <= after {
                break;
            }
            after = last;
        }
        if count > 0 {
            tracing::info!(connection = self.connection, count, "messages of a gap were fetched");
        }
        Ok(true)
    }

    /// How far a channel was read, asked as often as it takes.
    async fn read_mark(
        &self,
        intake: &dyn Intake,
        mark: &str,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<Option<String>, ConnectorError> {
        let mut patience = Patience::new(&self.env);
        loop {
            match intake.cursor(mark).await {
                Ok(read) => return Ok(read),
                Err(error) if !patience.wait(stop).await => return Err(store_away(error)),
                Err(_) => {}
            }
        }
    }
}

fn number_of(message: &Value) -> u64 {
    id(message, "id").and_then(|id| id.parse().ok()).unwrap_or_default()
}

pub(super) fn store_away(error: crm::StoreError) -> ConnectorError {
    ConnectorError::Lost { why: format!("the store takes nothing: {error}") }
}
