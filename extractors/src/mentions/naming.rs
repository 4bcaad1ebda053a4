//! Turns the names of a record into the pieces it is found by: the name as
//! written, the name without its legal form, the name without apostrophes; of a
//! person also the given name and the family name.

use std::ops::Range;

use super::common_words::{is_common_word, is_function_word};
use super::people;
use super::tokens::{
    TokenKind, each_word, extended, hash_ascii, is_apostrophe, is_hyphen, is_symbol, symbol_word,
    word_hash,
};
use super::{Name, NameKind};
use crate::folding::{fold, fold_into, is_ignorable};
use crate::legal_forms::core_of;

/// The longest name, in words, that is found without brackets.
pub(crate) const BARE_WORDS_MAX: usize = 32;

/// When a name counts although nobody marked it as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bare {
    /// Only `[[name]]`: too short, a number, or a function word.
    Never,
    /// Only with a capital that no sentence demands.
    Capitalised,
    /// Only with a capital.
    Proper,
    Always,
}

impl Bare {
    pub(crate) fn bits(self) -> u8 {
        self as u8
    }

    pub(crate) fn from_bits(bits: u8) -> Self {
        [Self::Never, Self::Capitalised, Self::Proper, Self::Always][usize::from(bits & 3)]
    }
}

/// Which part of its name a piece is; what is written out more wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    Whole,
    /// The name with something left out.
    Short,
    Given,
    Family,
}

impl Form {
    pub(crate) fn bits(self) -> u8 {
        (self as u8) << 2
    }

    pub(crate) fn from_bits(bits: u8) -> Self {
        [Self::Whole, Self::Short, Self::Given, Self::Family][usize::from(bits >> 2 & 3)]
    }

    /// Whether it is the name of one person among others who share it.
    pub(crate) fn is_part(self) -> bool {
        matches!(self, Self::Given | Self::Family)
    }
}

/// All names of a record, written one after the other.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    /// Folded words joined by spaces, each with the punctuation before it; for
    /// keys, domains and handles the folded text itself.
    pub(crate) text: String,
    pub(crate) pieces: Vec<Piece>,
    /// The hashes of the words, where one word is filed as one.
    hashes: Vec<Option<u64>>,
}

/// One way to write one name.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    /// Where in the text of all names it stands.
    pub(crate) range: Range<usize>,
    pub(crate) kind: NameKind,
    pub(crate) bare: Bare,
    pub(crate) form: Form,
    /// Which of all words it consists of; none where it is not cut into words.
    words: Range<usize>,
}

impl Names {
    /// The pieces of these names; none when nothing of them can be written.
    pub(crate) fn of(names: &[Name]) -> Self {
        let mut all = Self::default();
        all.read(names);
        all
    }

    /// The same in the place of what was here.
    pub(crate) fn read(&mut self, names: &[Name]) {
        self.text.clear();
        self.pieces.clear();
        self.hashes.clear();
        for name in names {
            let text = name.text.trim();
            match name.kind {
                NameKind::Name | NameKind::Alias | NameKind::Person => self.add_written(name),
                NameKind::Key => self.add_plain(&fold(text), NameKind::Key),
                NameKind::Domain => {
                    let host = text.split_once("://").map_or(text, |(_, rest)| rest);
                    let host = host.split(['/', '?', '#', ':']).next().unwrap_or(host);
                    self.add_plain(&domain_form(host), NameKind::Domain);
                }
                NameKind::Handle => {
                    let handle = fold(text.strip_prefix('@').unwrap_or(text));
                    self.add_plain(&handle, NameKind::Handle);
                }
            }
        }
    }

    fn add_plain(&mut self, canonical: &str, kind: NameKind) {
        let is_written = match kind {
            NameKind::Handle => !canonical.is_empty(),
            _ => canonical.chars().any(char::is_alphanumeric),
        };
        if is_written {
            let start = self.text.len();
            self.text.push_str(canonical);
            let range = start..self.text.len();
            self.pieces.push(Piece {
                range,
                kind,
                bare: Bare::Always,
                form: Form::Whole,
                words: 0..0,
            });
        }
    }

    fn add_written(&mut self, name: &Name) {
        let words = self.write(&name.text);
        if words.is_empty() {
            return;
        }
        if name.kind == NameKind::Person {
            people::add_pieces(self, &words);
        } else {
            let bare = self.bare_rule(&words);
            self.add_words(&words, name.kind, bare, Form::Whole);
            let folded: Vec<&str> = words.iter().map(|word| &self.text[word.range()]).collect();
            let core = &words[core_of(&folded)];
            if core.len() < words.len() {
                self.add_short(core, name.kind);
            }
        }
        let may_have_one = |byte: u8| !byte.is_ascii() || matches!(byte, b'\'' | b'`');
        if name.text.bytes().any(may_have_one) && name.text.chars().any(is_apostrophe) {
            let joined: String = name.text.chars().filter(|&c| !is_apostrophe(c)).collect();
            let words = self.write(&joined);
            self.add_short(&words, name.kind);
        }
    }

    /// Adds a run of words that is the name with something left out.
    pub(crate) fn add_short(&mut self, words: &[Word], kind: NameKind) {
        let bare = self.bare_rule(words);
        if bare != Bare::Never {
            self.add_words(words, kind, bare, Form::Short);
        }
    }

    /// Adds a run of words as a piece.
    pub(crate) fn add_words(&mut self, words: &[Word], kind: NameKind, bare: Bare, form: Form) {
        if let (Some(first), Some(last)) = (words.first(), words.last()) {
            let (range, words) = (first.start..last.end, first.number..last.number + 1);
            self.pieces.push(Piece { range, kind, bare, form, words });
        }
    }

    /// The hash of a piece as a run of words, when it is known from writing it; `begun` is given
    /// each run that begins it.
    pub(crate) fn run_of(&self, piece: &Piece, mut begun: impl FnMut(u64)) -> Option<u64> {
        let words = self.hashes.get(piece.words.clone())?;
        if words.iter().any(Option::is_none) {
            return None;
        }
        words.iter().flatten().copied().reduce(|run, word| {
            begun(run);
            extended(run, word)
        })
    }

    /// Writes the words of a name down and says where they stand.
    pub(crate) fn write(&mut self, name: &str) -> Vec<Word> {
        let mut words: Vec<Word> = Vec::with_capacity(name.len() / 6 + 1);
        self.text.reserve(name.len() + 8);
        let mut end = 0;
        each_word(name, 0..name.len(), |range, kind, _| {
            let mut is_glued = false;
            if !words.is_empty() {
                let gap = &name[end..range.start];
                self.text.push(' ');
                if gap != " " {
                    let glues = |c| is_hyphen(c) || is_apostrophe(c);
                    is_glued = !gap.is_empty() && gap.chars().all(glues);
                    self.text.push_str(&gap_punctuation(gap).unwrap_or_default());
                }
            }
            let start = self.text.len();
            let hash = self.write_word(name, range.clone(), kind);
            self.hashes.push(hash);
            let number = self.hashes.len() - 1;
            words.push(Word { start, end: self.text.len(), number, kind, is_glued });
            end = range.end;
        });
        words
    }

    /// Writes a word of a name down. Gives its hash, if it is one word when folded, too: a few
    /// letters become two, or stand behind a sign.
    fn write_word(&mut self, name: &str, word: Range<usize>, kind: TokenKind) -> Option<u64> {
        let start = self.text.len();
        let written = &name[word.clone()];
        if kind == TokenKind::Symbol {
            // `Smith & Sons` is also written `Smith and Sons`; `AT&T` has one spelling.
            let is_tight = name[..word.start].ends_with(char::is_alphanumeric);
            match symbol_word(name.as_bytes()[word.start]) {
                "&" if !is_tight => self.text.push_str("and"),
                symbol => self.text.push_str(symbol),
            }
            return Some(word_hash(&self.text[start..]));
        }
        fold_into(written, &mut self.text);
        if written.is_ascii() {
            return Some(hash_ascii(name.as_bytes(), word));
        }
        let folded = &self.text[start..];
        folded.chars().all(char::is_alphanumeric).then(|| word_hash(folded))
    }

    /// When these words count although nobody marked them as a name.
    pub(crate) fn bare_rule(&self, words: &[Word]) -> Bare {
        let text = |word: &Word| &self.text[word.range()];
        let needed = if words.iter().any(|word| word.kind == TokenKind::Character) { 2 } else { 3 };
        let letters = words.iter().flat_map(|word| text(word).chars()).take(needed).count();
        let is_number = |word: &Word| text(word).chars().all(char::is_numeric);
        if letters < needed || words.len() > BARE_WORDS_MAX || words.iter().all(is_number) {
            return Bare::Never;
        }
        if let [word] = words {
            return if is_function_word(text(word)) {
                Bare::Never
            } else if is_common_word(text(word)) {
                Bare::Capitalised
            } else {
                Bare::Always
            };
        }
        let is_everyday = |word: &Word| {
            is_number(word) || is_function_word(text(word)) || is_common_word(text(word))
        };
        if words.iter().all(is_everyday) { Bare::Capitalised } else { Bare::Always }
    }
}

/// Where a word of a name stands in the text of all names.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Which of all words it is.
    number: usize,
    pub(crate) kind: TokenKind,
    /// A hyphen or an apostrophe joins it to the word before.
    pub(crate) is_glued: bool,
}

impl Word {
    pub(crate) fn range(&self) -> Range<usize> {
        self.start..self.end
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

/// The words of a canonical name, each with the punctuation before it.
pub(crate) fn canonical_words(canonical: &str) -> impl Iterator<Item = (&str, &str)> {
    canonical.split(' ').map(|piece| {
        if piece.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric) {
            return ("", piece);
        }
        let word_start = piece
            .char_indices()
            .find(|&(_, c)| c.is_alphanumeric() || (c.is_ascii() && is_symbol(c as u8)))
            .map_or(0, |(at, _)| at);
        piece.split_at(word_start)
    })
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
    use super::super::table::filed_under;
    use super::*;

    fn canonicals(text: &str) -> Vec<String> {
        let names = Names::of(&[Name::new(text, NameKind::Name)]);
        names.pieces.into_iter().map(|piece| names.text[piece.range].to_string()).collect()
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
    fn a_name_is_filed_where_it_is_looked_for_when_it_goes() {
        for text in
            ["Acme, Inc.", "AT&T", "Smith & Sons", "Łódź Ω", "ŉala Co", "ﷺ Ltd", "Юлия", "東京社"]
        {
            let names = Names::of(&[Name::new(text, NameKind::Name)]);
            assert!(!names.pieces.is_empty(), "{text:?}");
            for piece in &names.pieces {
                let canonical = &names.text[piece.range.clone()];
                let (mut known, mut found) = (Vec::new(), Vec::new());
                if let Some(run) = names.run_of(piece, |run| known.push(run)) {
                    assert_eq!(run, filed_under(piece.kind, canonical, |run| found.push(run)));
                    assert_eq!(known, found, "{text:?}");
                }
            }
        }
        let plain = Names::of(&[Name::new("Łódź Tools", NameKind::Name)]);
        assert!(plain.run_of(&plain.pieces[0], |_| {}).is_some());
    }

    #[test]
    fn some_names_need_a_capital_and_some_need_brackets() {
        fn check(text: &str, expected: Bare) {
            let mut names = Names::default();
            let words = names.write(text);
            assert_eq!(names.bare_rule(&words), expected, "{text:?}");
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
