//! Family names that are known as such by how they stand: beside what was said, behind an initial or
//! an age. Many are everyday words (Woods, King), so that the list of names alone says nothing.

use std::ops::{Range, RangeInclusive};

use super::lexicon::is_saying;
use crate::census::is_family;

/// How sure it is that a family name is one by how it stands: beside what was said, behind an initial
/// or an age. Surer than what needs a second opinion, and not sure enough to make somebody.
pub(super) const TOLD: f32 = 0.83;

/// How long words are that tell who said something.
const SAYING_BYTES: RangeInclusive<usize> = 4..=9;

/// Whether a lone word is the family name of somebody who is told of: "Woods said", "…, said Woods."
/// behind what was said, and "the 20-year-old Woods".
pub(super) fn is_told_of(text: &str, word: Range<usize>, folded: &str) -> bool {
    let (before, after) = (&text[..word.start], &text[word.end..]);
    let next = after.strip_prefix(' ').unwrap_or_default();
    let next = &next[..next.bytes().take_while(u8::is_ascii_lowercase).count()];
    let is_saying = |word: &str| SAYING_BYTES.contains(&word.len()) && is_saying(word);
    let says = is_saying(next) || {
        let before = before.strip_suffix(' ').unwrap_or_default();
        let letters = before.bytes().rev().take_while(u8::is_ascii_lowercase).count();
        let (said, verb) = before.split_at(before.len() - letters);
        is_saying(verb)
            && said.trim_end_matches(' ').ends_with(['"', '”', '\'', '’', ','])
            && after.trim_start_matches(' ').chars().next().is_none_or(|c| !c.is_alphanumeric())
    };
    (says || follows_an_age(text, word.start)) && is_family(folded)
}

/// Whether "20-year-old" stands right before.
pub(super) fn follows_an_age(text: &str, at: usize) -> bool {
    text[..at].ends_with("-year-old ")
}

/// Whether nothing but the end of another part of the text stands right before: "(", ";", a line.
pub(super) fn opens_part(text: &str, at: usize) -> bool {
    let before = text[..at].trim_end_matches(' ');
    before.is_empty()
        || before.ends_with(['(', '[', ',', ';', ':', '-', '–', '—', '/', '|', '\n', '"'])
}
