//! Cuts text into the words that names are compared by. A word is a run of
//! letters and digits; a character of a script written without spaces is a word
//! of its own; so are the few symbols that tell `C++` from `C`.

use std::hash::Hasher;
use std::ops::Range;

use super::bloom::MayBe;
use super::inflection::stem;
use crate::folding::{continues_letter, fold_into, is_ignorable};
use crate::plain_words::plain_words;
use crate::shelter;

/// One word of the text, with the hash of its folded form.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) start: u32,
    pub(crate) end: u32,
    pub(crate) hash: u64,
    pub(crate) kind: TokenKind,
    /// Whether the word alone may be a name or begin one, once that was asked.
    pub(crate) may_be: MayBe,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Word,
    /// One character of Han, Kana, Hangul, Thai…
    Character,
    /// `+`, `#`, `&`…
    Symbol,
}

impl Token {
    fn new(range: Range<usize>, hash: u64, kind: TokenKind) -> Self {
        let (start, end) = (range.start as u32, range.end as u32);
        Self { start, end, hash, kind, may_be: MayBe::default() }
    }

    pub(crate) fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// The words of `text` outside the sorted, disjoint ranges `without`.
pub(crate) fn tokenize(text: &str, without: &[Range<usize>]) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(text.len() / 4 + 2);
    let mut at = 0;
    for hole in without {
        if hole.start > at {
            tokenize_range(text, at..hole.start, &mut tokens);
        }
        at = at.max(hole.end);
    }
    tokenize_range(text, at..text.len(), &mut tokens);
    tokens
}

/// The words of a message, and what matching must not look into or reads as a whole.
#[derive(Debug, Default)]
pub(crate) struct Words {
    pub(crate) tokens: Vec<Token>,
    /// Code, quotes, links and tokens of platforms, sorted and disjoint; no token stands in them.
    pub(crate) shelter: Vec<Range<usize>>,
    pub(crate) links: Vec<shelter::Link>,
    /// Whether `[[` may stand somewhere.
    pub(crate) has_brackets: bool,
}

impl Words {
    pub(crate) fn of(text: &str) -> Self {
        let mut tokens = Vec::with_capacity(text.len() / 4 + 2);
        let signs = tokenize_range(text, 0..text.len(), &mut tokens);
        let mut words = Self { tokens, has_brackets: signs.brackets, ..Self::default() };
        // Most messages have nothing of the kind.
        if signs.shelter {
            (words.shelter, words.links) = sheltered(text);
            if !words.shelter.is_empty() {
                words.tokens = tokenize(text, &words.shelter);
            }
        }
        words
    }
}

/// Signs that stand between words.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Signs {
    /// Code, quotes, links or tokens of platforms begin with one of them, or cannot do without.
    shelter: bool,
    brackets: bool,
}

impl Signs {
    /// Takes notice of what stands before `next`.
    fn note(&mut self, byte: u8, next: Option<&u8>) {
        match byte {
            b' ' => {}
            b'`' | b'<' | b'>' => self.shelter = true,
            b'.' | b':' | b'@' => {
                self.shelter |= shelter::may_be_of_link(byte, next.copied().unwrap_or(b' '));
            }
            b'[' => self.brackets = true,
            _ => {}
        }
    }
}

/// Whether a byte is an ASCII letter or digit.
static IN_WORD: [bool; 256] = {
    let mut is_in = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        is_in[byte] = (byte as u8).is_ascii_alphanumeric();
        byte += 1;
    }
    is_in
};

fn tokenize_range(text: &str, range: Range<usize>, tokens: &mut Vec<Token>) -> Signs {
    let bytes = text.as_bytes();
    let mut scratch = String::new();
    each_word(text, range, |word, kind, is_ascii| {
        let hash = match kind {
            TokenKind::Symbol => word_hash(symbol_word(bytes[word.start])),
            _ if is_ascii => hash_ascii(bytes, word.clone()),
            TokenKind::Word | TokenKind::Character => hash_of(&text[word.clone()], &mut scratch),
        };
        tokens.push(Token::new(word, hash, kind));
    })
}

/// Hands over where each word of a part of the text stands, of what kind it is, and whether it is
/// plain ASCII.
#[inline]
pub(crate) fn each_word(
    text: &str,
    range: Range<usize>,
    mut take: impl FnMut(Range<usize>, TokenKind, bool),
) -> Signs {
    let mut signs = Signs::default();
    let bytes = &text.as_bytes()[..range.end];
    if bytes[range.start..].is_ascii() {
        let mut at = range.start;
        for word in plain_words(&bytes[range.start..]) {
            let word = range.start + word.start..range.start + word.end;
            each_symbol(bytes, at..word.start, &mut signs, &mut take);
            at = word.end;
            take(word, TokenKind::Word, true);
        }
        each_symbol(bytes, at..range.end, &mut signs, &mut take);
        return signs;
    }
    let mut at = range.start;
    while let Some(&byte) = bytes.get(at) {
        let (end, kind, is_ascii) = if IN_WORD[usize::from(byte)] {
            let mut end = at + 1;
            while bytes.get(end).is_some_and(|&byte| IN_WORD[usize::from(byte)]) {
                end += 1;
            }
            let ascii_end = end;
            if bytes.get(end).is_some_and(|byte| !byte.is_ascii()) {
                end = word_end(text, end, range.end);
            }
            (end, TokenKind::Word, end == ascii_end)
        } else if byte.is_ascii() {
            signs.note(byte, bytes.get(at + 1));
            if !is_symbol(byte) {
                at += 1;
                continue;
            }
            (at + 1, TokenKind::Symbol, true)
        } else {
            let Some(c) = text[at..range.end].chars().next() else {
                break;
            };
            let after = at + c.len_utf8();
            if stands_alone(c) {
                (after + marks_after(&text[after..range.end]), TokenKind::Character, false)
            } else if is_word_char(c) {
                (word_end(text, after, range.end), TokenKind::Word, false)
            } else {
                at = after;
                continue;
            }
        };
        take(at..end, kind, is_ascii);
        at = end;
    }
    signs
}

/// Hands over the symbols that stand between two words of a plain text.
#[inline]
fn each_symbol(
    bytes: &[u8],
    gap: Range<usize>,
    signs: &mut Signs,
    take: &mut impl FnMut(Range<usize>, TokenKind, bool),
) {
    if bytes[gap.clone()] == *b" " {
        return;
    }
    for at in gap {
        signs.note(bytes[at], bytes.get(at + 1));
        if is_symbol(bytes[at]) {
            take(at..at + 1, TokenKind::Symbol, true);
        }
    }
}

/// Marks that belong to the character before them; hidden characters after the
/// last of them are left out.
fn marks_after(rest: &str) -> usize {
    let mut end = 0;
    for (at, c) in rest.char_indices() {
        if !continues_letter(c) {
            break;
        }
        if !is_ignorable(c) {
            end = at + c.len_utf8();
        }
    }
    end
}

/// Where the word ends whose first letters end at `from`.
fn word_end(text: &str, from: usize, limit: usize) -> usize {
    let mut end = from;
    for (offset, c) in text[from..limit].char_indices() {
        if is_word_char(c) && !stands_alone(c) {
            end = from + offset + c.len_utf8();
        } else if !continues_letter(c) {
            break;
        } else if !is_ignorable(c) {
            end = from + offset + c.len_utf8();
        }
    }
    end
}

/// The hash of the folded form, without writing it down when it is plain ASCII.
pub(crate) fn hash_of(word: &str, scratch: &mut String) -> u64 {
    if word.is_ascii() {
        hash_ascii(word.as_bytes(), 0..word.len())
    } else {
        scratch.clear();
        fold_into(word, scratch);
        word_hash(scratch)
    }
}

/// The hash of a folded word. Words that are inflected at their end are filed
/// under what does not change.
pub(crate) fn word_hash(folded: &str) -> u64 {
    let word = if folded == "&" { "and" } else { stem(folded) };
    hash_folded(word.as_bytes())
}

/// The hash of a word of ASCII letters and digits, whose bit of case is set. Eight bytes are read
/// at once, those behind the word among them where the text goes on.
pub(crate) fn hash_ascii(text: &[u8], word: Range<usize>) -> u64 {
    const LOWER: u64 = u64::from_ne_bytes([0x20; 8]);
    let mut hasher = WordHasher::default();
    let mut at = word.start;
    while at < word.end {
        let length = (word.end - at).min(8);
        let eight = match text[at..].first_chunk::<8>() {
            Some(&eight) => eight,
            None => {
                let mut eight = [0; 8];
                eight[..length].copy_from_slice(&text[at..at + length]);
                eight
            }
        };
        let letters = (u64::from_le_bytes(eight) | LOWER) & (u64::MAX >> (64 - 8 * length));
        hasher.mix(letters);
        at += length;
    }
    hasher.finish()
}

/// The hash of bytes that are folded already.
pub(crate) fn hash_folded(bytes: &[u8]) -> u64 {
    let mut hasher = WordHasher::default();
    hasher.write(bytes);
    hasher.finish()
}

/// Extends the hash of a sequence of words by one more.
pub(crate) fn extended(sequence: u64, word: u64) -> u64 {
    let mut hasher = WordHasher(sequence);
    hasher.mix(word);
    hasher.finish()
}

/// A symbol as a word of a name.
pub(crate) fn symbol_word(byte: u8) -> &'static str {
    match byte {
        b'&' => "&",
        b'+' => "+",
        b'#' => "#",
        b'%' => "%",
        b'$' => "$",
        _ => "=",
    }
}

pub(crate) fn is_symbol(byte: u8) -> bool {
    matches!(byte, b'&' | b'+' | b'#' | b'%' | b'$' | b'=')
}

pub(crate) fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | 'ʼ' | '＇' | '′' | '`' | '´')
}

pub(crate) fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '‐' | '‑' | '–')
}

pub(crate) fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() && !is_apostrophe(c)
}

/// Scripts written without spaces between words, and Hangul, whose particles
/// are glued to names.
pub(crate) fn stands_alone(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}'
        | '\u{3040}'..='\u{30ff}' | '\u{3130}'..='\u{318f}' | '\u{31f0}'..='\u{31ff}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}'
        | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9f}' | '\u{20000}'..='\u{3fffd}')
        && is_word_char(c)
}

/// Everything in `text` that mention matching must not look into, and the links.
fn sheltered(text: &str) -> (Vec<Range<usize>>, Vec<shelter::Link>) {
    let mut ranges = shelter::code_ranges(text);
    ranges.extend(shelter::quote_ranges(text));
    ranges.extend(shelter::platform_tokens(text));
    let mut links = shelter::links(text);
    links.retain(|link| !shelter::is_bare_domain(text, link));
    if !ranges.is_empty() {
        ranges = shelter::merged(ranges);
        links.retain(|link| !shelter::overlaps(&ranges, &link.range));
    }
    ranges.extend(links.iter().map(|link| link.range.clone()));
    (shelter::merged(ranges), links)
}

/// A multiply-and-fold hash: a few instructions per eight bytes, the same on
/// every machine and run. Equal hashes are always checked letter by letter.
#[derive(Clone, Copy)]
pub(crate) struct WordHasher(u64);

impl Default for WordHasher {
    fn default() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }
}

impl WordHasher {
    fn mix(&mut self, value: u64) {
        let product = u128::from(self.0 ^ value) * 0xa076_1d64_78bd_642f;
        self.0 = (product as u64) ^ ((product >> 64) as u64);
    }
}

impl Hasher for WordHasher {
    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut buffer = [0; 8];
            buffer[..chunk.len()].copy_from_slice(chunk);
            self.mix(u64::from_le_bytes(buffer));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        tokenize(text, &[]).iter().map(|token| &text[token.range()]).collect()
    }

    #[test]
    fn text_is_cut_where_names_are_cut() {
        fn check(text: &str, expected: &[&str]) {
            assert_eq!(words(text), expected, "{text:?}");
        }
        check("Coca-Cola, O’Brien's", &["Coca", "Cola", "O", "Brien", "s"]);
        check("C++ (Acme)", &["C", "+", "+", "Acme"]);
        check("請聯絡Acme社", &["請", "聯", "絡", "Acme", "社"]);
        check("🔥Jane🔥", &["Jane"]);
        check("Ac\u{200b}me\u{200f} x", &["Ac\u{200b}me", "x"]);
        check("Zoe\u{308} Ω", &["Zoe\u{308}", "Ω"]);
        check("カ\u{3099}ス", &["カ\u{3099}", "ス"]);
        check("", &[]);
    }

    #[test]
    fn a_word_hashes_the_same_in_every_spelling() {
        let hashes: Vec<u64> =
            tokenize("Zoë ZOE zoe zoë Zoetrope", &[]).iter().map(|t| t.hash).collect();
        assert!(hashes[..4].iter().all(|&h| h == hashes[0]));
        assert_ne!(hashes[4], hashes[0]);
    }

    #[test]
    fn long_words_hash_alike_folded_or_not() {
        let mut scratch = String::new();
        let word = "Internationalisation";
        assert_eq!(hash_of(word, &mut scratch), hash_folded(word.to_ascii_lowercase().as_bytes()));
    }
}
