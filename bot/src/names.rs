//! The names of every tenant's records, held in memory and kept up to date by facts, so that a
//! message is read in microseconds and a record made a moment ago is recognised in the next one.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use crm::facts::{Fact, FactBody};
use crm::ids::{RecordId, TenantId};
use crm::ports::Read;
use crm::records::{KnownName, KnownNameKind};
use crm::{Crm, StoreError};
use extractors::mentions::{Context, Meant, Mention, MentionIndex, Name, NameKind, Reason};

/// How many facts are read at once when catching up.
const FACTS_PER_READ: i64 = 1000;

/// The names of one tenant, and how far its facts were read.
struct TenantNames {
    index: MentionIndex,
    seq: i64,
    /// Whether there are facts that were not read: another process wrote them.
    is_behind: bool,
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
    pub async fn catch_up(&self, read: &mut dyn Read) -> Result<(), StoreError> {
        let tenant = read.tenant_id().clone();
        let Some(names) = self.of(&tenant) else {
            return self.load(read, &tenant).await;
        };
        loop {
            let seq = {
                let mut names = names.write().unwrap_or_else(PoisonError::into_inner);
                names.is_behind = false;
                names.seq
            };
            let facts = read.facts(seq, FACTS_PER_READ).await?;
            self.learn(&facts);
            if self.of(&tenant).is_none() {
                return self.load(read, &tenant).await;
            }
            if i64::try_from(facts.len()).unwrap_or(0) < FACTS_PER_READ {
                return Ok(());
            }
        }
    }

    async fn load(&self, read: &mut dyn Read, tenant: &TenantId) -> Result<(), StoreError> {
        // The newest fact first: what comes after it is learnt again, which changes nothing.
        let seq = read.newest_facts(1).await?.first().map_or(0, |fact| fact.seq);
        let known = read.known_names().await?;
        self.put(tenant, known, seq);
        Ok(())
    }

    /// Puts all the names of a tenant in, unless they are here already.
    pub(crate) fn put(&self, tenant: &TenantId, known: Vec<KnownName>, seq: i64) {
        let mut by_record: HashMap<RecordId, Vec<Name>> = HashMap::new();
        for KnownName { record, text, kind } in known {
            by_record.entry(record).or_default().push(Name::new(text, name_kind(kind)));
        }
        let mut index = MentionIndex::with_capacity(by_record.len());
        for (record, names) in &by_record {
            index.set(record.as_str(), names);
        }
        let fresh = Arc::new(RwLock::new(TenantNames { index, seq, is_behind: false }));
        self.tenants
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(tenant.clone())
            .or_insert(fresh);
    }

    /// As [`Self::catch_up`], with a reading of its own.
    ///
    /// # Errors
    /// When the store cannot be reached.
    pub async fn read_on(&self, crm: &Crm, tenant: &TenantId) -> Result<(), StoreError> {
        self.catch_up(crm.hub().read(tenant).await?.as_mut()).await
    }

    /// Whether the names of a tenant are here, with nothing known to be missing.
    pub fn are_current(&self, tenant: &TenantId) -> bool {
        self.of(tenant)
            .is_some_and(|names| !names.read().unwrap_or_else(PoisonError::into_inner).is_behind)
    }

    /// Learns from facts, in order; those known already are passed over.
    pub fn learn(&self, facts: &[Fact]) {
        for fact in facts {
            let Some(names) = self.of(&fact.tenant) else { continue };
            let mut names = names.write().unwrap_or_else(PoisonError::into_inner);
            // A gap means that somebody else's facts are missing; they are read in order later.
            if fact.seq != names.seq + 1 {
                names.is_behind |= fact.seq > names.seq;
                continue;
            }
            names.seq = fact.seq;
            // Which records are recognised may have changed for all of a blueprint, so that the
            // names are read anew.
            if let FactBody::BlueprintChanged { .. } = &fact.body {
                drop(names);
                self.tenants.write().unwrap_or_else(PoisonError::into_inner).remove(&fact.tenant);
                continue;
            }
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

    /// What only looks like a name, in letters of another script; and whom a text names.
    pub fn find_all(&self, tenant: &TenantId, text: &str) -> (Vec<Mention>, Vec<Mention>) {
        let Some(names) = self.of(tenant) else { return (Vec::new(), Vec::new()) };
        let names = names.read().unwrap_or_else(PoisonError::into_inner);
        let all = names.index.find_in(text, &Context::default());
        let (alike, named): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|meant| meant.reason == Reason::LookAlike);
        let mentions = |all: Vec<Meant>| all.into_iter().map(|meant| meant.mention).collect();
        (mentions(alike), mentions(named))
    }

    /// Whom a changed text names that the text before did not.
    pub fn find_new(&self, tenant: &TenantId, old: &str, new: &str) -> Vec<Mention> {
        self.of(tenant).map_or_else(Vec::new, |names| {
            names.read().unwrap_or_else(PoisonError::into_inner).index.new_in_edit(old, new)
        })
    }

    /// The records with exactly this name, alias, domain, handle or key; where there is none
    /// and the name is a possessive ("Acme's"), those of the name itself.
    pub fn called(&self, tenant: &TenantId, name: &str) -> Vec<RecordId> {
        let name = name.trim().trim_matches(['"', '“', '”', '„', '[', ']']).trim();
        let found = self.exactly(tenant, name);
        match without_possessive(name) {
            Some(owner) if found.is_empty() => self.exactly(tenant, owner),
            _ => found,
        }
    }

    fn exactly(&self, tenant: &TenantId, name: &str) -> Vec<RecordId> {
        if name.is_empty() || name.contains(['\n', ']', '[']) {
            return Vec::new();
        }
        // Written as a reference, a name is taken at its word, whatever else it may mean. A key
        // or link that is only a part of what was given is not its name.
        let reference = format!("[[{name}]]");
        let spans_all = |mention: &Mention| {
            let range = mention.start_bytes..mention.end_bytes;
            range == (0..reference.len()) || range == (2..reference.len() - 2)
        };
        let candidates = self
            .find(tenant, &reference)
            .into_iter()
            .find(|mention| mention.explicit && spans_all(mention))
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

fn name_kind(kind: KnownNameKind) -> NameKind {
    match kind {
        KnownNameKind::Name => NameKind::Name,
        KnownNameKind::Person => NameKind::Person,
        KnownNameKind::Alias => NameKind::Alias,
        KnownNameKind::Domain => NameKind::Domain,
        KnownNameKind::Handle => NameKind::Handle,
        KnownNameKind::Key => NameKind::Key,
    }
}

/// "Acme" for "Acme's" and "Meiers" for "Meiers'".
fn without_possessive(name: &str) -> Option<&str> {
    ["'s", "’s", "'S", "’S", "'", "’"].into_iter().find_map(|ending| name.strip_suffix(ending))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crm::Env;

    fn names(known: &[(&RecordId, &str, KnownNameKind)]) -> (Names, TenantId) {
        let tenant = TenantId::fresh(&Env::system());
        let known = known
            .iter()
            .map(|(record, text, kind)| KnownName {
                record: (*record).clone(),
                text: (*text).to_owned(),
                kind: *kind,
            })
            .collect();
        let names = Names::default();
        names.put(&tenant, known, 0);
        (names, tenant)
    }

    #[test]
    fn a_name_ends_where_what_follows_it_is_no_part_of_it() {
        let env = Env::system();
        let (deal, acme, hans) =
            (RecordId::fresh(&env), RecordId::fresh(&env), RecordId::fresh(&env));
        let (names, tenant) = names(&[
            (&deal, "Acme annual plan", KnownNameKind::Name),
            (&deal, "DEAL-2", KnownNameKind::Key),
            (&acme, "Acme Inc.", KnownNameKind::Name),
            (&acme, "acme.example", KnownNameKind::Domain),
            (&hans, "Hans Meier", KnownNameKind::Name),
        ]);
        let check = |text: &str, name: &str, record: &RecordId, rest: &str| {
            let expected = NamedPrefix {
                name: name.to_owned(),
                records: vec![record.clone()],
                rest: rest.to_owned(),
            };
            assert_eq!(names.called_first(&tenant, text), Some(expected), "{text}");
        };
        check("DEAL-2 won", "DEAL-2", &deal, "won");
        check("deal-2 In negotiation", "deal-2", &deal, "In negotiation");
        check("DEAL-2", "DEAL-2", &deal, "");
        check("acme annual plan won", "acme annual plan", &deal, "won");
        check("acme negotiating", "acme", &acme, "negotiating");
        check("Acme Inc. see DEAL-2", "Acme Inc.", &acme, "see DEAL-2");
        check("Hans Meier: wants acme", "Hans Meier", &hans, "wants acme");
        check("“Hans Meier” called", "Hans Meier", &hans, "called");
        check("Acme's invoice", "Acme's", &acme, "invoice");
        check("acme.example called", "acme.example", &acme, "called");
        assert_eq!(names.called_first(&tenant, "see DEAL-2"), None);
    }

    #[test]
    fn a_possessive_means_its_owner_unless_it_is_a_name_itself() {
        let env = Env::system();
        let (acme, lloyds) = (RecordId::fresh(&env), RecordId::fresh(&env));
        let (names, tenant) = names(&[
            (&acme, "Acme", KnownNameKind::Name),
            (&lloyds, "Lloyd's", KnownNameKind::Name),
        ]);
        let check = |name: &str, record: &RecordId| {
            assert_eq!(names.called(&tenant, name), std::slice::from_ref(record), "{name}");
        };
        check("Acme's", &acme);
        check("acme’s", &acme);
        check("Lloyd's", &lloyds);
        assert!(names.called(&tenant, "Acme and DEAL-1").is_empty());
    }
}
