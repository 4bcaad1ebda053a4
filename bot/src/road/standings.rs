//! What the road knows by heart: to whom a place belongs, and as whom somebody speaks there. With
//! it a plain message, of which there are many, is taken in one transaction and no other question.
//!
//! It is heard of at once when this process changes it, and read anew every second for what
//! others change. Commands and presses never ask here: what changes a record is decided on what
//! the store says at that moment.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use crm::chat::Message;
use crm::facts::{Fact, FactBody};
use crm::ids::{MemberId, TenantId};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::TryRecvError;

use crate::names::Names;

/// For how long a standing is believed.
const BELIEVED: TimeDelta = TimeDelta::seconds(1);
/// Beyond so many, all are forgotten and learnt again.
const STANDINGS_MAX: usize = 10_000;

/// As whom somebody speaks in a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) tenant: TenantId,
    pub(super) member: Option<MemberId>,
    /// Whether they may see cards.
    pub(super) cards: bool,
}

/// A place and an account: connection, room, network, account.
type Key = [String; 4];

fn key(message: &Message) -> Key {
    let Message { place, author, .. } = message;
    [&place.connection, &place.room, &author.network, &author.id].map(Clone::clone)
}

/// How much was forgotten before a reading began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment(u64);

struct Kept {
    facts: broadcast::Receiver<Arc<Vec<Fact>>>,
    by_key: HashMap<Key, (DateTime<Utc>, Standing)>,
    forgotten: u64,
}

/// The standings of whoever spoke in the last second.
pub(super) struct Standings(Mutex<Kept>);

impl Standings {
    /// None yet; `facts` are those of this process from now on.
    pub(super) fn new(facts: broadcast::Receiver<Arc<Vec<Fact>>>) -> Self {
        Self(Mutex::new(Kept { facts, by_key: HashMap::new(), forgotten: 0 }))
    }

    /// Hears what this process committed so far. A standing that is read after this and
    /// remembered with the moment is forgotten if anything about it changed in between.
    pub(super) fn listen(&self, names: &Names) -> Moment {
        Moment(self.heard(names).forgotten)
    }

    /// As whom the author of a message speaks, if that is known and the tenant's names are.
    pub(super) fn recall(
        &self,
        names: &Names,
        message: &Message,
        now: DateTime<Utc>,
    ) -> Option<Standing> {
        let kept = self.heard(names);
        let (read_at, standing) = kept.by_key.get(&key(message))?;
        let age = now - *read_at;
        let believed = age >= TimeDelta::zero() && age < BELIEVED;
        (believed && names.are_current(&standing.tenant)).then(|| standing.clone())
    }

    /// Remembers what was read at this moment.
    pub(super) fn remember(
        &self,
        names: &Names,
        moment: Moment,
        message: &Message,
        standing: Standing,
        now: DateTime<Utc>,
    ) {
        let mut kept = self.heard(names);
        if Moment(kept.forgotten) != moment {
            return;
        }
        if kept.by_key.len() >= STANDINGS_MAX {
            kept.by_key.clear();
        }
        kept.by_key.insert(key(message), (now, standing));
    }

    fn heard(&self, names: &Names) -> MutexGuard<'_, Kept> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            match kept.facts.try_recv() {
                Ok(facts) => {
                    names.learn(&facts);
                    if facts.iter().any(|fact| changes_standings(&fact.body)) {
                        kept.forget();
                    }
                }
                Err(TryRecvError::Lagged(_)) => kept.forget(),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return kept,
            }
        }
    }
}

impl Kept {
    fn forget(&mut self) {
        self.by_key.clear();
        self.forgotten += 1;
    }
}

fn changes_standings(fact: &FactBody) -> bool {
    matches!(
        fact,
        FactBody::PlaceBound { .. }
            | FactBody::PlaceUnbound { .. }
            | FactBody::AccountLinked { .. }
            | FactBody::AccountUnlinked { .. }
            | FactBody::MemberChanged { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crm::Env;
    use crm::chat::{Author, Place};
    use crm::ids::EntryId;

    struct Heard {
        standings: Standings,
        names: Names,
        says: broadcast::Sender<Arc<Vec<Fact>>>,
        tenant: TenantId,
        message: Message,
    }

    impl Heard {
        fn new() -> Self {
            let env = Env::system();
            let (says, facts) = broadcast::channel(2);
            let tenant = TenantId::fresh(&env);
            let names = Names::default();
            names.put(&tenant, Vec::new(), 0);
            let author =
                Author { network: "probe".into(), id: "alice".into(), name: "Alice".into() };
            let message = Message {
                place: Place::new("probe", "sales"),
                id: "1".into(),
                thread: None,
                reply_to: None,
                author,
                text: "hello".into(),
                at: DateTime::UNIX_EPOCH,
                permalink: None,
                direct: false,
                answer_to: None,
                room_name: None,
                alone: false,
                forwarded: None,
            };
            Self { standings: Standings::new(facts), names, says, tenant, message }
        }

        fn standing(&self) -> Standing {
            Standing { tenant: self.tenant.clone(), member: None, cards: true }
        }

        fn remembered(&self) {
            let moment = self.standings.listen(&self.names);
            let at = DateTime::UNIX_EPOCH;
            self.standings.remember(&self.names, moment, &self.message, self.standing(), at);
        }

        fn recalled(&self, millis: i64) -> Option<Standing> {
            let now = DateTime::UNIX_EPOCH + TimeDelta::milliseconds(millis);
            self.standings.recall(&self.names, &self.message, now)
        }

        fn said(&self, seq: i64, body: FactBody) {
            let fact = Fact {
                tenant: self.tenant.clone(),
                seq,
                entry: EntryId::fresh(&Env::system()),
                at: DateTime::UNIX_EPOCH,
                member: None,
                body,
            };
            self.says.send(Arc::new(vec![fact])).expect("somebody listens");
        }
    }

    fn harmless() -> FactBody {
        FactBody::SpaceCreated { name: "Support".into() }
    }

    fn unbound() -> FactBody {
        FactBody::PlaceUnbound { place: Place::new("probe", "sales") }
    }

    #[test]
    fn what_was_read_is_believed_for_a_second() {
        let heard = Heard::new();
        assert_eq!(heard.recalled(0), None);
        heard.remembered();
        assert_eq!(heard.recalled(0), Some(heard.standing()));
        assert_eq!(heard.recalled(999), Some(heard.standing()));
        assert_eq!(heard.recalled(1_000), None);
        assert_eq!(heard.recalled(-1), None, "a clock that was set back");
    }

    #[test]
    fn what_concerns_places_and_people_is_heard_at_once() {
        let heard = Heard::new();
        heard.remembered();
        heard.said(1, harmless());
        assert_eq!(heard.recalled(1), Some(heard.standing()));
        heard.said(2, unbound());
        assert_eq!(heard.recalled(1), None);
    }

    #[test]
    fn what_changed_while_it_was_read_is_not_remembered() {
        let heard = Heard::new();
        let moment = heard.standings.listen(&heard.names);
        heard.said(1, unbound());
        let at = DateTime::UNIX_EPOCH;
        heard.standings.remember(&heard.names, moment, &heard.message, heard.standing(), at);
        assert_eq!(heard.recalled(1), None);
    }

    #[test]
    fn whoever_missed_something_asks_the_store() {
        let heard = Heard::new();
        heard.remembered();
        heard.said(2, harmless());
        assert_eq!(heard.recalled(1), None, "another process wrote fact 1");

        let heard = Heard::new();
        heard.remembered();
        for seq in 1..=3 {
            heard.said(seq, harmless());
        }
        assert_eq!(heard.recalled(1), None, "the channel holds two");
    }
}
