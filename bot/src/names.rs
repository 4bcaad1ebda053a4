//! The names of every tenant's records, held in memory and kept up to date by facts, so that a
//! message is read in microseconds and a record made a moment ago is recognised in the next one.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crm::facts::{Fact, FactBody};
use crm::ids::{RecordId, TenantId};
use crm::ports::Hub;
use crm::records::{KnownName, KnownNameKind};
use crm::{Crm, StoreError};
use extractors::mentions::{Mention, MentionIndex, Name, NameKind};

/// How many facts are read at once when catching up.
const FACTS_PER_READ: i64 = 1000;

/// The names of one tenant, and how far its facts were read.
struct TenantNames {
    index: MentionIndex,
    seq: i64,
}

/// The names of all tenants.
#[derive(Default)]
pub struct Names {
    tenants: RwLock<HashMap<TenantId, Arc<RwLock<TenantNames>>>>,
}

/// What a command calls a record by, and what follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPrefix {
    /// The words that are the name.
    pub name: String,
    /// The records of that name.
    pub records: Vec<RecordId>,
    /// What follows.
    pub rest: String,
}

impl Names {
    /// Reads whatever facts are new, for one tenant. The first time, reads all of its names.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn catch_up(&self, hub: &dyn Hub, tenant: &TenantId) -> Result<(), StoreError> {
        let names = self.of(tenant);
        let Some(names) = names else {
            return self.load(hub, tenant).await;
        };
        loop {
            let seq = names.read().unwrap_or_else(PoisonError::into_inner).seq;
            let facts = hub.read(tenant).await?.facts(seq, FACTS_PER_READ).await?;
            if facts.is_empty() {
                return Ok(());
            }
            self.learn(&facts);
        }
    }

    async fn load(&self, hub: &dyn Hub, tenant: &TenantId) -> Result<(), StoreError> {
        let mut read = hub.read(tenant).await?;
        // The newest fact first: what comes after it is learnt again, which changes nothing.
        let seq = read.newest_facts(1).await?.first().map_or(0, |fact| fact.seq);
        let known = read.known_names().await?;
        let mut by_record: HashMap<RecordId, Vec<Name>> = HashMap::new();
        for KnownName { record, text, kind } in known {
            by_record.entry(record).or_default().push(Name::new(text, name_kind(kind)));
        }
        let mut index = MentionIndex::new();
        for (record, names) in &by_record {
            index.set(record.as_str(), names);
        }
        let fresh = Arc::new(RwLock::new(TenantNames { index, seq }));
        self.tenants
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(tenant.clone())
            .or_insert(fresh);
        Ok(())
    }

    /// Learns from facts, in order; those known already are passed over.
    pub fn learn(&self, facts: &[Fact]) {
        for fact in facts {
            let Some(names) = self.of(&fact.tenant) else { continue };
            let mut names = names.write().unwrap_or_else(PoisonError::into_inner);
            // A gap means that somebody else's facts are missing; they are read in order later.
            if fact.seq != names.seq + 1 {
                continue;
            }
            names.seq = fact.seq;
            if let FactBody::NamesChanged { record, names: known } = &fact.body {
                let known = known
                    .iter()
                    .map(|name| Name::new(name.text.clone(), name_kind(name.kind)))
                    .collect::<Vec<_>>();
                if known.is_empty() {
                    names.index.remove(record.as_str());
                } else {
                    names.index.set(record.as_str(), &known);
                }
            }
        }
    }

    /// Whom a text names. A tenant that was never caught up has no names.
    pub fn find(&self, tenant: &TenantId, text: &str) -> Vec<Mention> {
        self.of(tenant).map_or_else(Vec::new, |names| {
            names.read().unwrap_or_else(PoisonError::into_inner).index.find(text)
        })
    }

    /// Whom a changed text names that the text before did not.
    pub fn find_new(&self, tenant: &TenantId, old: &str, new: &str) -> Vec<Mention> {
        self.of(tenant).map_or_else(Vec::new, |names| {
            names.read().unwrap_or_else(PoisonError::into_inner).index.new_in_edit(old, new)
        })
    }

    /// The records with exactly this name, alias, domain, handle or key.
    pub fn called(&self, tenant: &TenantId, name: &str) -> Vec<RecordId> {
        let name = name.trim().trim_matches(['"', '“', '”', '[', ']']);
        if name.is_empty() || name.contains(['\n', ']', '[']) {
            return Vec::new();
        }
        // Written as a reference, a name is taken at its word, whatever else it may mean.
        let reference = format!("[[{name}]]");
        let mentions = self.find(tenant, &reference);
        let candidates = mentions
            .into_iter()
            .find(|mention| mention.explicit)
            .map(|mention| mention.candidates)
            .unwrap_or_default();
        candidates.iter().filter_map(|id| id.parse().ok()).collect()
    }

    /// The longest beginning of a text that is a name, and what follows it.
    pub fn called_first(&self, tenant: &TenantId, text: &str) -> Option<NamedPrefix> {
        const WORDS_MAX: usize = 10;
        let text = text.trim();
        for (open, close) in [('"', '"'), ('“', '”'), ('„', '“')] {
            if let Some(inner) = text.strip_prefix(open)
                && let Some(end) = inner.find(close)
            {
                let rest = inner[end + close.len_utf8()..].trim().to_owned();
                let name = inner[..end].to_owned();
                let records = self.called(tenant, &name);
                return Some(NamedPrefix { name, records, rest });
            }
        }
        let mut ends = text
            .char_indices()
            .filter(|(_, c)| c.is_whitespace())
            .map(|(at, _)| at)
            .take(WORDS_MAX)
            .collect::<Vec<_>>();
        if ends.len() < WORDS_MAX {
            ends.push(text.len());
        }
        for end in ends.into_iter().rev() {
            let name = text[..end].trim().trim_end_matches([':', ',']);
            let records = self.called(tenant, name);
            if !records.is_empty() {
                let rest = text[end..].trim().to_owned();
                return Some(NamedPrefix { name: name.to_owned(), records, rest });
            }
        }
        None
    }

    fn of(&self, tenant: &TenantId) -> Option<Arc<RwLock<TenantNames>>> {
        self.tenants.read().unwrap_or_else(PoisonError::into_inner).get(tenant).cloned()
    }
}

/// Keeps the names up to date with what this process commits, and reads what it missed.
pub async fn follow(names: Arc<Names>, crm: Crm) {
    let mut facts = crm.facts();
    loop {
        match facts.recv().await {
            Ok(batch) => {
                names.learn(&batch);
                // Another process may have written between; then there is a gap to read.
                if let Some(fact) = batch.last()
                    && let Err(error) = names.catch_up(crm.hub().as_ref(), &fact.tenant).await
                {
                    tracing::warn!(%error, "names are behind; they catch up with the next message");
                }
            }
            Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {}
            Err(tokio::sync::broadcast::error::RecvError::Closed) => return,
        }
    }
}

fn name_kind(kind: KnownNameKind) -> NameKind {
    match kind {
        KnownNameKind::Name => NameKind::Name,
        KnownNameKind::Alias => NameKind::Alias,
        KnownNameKind::Domain => NameKind::Domain,
        KnownNameKind::Handle => NameKind::Handle,
        KnownNameKind::Key => NameKind::Key,
    }
}
