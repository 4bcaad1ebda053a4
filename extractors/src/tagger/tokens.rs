//! Cuts a message into what the tagger judges one by one: words, marks, and whole accounts, links
//! and hashtags. A possessive ending stands apart from its name.

use std::borrow::Cow;
use std::ops::Range;

use crate::folding::{continues_letter, folded};

/// The longest word that is read; what is longer is no name.
pub(super) const WORD_BYTES_MAX: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Class {
    Lower,
    Capital,
    Upper,
    Initial,
    Mixed,
    Uncased,
    Number,
    Mark,
    Account,
    Hashtag,
    Link,
}

impl Class {
    /// Whether a name can hold such a token at its ends.
    pub(super) fn is_word(self) -> bool {
        !matches!(self, Self::Mark | Self::Account | Self::Link | Self::Hashtag)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Token<'t> {
    pub(super) text: &'t str,
    start: u32,
    pub(super) class: Class,
    /// The hash of the folded word; of accounts, links and what is too long, that of nothing.
    pub(super) word: u64,
}

impl<'t> Token<'t> {
    fn new(text: &'t str, range: Range<usize>, class: Class, word: u64) -> Self {
        Self { text: &text[range.clone()], start: range.start as u32, class, word }
    }

    /// Where it stands in its line.
    pub(super) fn range(&self) -> Range<usize> {
        let start = self.start as usize;
        start..start + self.text.len()
    }

    /// The word without case and accents; nothing of what has no word.
    pub(super) fn folded(&self) -> Cow<'t, str> {
        if matches!(self.class, Class::Account | Class::Hashtag | Class::Link)
            || self.text.len() > WORD_BYTES_MAX
        {
            return Cow::Borrowed("");
        }
        folded(self.text)
    }
}

/// The tokens of a text.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    push_tokens(text, &mut tokens);
    tokens
}

/// Appends the tokens of a text.
pub(super) fn push_tokens<'t>(text: &'t str, tokens: &mut Vec<Token<'t>>) {
    let bytes = text.as_bytes();
    tokens.reserve(text.len() / 4 + 2);
    let mut at = 0;
    let mut opens_piece = true;
    while at < bytes.len() {
        if bytes[at].is_ascii_whitespace() || bytes[at] == 0x0b {
            at += 1;
            opens_piece = true;
            continue;
        }
        let word = plain_word(text, at);
        let is_whole = word.as_ref().is_some_and(|word| {
            bytes.get(at + word.text.len()).is_none_or(u8::is_ascii_whitespace)
        });
        if std::mem::take(&mut opens_piece)
            && !is_whole
            && let Some(end) = link_end(text, at)
        {
            tokens.push(Token::new(text, at..end, Class::Link, NO_WORD));
            at = end;
            continue;
        }
        if let Some(token) = word.or_else(|| token(text, at)) {
            at = token.range().end;
            tokens.push(token);
        } else {
            // White space outside of ASCII.
            at += text[at..].chars().next().map_or(1, char::len_utf8);
            opens_piece = true;
        }
    }
}

/// Most words: letters and digits of ASCII alone, read in one go.
fn plain_word(text: &str, start: usize) -> Option<Token<'_>> {
    let bytes = &text.as_bytes()[start..];
    let mut count = 0;
    let mut word = NO_WORD;
    let mut length = 0;
    let next = loop {
        let Some(&byte) = bytes.get(length) else { break b' ' };
        let one = ONE_OF_SORT[usize::from(byte)];
        if one == 0 || length > WORD_BYTES_MAX {
            break byte;
        }
        count += one;
        word = hashed(word, byte | LOWER);
        length += 1;
    };
    let goes_on = !next.is_ascii() || b"-&'".contains(&next);
    if length == 0 || length > WORD_BYTES_MAX || goes_on {
        return None;
    }
    let [lower, upper, digits, _] = count.to_le_bytes().map(usize::from);
    let class = class_of(upper, lower, digits, upper + lower, bytes[0].is_ascii_uppercase());
    Some(Token::new(text, start..start + length, class, word))
}

/// The bit that capitals lack, and no small letter or digit.
const LOWER: u8 = 0x20;

/// One more small letter, capital or digit, each counted in a byte of its own.
static ONE_OF_SORT: [u32; 256] = {
    let mut ones = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        ones[byte] = match byte as u8 {
            b'a'..=b'z' => 1,
            b'A'..=b'Z' => 1 << 8,
            b'0'..=b'9' => 1 << 16,
            _ => 0,
        };
        byte += 1;
    }
    ones
};

/// Any token that is no link; nothing at white space.
fn token(text: &str, start: usize) -> Option<Token<'_>> {
    let rest = &text[start..];
    let first = rest.chars().next().filter(|first| !first.is_whitespace())?;
    let is_named = |c: char| c.is_alphanumeric() || c == '_';
    let (length, class) = if matches!(first, '@' | '#') && rest[1..].starts_with(is_named) {
        let length = rest[1..].find(|c| !is_named(c)).map_or(rest.len(), |end| end + 1);
        (length, if first == '@' { Class::Account } else { Class::Hashtag })
    } else if first.is_alphanumeric() {
        let length = word_length(rest);
        (length, class(&rest[..length]))
    } else {
        let same = rest.chars().take_while(|&c| c == first || continues_letter(c));
        (same.map(char::len_utf8).sum::<usize>(), Class::Mark)
    };
    let mut token = Token::new(text, start..start + length, class, NO_WORD);
    token.word = hash(&token.folded());
    Some(token)
}

/// Where the link ends that a piece of text begins with.
fn link_end(text: &str, start: usize) -> Option<usize> {
    let rest = &text.as_bytes()[start..];
    let head = &rest[..rest.len().min(12)];
    let goes_on = |at: &usize| !head[*at].is_ascii_whitespace();
    let is_link = head.starts_with(b"www.")
        || (0..head.len())
            .take_while(goes_on)
            .any(|at| head[at] == b':' && head[at + 1..].starts_with(b"//"));
    is_link.then(|| {
        text[start..].find(char::is_whitespace).map_or(text.len(), |length| start + length)
    })
}

/// The length of the word that `rest` begins with. Hyphens, apostrophes and ampersands belong to
/// it between letters.
fn word_length(rest: &str) -> usize {
    let mut end = 0;
    let mut chars = rest.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let mut joins = || {
            let next = chars.peek().map(|&(_, next)| next);
            let goes_on = next.is_some_and(char::is_alphabetic);
            match c {
                '-' | '‐' | '&' => goes_on,
                '\'' | '’' => goes_on && !is_possessive(&rest[at + c.len_utf8()..]),
                _ => false,
            }
        };
        if !(c.is_alphanumeric() || continues_letter(c) || joins()) {
            break;
        }
        end = at + c.len_utf8();
    }
    end
}

fn is_possessive(rest: &str) -> bool {
    let mut chars = rest.chars();
    matches!(chars.next(), Some('s' | 'S')) && !chars.next().is_some_and(char::is_alphanumeric)
}

fn class(word: &str) -> Class {
    let (mut upper, mut lower, mut digits, mut letters) = (0, 0, 0, 0);
    for c in word.chars() {
        upper += usize::from(c.is_uppercase());
        lower += usize::from(c.is_lowercase());
        digits += usize::from(c.is_numeric());
        letters += usize::from(c.is_alphabetic());
    }
    class_of(upper, lower, digits, letters, word.starts_with(char::is_uppercase))
}

fn class_of(upper: usize, lower: usize, digits: usize, letters: usize, opens_upper: bool) -> Class {
    match (upper, lower) {
        _ if digits > 0 && letters == 0 => Class::Number,
        (0, 0) => Class::Uncased,
        (1, 0) if letters == 1 => Class::Initial,
        (_, 0) => Class::Upper,
        (0, _) if digits == 0 => Class::Lower,
        _ if opens_upper && digits == 0 => Class::Capital,
        _ => Class::Mixed,
    }
}

/// The hash of nothing.
pub(super) const NO_WORD: u64 = 0xcbf2_9ce4_8422_2325;

/// A number for a word (FNV-1a).
pub(super) fn hash(text: &str) -> u64 {
    text.bytes().fold(NO_WORD, hashed)
}

pub(super) fn hashed(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_marks_accounts_and_links_are_told_apart() {
        let found: Vec<(&str, Class)> =
            tokens("@jo met Jane O’Brien's AT&T team... #win at https://acme.io/x 24/7")
                .into_iter()
                .map(|token| (token.text, token.class))
                .collect();
        assert_eq!(
            found,
            [
                ("@jo", Class::Account),
                ("met", Class::Lower),
                ("Jane", Class::Capital),
                ("O’Brien", Class::Capital),
                ("'", Class::Mark),
                ("s", Class::Lower),
                ("AT&T", Class::Upper),
                ("team", Class::Lower),
                ("...", Class::Mark),
                ("#win", Class::Hashtag),
                ("at", Class::Lower),
                ("https://acme.io/x", Class::Link),
                ("24", Class::Number),
                ("/", Class::Mark),
                ("7", Class::Number),
            ]
        );
    }
}
