//! Chance and time that can be repeated: the same seed draws the same, and the clock stands still
//! until the story lets it go on.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use crm::Env;
use crm::env::{Clock, Random};

/// Chance from a seed (splitmix64).
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// From this seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// From the seed in `TIELINE_TEST_SEED`, or from this one.
    pub fn given_or(seed: u64) -> (Self, u64) {
        let given = std::env::var("TIELINE_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or(seed);
        (Self(seed), seed)
    }

    /// Any number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below this one, which is not zero.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.draw() % end).unwrap_or(0)
    }

    /// Yes, once in so many times.
    pub fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    /// One of these, of which there must be one.
    pub fn pick<'t, T: ?Sized>(&mut self, all: &[&'t T]) -> &'t T {
        all[self.below(all.len())]
    }
}

/// A clock that a story moves.
#[derive(Debug, Clone)]
pub struct StoryClock(Arc<AtomicI64>);

impl StoryClock {
    /// It stands at this moment, in milliseconds since 1970.
    pub fn at(millis: i64) -> Self {
        Self(Arc::new(AtomicI64::new(millis)))
    }

    /// Lets so much time pass.
    pub fn pass(&self, millis: i64) {
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for StoryClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0.load(Ordering::SeqCst)).unwrap_or_default()
    }
}

struct StoryRandom(Mutex<Chance>);

impl Random for StoryRandom {
    fn fill(&self, buffer: &mut [u8]) {
        let mut chance = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for bytes in buffer.chunks_mut(8) {
            let drawn = chance.draw().to_le_bytes();
            bytes.copy_from_slice(&drawn[..bytes.len()]);
        }
    }
}

/// Time and chance of a story that can be told again.
pub fn env(clock: &StoryClock, seed: u64) -> Env {
    Env {
        clock: Arc::new(clock.clone()),
        random: Arc::new(StoryRandom(Mutex::new(Chance::new(seed)))),
    }
}
