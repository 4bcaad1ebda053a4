//! What whoever pressed or commanded was promised.
//!
//! A first answer may be on its way: whoever has more to say waits until Discord has it, because
//! before that it knows of nothing that could be answered. And a first answer may have promised
//! another (“Tieline is thinking…”): where none comes, that is said, so that nobody waits for ever.
//! Promises are not kept over a restart; Discord ends them by itself after a quarter of an hour.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::interactions::Handle;

/// Discord gives three seconds; later there is no first answer any more.
const WAIT_MAX: Duration = Duration::from_secs(4);

/// A promised answer that did not come for so long is not awaited any more.
pub(super) const FORGOTTEN: Duration = Duration::from_secs(20);

/// Answers that were promised and are not given yet.
#[derive(Debug, Default)]
pub(super) struct Promised(Mutex<HashMap<String, (Handle, Instant)>>);

impl Promised {
    /// An answer was promised.
    pub(super) fn add(&self, handle: Handle) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(handle.id.clone(), (handle, Instant::now()));
    }

    /// It is given.
    pub(super) fn keep(&self, id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    /// Those that were promised so long ago that nobody will give them any more. They are not
    /// promised after that.
    pub(super) fn take_older(&self, than: Duration) -> Vec<Handle> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_old = |(_, at): &(Handle, Instant)| at.elapsed() >= than;
        let old = all.iter().filter(|(_, one)| is_old(one)).map(|(id, _)| id.clone());
        let old = old.collect::<Vec<_>>();
        old.iter().filter_map(|id| all.remove(id)).map(|(handle, _)| handle).collect()
    }
}

/// The first answers that are on their way.
#[derive(Debug, Default)]
pub(super) struct FirstAnswers {
    open: Mutex<HashMap<String, watch::Receiver<()>>>,
}

/// A first answer that is on its way, until this is dropped.
pub(super) struct OnItsWay<'a> {
    all: &'a FirstAnswers,
    id: String,
    _gone: watch::Sender<()>,
}

impl FirstAnswers {
    /// Says that this interaction's first answer is on its way.
    pub(super) fn begin(&self, id: &str) -> OnItsWay<'_> {
        let (gone, waits) = watch::channel(());
        self.open.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned(), waits);
        OnItsWay { all: self, id: id.to_owned(), _gone: gone }
    }

    /// Waits until this interaction's first answer is given, or can no longer be.
    pub(super) async fn given(&self, id: &str) {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned();
        if let Some(mut waits) = open {
            // It never changes; that it is gone is the news.
            let _ = tokio::time::timeout(WAIT_MAX, waits.changed()).await;
        }
    }
}

impl Drop for OnItsWay<'_> {
    fn drop(&mut self) {
        self.all.open.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn an_answer_that_does_not_come_is_given_up_once() {
        let handle = |id: &str| Handle::read(&format!("open:{id}:7:token")).expect("a handle");
        let promised = Promised::default();
        promised.add(handle("1"));
        promised.add(handle("2"));
        assert_eq!(promised.take_older(FORGOTTEN), []);
        promised.keep("1");
        assert_eq!(promised.take_older(Duration::ZERO), [handle("2")]);
        assert_eq!(promised.take_older(Duration::ZERO), []);
    }

    #[tokio::test]
    async fn whoever_has_more_to_say_waits_for_the_first_answer() {
        let answers = FirstAnswers::default();
        let wait = Duration::from_millis(50);
        let first = answers.begin("1");
        let began = Instant::now();
        tokio::join!(answers.given("1"), async {
            answers.given("another").await;
            tokio::time::sleep(wait).await;
            drop(first);
        });
        assert!(began.elapsed() >= wait && began.elapsed() < WAIT_MAX, "{:?}", began.elapsed());
        answers.given("1").await;
    }
}
