//! Names that cannot be meant otherwise, and those with a form of their own:
//! `[[Acme]]`, `DEAL-12`, a record's own link, `acme.io`, `@acme`.

use super::NameKind;
use super::boundaries::key_stands_free;
use super::naming::domain_form;
use super::search::{Found, Search};
use super::table::Term;
use super::tokens::{extended, is_word_char, tokenize};
use crate::folding::{fold, folded};
use crate::offsets::{char_at, char_before};
use crate::shelter::{Link, overlaps};
use std::ops::Range;

/// The longest text between `[[` and `]]`, in bytes.
const BRACKETS_BYTES_MAX: usize = 240;
/// The longest host name or handle, in bytes.
const HOST_BYTES_MAX: usize = 253;
/// The longest key, in words.
const KEY_WORDS_MAX: usize = 32;

impl Search<'_> {
    /// `[[Acme]]`, looked up under every kind of name.
    pub(super) fn brackets(&self) -> Vec<Found> {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(open) = next_brackets(self.text, at) {
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
            found.extend(
                self.named(self.text[inside_start..inside_end].trim())
                    .map(|named| Found { range, ..named }),
            );
        }
        found
    }

    /// Every record of exactly this name, whatever its kind.
    pub(super) fn named(&self, name: &str) -> Option<Found> {
        let table = &self.index.table;
        let tokens = tokenize(name, &[]);
        let run = tokens.iter().map(|token| token.hash).reduce(extended).unwrap_or_default();
        let mut terms: Vec<&Term> =
            self.spelled(run, name, &tokens, false, |_| true).map(|(_, term)| term).collect();
        terms.retain(|term| !term.form().is_part());
        if let Some(best) = terms.iter().map(|term| term.form()).min() {
            terms.retain(|term| term.form() == best);
        }
        let key = fold(name);
        terms.extend(table.exactly(NameKind::Key, &key));
        let host = domain_form(name);
        terms.extend(table.exactly(NameKind::Domain, &host));
        let handle = key.strip_prefix('@').unwrap_or(&key);
        terms.extend(table.exactly(NameKind::Handle, handle));
        Found::of(0..name.len(), &terms, true)
    }

    /// `DEAL-12`, in any case.
    pub(super) fn keys(&self) -> Vec<Found> {
        let mut found = Vec::new();
        if self.index.table.counts().keys == 0 {
            return found;
        }
        let mut at = 0;
        while at < self.tokens.len() {
            let longest = self.key_at(at);
            at += longest.as_ref().map_or(1, |(words, _)| *words);
            found.extend(longest.map(|(_, key)| key));
        }
        found
    }

    fn key_at(&self, at: usize) -> Option<(usize, Found)> {
        let table = &self.index.table;
        let tokens = &self.tokens[at..self.tokens.len().min(at + KEY_WORDS_MAX)];
        let start = tokens.first()?.start as usize;
        let (mut run, mut longest) = (0, None);
        for (words, token) in (1..).zip(tokens) {
            run = if words == 1 { token.hash } else { extended(run, token.hash) };
            let may_be = table.may_be(run);
            let range = start..token.end as usize;
            if may_be.whole && range.len() <= HOST_BYTES_MAX && key_stands_free(self.text, &range) {
                let written = folded(&self.text[range.clone()]);
                let terms: Vec<&Term> = table.exactly(NameKind::Key, &written).collect();
                longest = Found::of(range, &terms, true).map(|key| (words, key)).or(longest);
            }
            if !may_be.begun {
                break;
            }
        }
        longest
    }

    /// Links to a record's own page: `…/r/DEAL-12`.
    pub(super) fn record_links(&self, links: &[Link]) -> Vec<Found> {
        let table = &self.index.table;
        let mut found = Vec::new();
        if table.counts().keys == 0 {
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
            let terms: Vec<&Term> = table.exactly(NameKind::Key, &key).collect();
            found.extend(Found::of(link.range.clone(), &terms, true));
        }
        found
    }

    /// A host name written as a word.
    pub(super) fn domains(&self) -> Vec<Found> {
        let table = &self.index.table;
        let mut found = Vec::new();
        if table.counts().domains == 0 {
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
            let terms: Vec<&Term> = table.exactly(NameKind::Domain, &host).collect();
            found.extend(Found::of(range, &terms, false));
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
    pub(super) fn handles(&self) -> Vec<Found> {
        let table = &self.index.table;
        let mut found = Vec::new();
        if table.counts().handles == 0 {
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
                let terms: Vec<&Term> = table.exactly(NameKind::Handle, &handle).collect();
                found.extend(Found::of(range, &terms, false));
            }
        }
        found
    }
}

/// Where the next `[[` stands.
fn next_brackets(text: &str, from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += text[at..].find('[')?;
        if text[at + 1..].starts_with('[') {
            return Some(at);
        }
        at += 1;
    }
}
