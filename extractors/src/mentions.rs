//! Finds the records a team already has wherever a message names them: by
//! title, alias, domain, handle or key.
//!
//! Case, accents, hyphens, possessives and legal forms do not matter, so
//! "spoke to acme's cto" finds *Acme GmbH & Co. KG*. Words that are also names
//! (May, Linear) need a capital inside a sentence, and code, quoted lines,
//! addresses and links are not read. `[[Acme]]`, `DEAL-12` and a record's own
//! link always count.
//!
//! People are also found by a part of their name, a nickname or an initial:
//! *Robert Brown* by "Bob", "Bob B." and "Mr. Brown". Which of several a message
//! means is decided by who speaks and who is there, see [`MentionIndex::find_in`].
//!
//! Left out: inflected forms outside Cyrillic, and a guess where the context
//! decides nothing; then all come back as candidates.

mod bloom;
mod boundaries;
mod common_words;
mod context;
mod explicit;
mod inflection;
mod joining;
mod look_alikes;
mod naming;
mod people;
mod search;
mod shards;
mod table;
mod texts;
mod tokens;
mod transliteration;
mod written;

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
    /// A person's full name, `Jane Doe`: parts of it and nicknames count, too.
    Person,
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
    /// Only a part of a person's name was used: `Jane` for *Jane Doe*.
    pub part: bool,
}

/// The names of all records of one tenant, ready to be found in any text.
///
/// ```
/// use extractors::mentions::{MentionIndex, Name, NameKind};
///
/// let mut index = MentionIndex::new();
/// index.set("acme", &[Name::new("Acme GmbH", NameKind::Name)]);
/// index.set("bob", &[Name::new("Robert Brown", NameKind::Person)]);
/// let found = index.find("Bob spoke to Acme's CTO");
/// let names: Vec<&str> = found.iter().map(|mention| mention.text.as_str()).collect();
/// assert_eq!(names, ["Bob", "Acme"]);
/// ```
#[derive(Clone, Debug, Default)]
pub struct MentionIndex {
    table: table::Table,
    /// The names of the last record, whose memory serves the next.
    names: naming::Names,
}

impl MentionIndex {
    /// An index without names.
    pub fn new() -> Self {
        Self::default()
    }

    /// An index without names that will get about so many records.
    pub fn with_capacity(records: usize) -> Self {
        Self { table: table::Table::with_room(records), ..Self::default() }
    }

    /// Replaces all the names of one record. A record without any name that can
    /// be written is forgotten.
    pub fn set(&mut self, record: &str, names: &[Name]) {
        self.table.remove(record);
        self.names.read(names);
        if !self.names.pieces.is_empty() {
            self.table.insert(record, &self.names);
        }
    }

    /// Forgets a record.
    pub fn remove(&mut self, record: &str) {
        self.table.remove(record);
    }

    /// How many records have names here.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether no record has a name here.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
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
}

pub use context::{Context, Meant, Reason};
pub use people::reads_as_person;

pub(crate) use common_words::{COMMON_WORDS, FUNCTION_WORDS, is_common_word, is_function_word};
pub(crate) use tokens::{is_apostrophe, stands_alone};
