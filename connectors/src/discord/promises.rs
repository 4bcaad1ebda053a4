//! First answers that are on their way: whoever has more to say to a press or a command waits until
//! Discord has the first, because before that it knows of nothing that could be answered.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

/// Discord gives three seconds; later there is no first answer any more.
const WAIT_MAX: Duration = Duration::from_secs(4);

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
