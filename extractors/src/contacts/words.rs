//! The words of a text as a reader of names sees them: where each stands and
//! how it is capitalised.

use std::borrow::Cow;
use std::ops::Range;

use super::lexicon::facts;
use crate::folding::{continues_letter, fold};
use crate::mentions::{is_apostrophe, stands_alone};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `Anna`, `McCoy`, `O’Brien`
    Capital,
    /// `ACME`
    Upper,
    /// `J`, as in `J. Doe`
    Initial,
    /// `anna`
    Lower,
    /// `田中`, `محمد`: scripts without capitals
    Uncased,
    /// `Q3`, `b2b`
    Mixed,
}

#[derive(Clone, Debug)]
pub(crate) struct Word<'t> {
    pub(crate) text: &'t str,
    pub(crate) range: Range<usize>,
    pub(crate) shape: Shape,
    lower: Cow<'t, str>,
    /// Where it is not the same in lower case.
    folded: Option<Cow<'t, str>>,
    facts: u8,
}

impl<'t> Word<'t> {
    fn new(
        text: &'t str,
        start: usize,
        shape: Shape,
        lower: Cow<'t, str>,
        folded: Option<Cow<'t, str>>,
    ) -> Self {
        let has_capital = matches!(shape, Shape::Capital | Shape::Upper | Shape::Mixed);
        let facts = match has_capital {
            true => facts(&lower, folded.as_deref().unwrap_or(&lower)),
            false => 0,
        };
        Self { text, range: start..start + text.len(), shape, lower, folded, facts }
    }
}

impl Word<'_> {
    /// Whether the lists say one of these [facts](super::lexicon::fact) of the word, which has a
    /// capital.
    pub(crate) fn is(&self, facts: u8) -> bool {
        self.facts & facts != 0
    }

    /// In lower case.
    pub(crate) fn lower(&self) -> &str {
        &self.lower
    }

    /// Folded, as word lists have it.
    pub(crate) fn folded(&self) -> &str {
        self.folded.as_deref().unwrap_or(&self.lower)
    }

    /// `Capital` or `Upper`: could be a part of a name.
    pub(crate) fn is_capitalised(&self) -> bool {
        matches!(self.shape, Shape::Capital | Shape::Upper)
    }
}

/// Words longer than this many bytes are no names and are cut.
const WORD_BYTES_MAX: usize = 80;

/// The words of `text`; `lowered` is the same with its plain letters in lower case.
pub(crate) fn words<'t>(text: &'t str, lowered: &'t str) -> Vec<Word<'t>> {
    if text.is_ascii() {
        return ascii_words(text, lowered);
    }
    let mut words = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((start, first)) = chars.next() {
        if !first.is_alphabetic() || is_apostrophe(first) {
            // A number glued to letters is not the start of a name.
            if first.is_numeric() {
                while chars.next_if(|&(_, c)| c.is_alphanumeric()).is_some() {}
            }
            continue;
        }
        let alone = stands_alone(first);
        let mut end = start + first.len_utf8();
        while let Some(&(at, c)) = chars.peek() {
            let continues = if alone {
                stands_alone(c) || continues_letter(c)
            } else {
                (c.is_alphanumeric() && !stands_alone(c) && !is_apostrophe(c))
                    || continues_letter(c)
                    || {
                        let next = text[at + c.len_utf8()..].chars().next();
                        (is_apostrophe(c) || c == '-' || c == '‐')
                            && next.is_some_and(|n| n.is_alphabetic() && !stands_alone(n))
                    }
            };
            if !continues {
                break;
            }
            end = at + c.len_utf8();
            chars.next();
        }
        let word = without_possessive(&text[start..end]);
        if word.len() <= WORD_BYTES_MAX {
            let shape = match (alone, word.is_ascii()) {
                (true, _) => Shape::Uncased,
                (_, true) => ascii_shape(word.as_bytes()),
                _ => shape(word),
            };
            let (lower, folded) = match word.is_ascii() {
                true => (Cow::Borrowed(&lowered[start..start + word.len()]), None),
                false => (Cow::Owned(word.to_lowercase()), Some(Cow::Owned(fold(word)))),
            };
            words.push(Word::new(word, start, shape, lower, folded));
        }
    }
    words
}

/// The same for a text without other letters, as most are.
fn ascii_words<'t>(text: &'t str, lowered: &'t str) -> Vec<Word<'t>> {
    let bytes = text.as_bytes();
    let mut words = Vec::with_capacity(text.len() / 4);
    let mut at = 0;
    while let Some(&first) = bytes.get(at) {
        let start = at;
        at += 1;
        if !is_of_word(first) {
            continue;
        }
        if first.is_ascii_digit() {
            at += bytes[at..].iter().take_while(|&&byte| is_of_word(byte)).count();
            continue;
        }
        at = ascii_word_end(bytes, at);
        let possessive = match bytes[start..at] {
            [.., b'\'' | b'`', b's' | b'S'] => 2,
            _ => 0,
        };
        let word = start..at - possessive;
        if word.len() <= WORD_BYTES_MAX {
            let shape = ascii_shape(&bytes[word.clone()]);
            let lower = Cow::Borrowed(&lowered[word.clone()]);
            words.push(Word::new(&text[word], start, shape, lower, None));
        }
    }
    words
}

/// Where the word of plain letters ends whose first letters end at `at`.
pub(crate) fn ascii_word_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(&byte) = bytes.get(at) {
        let joins = || {
            matches!(byte, b'\'' | b'`' | b'-')
                && bytes.get(at + 1).is_some_and(u8::is_ascii_alphabetic)
        };
        if !is_of_word(byte) && !joins() {
            break;
        }
        at += 1;
    }
    at
}

/// Whether a byte is a plain letter or digit.
pub(crate) fn is_of_word(byte: u8) -> bool {
    static OF_WORD: [bool; 256] = {
        let mut of_word = [false; 256];
        let mut byte = 0;
        while byte < 256 {
            of_word[byte] = (byte as u8).is_ascii_alphanumeric();
            byte += 1;
        }
        of_word
    };
    OF_WORD[usize::from(byte)]
}

pub(crate) fn ascii_shape(word: &[u8]) -> Shape {
    let (mut upper, mut lower, mut has_digit) = (0, 0, false);
    for byte in word {
        match byte {
            b'a'..=b'z' => lower += 1,
            b'A'..=b'Z' => upper += 1,
            b'0'..=b'9' => has_digit = true,
            _ => {}
        }
    }
    match (word.first().is_some_and(u8::is_ascii_uppercase), upper, lower) {
        _ if has_digit => Shape::Mixed,
        (true, 1, 0) => Shape::Initial,
        (true, _, 0) => Shape::Upper,
        (true, _, _) => Shape::Capital,
        (false, 0, _) => Shape::Lower,
        _ => Shape::Mixed,
    }
}

fn without_possessive(word: &str) -> &str {
    let stem = word.strip_suffix(['s', 'S']).unwrap_or(word);
    let mut chars = stem.chars();
    match chars.next_back() {
        Some(c) if stem.len() < word.len() && is_apostrophe(c) => chars.as_str(),
        _ => word,
    }
}

fn shape(word: &str) -> Shape {
    if word.chars().any(char::is_numeric) {
        return Shape::Mixed;
    }
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    let upper = word.chars().filter(|c| c.is_uppercase()).count();
    let lower = word.chars().filter(|c| c.is_lowercase()).count();
    let starts_upper = word.starts_with(char::is_uppercase);
    match (starts_upper, upper, lower) {
        (_, 0, 0) => Shape::Uncased,
        (true, 1, 0) if letters == 1 => Shape::Initial,
        (true, _, 0) => Shape::Upper,
        (true, _, _) => Shape::Capital,
        (false, 0, _) => Shape::Lower,
        _ => Shape::Mixed,
    }
}

/// Whether two words stand side by side as the parts of one name do.
pub(crate) fn are_joined(text: &str, left: &Word<'_>, right: &Word<'_>) -> bool {
    match &text[left.range.end..right.range.start] {
        " " | "  " | "\u{a0}" => true,
        "." | ". " | ".\u{a0}" => left.shape == Shape::Initial,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_know_how_they_are_written() {
        let text = "J. O’Brien's ACME, anna-lena 田中さん Q3 3rd";
        let lowered = text.to_ascii_lowercase();
        let found: Vec<(&str, Shape)> =
            words(text, &lowered).into_iter().map(|word| (word.text, word.shape)).collect();
        assert_eq!(
            found,
            [
                ("J", Shape::Initial),
                ("O’Brien", Shape::Capital),
                ("ACME", Shape::Upper),
                ("anna-lena", Shape::Lower),
                ("田中さん", Shape::Uncased),
                ("Q3", Shape::Mixed),
            ]
        );
    }

    #[test]
    fn plain_letters_are_read_as_all_others_are() {
        let text =
            "J. O'Brien's ACME, anna-lena `Mc`Coy Q3 3rd McCoy x I A-B b2B don't 'em s's 4-ever";
        let read = |text: &str| -> Vec<(String, Range<usize>, Shape, String, String)> {
            let lowered = text.to_ascii_lowercase();
            let words = words(text, &lowered).into_iter();
            words
                .map(|word| {
                    let (lower, folded) = (word.lower().to_owned(), word.folded().to_owned());
                    (word.text.to_owned(), word.range, word.shape, lower, folded)
                })
                .collect()
        };
        let mut with_others = read(&format!("{text} ž"));
        with_others.pop();
        assert_eq!(read(text), with_others);
    }
}
