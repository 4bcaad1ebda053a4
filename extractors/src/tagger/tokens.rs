//! Cuts a message into what the tagger judges one by one: words, marks, and whole accounts, links
//! and hashtags. A possessive ending stands apart from its name.

use std::borrow::Cow;
use std::ops::Range;

use crate::folding::{continues_letter, folded};

/// The longest word that is read; what is longer is no name.
const WORD_BYTES_MAX: usize = 64;

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
    pub(super) range: Range<usize>,
    pub(super) class: Class,
    pub(super) folded: Cow<'t, str>,
}

pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::with_capacity(text.len() / 5);
    let mut start = 0;
    for piece in text.split_inclusive(char::is_whitespace) {
        let trimmed = piece.trim_end();
        push_piece(text, start..start + trimmed.len(), &mut tokens);
        start += piece.len();
    }
    tokens
}

fn push_piece<'t>(text: &'t str, range: Range<usize>, tokens: &mut Vec<Token<'t>>) {
    let piece = &text[range.clone()];
    if is_link(piece) {
        tokens.push(Token { text: piece, range, class: Class::Link, folded: Cow::Borrowed("") });
        return;
    }
    let mut at = range.start;
    while at < range.end {
        let rest = &text[at..range.end];
        let Some(first) = rest.chars().next() else { break };
        let after = at + first.len_utf8();
        let marks_word = matches!(first, '@' | '#')
            && rest[1..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
        let (end, class) = if marks_word {
            let length = rest[1..]
                .find(|c: char| !(c.is_alphanumeric() || c == '_'))
                .unwrap_or(rest.len() - 1);
            (after + length, if first == '@' { Class::Account } else { Class::Hashtag })
        } else if first.is_alphanumeric() {
            let end = at + word_length(rest);
            (end, class(&text[at..end]))
        } else {
            let same = rest.chars().take_while(|&c| c == first || continues_letter(c));
            (at + same.map(char::len_utf8).sum::<usize>(), Class::Mark)
        };
        let word = &text[at..end];
        let folded = match class {
            Class::Account | Class::Hashtag => Cow::Borrowed(""),
            _ if word.len() > WORD_BYTES_MAX => Cow::Borrowed(""),
            _ => folded(word),
        };
        tokens.push(Token { text: word, range: at..end, class, folded });
        at = end;
    }
}

fn is_link(piece: &str) -> bool {
    let head = &piece.as_bytes()[..piece.len().min(12)];
    head.windows(3).any(|window| window == b"://") || head.starts_with(b"www.")
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
    let opens_upper = word.starts_with(char::is_uppercase);
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

/// A number for a word (FNV-1a).
pub(super) fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
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
