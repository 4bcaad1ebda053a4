//! Walks the words of a text once and collects what they name. Explicit forms
//! are taken first; what is left is matched leftmost, then longest.

use std::ops::Range;
use std::sync::Arc;

use super::boundaries::{key_stands_free, opens_sentence, stands_free};
use super::naming::{Bare, canonical_words, domain_form, gap_punctuation};
use super::table::Term;
use super::tokens::{
    Token, TokenKind, extended, hash_folded, hash_of, is_word_char, sheltered, symbol_word,
    tokenize,
};
use super::{Mention, MentionIndex, NameKind};
use crate::folding::{fold, folded};
use crate::legal_forms::form_length;
use crate::offsets::{CharOffsets, char_at, char_before};
use crate::shelter::{Link, overlaps};

/// The longest text between `[[` and `]]`, in bytes.
const BRACKETS_BYTES_MAX: usize = 240;
/// The longest host name or handle, in bytes.
const HOST_BYTES_MAX: usize = 253;

struct Found {
    range: Range<usize>,
    records: Vec<u32>,
    explicit: bool,
    kind: NameKind,
}

pub(crate) fn find(index: &MentionIndex, text: &str) -> Vec<Mention> {
    let (shelter, links) = sheltered(text);
    let tokens = tokenize(text, &shelter);
    let search = Search { index, text, shelter, tokens };
    let mut explicit = search.brackets();
    explicit.extend(search.keys());
    explicit.extend(search.record_links(&links));
    let explicit = without_overlaps(explicit);
    let taken: Vec<Range<usize>> = explicit.iter().map(|found| found.range.clone()).collect();

    let mut bare = search.domains();
    bare.extend(search.handles());
    bare.extend(search.written_names(&taken));
    bare.retain(|found| !overlaps(&taken, &found.range));
    let mut all = without_overlaps(bare);
    all.extend(explicit);
    all.sort_by_key(|found| found.range.start);
    search.mentions(all)
}

/// Keeps the leftmost, then the longest; joins the records of equal ranges.
fn without_overlaps(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by_key(|f| (f.range.start, std::cmp::Reverse(f.range.end), f.kind));
    let mut kept: Vec<Found> = Vec::with_capacity(found.len());
    for next in found {
        match kept.last_mut() {
            Some(last) if last.range == next.range => last.records.extend(next.records),
            Some(last) if next.range.start < last.range.end => {}
            _ => kept.push(next),
        }
    }
    kept
}

struct Search<'a> {
    index: &'a MentionIndex,
    text: &'a str,
    shelter: Vec<Range<usize>>,
    tokens: Vec<Token>,
}

impl Search<'_> {
    fn mentions(&self, found: Vec<Found>) -> Vec<Mention> {
        let mut offsets = CharOffsets::new(self.text);
        found
            .into_iter()
            .filter_map(|found| {
                let mut candidates: Vec<Arc<str>> =
                    found.records.iter().filter_map(|&slot| self.index.id(slot).cloned()).collect();
                candidates.sort();
                candidates.dedup();
                (!candidates.is_empty()).then(|| Mention {
                    start: offsets.at(found.range.start),
                    end: offsets.at(found.range.end),
                    start_bytes: found.range.start,
                    end_bytes: found.range.end,
                    text: self.text[found.range.clone()].to_string(),
                    candidates,
                    explicit: found.explicit,
                    kind: found.kind,
                })
            })
            .collect()
    }

    /// `[[Acme]]`, looked up under every kind of name.
    fn brackets(&self) -> Vec<Found> {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(open) = self.text[at..].find("[[").map(|offset| at + offset) {
            at = open + 2;
            let inside_start = open + 2;
            let bytes = self.text.as_bytes();
            let limit = bytes.len().min(inside_start + BRACKETS_BYTES_MAX);
            let Some(length) = bytes[inside_start..limit]
                .windows(2)
                .position(|pair| pair == b"]]" || pair[0] == b'\n' || pair == b"[[")
            else {
                continue;
            };
            let inside_end = inside_start + length;
            if &bytes[inside_end..inside_end + 2] != b"]]" {
                continue;
            }
            let range = open..inside_end + 2;
            if overlaps(&self.shelter, &range) {
                continue;
            }
            at = range.end;
            if let Some((records, kind)) = self.named(self.text[inside_start..inside_end].trim()) {
                found.push(Found { range, records, explicit: true, kind });
            }
        }
        found
    }

    /// Every record of exactly this name, whatever its kind.
    fn named(&self, name: &str) -> Option<(Vec<u32>, NameKind)> {
        let table = &self.index.table;
        let tokens = tokenize(name, &[]);
        let (first, rest) = tokens.split_first()?;
        let sequence = rest.iter().fold(first.hash, |hash, token| extended(hash, token.hash));
        let written: Vec<&Term> = table
            .terms(table.names.chain(sequence))
            .filter(|term| spells(term, name, &tokens, false))
            .collect();
        let mut terms = exact_or_derived(written);
        let key = fold(name);
        terms.extend(table.terms(table.keys.chain(sequence)).filter(|term| *term.canonical == key));
        let host = domain_form(name);
        terms.extend(
            table
                .terms(table.domains.get(&hash_folded(host.as_bytes())).copied())
                .filter(|term| *term.canonical == host),
        );
        let handle = key.strip_prefix('@').unwrap_or(&key);
        terms.extend(
            table
                .terms(table.handles.get(&hash_folded(handle.as_bytes())).copied())
                .filter(|term| &*term.canonical == handle),
        );
        records_of(&terms)
    }

    /// `DEAL-12`, in any case.
    fn keys(&self) -> Vec<Found> {
        let table = &self.index.table;
        let mut found = Vec::new();
        if table.keys.is_empty() {
            return found;
        }
        let mut at = 0;
        while at < self.tokens.len() {
            let longest = self.longest(
                at,
                &|first| table.keys.lengths_from(first),
                &|sequence, range, _, _| {
                    let head = table.keys.chain(sequence)?;
                    if range.end - range.start > HOST_BYTES_MAX
                        || !key_stands_free(self.text, &range)
                    {
                        return None;
                    }
                    let written = folded(&self.text[range.clone()]);
                    let terms: Vec<&Term> = table
                        .terms(Some(head))
                        .filter(|term| *term.canonical == *written)
                        .collect();
                    records_of(&terms)
                },
            );
            match longest {
                Some((words, range, (records, kind))) => {
                    found.push(Found { range, records, explicit: true, kind });
                    at += words;
                }
                None => at += 1,
            }
        }
        found
    }

    /// Links to a record's own page: `…/r/DEAL-12`.
    fn record_links(&self, links: &[Link]) -> Vec<Found> {
        let table = &self.index.table;
        let mut found = Vec::new();
        if table.keys.is_empty() {
            return found;
        }
        for link in links.iter().filter(|link| !link.is_email) {
            let url = &self.text[link.range.clone()];
            let path = url.split(['?', '#']).next().unwrap_or(url);
            let Some((_, key)) = path.rsplit_once("/r/") else {
                continue;
            };
            let key = key.strip_suffix('/').unwrap_or(key);
            if key.contains('/') {
                continue;
            }
            let key = fold(key);
            let tokens = tokenize(&key, &[]);
            let Some((first, rest)) = tokens.split_first() else {
                continue;
            };
            let sequence = rest.iter().fold(first.hash, |hash, token| extended(hash, token.hash));
            let terms: Vec<&Term> = table
                .terms(table.keys.chain(sequence))
                .filter(|term| *term.canonical == key)
                .collect();
            if let Some((records, kind)) = records_of(&terms) {
                found.push(Found { range: link.range.clone(), records, explicit: true, kind });
            }
        }
        found
    }

    /// A host name written as a word.
    fn domains(&self) -> Vec<Found> {
        let table = &self.index.table;
        let mut found = Vec::new();
        if table.domains.is_empty() {
            return found;
        }
        let mut at = 0;
        while at < self.tokens.len() {
            let mut last = at;
            let mut has_dot = false;
            while let Some(next) = self.tokens.get(last + 1) {
                match &self.text[self.tokens[last].end as usize..next.start as usize] {
                    "." => has_dot = true,
                    "-" => {}
                    _ => break,
                }
                last += 1;
            }
            let range = self.tokens[at].start as usize..self.tokens[last].end as usize;
            at = last + 1;
            if !has_dot || range.len() > HOST_BYTES_MAX || !self.host_stands_free(&range) {
                continue;
            }
            let host = domain_form(&self.text[range.clone()]);
            let terms: Vec<&Term> = table
                .terms(table.domains.get(&hash_folded(host.as_bytes())).copied())
                .filter(|term| *term.canonical == host)
                .collect();
            if let Some((records, kind)) = records_of(&terms) {
                found.push(Found { range, records, explicit: false, kind });
            }
        }
        found
    }

    fn host_stands_free(&self, range: &Range<usize>) -> bool {
        let before = char_before(self.text, range.start);
        let after = char_at(self.text, range.end);
        !matches!(before, Some('@' | '/' | '.' | '-' | '_' | '\\' | '='))
            && !matches!(after, Some('@' | '/' | '_'))
            && !before.is_some_and(is_word_char)
            && !after.is_some_and(is_word_char)
    }

    /// `@acme`, with its at sign.
    fn handles(&self) -> Vec<Found> {
        let table = &self.index.table;
        let mut found = Vec::new();
        if table.handles.is_empty() {
            return found;
        }
        let in_handle = |c: char| is_word_char(c) || matches!(c, '_' | '.' | '-');
        let run = |from: usize| {
            let limit = self.text.floor_char_boundary(from + HOST_BYTES_MAX);
            let part = &self.text[from..limit];
            let end = part.find(|c| !in_handle(c)).unwrap_or(part.len());
            from + part[..end].trim_end_matches(['.', '-']).len()
        };
        for (at, _) in self.text.match_indices('@') {
            let before = char_before(self.text, at);
            if before.is_some_and(|c| in_handle(c) || matches!(c, '/' | '@' | '+')) {
                continue;
            }
            let short = run(at + 1);
            let mut ends = vec![short];
            if matches!(char_at(self.text, short), Some(':' | '@')) {
                let long = run(short + 1);
                if long > short + 1 {
                    ends = vec![long];
                }
            }
            for end in ends {
                let range = at..end;
                if end == at + 1 || overlaps(&self.shelter, &range) {
                    continue;
                }
                let handle = fold(&self.text[at + 1..end]);
                let terms: Vec<&Term> = table
                    .terms(table.handles.get(&hash_folded(handle.as_bytes())).copied())
                    .filter(|term| *term.canonical == handle)
                    .collect();
                if let Some((records, kind)) = records_of(&terms) {
                    found.push(Found { range, records, explicit: false, kind });
                }
            }
        }
        found
    }

    /// Titles and aliases as they stand in running text.
    fn written_names(&self, taken: &[Range<usize>]) -> Vec<Found> {
        let mut found = Vec::new();
        let names = &self.index.table.names;
        if names.is_empty() {
            return found;
        }
        let mut at = 0;
        while at < self.tokens.len() {
            let longest = self.longest(
                at,
                &|first| names.lengths_from(first),
                &|sequence, range, words, is_plural| {
                    let head = names.chain(sequence)?;
                    if overlaps(taken, &range) || !stands_free(self.text, &range) {
                        return None;
                    }
                    self.meant(head, at..at + words, &range, is_plural)
                },
            );
            match longest {
                Some((words, range, (records, kind))) => {
                    found.push(Found { range, records, explicit: false, kind });
                    at += words;
                }
                None => at += 1,
            }
        }
        found
    }

    /// The longest run of words from `at` that `accept` takes. A plural is tried
    /// where the last word has one.
    fn longest<T>(
        &self,
        at: usize,
        lengths_from: &dyn Fn(u64) -> u32,
        accept: &dyn Fn(u64, Range<usize>, usize, bool) -> Option<T>,
    ) -> Option<(usize, Range<usize>, T)> {
        let first = &self.tokens[at];
        let singular = self.singulars(first);
        let mut lengths = lengths_from(first.hash);
        for &stem in singular.iter().flatten() {
            lengths |= lengths_from(stem) & 1;
        }
        let mut best = None;
        let mut prefix = 0;
        let mut words = 0;
        while lengths != 0 {
            let Some(token) = self.tokens.get(at + words) else {
                break;
            };
            let sequence = |word: u64| {
                if words == 0 { word } else { extended(prefix, word) }
            };
            let whole = sequence(token.hash);
            if lengths & 1 != 0 {
                let range = first.start as usize..token.end as usize;
                let mut taken = accept(whole, range.clone(), words + 1, false);
                if taken.is_none() {
                    taken =
                        self.singulars(token).into_iter().flatten().find_map(|stem| {
                            accept(sequence(stem), range.clone(), words + 1, true)
                        });
                }
                if let Some(taken) = taken {
                    best = Some((words + 1, range, taken));
                }
            }
            words += 1;
            prefix = whole;
            lengths >>= 1;
        }
        best
    }

    /// The hashes of what a capitalised plural may be the plural of.
    fn singulars(&self, token: &Token) -> [Option<u64>; 2] {
        let word = &self.text[token.range()];
        if token.kind != TokenKind::Word
            || word.len() < 4
            || !word.ends_with(['s', 'S'])
            || !word.starts_with(char::is_uppercase)
        {
            return [None, None];
        }
        let mut scratch = String::new();
        let stem = &word[..word.len() - 1];
        let es_stem =
            stem.strip_suffix(['e', 'E']).filter(|stem| stem.ends_with(['s', 'x', 'z', 'h']));
        [Some(hash_of(stem, &mut scratch)), es_stem.map(|stem| hash_of(stem, &mut scratch))]
    }

    /// The records meant by these words, if the words may mean any.
    fn meant(
        &self,
        head: u32,
        words: Range<usize>,
        range: &Range<usize>,
        is_plural: bool,
    ) -> Option<(Vec<u32>, NameKind)> {
        let tokens = &self.tokens[words.clone()];
        let table = &self.index.table;
        let mut capitals = None;
        let spelled: Vec<&Term> = table
            .terms(Some(head))
            .filter(|term| match term.bare {
                Bare::Never => false,
                Bare::Always => true,
                Bare::Capitalised => *capitals.get_or_insert_with(|| {
                    !is_plural && self.is_written_like_a_name(words.clone())
                }),
            })
            .filter(|term| spells(term, self.text, tokens, is_plural))
            .collect();
        let mut terms = exact_or_derived(spelled);
        if terms.iter().any(|term| term.derived)
            && let Some(form) = self.form_after(words.end, range.end)
        {
            let written: String =
                tokens.iter().map(|token| fold(&self.text[token.range()])).chain([form]).collect();
            terms.retain(|term| !term.derived || self.has_name(term.record, &written));
        }
        records_of(&terms)
    }

    /// The legal form that follows, its words joined: `Acme GmbH` is not the
    /// *Acme Inc.* that is also found as `Acme`.
    fn form_after(&self, next: usize, end: usize) -> Option<String> {
        let mut following = Vec::new();
        let mut end = end;
        for token in self.tokens.iter().skip(next).take(5) {
            let range = token.range();
            let is_near = gap_punctuation(&self.text[end..range.start])
                .is_some_and(|gap| matches!(gap.as_str(), "" | "," | "."));
            if !is_near {
                break;
            }
            end = range.end;
            following.push(if token.kind == TokenKind::Symbol {
                symbol_word(self.text.as_bytes()[range.start]).to_string()
            } else {
                fold(&self.text[range])
            });
        }
        let first = self.tokens.get(next)?;
        if first.kind == TokenKind::Word && !self.starts_upper(first) {
            return None;
        }
        let length = form_length(&following)?;
        Some(following[..length].concat())
    }

    /// Whether the record is called exactly this, punctuation aside.
    fn has_name(&self, record: u32, joined: &str) -> bool {
        self.index.terms_of(record).any(|term| {
            !term.derived && {
                let name: String = canonical_words(&term.canonical).map(|(_, w)| w).collect();
                name == joined
            }
        })
    }

    /// Capitalised where a sentence would not demand it, in a text that does not
    /// shout.
    fn is_written_like_a_name(&self, words: Range<usize>) -> bool {
        let first = &self.tokens[words.start];
        if words.len() > 1 {
            let last = &self.tokens[words.end - 1];
            return self.starts_upper(first) && self.starts_upper(last);
        }
        if !self.starts_upper(first) || opens_sentence(self.text, first.start as usize) {
            return false;
        }
        let shouts = |token: Option<&Token>| {
            token.is_some_and(|token| {
                let word = &self.text[token.range()];
                word.chars().count() > 1 && !word.chars().any(char::is_lowercase)
            })
        };
        let before = words.start.checked_sub(1).and_then(|at| self.tokens.get(at));
        !(shouts(Some(first)) && (shouts(before) || shouts(self.tokens.get(words.end))))
    }

    fn starts_upper(&self, token: &Token) -> bool {
        char_at(self.text, token.start as usize).is_some_and(char::is_uppercase)
    }
}

/// Drops the names made by leaving something out where a full name fits.
fn exact_or_derived(mut terms: Vec<&Term>) -> Vec<&Term> {
    if terms.iter().any(|term| !term.derived) {
        terms.retain(|term| !term.derived);
    }
    terms
}

fn records_of(terms: &[&Term]) -> Option<(Vec<u32>, NameKind)> {
    let kind = terms.iter().map(|term| term.kind).min()?;
    Some((terms.iter().map(|term| term.record).collect(), kind))
}

/// Whether the words of the text are, letter by letter, the words of the name.
/// In a plural the last word may have an ending.
fn spells(term: &Term, text: &str, tokens: &[Token], is_plural: bool) -> bool {
    let mut end = None;
    let mut words = canonical_words(&term.canonical);
    for (at, token) in tokens.iter().enumerate() {
        let Some((punctuation, word)) = words.next() else {
            return false;
        };
        let range = token.range();
        if let Some(end) = end {
            let gap = &text[end..range.start];
            let is_plain = matches!(gap, "" | " " | "-");
            if !is_plain {
                match gap_punctuation(gap) {
                    Some(gap) if gap.is_empty() || gap == punctuation => {}
                    // `Acme, Inc.` is `Acme Inc.`.
                    Some(gap) if gap == "," && form_length(&[word]) == Some(1) => {}
                    _ => return false,
                }
            }
        }
        end = Some(range.end);
        let same = if token.kind == TokenKind::Symbol {
            symbol_word(text.as_bytes()[range.start]) == word
        } else {
            let written = folded(&text[range]);
            *written == *word
                || (is_plural
                    && at + 1 == tokens.len()
                    && written
                        .strip_prefix(word)
                        .is_some_and(|ending| matches!(ending, "s" | "es")))
        };
        if !same {
            return false;
        }
    }
    words.next().is_none()
}
