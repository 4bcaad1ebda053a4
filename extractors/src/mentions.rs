//! Finds the records a team already has wherever a message names them: by
//! title, alias, domain, handle or key.
//!
//! Case, accents, hyphens, possessives and legal forms do not matter, so
//! "spoke to acme's cto" finds *Acme GmbH & Co. KG*. Words that are also names
//! (May, Linear) need a capital inside a sentence, and code, quoted lines,
//! addresses and links are not read. `[[Acme]]`, `DEAL-12` and a record's own
//! link always count.
//!
//! Left out: nicknames, initials, inflected forms, transliterations, and the
//! choice between two records of one name; both come back as candidates.

mod boundaries;
mod common_words;
mod naming;
mod search;
mod table;
mod tokens;

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// One way a record is called.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Name {
    /// The name as people write it.
    pub text: String,
    /// What sort of name it is.
    pub kind: NameKind,
}

impl Name {
    /// A name of the given kind.
    pub fn new(text: impl Into<String>, kind: NameKind) -> Self {
        Self { text: text.into(), kind }
    }
}

/// What sort of name a record is called by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameKind {
    /// The full title: `Acme GmbH`.
    Name,
    /// Another name: `ACME Tools`.
    Alias,
    /// A host name: `acme.io`.
    Domain,
    /// A handle, with or without its at sign: `@acme`.
    Handle,
    /// A short key that is unique in the tenant: `DEAL-12`.
    Key,
}

/// A place in a text where one record, or one of several, is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// The first character.
    pub start: usize,
    /// The character after the last.
    pub end: usize,
    /// The first byte.
    pub start_bytes: usize,
    /// The byte after the last.
    pub end_bytes: usize,
    /// The text between them.
    pub text: String,
    /// The records of that name, sorted. More than one: somebody has to choose.
    pub candidates: Vec<Arc<str>>,
    /// Written so that it cannot be meant otherwise: `[[Acme]]`, a key, a link.
    pub explicit: bool,
    /// What sort of name was used.
    pub kind: NameKind,
}

/// The names of all records of one tenant, ready to be found in any text.
#[derive(Clone, Debug, Default)]
pub struct MentionIndex {
    records: Vec<Option<Record>>,
    free: Vec<u32>,
    by_id: HashMap<Arc<str>, u32>,
    table: table::Table,
}

#[derive(Clone, Debug)]
struct Record {
    id: Arc<str>,
    terms: Box<[u32]>,
}

impl MentionIndex {
    /// An index without names.
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces all the names of one record. A record without any name that can
    /// be written is forgotten.
    pub fn set(&mut self, record: &str, names: &[Name]) {
        self.remove(record);
        let mut entries: Vec<naming::Entry> = Vec::new();
        for entry in names.iter().flat_map(naming::entries) {
            let known =
                entries.iter_mut().find(|e| e.canonical == entry.canonical && e.kind == entry.kind);
            match known {
                Some(known) => known.derived &= entry.derived,
                None => entries.push(entry),
            }
        }
        if entries.is_empty() {
            return;
        }
        let slot = self.free.pop().unwrap_or_else(|| {
            self.records.push(None);
            (self.records.len() - 1) as u32
        });
        let terms = entries.into_iter().map(|entry| self.table.insert(slot, entry)).collect();
        let id: Arc<str> = Arc::from(record);
        self.by_id.insert(Arc::clone(&id), slot);
        self.records[slot as usize] = Some(Record { id, terms });
    }

    /// Forgets a record.
    pub fn remove(&mut self, record: &str) {
        let Some(slot) = self.by_id.remove(record) else {
            return;
        };
        if let Some(record) = self.records[slot as usize].take() {
            for &term in &record.terms {
                self.table.remove(term);
            }
        }
        self.free.push(slot);
    }

    /// How many records have names here.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether no record has a name here.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Every mention in `text`: the leftmost, then the longest; none overlap.
    pub fn find(&self, text: &str) -> Vec<Mention> {
        if self.is_empty() {
            return Vec::new();
        }
        search::find(self, text)
    }

    /// The mentions in `new` whose records `old` did not mention already.
    /// Correcting a typo in an old message therefore finds nothing.
    pub fn new_in_edit(&self, old: &str, new: &str) -> Vec<Mention> {
        let mut found = self.find(new);
        if !found.is_empty() {
            let before = self.find(old);
            found.retain(|mention| before.iter().all(|b| b.candidates != mention.candidates));
        }
        found
    }

    fn terms_of(&self, slot: u32) -> impl Iterator<Item = &table::Term> {
        let record = self.records.get(slot as usize).and_then(Option::as_ref);
        let terms = record.map_or(&[][..], |record| &record.terms);
        terms.iter().filter_map(|&term| self.table.term(term))
    }

    fn id(&self, slot: u32) -> Option<&Arc<str>> {
        Some(&self.records.get(slot as usize)?.as_ref()?.id)
    }
}

pub(crate) use common_words::{is_common_word, is_function_word};
pub(crate) use tokens::{is_apostrophe, stands_alone};
