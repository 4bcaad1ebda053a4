//! The sentences of a text and their words, as a reader of asks and promises
//! sees them: where a pause stands, what is in quotes, what is an item of a list.

use std::ops::Range;

use crate::calendar::month;
use crate::folding::fold;
use crate::shelter::overlaps;

/// A line that a mail program wrapped is at least as long.
const WRAPPED_LINE_BYTES_MIN: usize = 45;
/// A word longer than this is none.
const WORD_BYTES_MAX: usize = 80;
/// A sentence of more words is cut, so that reading it takes no longer than its text.
const WORDS_MAX: usize = 120;
/// Words whose full stop ends no sentence.
const ABBREVIATIONS: [&str; 22] = [
    "mr", "mrs", "ms", "dr", "prof", "hr", "fr", "st", "vs", "nr", "no", "ca", "bzgl", "inkl",
    "exkl", "z.b", "d.h", "u.a", "e.g", "i.e", "approx", "incl",
];
const OPENING: [char; 5] = ['"', '“', '„', '«', '»'];
const CLOSING: [char; 5] = ['"', '”', '“', '»', '«'];

/// A word of a sentence, without what stands around it.
#[derive(Clone, Debug)]
pub(crate) struct Word<'t> {
    pub(crate) text: &'t str,
    /// In bytes.
    pub(crate) range: Range<usize>,
    /// In lower case.
    pub(crate) lower: String,
    /// Folded, as the tables have it.
    pub(crate) folded: String,
    /// Whether a sentence, a comma or a dash stands before it.
    pub(crate) after_pause: bool,
    /// Whether a colon stands behind it.
    pub(crate) is_label: bool,
    pub(crate) is_quoted: bool,
}

impl Word<'_> {
    pub(crate) fn is_capitalised(&self) -> bool {
        let mut letters = self.text.trim_start_matches('@').chars();
        letters.next().is_some_and(char::is_uppercase)
    }
}

/// How a line of a list begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bullet {
    /// `- `
    Plain,
    /// `[ ]`
    Open,
    /// `[x]`
    Ticked,
}

/// A sentence, or a line that is none.
#[derive(Clone, Debug)]
pub(crate) struct Sentence<'t> {
    /// In bytes, with the mark at its end.
    pub(crate) range: Range<usize>,
    pub(crate) words: Vec<Word<'t>>,
    /// When it begins a line of a list.
    pub(crate) bullet: Option<Bullet>,
}

/// Cuts a text into sentences. What is hidden belongs to none; in a mail, a line
/// that was wrapped goes on.
pub(crate) fn sentences<'t>(
    text: &'t str,
    hidden: &[Range<usize>],
    is_mail: bool,
) -> Vec<Sentence<'t>> {
    let mut cut = Cut::default();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let range = start..start + line.len();
        start = range.end;
        let is_hidden = line.trim().is_empty() || overlaps(hidden, &range);
        if is_hidden && (line.trim().is_empty() || covers(hidden, &range)) {
            cut.end();
            cut.wraps = false;
            continue;
        }
        let words = line.trim_start();
        let goes_on = cut.wraps && words.starts_with(char::is_lowercase);
        if !goes_on {
            cut.end();
        }
        cut.line(text, range, hidden);
        cut.wraps = is_mail && line.trim_end().len() >= WRAPPED_LINE_BYTES_MIN;
    }
    cut.end();
    cut.sentences
}

fn covers(hidden: &[Range<usize>], range: &Range<usize>) -> bool {
    let at = hidden.partition_point(|one| one.end <= range.start);
    hidden.get(at).is_some_and(|one| one.start <= range.start && range.end <= one.end + 1)
}

#[derive(Default)]
struct Cut<'t> {
    sentences: Vec<Sentence<'t>>,
    words: Vec<Word<'t>>,
    bullet: Option<Bullet>,
    end: usize,
    pause: bool,
    in_quotes: bool,
    wraps: bool,
}

impl<'t> Cut<'t> {
    fn line(&mut self, text: &'t str, range: Range<usize>, hidden: &[Range<usize>]) {
        let line = &text[range.clone()];
        if self.words.is_empty() {
            self.bullet = bullet(line);
        }
        let mut chunks = chunks(line).peekable();
        while let Some((at, chunk)) = chunks.next() {
            let at = range.start + at;
            if overlaps(hidden, &(at..at + chunk.len())) {
                self.end();
                continue;
            }
            let next = chunks.peek().map(|(_, chunk)| *chunk);
            self.chunk(at, chunk, next);
        }
    }

    fn chunk(&mut self, at: usize, chunk: &'t str, next: Option<&str>) {
        let is_core = |c: char| c.is_alphanumeric() || c == '@';
        let Some(first) = chunk.find(is_core) else {
            self.pause = true;
            if ends_sentence(chunk) {
                self.end = at + chunk.len();
                self.end();
            }
            return;
        };
        let last = chunk.rfind(char::is_alphanumeric).unwrap_or(first);
        let last = last + chunk[last..].chars().next().map_or(0, char::len_utf8);
        let (before, core, after) = (&chunk[..first], &chunk[first..last], &chunk[last..]);
        if before.contains(OPENING) {
            self.in_quotes = true;
        }
        let is_first = self.words.is_empty();
        let folded = if core.len() > WORD_BYTES_MAX { String::new() } else { fold(core) };
        let after_pause = is_first || self.pause || !before.is_empty();
        let is_part = after == "." && goes_on(core, &folded, next);
        let stops = after.contains(['!', '?', ';', '…']) || (after.contains('.') && !is_part);
        self.words.push(Word {
            text: core,
            range: at + first..at + last,
            lower: if core.len() > WORD_BYTES_MAX { String::new() } else { core.to_lowercase() },
            folded,
            after_pause,
            is_label: after.starts_with([':', '：']),
            is_quoted: self.in_quotes,
        });
        if after.contains(CLOSING) {
            self.in_quotes = false;
        }
        self.pause = !after.is_empty() && !is_part;
        self.end = at + chunk.len();
        if stops || self.words.len() >= WORDS_MAX {
            self.end();
        }
    }

    fn end(&mut self) {
        let bullet = self.bullet.take();
        if let Some(first) = self.words.first() {
            let range = first.range.start..self.end.max(first.range.end);
            let words = std::mem::take(&mut self.words);
            self.sentences.push(Sentence { range, words, bullet });
        }
        self.pause = false;
        self.in_quotes = false;
    }
}

/// The pieces between white space, with where each begins.
fn chunks(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut end = 0;
    let pieces = line.split_inclusive(char::is_whitespace).map(move |piece| {
        let start = end;
        end += piece.len();
        (start, piece.trim_end())
    });
    pieces.filter(|(_, chunk)| !chunk.is_empty())
}

fn ends_sentence(marks: &str) -> bool {
    marks.contains(['!', '?', '…']) || marks == "."
}

/// Whether a full stop behind a word is part of it: `Dr.`, `12. März`, `z.B.`
fn goes_on(core: &str, folded: &str, next: Option<&str>) -> bool {
    let is_number = core.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let Some(next) = next else { return false };
    if is_number {
        let word = next.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        return month(&word).is_some() || next.starts_with(char::is_lowercase);
    }
    ABBREVIATIONS.contains(&folded)
}

fn bullet(line: &str) -> Option<Bullet> {
    let line = line.trim_start();
    let rest = line.strip_prefix(['-', '*', '•', '·', '–']).map(str::trim_start);
    let words = rest.unwrap_or(line);
    if ["[ ]", "[]", "☐"].iter().any(|mark| words.starts_with(mark)) {
        return Some(Bullet::Open);
    }
    if ["[x]", "[X]", "☑", "✅", "☒"].iter().any(|mark| words.starts_with(mark)) {
        return Some(Bullet::Ticked);
    }
    let numbered = line.find(|c: char| !c.is_ascii_digit()).is_some_and(|at| {
        (1..=2).contains(&at)
            && line[at..].starts_with([')', '.'])
            && line[at + 1..].starts_with(' ')
    });
    (rest.is_some_and(|rest| rest.len() < line.len()) || numbered).then_some(Bullet::Plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str, is_mail: bool) -> Vec<&str> {
        sentences(text, &[], is_mail).into_iter().map(|one| &text[one.range]).collect()
    }

    #[test]
    fn a_sentence_ends_at_its_mark_or_its_line() {
        fn check(text: &str, expected: &[&str]) {
            assert_eq!(told(text, false), expected, "{text:?}");
        }
        check("Hi all. Anna called!  Again?", &["Hi all.", "Anna called!", "Again?"]);
        check("one\ntwo", &["one", "two"]);
        check("bis 12. März, z.B. hier. Gut", &["bis 12. März, z.B. hier.", "Gut"]);
        check("Dr. Roe called acme.io at 3.30", &["Dr. Roe called acme.io at 3.30"]);
        check("…", &[]);
    }

    #[test]
    fn a_wrapped_line_of_a_mail_goes_on() {
        let text = "please send us the offer for the forty seats that we\ntalked about. Bye\n\nKim";
        let whole = "please send us the offer for the forty seats that we\ntalked about.";
        assert_eq!(told(text, true), [whole, "Bye", "Kim"]);
        assert_eq!(told(text, false).len(), 4);
    }

    #[test]
    fn words_know_what_stands_before_them() {
        let found = sentences("Sure, “I'll go” - TODO: now", &[], false);
        let seen: Vec<(&str, bool, bool, bool)> = found[0]
            .words
            .iter()
            .map(|word| (word.folded.as_str(), word.after_pause, word.is_quoted, word.is_label))
            .collect();
        assert_eq!(
            seen,
            [
                ("sure", true, false, false),
                ("i'll", true, true, false),
                ("go", false, true, false),
                ("todo", true, false, true),
                ("now", true, false, false),
            ]
        );
    }

    #[test]
    fn lines_of_lists_are_told_by_their_beginning() {
        for (text, expected) in [
            ("- one", Some(Bullet::Plain)),
            ("2) two", Some(Bullet::Plain)),
            ("- [ ] three", Some(Bullet::Open)),
            ("[x] four", Some(Bullet::Ticked)),
            ("five - six", None),
        ] {
            assert_eq!(sentences(text, &[], false)[0].bullet, expected, "{text}");
        }
    }

    #[test]
    fn what_is_hidden_belongs_to_no_sentence() {
        let text = "> no\nyes `no` yes";
        let found = sentences(text, &[0..5, 9..13], false);
        let words: Vec<&str> = found.iter().flat_map(|s| &s.words).map(|w| w.text).collect();
        assert_eq!(words, ["yes", "yes"]);
    }
}
