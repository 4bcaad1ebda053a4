//! How often Discord may be asked: by the bot in all, and on each route for each channel, guild or
//! interaction. It also counts what Discord counts against a bot: answers with 401, 403 and 429.
//! Left out: the ban that ten thousand of them lead to.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::faults::too_many;
use super::options::Limits;
use super::refusal::Refusal;
use super::routes::{Access, Call};

/// What was counted.
#[derive(Debug, Default)]
pub(super) struct Counters {
    all: Bucket,
    buckets: BTreeMap<(&'static str, &'static str, String), Bucket>,
    /// Answers with 401, 403 and 429, without those that are nobody's fault.
    pub(super) invalid: u32,
    /// Answers with 429, those that are nobody's fault among them.
    pub(super) too_many: u32,
}

#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    used: u32,
    resets_at: DateTime<Utc>,
}

impl Bucket {
    /// Takes one, or says how long there is none.
    fn take(&mut self, now: DateTime<Utc>, most: u32, over: Duration) -> Result<(), Duration> {
        if now >= self.resets_at {
            self.used = 0;
            self.resets_at = now + TimeDelta::from_std(over).unwrap_or_default();
        }
        if self.used < most {
            self.used += 1;
            Ok(())
        } else {
            Err(self.left(now))
        }
    }

    fn left(&self, now: DateTime<Utc>) -> Duration {
        (self.resets_at - now).to_std().unwrap_or_default()
    }
}

impl Counters {
    /// Counts a request, and says what Discord says of it beside the answer or instead of one.
    pub(super) fn take(
        &mut self,
        limits: &Limits,
        now: DateTime<Utc>,
        call: &Call,
    ) -> (Vec<(&'static str, String)>, Option<Refusal>) {
        let route = call.route;
        if route.access == Access::Interaction && route.path.ends_with("/callback") {
            return (Vec::new(), None);
        }
        if route.access == Access::Bot {
            let second = Duration::from_secs(1);
            if let Err(wait) = self.all.take(now, limits.global_per_second, second) {
                return (Vec::new(), Some(too_many(wait, "global")));
            }
        }
        let (most, over) = match (route.method, route.path) {
            ("POST", "/channels/{channel_id}/messages") => limits.messages,
            ("PATCH", "/channels/{channel_id}/messages/{message_id}") => limits.edits,
            _ => limits.others,
        };
        let key = (route.method, route.path, call.counted_for());
        let bucket = self.buckets.entry(key).or_default();
        let taken = bucket.take(now, most, over);
        let reset = bucket.resets_at.timestamp_millis();
        let headers = vec![
            ("x-ratelimit-limit", most.to_string()),
            ("x-ratelimit-remaining", most.saturating_sub(bucket.used).to_string()),
            ("x-ratelimit-reset", format!("{}.{:03}", reset / 1_000, reset % 1_000)),
            ("x-ratelimit-reset-after", format!("{:.3}", bucket.left(now).as_secs_f64())),
            ("x-ratelimit-bucket", name_of(route.method, route.path)),
        ];
        (headers, taken.err().map(|wait| too_many(wait, "user")))
    }

    /// Counts what was answered.
    pub(super) fn answered(&mut self, status: u16, headers: &[(&'static str, String)]) {
        let scope = headers.iter().find(|(name, _)| *name == "x-ratelimit-scope");
        let shared = scope.is_some_and(|(_, scope)| scope == "shared");
        if status == 429 {
            self.too_many += 1;
        }
        if matches!(status, 401 | 403 | 429) && !shared {
            self.invalid += 1;
        }
    }
}

/// A bucket's name, which says nothing, as at Discord.
fn name_of(method: &str, path: &str) -> String {
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let hash = method.bytes().chain(path.bytes()).fold(0xcbf2_9ce4_8422_2325, mix);
    format!("{hash:016x}")
}
