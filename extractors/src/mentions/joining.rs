//! Parts of one person's name that stand together are one mention: `Bob Brown`,
//! `J. Doe`, `Jane D.`, `Doe, Jane`. A given name followed by somebody else's
//! family name is somebody else.

use super::naming::{Form, canonical_words, gap_punctuation};
use super::people::{is_relation, is_suffix, is_title};
use super::search::{Found, Search};
use super::tokens::{Token, TokenKind};
use super::{NameKind, is_common_word, is_function_word};
use crate::folding::folded;

impl Search<'_> {
    /// Joins neighbours, in order, and drops parts of strangers' names.
    pub(super) fn joined(&self, found: Vec<Found>) -> Vec<Found> {
        let mut kept: Vec<Found> = Vec::with_capacity(found.len());
        for next in found {
            match kept.last().and_then(|last| self.one_person(last, &next)) {
                Some(joined) => {
                    kept.pop();
                    kept.push(joined);
                }
                None => kept.push(next),
            }
        }
        (0..kept.len()).filter_map(|at| self.with_neighbours(&kept, at)).collect()
    }

    /// Both as one, when one record has both names and they stand as in a name.
    fn one_person(&self, left: &Found, right: &Found) -> Option<Found> {
        let is_part = |found: &Found| found.kind == NameKind::Person && found.form.is_part();
        if !is_part(left) || !is_part(right) {
            return None;
        }
        let gap = &self.text[left.range.end..right.range.start];
        let initial = middle_initial(gap).map(|letter| folded(letter).into_owned());
        let is_in_order = match gap_punctuation(gap).as_deref() {
            _ if initial.is_some() => left.form == Form::Given,
            Some("") => left.form == Form::Given,
            Some(",") => left.form == Form::Family && right.form == Form::Given,
            _ => false,
        };
        if !is_in_order || self.text[left.range.clone()] == self.text[right.range.clone()] {
            return None;
        }
        let mut records = left.records.clone();
        records.retain(|record| right.records.binary_search(record).is_ok());
        if let Some(letter) = &initial {
            records.retain(|&record| !self.differs_in_the_middle(record, letter));
        }
        let range = left.range.start..right.range.end;
        (!records.is_empty()).then(|| Found { range, records, form: Form::Short, ..left.clone() })
    }

    /// Takes an initial or `Aunt` in; drops what is a part of a longer, unknown name.
    fn with_neighbours(&self, all: &[Found], number: usize) -> Option<Found> {
        let mut found = all[number].clone();
        if found.kind != NameKind::Person || found.form == Form::Whole {
            return Some(found);
        }
        let next = self.tokens.partition_point(|token| (token.start as usize) < found.range.end);
        // `John Doe Sr.` is not *John Doe Jr.*, who would have been found whole.
        if self.tokens.get(next).is_some_and(|token| is_suffix(&folded(&self.text[token.range()])))
        {
            return None;
        }
        if !found.form.is_part() {
            return Some(found);
        }
        let at = self.tokens.partition_point(|token| (token.start as usize) < found.range.start);
        let before = at.checked_sub(1).and_then(|at| self.tokens.get(at));
        let before =
            before.filter(|token| self.touches(token.end as usize, found.range.start, true));
        let after = self.tokens.get(next);
        let after =
            after.filter(|token| self.touches(found.range.end, token.start as usize, false));
        if let Some(token) = before
            && let Some(letter) = self.initial(token)
        {
            self.keep_initial(&mut found, Form::Given, &letter);
            found.range.start = token.start as usize;
            return (!found.records.is_empty()).then_some(found);
        }
        if let Some(token) = after
            && let Some(letter) = self.initial(token)
        {
            let end = token.end as usize;
            let has_dot = self.text[end..].starts_with('.');
            self.keep_initial(&mut found, Form::Family, &letter);
            found.range.end = end + usize::from(has_dot);
            return (!found.records.is_empty()).then_some(found);
        }
        if let Some(token) = before
            && self.starts_upper(token)
            && is_relation(&folded(&self.text[token.range()]))
        {
            found.range.start = token.start as usize;
        }
        // Known names that merely stand side by side are no strangers; a given and a family
        // name that no record joins are one.
        let left = number.checked_sub(1).and_then(|number| all.get(number));
        let is_strange_after = after.is_some_and(|token| {
            match all.get(number + 1).filter(|next| next.range.start == token.start as usize) {
                Some(next) => found.form == Form::Given && next.form == Form::Family,
                None => self.is_strange_name(token),
            }
        });
        let is_strange_before = found.form == Form::Family
            && before.is_some_and(|token| {
                match left.filter(|left| left.range.end == token.end as usize) {
                    Some(left) => left.form == Form::Given,
                    None => self.is_strange_name(token),
                }
            });
        (!is_strange_after && !is_strange_before).then_some(found)
    }

    fn touches(&self, from: usize, to: usize, with_dot: bool) -> bool {
        let gap = &self.text[from..to];
        gap == " " || (with_dot && matches!(gap, "." | ". "))
    }

    /// The folded letter of `J.` or `J`.
    fn initial(&self, token: &Token) -> Option<String> {
        let word = &self.text[token.range()];
        let is_initial = token.kind == TokenKind::Word
            && word.chars().count() == 1
            && self.starts_upper(token)
            && (!matches!(word, "I" | "A") || self.text[token.range().end..].starts_with('.'));
        is_initial.then(|| folded(word).into_owned())
    }

    /// Keeps the records whose given or family name begins with the letter.
    fn keep_initial(&self, found: &mut Found, form: Form, letter: &str) {
        let table = &self.index.table;
        found.records.retain(|&record| {
            table
                .terms_of(record)
                .any(|term| term.form() == form && table.canonical(term).starts_with(letter))
        });
        found.form = Form::Short;
    }

    /// A capitalised word that is neither a word of the language nor a title.
    fn is_strange_name(&self, token: &Token) -> bool {
        let word = &self.text[token.range()];
        if token.kind != TokenKind::Word || !self.starts_upper(token) || word.chars().count() < 3 {
            return false;
        }
        let is_shouted = !word.chars().any(char::is_lowercase);
        let word = folded(word);
        !is_shouted
            && !is_common_word(&word)
            && !is_function_word(&word)
            && !is_title(&word)
            && !is_suffix(&word)
    }

    /// Whether a record has a middle initial other than this.
    fn differs_in_the_middle(&self, record: u32, letter: &str) -> bool {
        let table = &self.index.table;
        table.terms_of(record).filter(|term| term.form() == Form::Whole).any(|term| {
            let words: Vec<&str> = canonical_words(table.canonical(term)).map(|(_, w)| w).collect();
            words.len() > 2
                && words[1..words.len() - 1].iter().all(|word| !word.starts_with(letter))
        })
    }
}

/// The letter of ` R. ` between a given and a family name.
fn middle_initial(gap: &str) -> Option<&str> {
    let letter = gap.trim().trim_end_matches('.');
    let is_initial = letter.chars().count() == 1 && letter.starts_with(char::is_uppercase);
    (is_initial && gap.len() <= 8).then_some(letter)
}
