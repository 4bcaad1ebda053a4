//! Names as they stand in running text: which words may be a name, and which
//! names those words spell.

use std::ops::Range;

use super::NameKind;
use super::boundaries::{could_open_with_a_name, opens_sentence, stands_free};
use super::inflection::stem;
use super::naming::{BARE_WORDS_MAX, Bare, Form, canonical_words, gap_punctuation};
use super::people::is_title;
use super::search::{Found, Search};
use super::table::Term;
use super::tokens::{Token, TokenKind, extended, hash_of, symbol_word, word_hash};
use crate::folding::{fold, folded};
use crate::legal_forms::form_length;
use crate::nicknames;
use crate::offsets::char_at;
use crate::shelter::overlaps;

/// How well words spell a name; the better first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    Exact,
    Inflected,
}

impl Search<'_> {
    /// Names, titles and aliases outside what is `taken`.
    pub(super) fn written_names(&self, taken: &[Range<usize>]) -> Vec<Found> {
        let mut found = Vec::new();
        if self.index.table.counts().written == 0 {
            return found;
        }
        let mut at = 0;
        let are_people = self.index.table.counts().people > 0;
        while let Some(token) = self.tokens.get(at) {
            let may_be = token.may_be.whole || token.may_be.begun;
            if !may_be && !are_people && !self.may_be_plural(token) {
                at += 1;
                continue;
            }
            match self.longest(at, taken) {
                Some((words, name)) => {
                    found.push(name);
                    at += words;
                }
                None => at += 1,
            }
        }
        if are_people { self.joined(found) } else { found }
    }

    /// The longest run of words from `at` that is a name. A plural or a nickname
    /// is tried where the words themselves are no name.
    fn longest(&self, at: usize, taken: &[Range<usize>]) -> Option<(usize, Found)> {
        let table = &self.index.table;
        let tokens = &self.tokens[at..self.tokens.len().min(at + BARE_WORDS_MAX)];
        let first = tokens.first()?;
        let mut longest = None;
        let mut before = None;
        for (words, token) in (1..).zip(tokens) {
            let run_with = |word| before.map_or(word, |run| extended(run, word));
            let run = run_with(token.hash);
            let may_be = if words == 1 { token.may_be } else { table.may_be(run) };
            let mut name = None;
            if may_be.whole {
                name = self.meant(run, at..at + words, taken, false);
            }
            if name.is_none() {
                let stems = self.singulars(token).into_iter().flatten().map(run_with);
                name = stems
                    .filter(|&run| table.may_be(run).whole)
                    .find_map(|run| self.meant(run, at..at + words, taken, true));
            }
            if let Some(name) = name {
                longest = Some((words, name));
            }
            if !may_be.begun {
                break;
            }
            before = Some(run);
        }
        longest.or_else(|| self.nicknamed(at, first, taken).map(|name| (1, name)))
    }

    /// Whether a word ends like a plural and does not begin with a small letter.
    fn may_be_plural(&self, token: &Token) -> bool {
        let bytes = &self.text.as_bytes()[token.range()];
        token.kind == TokenKind::Word
            && bytes.len() >= 4
            && matches!(bytes.last(), Some(b's' | b'S'))
            && !bytes[0].is_ascii_lowercase()
    }

    /// The hashes of what a capitalised plural may be the plural of.
    fn singulars(&self, token: &Token) -> [Option<u64>; 2] {
        if !self.may_be_plural(token) {
            return [None, None];
        }
        let word = &self.text[token.range()];
        if !word.starts_with(char::is_uppercase) {
            return [None, None];
        }
        let mut scratch = String::new();
        let stem = &word[..word.len() - 1];
        let es_stem =
            stem.strip_suffix(['e', 'E']).filter(|stem| stem.ends_with(['s', 'x', 'z', 'h']));
        [Some(hash_of(stem, &mut scratch)), es_stem.map(|stem| hash_of(stem, &mut scratch))]
    }

    /// People whose given name this is a short form of, or the reverse.
    fn nicknamed(&self, at: usize, token: &Token, taken: &[Range<usize>]) -> Option<Found> {
        let range = token.range();
        if self.index.table.counts().people == 0
            || token.kind != TokenKind::Word
            || !self.starts_upper(token)
            || overlaps(taken, &range)
            || !stands_free(self.text, &range)
        {
            return None;
        }
        let word = folded(&self.text[range.clone()]);
        let table = &self.index.table;
        let terms: Vec<&Term> = nicknames::related(&word)
            .iter()
            .flat_map(|&name| {
                table
                    .terms(word_hash(name))
                    .filter(move |term| term.form() == Form::Given)
                    .filter(move |term| table.canonical(term) == name)
            })
            .collect();
        let is_everyday = super::is_common_word(&word) || super::is_function_word(&word);
        if is_everyday && !self.is_written_like_a_name(at..at + 1) {
            return None;
        }
        Found::of(range, &terms, false)
    }

    /// The records meant by these words, if the words may mean any.
    fn meant(
        &self,
        run: u64,
        words: Range<usize>,
        taken: &[Range<usize>],
        is_plural: bool,
    ) -> Option<Found> {
        let tokens = &self.tokens[words.clone()];
        let range = tokens.first()?.start as usize..tokens.last()?.end as usize;
        let has_capital = || tokens.iter().any(|token| self.starts_upper(token));
        // What is quickly known, before anything is compared letter by letter.
        let may_count = |term: &Term| match term.bare() {
            Bare::Never => false,
            Bare::Always => true,
            Bare::Proper | Bare::Capitalised => !is_plural && has_capital(),
        };
        if !self.index.table.terms(run).any(may_count) {
            return None;
        }
        if overlaps(taken, &range) || !stands_free(self.text, &range) {
            return None;
        }
        let mut capitals = None;
        let mut is_name_like =
            || *capitals.get_or_insert_with(|| self.is_written_like_a_name(words.clone()));
        let mut terms: Vec<(Fit, &Term)> = self
            .spelled(run, self.text, tokens, is_plural, may_count)
            .filter(|(_, term)| term.bare() != Bare::Capitalised || is_name_like())
            .collect();
        // `Mrs. Doe` is a family name, `Doe` alone rather a given name.
        let has_title = terms.iter().any(|(_, term)| term.form().is_part())
            && words.start > 0
            && is_title(&folded(&self.text[self.tokens[words.start - 1].range()]));
        let rank = |(fit, term): &(Fit, &Term)| {
            (*fit, if has_title && term.form() == Form::Family { Form::Short } else { term.form() })
        };
        let best = terms.iter().map(rank).min()?;
        terms.retain(|term| rank(term) == best);
        let mut terms: Vec<&Term> = terms.into_iter().map(|(_, term)| term).collect();
        if terms.iter().any(|term| term.form() == Form::Short) {
            self.keep_what_may_follow(&mut terms, words, range.end);
        }
        Found::of(range, &terms, false)
    }

    /// `Acme GmbH` is not the *Acme Inc.* that is also found as `Acme`.
    fn keep_what_may_follow(&self, terms: &mut Vec<&Term>, words: Range<usize>, end: usize) {
        if let Some(form) = self.form_after(words.end, end) {
            let mut written: String = self.tokens[words.clone()]
                .iter()
                .map(|token| fold(&self.text[token.range()]))
                .collect();
            written.push_str(&form);
            terms.retain(|term| {
                term.kind == NameKind::Person || self.has_name(term.record, &written)
            });
        }
    }

    /// The names filed under `run` that these words of `text` spell, of those that may count.
    pub(super) fn spelled<'a>(
        &'a self,
        run: u64,
        text: &'a str,
        tokens: &'a [Token],
        is_plural: bool,
        may_count: impl Fn(&Term) -> bool + 'a,
    ) -> impl Iterator<Item = (Fit, &'a Term)> {
        let table = &self.index.table;
        let is_written = move |term: &&Term| {
            matches!(term.kind, NameKind::Name | NameKind::Alias | NameKind::Person)
                && !(is_plural && term.kind == NameKind::Person)
                && may_count(term)
        };
        table.terms(run).filter(is_written).filter_map(move |term| {
            Some((spells(table.canonical(term), text, tokens, is_plural)?, term))
        })
    }

    /// The legal form that follows, its words joined.
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
                symbol_word(self.text.as_bytes()[range.start]).replace('&', "and")
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
        let table = &self.index.table;
        table.terms_of(record).filter(|term| term.form() == Form::Whole).any(|term| {
            let name: String = canonical_words(table.canonical(term)).map(|(_, w)| w).collect();
            name == joined
        })
    }

    /// Capitalised where a sentence would not demand it, in a text that does not
    /// shout; or where what follows or precedes shows that a name is meant.
    fn is_written_like_a_name(&self, words: Range<usize>) -> bool {
        let (first, last) = (&self.tokens[words.start], &self.tokens[words.end - 1]);
        if words.len() > 1 {
            return self.starts_upper(first) && self.starts_upper(last);
        }
        if !self.starts_upper(first) {
            return false;
        }
        let word = |at: Option<usize>| {
            let token = at.and_then(|at| self.tokens.get(at));
            token.map_or_else(Default::default, |token| folded(&self.text[token.range()]))
        };
        let (before, after) = (word(words.start.checked_sub(1)), word(Some(words.end)));
        if is_title(&before) {
            return true;
        }
        if is_month(&folded(&self.text[first.range()])) && tells_time(&before, &after) {
            return false;
        }
        if opens_sentence(self.text, first.start as usize) {
            return could_open_with_a_name(&self.text[last.end as usize..], &after);
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

    pub(super) fn starts_upper(&self, token: &Token) -> bool {
        char_at(self.text, token.start as usize).is_some_and(char::is_uppercase)
    }
}

fn is_month(word: &str) -> bool {
    matches!(word, "march" | "april" | "may" | "june" | "august")
}

/// Whether the words around a month show that the month is meant.
fn tells_time(before: &str, after: &str) -> bool {
    const BEFORE: &[&str] = &[
        "in", "by", "since", "until", "till", "of", "last", "next", "this", "early", "late", "mid",
        "during", "from", "before", "after", "through", "every", "each",
    ];
    let is_number = |word: &str| word.starts_with(|c: char| c.is_ascii_digit());
    BEFORE.contains(&before) || is_number(before) || is_number(after)
}

/// How well the words of the text are, letter by letter, the words of the name.
/// In a plural the last word may have an ending.
fn spells(canonical: &str, text: &str, tokens: &[Token], is_plural: bool) -> Option<Fit> {
    let mut end = None;
    let mut fit = Fit::Exact;
    let mut words = canonical_words(canonical);
    for (at, token) in tokens.iter().enumerate() {
        let (punctuation, word) = words.next()?;
        let range = token.range();
        if end.is_some_and(|end| !fits_gap(&text[end..range.start], punctuation, word)) {
            return None;
        }
        end = Some(range.end);
        if token.kind == TokenKind::Symbol {
            let symbol = symbol_word(text.as_bytes()[range.start]);
            if symbol != word && !(symbol == "&" && word == "and") {
                return None;
            }
            continue;
        }
        let written = folded(&text[range]);
        let is_last = at + 1 == tokens.len();
        let ending = written.strip_prefix(word);
        let is_ending = |ending| matches!(ending, "s" | "es");
        if *written == *word || (is_plural && is_last && ending.is_some_and(is_ending)) {
            continue;
        }
        if stem(&written) != stem(word) {
            return None;
        }
        fit = Fit::Inflected;
    }
    words.next().is_none().then_some(fit)
}

/// Whether what stands between two words may stand there in this name.
fn fits_gap(gap: &str, punctuation: &str, word: &str) -> bool {
    matches!(gap, "" | " " | "-")
        || gap_punctuation(gap).is_some_and(|gap| {
            // `Acme, Inc.` is `Acme Inc.`.
            gap.is_empty() || gap == punctuation || (gap == "," && form_length(&[word]) == Some(1))
        })
}
