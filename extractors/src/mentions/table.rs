//! Where names are filed: by the hash of their words, in place, so that a
//! record added, renamed or removed is seen by the very next message.

use std::collections::HashMap;
use std::hash::BuildHasherDefault;

use super::NameKind;
use super::naming::{BARE_WORDS_MAX, Bare, Entry, written_hashes};
use super::tokens::{AlreadyHashed, hash_folded};

type ByHash<V> = HashMap<u64, V, BuildHasherDefault<AlreadyHashed>>;

/// The end of a chain of terms.
const NONE: u32 = u32::MAX;

/// One entry of one record.
#[derive(Clone, Debug)]
pub(crate) struct Term {
    pub(crate) canonical: Box<str>,
    pub(crate) record: u32,
    next: u32,
    pub(crate) kind: NameKind,
    pub(crate) bare: Bare,
    pub(crate) derived: bool,
}

/// What the table knows about names that start with a given word.
#[derive(Clone, Copy, Debug, Default)]
struct FirstWord {
    /// Bit `n - 1` is set when some name here has `n` words. A bit may outlive
    /// its name; that costs a look-up and never a wrong answer.
    lengths: u32,
    names: u32,
}

/// Names filed by their first word and by all their words.
#[derive(Clone, Debug, Default)]
pub(crate) struct WordTrie {
    first: ByHash<FirstWord>,
    whole: ByHash<u32>,
    bloom: Bloom,
}

impl WordTrie {
    pub(crate) fn is_empty(&self) -> bool {
        self.whole.is_empty()
    }

    /// The lengths, as bits, of names that may start with this word.
    pub(crate) fn lengths_from(&self, word: u64) -> u32 {
        if self.bloom.may_hold(word) {
            self.first.get(&word).map_or(0, |first| first.lengths)
        } else {
            0
        }
    }

    pub(crate) fn chain(&self, sequence: u64) -> Option<u32> {
        self.whole.get(&sequence).copied()
    }
}

/// All entries of all records.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    terms: Vec<Option<Term>>,
    free: Vec<u32>,
    pub(crate) names: WordTrie,
    pub(crate) keys: WordTrie,
    pub(crate) domains: ByHash<u32>,
    pub(crate) handles: ByHash<u32>,
}

impl Table {
    /// Files an entry and returns its number.
    pub(crate) fn insert(&mut self, record: u32, entry: Entry) -> u32 {
        let id = self.free.pop().unwrap_or_else(|| {
            self.terms.push(None);
            (self.terms.len() - 1) as u32
        });
        let place = Place::of(entry.kind, &entry.canonical);
        let head = match place {
            Place::Words { whole, .. } => self.trie_mut(entry.kind).whole.insert(whole, id),
            Place::Text(hash) => self.texts_mut(entry.kind).insert(hash, id),
        };
        if let Place::Words { first, words, .. } = place {
            let trie = self.trie_mut(entry.kind);
            let slot = trie.first.entry(first).or_default();
            if words <= BARE_WORDS_MAX {
                slot.lengths |= 1 << (words - 1);
            }
            slot.names += 1;
            if slot.names == 1 {
                trie.bloom.insert(first, &trie.first);
            }
        }
        self.terms[id as usize] = Some(Term {
            canonical: entry.canonical.into_boxed_str(),
            record,
            next: head.unwrap_or(NONE),
            kind: entry.kind,
            bare: entry.bare,
            derived: entry.derived,
        });
        id
    }

    /// Forgets an entry.
    pub(crate) fn remove(&mut self, id: u32) {
        let Some(term) = self.terms[id as usize].take() else {
            return;
        };
        self.free.push(id);
        let place = Place::of(term.kind, &term.canonical);
        let heads = match place {
            Place::Words { .. } => &mut self.trie_mut(term.kind).whole,
            Place::Text(_) => self.texts_mut(term.kind),
        };
        let hash = place.whole();
        match heads.get(&hash).copied() {
            Some(head) if head == id => {
                if term.next == NONE {
                    heads.remove(&hash);
                } else {
                    heads.insert(hash, term.next);
                }
            }
            Some(head) => self.unchain(head, id, term.next),
            None => {}
        }
        if let Place::Words { first, .. } = place {
            let trie = self.trie_mut(term.kind);
            if let Some(slot) = trie.first.get_mut(&first) {
                slot.names -= 1;
                if slot.names == 0 {
                    trie.first.remove(&first);
                }
            }
        }
    }

    fn unchain(&mut self, head: u32, id: u32, next: u32) {
        let mut at = head;
        while at != NONE {
            let Some(term) = &mut self.terms[at as usize] else {
                return;
            };
            if term.next == id {
                term.next = next;
                return;
            }
            at = term.next;
        }
    }

    /// The terms of a chain.
    pub(crate) fn terms(&self, head: Option<u32>) -> impl Iterator<Item = &Term> {
        std::iter::successors(head.and_then(|id| self.term(id)), |term| self.term(term.next))
    }

    /// The term of this number.
    pub(crate) fn term(&self, id: u32) -> Option<&Term> {
        self.terms.get(id as usize)?.as_ref()
    }

    fn trie_mut(&mut self, kind: NameKind) -> &mut WordTrie {
        match kind {
            NameKind::Key => &mut self.keys,
            _ => &mut self.names,
        }
    }

    fn texts_mut(&mut self, kind: NameKind) -> &mut ByHash<u32> {
        match kind {
            NameKind::Domain => &mut self.domains,
            _ => &mut self.handles,
        }
    }
}

#[derive(Clone, Copy)]
enum Place {
    Words { first: u64, whole: u64, words: usize },
    Text(u64),
}

impl Place {
    fn of(kind: NameKind, canonical: &str) -> Self {
        match kind {
            NameKind::Name | NameKind::Alias => {
                let (first, whole, words) = written_hashes(canonical);
                Self::Words { first, whole, words }
            }
            NameKind::Key => {
                let (first, whole, words) = key_hashes(canonical);
                Self::Words { first, whole, words }
            }
            NameKind::Domain | NameKind::Handle => Self::Text(hash_folded(canonical.as_bytes())),
        }
    }

    fn whole(self) -> u64 {
        match self {
            Self::Words { whole, .. } | Self::Text(whole) => whole,
        }
    }
}

fn key_hashes(key: &str) -> (u64, u64, usize) {
    let tokens = super::tokens::tokenize(key, &[]);
    let first = tokens.first().map_or(0, |token| token.hash);
    let whole =
        tokens.iter().skip(1).fold(first, |hash, token| super::tokens::extended(hash, token.hash));
    (first, whole, tokens.len().max(1))
}

/// One bit per hash, sixteen times as many bits as words: most words of a text
/// are turned away here without touching the tables.
#[derive(Clone, Debug, Default)]
struct Bloom {
    bits: Vec<u64>,
    held: usize,
}

impl Bloom {
    fn may_hold(&self, hash: u64) -> bool {
        match self.bits.len() {
            0 => false,
            words => {
                let bit = (hash >> 20) as usize & (words * 64 - 1);
                self.bits[bit / 64] & (1 << (bit % 64)) != 0
            }
        }
    }

    fn insert(&mut self, hash: u64, all: &ByHash<FirstWord>) {
        self.held += 1;
        if self.held * 16 > self.bits.len() * 64 {
            let bits = (all.len() * 32).next_power_of_two().max(1024);
            self.bits = vec![0; bits / 64];
            self.held = all.len();
            for &held in all.keys() {
                self.set(held);
            }
        }
        self.set(hash);
    }

    fn set(&mut self, hash: u64) {
        let bit = (hash >> 20) as usize & (self.bits.len() * 64 - 1);
        self.bits[bit / 64] |= 1 << (bit % 64);
    }
}
