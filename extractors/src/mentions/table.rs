//! Where names are filed: by the hash of their words, in place, so that a
//! record added, renamed or removed is seen by the very next message.
//!
//! A million names fit in about a hundred megabytes: each record's id and names
//! are one text, and a term is a piece of it.

use std::collections::HashMap;
use std::num::NonZeroU16;
use std::ops::Range;
use std::sync::Arc;

use super::NameKind;
use super::bloom::{Bloom, MayBe};
use super::naming::{Bare, Form, Names, canonical_words};
use super::shards::Shards;
use super::texts::Texts;
use super::tokens::{extended, hash_folded, tokenize, word_hash};

/// The end of a chain.
const NONE: u32 = u32::MAX;
/// How many names of one spelling are looked at.
const CHAIN_MAX: usize = 1000;
/// The longest name, in bytes of its folded words.
const LENGTH_MAX: usize = u16::MAX as usize;

/// A record, and where its text stands: its id, then its names.
#[derive(Clone, Copy, Debug)]
struct Record {
    at: u32,
    /// The first of its terms, which stand together.
    terms: u32,
    count: u16,
    id_length: NonZeroU16,
}

impl Record {
    fn terms(self) -> Range<u32> {
        self.terms..self.terms + u32::from(self.count)
    }
}

/// One way one record is called.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Term {
    pub(crate) record: u32,
    /// The next term with the same hash.
    next: u32,
    /// Where in the text of its record it stands.
    start: u32,
    length: u16,
    pub(crate) kind: NameKind,
    how: u8,
}

impl Term {
    /// Stands where a term will.
    const NOWHERE: Self =
        Self { record: NONE, next: NONE, start: 0, length: 0, kind: NameKind::Name, how: 0 };

    /// When it counts although nobody marked it as a name.
    pub(crate) fn bare(self) -> Bare {
        Bare::from_bits(self.how)
    }

    /// Which part of the name it is.
    pub(crate) fn form(self) -> Form {
        Form::from_bits(self.how)
    }
}

/// The first term with a hash.
#[derive(Clone, Copy, Debug)]
struct Head {
    hash: u32,
    term: u32,
}

/// All terms of all records.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    texts: Texts,
    records: Vec<Option<Record>>,
    free_records: Vec<u32>,
    by_id: Shards<u32>,
    terms: Vec<Term>,
    /// Where terms stood together that are gone, by how many.
    free_terms: HashMap<u16, Vec<u32>>,
    heads: Shards<Head>,
    bloom: Bloom,
    counts: Counts,
}

/// How many terms there are of each sort, so that a search leaves out what
/// nobody is called by.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) written: usize,
    pub(crate) keys: usize,
    pub(crate) domains: usize,
    pub(crate) handles: usize,
    /// Given names.
    pub(crate) people: usize,
}

impl Counts {
    fn of(&mut self, kind: NameKind) -> &mut usize {
        match kind {
            NameKind::Name | NameKind::Alias | NameKind::Person => &mut self.written,
            NameKind::Key => &mut self.keys,
            NameKind::Domain => &mut self.domains,
            NameKind::Handle => &mut self.handles,
        }
    }
}

impl Table {
    /// A table with room for so many records.
    pub(crate) fn with_room(records: usize) -> Self {
        let mut table = Self {
            by_id: Shards::with_room(records),
            records: Vec::with_capacity(records + records / 8),
            heads: Shards::with_room(records + records / 2),
            bloom: Bloom::with_room(records * 3),
            ..Self::default()
        };
        table.texts.reserve(records * 40);
        table.terms.reserve(records + records / 2);
        table
    }

    /// How many records there are.
    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    /// Files a record that is not here yet under its names.
    pub(crate) fn insert(&mut self, id: &str, names: &Names) {
        let Some(id_length) = u16::try_from(id.len()).ok().and_then(NonZeroU16::new) else {
            return;
        };
        if u32::try_from(id.len() + names.text.len()).is_err() {
            return;
        }
        let pieces = names.pieces.iter().filter(|piece| piece.range.len() <= LENGTH_MAX);
        let Ok(count) = u16::try_from(pieces.clone().count()) else {
            return;
        };
        // The last term tells how long the text is, so that nothing may stand behind it.
        let end = pieces.clone().map(|piece| piece.range.end).max().unwrap_or_default();
        let Some(at) = self.texts.insert(id, &names.text[..end]) else {
            return;
        };
        let slot = self.free_records.pop().unwrap_or_else(|| {
            self.records.push(None);
            (self.records.len() - 1) as u32
        });
        let terms = self.room_for(count);
        for (number, piece) in (terms..).zip(pieces) {
            let canonical = &names.text[piece.range.clone()];
            let term = Term {
                record: slot,
                next: NONE,
                start: (id.len() + piece.range.start) as u32,
                length: canonical.len() as u16,
                kind: piece.kind,
                how: piece.bare.bits() | piece.form.bits(),
            };
            let bloom = &mut self.bloom;
            let run = names.run_of(piece, |run| bloom.insert_begun(run)).unwrap_or_else(|| {
                filed_under(term.kind, canonical, |run| bloom.insert_begun(run))
            });
            self.file(number, term, run);
        }
        self.records[slot as usize] = Some(Record { at, terms, count, id_length });
        let (texts, records) = (&self.texts, &self.records);
        self.by_id.of_mut(id_hash(id)).insert_unique(id_hash(id), slot, |&slot| {
            id_hash(id_of(texts, records, slot).unwrap_or_default())
        });
        if self.bloom.is_full() {
            self.rebuild_bloom();
        }
    }

    /// Where so many terms can stand together.
    fn room_for(&mut self, count: u16) -> u32 {
        self.free_terms.get_mut(&count).and_then(Vec::pop).unwrap_or_else(|| {
            let first = self.terms.len();
            self.terms.resize(first + usize::from(count), Term::NOWHERE);
            first as u32
        })
    }

    fn file(&mut self, id: u32, mut term: Term, run: u64) {
        self.bloom.insert_whole(run);
        let hash = short(run);
        let heads = self.heads.of_mut(spread(hash));
        match heads.find_mut(spread(hash), |head| head.hash == hash) {
            Some(head) => {
                term.next = head.term;
                head.term = id;
            }
            None => {
                let head = Head { hash, term: id };
                heads.insert_unique(spread(hash), head, |head| spread(head.hash));
            }
        }
        self.terms[id as usize] = term;
        *self.counts.of(term.kind) += 1;
        self.counts.people += usize::from(term.form() == Form::Given);
    }

    /// Forgets a record.
    pub(crate) fn remove(&mut self, id: &str) {
        let (texts, records) = (&self.texts, &self.records);
        let same = |&slot: &u32| id_of(texts, records, slot) == Some(id);
        let Ok(entry) = self.by_id.of_mut(id_hash(id)).find_entry(id_hash(id), same) else {
            return;
        };
        let (slot, _) = entry.remove();
        let Some(record) = self.records[slot as usize] else {
            return;
        };
        let mut length = u32::from(record.id_length.get());
        for number in record.terms() {
            let term = self.terms[number as usize];
            length = length.max(term.start + u32::from(term.length));
            self.unfile(number, term);
        }
        if record.count > 0 {
            self.free_terms.entry(record.count).or_default().push(record.terms);
        }
        self.records[slot as usize] = None;
        self.texts.remove(record.at, length as usize);
        self.free_records.push(slot);
    }

    fn unfile(&mut self, id: u32, term: Term) {
        let hash = short(filed_under(term.kind, self.canonical(&term), |_| {}));
        let heads = self.heads.of_mut(spread(hash));
        if let Ok(mut entry) = heads.find_entry(spread(hash), |head| head.hash == hash) {
            if entry.get().term != id {
                let mut at = entry.get().term;
                while at != NONE && self.terms[at as usize].next != id {
                    at = self.terms[at as usize].next;
                }
                if at != NONE {
                    self.terms[at as usize].next = term.next;
                }
            } else if term.next == NONE {
                entry.remove();
            } else {
                entry.get_mut().term = term.next;
            }
        }
        *self.counts.of(term.kind) -= 1;
        self.counts.people -= usize::from(term.form() == Form::Given);
    }

    fn rebuild_bloom(&mut self) {
        let mut bloom = Bloom::with_room(self.bloom.room() * 2);
        for slot in 0..self.records.len() as u32 {
            for term in self.terms_of(slot) {
                let run =
                    filed_under(term.kind, self.canonical(term), |run| bloom.insert_begun(run));
                bloom.insert_whole(run);
            }
        }
        self.bloom = bloom;
    }

    /// Whether this run of words may be a name or begin one.
    pub(crate) fn may_be(&self, run: u64) -> MayBe {
        self.bloom.get(run)
    }

    /// The terms filed under this hash.
    pub(crate) fn terms(&self, run: u64) -> impl Iterator<Item = &Term> {
        let hash = short(run);
        let head = self.heads.of(spread(hash)).find(spread(hash), |head| head.hash == hash);
        let first = head.and_then(|head| self.terms.get(head.term as usize));
        std::iter::successors(first, |term| self.terms.get(term.next as usize)).take(CHAIN_MAX)
    }

    /// The terms of exactly this text.
    pub(crate) fn exactly<'a>(
        &'a self,
        kind: NameKind,
        canonical: &'a str,
    ) -> impl Iterator<Item = &'a Term> {
        self.terms(filed_under(kind, canonical, |_| {}))
            .filter(move |term| term.kind == kind && self.canonical(term) == canonical)
    }

    /// All terms of a record.
    pub(crate) fn terms_of(&self, slot: u32) -> impl Iterator<Item = &Term> {
        let record = self.records.get(slot as usize).copied().flatten();
        let range = record.map_or(0..0, |record| {
            let Range { start, end } = record.terms();
            start as usize..end as usize
        });
        self.terms.get(range).unwrap_or_default().iter()
    }

    /// The folded words of a term.
    pub(crate) fn canonical(&self, term: &Term) -> &str {
        let Some(Some(record)) = self.records.get(term.record as usize) else {
            return "";
        };
        let start = term.start as usize;
        self.texts.get(record.at, start..start + usize::from(term.length))
    }

    /// The id of a record.
    pub(crate) fn id(&self, slot: u32) -> Option<Arc<str>> {
        id_of(&self.texts, &self.records, slot).map(Arc::from)
    }

    /// The number of a record.
    pub(crate) fn slot(&self, id: &str) -> Option<u32> {
        let same = |&slot: &u32| id_of(&self.texts, &self.records, slot) == Some(id);
        self.by_id.of(id_hash(id)).find(id_hash(id), same).copied()
    }
}

fn id_of<'a>(texts: &'a Texts, records: &[Option<Record>], slot: u32) -> Option<&'a str> {
    let record = records.get(slot as usize).copied().flatten()?;
    Some(texts.get(record.at, 0..usize::from(record.id_length.get())))
}

/// The hash a name is filed under; `begun` is given each run that begins it.
pub(super) fn filed_under(kind: NameKind, canonical: &str, mut begun: impl FnMut(u64)) -> u64 {
    let mut run = None;
    let mut add = |word: u64| {
        run = Some(match run {
            None => word,
            Some(run) => {
                begun(run);
                extended(run, word)
            }
        });
    };
    match kind {
        NameKind::Name | NameKind::Alias | NameKind::Person => {
            for (_, word) in canonical_words(canonical) {
                add(word_hash(word));
            }
        }
        NameKind::Key => {
            for token in tokenize(canonical, &[] as &[Range<usize>]) {
                add(token.hash);
            }
        }
        NameKind::Domain | NameKind::Handle => add(hash_folded(canonical.as_bytes())),
    }
    run.unwrap_or_default()
}

fn id_hash(id: &str) -> u64 {
    hash_folded(id.as_bytes())
}

fn short(run: u64) -> u32 {
    (run >> 32) as u32
}

/// Spreads a short hash over all bits, which the table takes its places from.
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
