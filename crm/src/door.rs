//! The one door. A slash command, a button, a REST call and an accepted proposal all come
//! through [`Crm::run`]: one transaction that drops a cause it has seen before, asks the
//! permission table, performs, and commits the change, its facts and its posts together.
//! No network is called in here.

use std::sync::Arc;

use tokio::sync::broadcast;

use crate::commands::{Actor, Cause, Command, Outcome};
use crate::conversations::Networks;
use crate::env::Env;
use crate::errors::{Error, Refusal, Result, StoreError};
use crate::facts::Fact;
use crate::ids::EntryId;
use crate::permissions::{self, Part};
use crate::ports::{Entry, Hub, Read};
use crate::usecases::Work;

/// How often a command is tried again when another writer won.
const CONFLICT_TRIES: usize = 5;
/// How many batches of facts a slow listener may lag before it must read them from the store.
const FACTS_LAG_MAX: usize = 4096;

/// The door to one store.
#[derive(Clone)]
pub struct Crm {
    hub: Arc<dyn Hub>,
    env: Env,
    networks: Arc<Networks>,
    facts: broadcast::Sender<Arc<Vec<Fact>>>,
}

impl Crm {
    /// A door to this store, with this clock and this chance.
    pub fn new(hub: Arc<dyn Hub>, env: Env) -> Self {
        let facts = broadcast::channel(FACTS_LAG_MAX).0;
        Self { hub, env, networks: Arc::default(), facts }
    }

    /// The same door, behind which customers can be written to on these networks.
    #[must_use]
    pub fn writing_to(mut self, networks: Networks) -> Self {
        self.networks = Arc::new(networks);
        self
    }

    /// The store, for what stands before a tenant is known.
    pub fn hub(&self) -> &Arc<dyn Hub> {
        &self.hub
    }

    /// The clock and the chance that commands run with.
    pub fn env(&self) -> &Env {
        &self.env
    }

    /// Facts of every tenant as they are committed by this process. Two commits at once may be told
    /// in either order; their numbers say which came first. A listener that lags misses some, is
    /// told so, and reads them from the store.
    pub fn facts(&self) -> broadcast::Receiver<Arc<Vec<Fact>>> {
        self.facts.subscribe()
    }

    /// Reads the actor's tenant, all from one moment. Members, guests and Tieline itself read
    /// everything in their tenant.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn read(&self, actor: &Actor) -> Result<Box<dyn Read + '_>, StoreError> {
        self.hub.read(actor.tenant()).await
    }

    /// Runs a command once, however often its cause arrives.
    ///
    /// # Errors
    /// [`Error::Refused`] with a sentence for the person who asked, and [`Error::Store`] when
    /// the store fails. In both cases nothing was changed, and the cause may be tried again.
    pub async fn run(&self, actor: &Actor, cause: Cause, command: Command) -> Result<Outcome> {
        let mut tries = 1;
        loop {
            match self.try_run(actor, &cause, command.clone()).await {
                Err(Error::Store(StoreError::Conflict)) if tries < CONFLICT_TRIES => tries += 1,
                ended => return ended,
            }
        }
    }

    async fn try_run(&self, actor: &Actor, cause: &Cause, command: Command) -> Result<Outcome> {
        let mut tx = self.hub.begin(actor.tenant()).await?;
        let now = self.env.now();
        // An inbox row is settled by the one command that it causes, so a row that was not
        // settled says that its cause has not run; anything else is looked up.
        let is_new = match cause.inbox {
            Some(seq) => tx.settle_inbound(seq, now).await?,
            None => false,
        };
        if !is_new && let Some(entry) = tx.entry_by_cause(&cause.key).await? {
            return Ok(Outcome { repeated: true, ..entry.outcome });
        }
        let (part, member) = match actor {
            Actor::System { .. } => (Part::System, None),
            Actor::Guest { .. } => (Part::Guest, None),
            Actor::Member { member, .. } => {
                let member = tx.member(member).await?.filter(|m| m.active).ok_or_else(|| {
                    Refusal::forbidden(
                        "You are no longer a member here. Ask an administrator to invite you.",
                    )
                })?;
                (Part::Member(member.role), Some(member))
            }
        };
        let name = permissions::name(&command);
        let entry_id = EntryId::fresh(&self.env);
        let mut work =
            Work::new(tx, (&self.env, &self.networks), now, entry_id.clone(), part, member);
        work.reply.clone_from(&cause.reply);
        let done = work.perform(command).await?;
        work.finish(&done).await?;

        let Work { mut tx, facts, inverses, member, .. } = work;
        let first = if facts.is_empty() {
            0
        } else {
            tx.take_fact_seqs(i64::try_from(facts.len()).unwrap_or(i64::MAX)).await?
        };
        let facts = facts
            .into_iter()
            .zip(first..)
            .map(|(body, seq)| Fact {
                tenant: actor.tenant().clone(),
                seq,
                entry: entry_id.clone(),
                at: now,
                member: member.as_ref().map(|m| m.id.clone()),
                body,
            })
            .collect::<Vec<_>>();
        let outcome = Outcome {
            entry: entry_id.clone(),
            said: done.said,
            records: done.records,
            undo: !inverses.is_empty(),
            repeated: false,
            data: done.data,
        };
        let inverse = (!inverses.is_empty()).then(|| {
            Command::Several(crate::commands::Several {
                commands: inverses.into_iter().rev().collect(),
            })
        });
        tx.insert_entry(&Entry {
            id: entry_id,
            cause: cause.key.clone(),
            member: member.map(|m| m.id),
            command: name,
            outcome: outcome.clone(),
            inverse,
            undone_by: None,
            at: now,
        })
        .await?;
        // After the entry they name: a store that finds them first has to look for them again.
        tx.insert_facts(&facts).await?;
        tx.commit().await?;
        if !facts.is_empty() {
            // Nobody listening is no failure: the facts are in the store.
            let _ = self.facts.send(Arc::new(facts));
        }
        Ok(outcome)
    }
}
