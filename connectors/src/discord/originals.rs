//! Who wrote a message that somebody passed on: Discord carries its words along, and not its author.
//! Where the bot may read the original, it is looked up; else the author stays unknown.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use serenity::http::Route;
use serenity::model::id::MessageId;

use super::Inner;
use super::channels::number;
use super::events::{FORWARD, id};
use super::failure::Failure;

/// How long an original is waited for; what was said after it waits as well.
const WAIT_MAX: Duration = Duration::from_secs(2);
/// A channel that the bot may not read is asked about again after this: each question that is
/// refused counts towards a ban of this machine.
const ASK_AGAIN: Duration = Duration::from_secs(3_600);

/// Channels whose messages the bot may not read.
#[derive(Debug, Default)]
pub(super) struct Unreadable(Mutex<HashMap<String, Instant>>);

impl Unreadable {
    fn has(&self, channel: &str) -> bool {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(channel).is_some_and(|at| at.elapsed() < ASK_AGAIN)
    }

    fn add(&self, channel: &str) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, at| at.elapsed() < ASK_AGAIN);
        all.insert(channel.to_owned(), Instant::now());
    }
}

impl Inner {
    /// Adds the author to a message that was passed on, where that can be known.
    pub(super) async fn add_original_author(&self, message: &mut Value) {
        let reference = &message["message_reference"];
        if reference["type"].as_i64() != Some(FORWARD) {
            return;
        }
        let (Some(channel), Some(original)) =
            (id(reference, "channel_id"), id(reference, "message_id"))
        else {
            return;
        };
        let is_seen = self.channels.standing(&channel).is_some();
        let number_of_it = original.parse::<u64>().ok().filter(|id| *id > 0);
        let Some(original) = number_of_it.filter(|_| is_seen && !self.unreadable.has(&channel))
        else {
            return;
        };
        let route = Route::ChannelMessage {
            channel_id: number(&channel),
            message_id: MessageId::new(original),
        };
        let asked = tokio::time::timeout(WAIT_MAX, self.rest.get(route, Vec::new())).await;
        match asked {
            Ok(Ok(told)) => {
                message["message_reference"]["author"] = told["author"].clone();
            }
            // It is gone, which says nothing about others.
            Ok(Err(failure)) if failure.is_gone() => {}
            Ok(Err(failure @ Failure::Refused { .. })) => {
                let why = failure.for_the_connection().to_string();
                tracing::debug!(channel, why, "an original may not be read");
                self.unreadable.add(&channel);
            }
            Ok(Err(failure)) => self.note_failure(&failure),
            Err(_) => {}
        }
    }
}
