//! Turns the names of a record into the entries it is found by: the name as
//! written, the name without its legal form, the name without apostrophes.

use super::common_words::{is_common_word, is_function_word};
use super::tokens::{
    TokenKind, extended, hash_folded, is_apostrophe, is_hyphen, is_symbol, symbol_word, tokenize,
};
use super::{Name, NameKind};
use crate::folding::{fold, is_ignorable};
use crate::legal_forms::core_of;

/// The longest name, in words, that is found without brackets.
pub(crate) const BARE_WORDS_MAX: usize = 32;

/// When a name counts although nobody marked it as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bare {
    /// Only `[[name]]`: too short, a number, or a function word.
    Never,
    /// Only with a capital, inside a sentence.
    Capitalised,
    Always,
}

/// One way to write one name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Folded words joined by spaces, each with the punctuation before it; for
    /// keys, domains and handles the folded text itself.
    pub(crate) canonical: String,
    pub(crate) kind: NameKind,
    pub(crate) bare: Bare,
    /// Made by leaving something out of the name that was given.
    pub(crate) derived: bool,
}

/// All entries for a name; none when nothing of it can be written in a text.
pub(crate) fn entries(name: &Name) -> Vec<Entry> {
    match name.kind {
        NameKind::Name | NameKind::Alias => written_entries(name),
        NameKind::Key => plain_entry(fold(name.text.trim()), NameKind::Key),
        NameKind::Domain => {
            let text = name.text.trim();
            let host = text.split_once("://").map_or(text, |(_, rest)| rest);
            let host = host.split(['/', '?', '#', ':']).next().unwrap_or(host);
            plain_entry(domain_form(host), NameKind::Domain)
        }
        NameKind::Handle => {
            let text = name.text.trim();
            plain_entry(fold(text.strip_prefix('@').unwrap_or(text)), NameKind::Handle)
        }
    }
}

/// Domains compare without case and without `www.`, but never without accents:
/// `müller.example` and `muller.example` are two hosts.
pub(crate) fn domain_form(host: &str) -> String {
    let lower = host.trim_matches('.').to_lowercase();
    match lower.strip_prefix("www.") {
        Some(rest) if rest.contains('.') => rest.to_string(),
        _ => lower,
    }
}

fn plain_entry(canonical: String, kind: NameKind) -> Vec<Entry> {
    if !canonical.chars().any(char::is_alphanumeric) {
        return Vec::new();
    }
    vec![Entry { canonical, kind, bare: Bare::Always, derived: false }]
}

fn written_entries(name: &Name) -> Vec<Entry> {
    let words = name_words(&name.text);
    if words.is_empty() {
        return Vec::new();
    }
    let mut entries = vec![entry(&words, name.kind, false)];
    let folded: Vec<&str> = words.iter().map(|word| word.folded.as_str()).collect();
    let core = core_of(&folded);
    if core.len() < words.len() {
        add(&mut entries, entry(&words[core.clone()], name.kind, true));
    }
    if name.text.chars().any(is_apostrophe) {
        let joined: String = name.text.chars().filter(|&c| !is_apostrophe(c)).collect();
        add(&mut entries, entry(&name_words(&joined), name.kind, true));
    }
    entries
}

fn add(entries: &mut Vec<Entry>, entry: Entry) {
    if entry.bare != Bare::Never && entries.iter().all(|e| e.canonical != entry.canonical) {
        entries.push(entry);
    }
}

struct NameWord {
    folded: String,
    punctuation: String,
    kind: TokenKind,
}

fn name_words(text: &str) -> Vec<NameWord> {
    let mut words = Vec::new();
    let mut end = 0;
    for token in tokenize(text, &[]) {
        let range = token.range();
        let folded = if token.kind == TokenKind::Symbol {
            symbol_word(text.as_bytes()[range.start]).to_string()
        } else {
            fold(&text[range.clone()])
        };
        let punctuation = if words.is_empty() {
            String::new()
        } else {
            gap_punctuation(&text[end..range.start]).unwrap_or_default()
        };
        words.push(NameWord { folded, punctuation, kind: token.kind });
        end = range.end;
    }
    words
}

fn entry(words: &[NameWord], kind: NameKind, derived: bool) -> Entry {
    let mut canonical = String::new();
    for (at, word) in words.iter().enumerate() {
        if at > 0 {
            canonical.push(' ');
            canonical.push_str(&word.punctuation);
        }
        canonical.push_str(&word.folded);
    }
    Entry { canonical, kind, bare: bare_rule(words), derived }
}

fn bare_rule(words: &[NameWord]) -> Bare {
    let letters: usize = words.iter().map(|word| word.folded.chars().count()).sum();
    let needed = if words.iter().any(|word| word.kind == TokenKind::Character) { 2 } else { 3 };
    let is_number = |word: &NameWord| word.folded.chars().all(char::is_numeric);
    if letters < needed || words.len() > BARE_WORDS_MAX || words.iter().all(is_number) {
        return Bare::Never;
    }
    if let [word] = words {
        return if is_function_word(&word.folded) {
            Bare::Never
        } else if is_common_word(&word.folded) {
            Bare::Capitalised
        } else {
            Bare::Always
        };
    }
    let is_everyday = |word: &NameWord| {
        is_number(word) || is_function_word(&word.folded) || is_common_word(&word.folded)
    };
    if words.iter().all(is_everyday) { Bare::Capitalised } else { Bare::Always }
}

/// The words of a canonical name, each with the punctuation before it.
pub(crate) fn canonical_words(canonical: &str) -> impl Iterator<Item = (&str, &str)> {
    canonical.split(' ').map(|piece| {
        let word_start = piece
            .char_indices()
            .find(|&(_, c)| c.is_alphanumeric() || (c.is_ascii() && is_symbol(c as u8)))
            .map_or(0, |(at, _)| at);
        piece.split_at(word_start)
    })
}

/// The hashes a written name is filed under: of its first word, of all of it,
/// and the number of its words.
pub(crate) fn written_hashes(canonical: &str) -> (u64, u64, usize) {
    let mut words = canonical_words(canonical).map(|(_, word)| hash_folded(word.as_bytes()));
    let first = words.next().unwrap_or_default();
    let (mut all, mut count) = (first, 1);
    for word in words {
        all = extended(all, word);
        count += 1;
    }
    (first, all, count)
}

/// What stands between two words and matters. White space, hyphens inside a
/// word, apostrophes, emphasis and emoji do not; commas, full stops, brackets
/// and dashes do. `None` when the words are too far apart to be one name.
pub(crate) fn gap_punctuation(gap: &str) -> Option<String> {
    if matches!(gap, "" | " " | "-") {
        return Some(String::new());
    }
    if gap.len() > 24 {
        return None;
    }
    let mut punctuation = String::new();
    let mut newlines = 0;
    let is_spaced = gap.chars().any(char::is_whitespace);
    for c in gap.chars() {
        if c == '\n' {
            newlines += 1;
        }
        if c.is_whitespace() || is_ignorable(c) || is_apostrophe(c) || matches!(c, '*' | '_' | '~')
        {
            continue;
        }
        if is_hyphen(c) || c == '—' {
            if is_spaced || c == '—' {
                punctuation.push('-');
            }
        } else if is_punctuation(c) {
            punctuation.push(c);
        } else if c.is_alphanumeric() {
            return None;
        }
    }
    (newlines < 2).then_some(punctuation)
}

fn is_punctuation(c: char) -> bool {
    c.is_ascii_punctuation()
        || matches!(
            c,
            '…' | '•'
                | '·'
                | '“'
                | '”'
                | '„'
                | '«'
                | '»'
                | '¿'
                | '¡'
                | '、'
                | '。'
                | '，'
                | '；'
                | '：'
                | '？'
                | '！'
                | '（'
                | '）'
                | '「'
                | '」'
                | '『'
                | '』'
                | '،'
                | '؛'
                | '؟'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonicals(text: &str) -> Vec<String> {
        let name = Name { text: text.to_string(), kind: NameKind::Name };
        entries(&name).into_iter().map(|e| e.canonical).collect()
    }

    #[test]
    fn a_name_is_filed_with_and_without_its_legal_form() {
        fn check(text: &str, expected: &[&str]) {
            assert_eq!(canonicals(text), expected, "{text:?}");
        }
        check("Acme", &["acme"]);
        check("Acme, Inc.", &["acme ,inc", "acme"]);
        check("Acme GmbH & Co. KG", &["acme gmbh and co .kg", "acme"]);
        check("O’Brien", &["o brien", "obrien"]);
        check("C++ (Acme)", &["c + + (acme"]);
        check("The Company", &["the company"]);
        check("🚀", &[]);
        check("", &[]);
    }

    #[test]
    fn some_names_need_a_capital_and_some_need_brackets() {
        fn check(text: &str, expected: Bare) {
            assert_eq!(bare_rule(&name_words(text)), expected, "{text:?}");
        }
        check("Acme", Bare::Always);
        check("HP", Bare::Never);
        check("2024", Bare::Never);
        check("The", Bare::Never);
        check("Linear", Bare::Capitalised);
        check("The Who", Bare::Capitalised);
        check("Linear Algebra", Bare::Always);
        check("東京", Bare::Always);
    }

    #[test]
    fn only_punctuation_that_matters_is_kept_between_words() {
        fn check(gap: &str, expected: Option<&str>) {
            assert_eq!(gap_punctuation(gap).as_deref(), expected, "{gap:?}");
        }
        check(" ", Some(""));
        check("-", Some(""));
        check(" - ", Some("-"));
        check("’", Some(""));
        check("** _", Some(""));
        check(" 🚀 ", Some(""));
        check(", ", Some(","));
        check(".\n", Some("."));
        check("\n\n", None);
        check(" and ", None);
    }
}
