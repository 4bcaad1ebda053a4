//! How fast we ask Discord: what its answers say about the pace is obeyed before the next question
//! is asked, so that a refusal for being too fast stays the exception. Each such refusal counts
//! towards a ban of the whole machine.
//!
//! Questions of one kind about one channel go one after the other, in the order in which they
//! came: that alone keeps posts in order, and keeps a burst from running ahead of the first answer
//! that says how many are allowed. Left out: buckets that several kinds of questions share; there
//! a refusal tells, and is waited out.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

/// Discord allows a bot 50 questions a second in all; this leaves room for its clock.
const A_SECOND_MAX: usize = 45;
const SECOND: Duration = Duration::from_secs(1);
/// They go out evenly: what leaves at once may arrive together with what left a moment before.
const APART: Duration = Duration::from_millis(25);
/// So many may go at once after a pause.
const AT_ONCE: u32 = 5;
/// As many kinds of questions are remembered before those that may go at once are forgotten.
const LANES_MAX: usize = 4_096;

/// What questions are of one kind: the method, the route, and the channel or server that they are
/// about.
pub(super) type Kind = String;

/// How fast we ask.
#[derive(Debug)]
pub(super) struct Pace {
    lanes: Mutex<HashMap<Kind, Arc<tokio::sync::Mutex<Lane>>>>,
    all: Mutex<All>,
    /// For how long a question counts towards what is allowed in all.
    second: Duration,
    /// How far apart questions are.
    apart: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { lanes: Mutex::default(), all: Mutex::default(), second: SECOND, apart: APART }
    }
}

/// When the next question of one kind may be asked.
#[derive(Debug, Default)]
pub(super) struct Lane {
    free_at: Option<Instant>,
}

/// The questions of the last second, of all kinds.
#[derive(Debug, Default)]
struct All {
    asked: VecDeque<Instant>,
    free_at: Option<Instant>,
    /// When the next one would go, were they all evenly apart.
    even_at: Option<Instant>,
}

/// A question's turn: while it is held, no other of its kind is asked.
pub(super) type Turn = OwnedMutexGuard<Lane>;

/// What an answer says about the pace.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Said {
    /// How many more of its kind may be asked, and for how long that holds.
    pub left: Option<(u32, Duration)>,
    /// It was refused for being too fast: how long to wait, and whether with everything.
    pub refused: Option<(Duration, bool)>,
}

impl Pace {
    /// Waits for this question's turn. `counted` says whether it counts towards what is allowed in
    /// all. None when that would take longer than `most`; then how long.
    pub(super) async fn turn(
        &self,
        kind: &str,
        counted: bool,
        most: Duration,
    ) -> Result<Turn, Duration> {
        let until = Instant::now() + most;
        let lane = self.lane(kind);
        let turn = match tokio::time::timeout_at(until, lane.lock_owned()).await {
            Ok(turn) => turn,
            Err(_) => return Err(most),
        };
        loop {
            let now = Instant::now();
            let of_kind = turn.free_at.filter(|at| *at > now);
            let free_at = match of_kind {
                Some(at) => at,
                None if !counted => return Ok(turn),
                None => match self.take_slot() {
                    Ok(()) => return Ok(turn),
                    Err(at) => at,
                },
            };
            if free_at > until {
                return Err(free_at - now);
            }
            tokio::time::sleep_until(free_at).await;
        }
    }

    /// Takes to heart what the answer said.
    pub(super) fn answered(&self, turn: &mut Turn, said: Said) {
        let now = Instant::now();
        turn.free_at = match said.left {
            Some((0, again_in)) => Some(now + again_in),
            _ => None,
        };
        match said.refused {
            Some((wait, true)) => {
                let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
                all.free_at = all.free_at.max(Some(now + wait));
            }
            Some((wait, false)) => turn.free_at = turn.free_at.max(Some(now + wait)),
            None => {}
        }
    }

    fn lane(&self, kind: &str) -> Arc<tokio::sync::Mutex<Lane>> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if lanes.len() >= LANES_MAX && !lanes.contains_key(kind) {
            let now = Instant::now();
            lanes.retain(|_, lane| {
                Arc::strong_count(lane) > 1
                    || lane.try_lock().is_ok_and(|lane| lane.free_at.is_some_and(|at| at > now))
            });
        }
        lanes.entry(kind.to_owned()).or_default().clone()
    }

    /// Takes one of the questions that are allowed in all, or says when there may be one. To look and
    /// to take is one step, or all that wait for a moment would go in it.
    fn take_slot(&self) -> Result<(), Instant> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        while all.asked.front().is_some_and(|at| *at + self.second <= now) {
            all.asked.pop_front();
        }
        let full = all.asked.len() >= A_SECOND_MAX;
        let slot = all.asked.front().filter(|_| full).map(|at| *at + self.second);
        let even_at = all.even_at.unwrap_or(now).max(now);
        let early = even_at.checked_sub(self.apart * (AT_ONCE - 1)).filter(|at| *at > now);
        match all.free_at.filter(|at| *at > now).max(slot).max(early) {
            Some(free_at) => Err(free_at),
            None => {
                all.even_at = Some(even_at + self.apart);
                all.asked.push_back(now);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(60);
    const UNIT: Duration = Duration::from_millis(100);

    async fn ask(pace: &Pace, kind: &str, said: Said) {
        let mut turn = pace.turn(kind, true, LONG).await.expect("a turn");
        pace.answered(&mut turn, said);
    }

    fn left(count: u32) -> Said {
        Said { left: Some((count, UNIT)), refused: None }
    }

    /// Whether a question could be asked right now.
    async fn goes(pace: &Pace, kind: &str) -> bool {
        pace.turn(kind, true, Duration::ZERO).await.is_ok()
    }

    #[tokio::test]
    async fn what_is_used_up_is_waited_for_and_nothing_else_waits() {
        let pace = Pace::default();
        ask(&pace, "POST 1", left(1)).await;
        assert!(goes(&pace, "POST 1").await);
        let began = Instant::now();
        ask(&pace, "POST 1", left(0)).await;
        assert!(!goes(&pace, "POST 1").await);
        assert!(goes(&pace, "POST 2").await && goes(&pace, "GET 1").await);
        ask(&pace, "POST 1", left(4)).await;
        assert!(began.elapsed() >= UNIT, "{:?}", began.elapsed());
    }

    #[tokio::test]
    async fn questions_of_one_kind_wait_for_each_other_in_order() {
        let pace = Arc::new(Pace::default());
        let first = pace.turn("POST 1", true, LONG).await.expect("a turn");
        let order = Arc::new(Mutex::new(Vec::new()));
        let mut waiting = Vec::new();
        for number in 0..20 {
            let (pace, order) = (pace.clone(), order.clone());
            waiting.push(tokio::spawn(async move {
                let _turn = pace.turn("POST 1", true, LONG).await.expect("a turn");
                order.lock().unwrap().push(number);
            }));
            tokio::task::yield_now().await;
        }
        assert_eq!(pace.turn("POST 1", true, UNIT).await.err(), Some(UNIT), "it does not wait on");
        drop(first);
        for one in waiting {
            one.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), (0..20).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_second_holds_no_more_than_a_bot_may_ask() {
        // A second that never ends within this test.
        let pace = Pace { second: LONG, apart: Duration::ZERO, ..Pace::default() };
        for number in 0..A_SECOND_MAX {
            assert!(goes(&pace, &format!("POST {number}")).await, "{number}");
        }
        assert!(!goes(&pace, "POST x").await);
        // Answers to presses do not count.
        assert!(pace.turn("answer", false, Duration::ZERO).await.is_ok());
        let pace = Pace { second: UNIT, apart: Duration::ZERO, ..Pace::default() };
        let began = Instant::now();
        for number in 0..=A_SECOND_MAX * 2 {
            ask(&pace, &format!("POST {number}"), Said::default()).await;
        }
        assert!(began.elapsed() >= UNIT * 2, "{:?}", began.elapsed());
    }

    #[tokio::test]
    async fn all_that_wait_for_a_moment_do_not_go_in_it() {
        let pace = Arc::new(Pace { second: UNIT, apart: Duration::ZERO, ..Pace::default() });
        let gone = Arc::new(Mutex::new(Vec::new()));
        let mut waiting = tokio::task::JoinSet::new();
        for number in 0..A_SECOND_MAX * 3 {
            let (pace, gone) = (pace.clone(), gone.clone());
            waiting.spawn(async move {
                pace.turn(&format!("POST {number}"), true, LONG).await.expect("a turn");
                gone.lock().unwrap().push(Instant::now());
            });
        }
        while waiting.join_next().await.is_some() {}
        let gone = gone.lock().unwrap().clone();
        // Clocks are read a moment before and after, so that a little less counts as a second.
        let nearly = UNIT - UNIT / 10;
        for (first, beyond) in gone.iter().zip(&gone[A_SECOND_MAX..]) {
            assert!(*beyond - *first >= nearly, "{:?}", *beyond - *first);
        }
    }

    #[tokio::test]
    async fn questions_go_out_evenly_but_for_a_few_after_a_pause() {
        let pace = Pace::default();
        let began = Instant::now();
        for number in 0..AT_ONCE {
            assert!(goes(&pace, &format!("POST {number}")).await, "{number}");
        }
        assert!(!goes(&pace, "POST x").await, "no more at once");
        for number in 0..20 {
            ask(&pace, &format!("GET {number}"), Said::default()).await;
        }
        assert!(began.elapsed() >= APART * 20 - APART, "{:?}", began.elapsed());
    }

    #[tokio::test]
    async fn a_refusal_stops_its_own_kind_or_everything_for_as_long() {
        let pace = Pace::default();
        ask(&pace, "POST 1", Said { left: None, refused: Some((LONG, false)) }).await;
        assert!(!goes(&pace, "POST 1").await && goes(&pace, "POST 2").await);
        let wait = pace.turn("POST 1", true, UNIT).await.expect_err("too long");
        assert!(wait > UNIT, "whoever asks is told how long: {wait:?}");
        ask(&pace, "POST 2", Said { left: None, refused: Some((UNIT, true)) }).await;
        assert!(!goes(&pace, "POST 2").await && !goes(&pace, "POST 3").await);
        let began = Instant::now();
        ask(&pace, "POST 3", Said::default()).await;
        assert!(began.elapsed() >= UNIT - Duration::from_millis(1), "{:?}", began.elapsed());
        assert!(goes(&pace, "POST 2").await && !goes(&pace, "POST 1").await);
    }
}
