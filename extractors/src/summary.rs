//! Sums up messages in their own words: one sentence, or two, that hold the most
//! of what was found in them. Nothing is made up; each piece stands in a message.
//!
//! Left out: putting things in other words.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::contacts::TextKind;
use crate::folding::fold;
use crate::mail::{Parts, ZoneKind};
use crate::offsets::CharOffsets;
use crate::sentences::{Sentence, sentences};
use crate::shelter::{code_ranges, merged};

/// The longest summary, in characters.
pub const CHARS_MAX: usize = 240;
/// A sentence of fewer words says little by itself.
const WORDS_MIN: usize = 3;
/// What a message is about, as copied headers call it, folded.
const SUBJECTS: [&str; 8] =
    ["subject", "betreff", "objet", "sujet", "asunto", "temat", "oggetto", "onderwerp"];
/// What mail programs put before a subject.
const REPLIES: [&str; 9] = ["re", "fw", "fwd", "aw", "wg", "tr", "rv", "odp", "pd"];

/// What was found in a message, by how much it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// A person or a company.
    Name,
    /// A day.
    Day,
    /// What the talk is about: a plan, a quote.
    Topic,
    /// Money.
    Amount,
    /// Something to be done.
    Ask,
}

impl Mark {
    fn weight(self) -> u32 {
        match self {
            Self::Name => 2,
            Self::Day => 2,
            Self::Topic => 3,
            Self::Amount => 4,
            Self::Ask => 4,
        }
    }
}

/// A message and what was found in it.
#[derive(Clone, Debug)]
pub struct Message<'t> {
    /// What it says.
    pub text: &'t str,
    /// What sort of text it is.
    pub kind: TextKind,
    /// What was found, with the first character and the one after the last.
    pub marks: Vec<(Mark, Range<usize>)>,
}

/// Words of a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// Which message, from 0.
    pub message: usize,
    /// The first character.
    pub start: usize,
    /// The character after the last.
    pub end: usize,
    /// The words between, on one line.
    pub text: String,
}

/// A summary and the pieces that it is made of, in their order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// What it says, at most [`CHARS_MAX`] characters.
    pub text: String,
    /// Where its words stand.
    pub pieces: Vec<Piece>,
}

/// Sums up messages; None where there is nothing that says more than a name.
///
/// ```
/// use extractors::contacts::TextKind;
/// use extractors::summary::{Mark, Message, summarise};
/// let text = "Hi! Acme wants 40 seats for 9,600 EUR. Bye";
/// let marks = vec![(Mark::Name, 4..8), (Mark::Amount, 28..37)];
/// let found = summarise(&[Message { text, kind: TextKind::Chat, marks }]).unwrap();
/// assert_eq!(found.text, "Acme wants 40 seats for 9,600 EUR.");
/// ```
pub fn summarise(messages: &[Message<'_>]) -> Option<Summary> {
    let mut subjects = Vec::new();
    let mut candidates = Vec::new();
    for (place, message) in messages.iter().enumerate() {
        let read = Reading::of(place, message);
        subjects.extend(read.subject);
        candidates.extend(read.candidates);
    }
    // Of equals, the first one; a later one may only repeat it.
    let best = |chosen: &[&Candidate], room: usize| {
        let fits = |one: &&Candidate| {
            !chosen.iter().any(|other| other.piece == one.piece) && one.length() <= room
        };
        let worth = |one: &&Candidate| (one.new_to(chosen), std::cmp::Reverse(one.place()));
        let fitting = candidates.iter().filter(fits);
        fitting.max_by_key(worth).filter(|one| one.new_to(chosen) > 0)
    };
    let mut pieces = Vec::new();
    let mut room = CHARS_MAX;
    if let Some(subject) = subjects.into_iter().next() {
        room = room.saturating_sub(subject.text.chars().count() + 2);
        pieces.push(subject);
    }
    let leads = pieces.len();
    // A sentence that is longer than the room is cut where nothing else is there.
    let first = best(&[], usize::MAX)?;
    if first.length() > room {
        pieces.push(first.piece.cut_to(room));
    } else {
        let room = room - first.length();
        let second = best(&[first], room.saturating_sub(2));
        let mut chosen = vec![first];
        chosen.extend(second.filter(|second| second.new_to(&[first]) >= Mark::Topic.weight()));
        chosen.sort_by_key(|one| one.place());
        pieces.extend(chosen.into_iter().map(|one| one.piece.clone()));
    }
    let (subject, rest) = pieces.split_at(leads);
    let rest = joined(rest);
    let text = match subject {
        [subject] => format!("{}: {rest}", subject.text),
        _ => rest,
    };
    Some(Summary { text, pieces })
}

/// The pieces as one text; where no sentence ends, a mark between them.
fn joined(pieces: &[Piece]) -> String {
    let mut text = String::new();
    for piece in pieces {
        if !text.is_empty() {
            text.push_str(if text.ends_with(['.', '!', '?', '…', ';']) { " " } else { "; " });
        }
        text.push_str(&piece.text);
    }
    text
}

/// A sentence that may be a part of the summary.
struct Candidate {
    piece: Piece,
    /// What it holds: a kind of find, and its words.
    holds: Vec<(Mark, String)>,
}

impl Candidate {
    fn length(&self) -> usize {
        self.piece.text.chars().count()
    }

    fn place(&self) -> (usize, usize) {
        (self.piece.message, self.piece.start)
    }

    /// How much it says that others do not.
    fn new_to(&self, others: &[&Self]) -> u32 {
        let is_new =
            |held: &&(Mark, String)| !others.iter().any(|other| other.holds.contains(held));
        self.holds.iter().filter(is_new).map(|(mark, _)| mark.weight()).sum()
    }
}

impl Piece {
    /// The beginning of it, as long as that, to the end of a word.
    fn cut_to(&self, chars: usize) -> Self {
        let short = self.text.chars().take(chars.saturating_sub(1)).collect::<String>();
        let words = short.rfind(' ').map_or(short.as_str(), |at| &short[..at]);
        let words = words.trim_end_matches(|c: char| !c.is_alphanumeric());
        Self { text: format!("{words}…"), ..self.clone() }
    }
}

/// One message, read.
struct Reading {
    subject: Option<Piece>,
    candidates: Vec<Candidate>,
}

impl Reading {
    fn of(place: usize, message: &Message<'_>) -> Self {
        let text = message.text;
        let is_mail = message.kind == TextKind::Email;
        let parts = if is_mail { Parts::of(text, None) } else { Parts::of_chat(text) };
        let mut hidden = code_ranges(text);
        let is_hidden = |kind: &ZoneKind| *kind != ZoneKind::Body;
        let zones = parts.zones.iter();
        hidden.extend(zones.filter(|(kind, _)| is_hidden(kind)).map(|(_, at)| at.clone()));
        let mut offsets = CharOffsets::new(text);
        let mut piece = |range: Range<usize>| {
            let words = &text[range.clone()];
            let start = offsets.at(range.start);
            let end = start + words.chars().count();
            let text = words.split_whitespace().collect::<Vec<_>>().join(" ");
            Piece { message: place, start, end, text }
        };
        let mut headers = parts.zones.iter().filter(|(kind, _)| *kind == ZoneKind::ForwardHeader);
        let subject = headers.find_map(|(_, range)| subject_in(text, range)).map(&mut piece);
        let candidates = sentences(text, &merged(hidden), is_mail)
            .into_iter()
            .filter(|sentence| sentence.words.len() >= WORDS_MIN)
            .map(|sentence: Sentence<'_>| {
                let piece = piece(sentence.range);
                let holds = held(message, &piece);
                Candidate { piece, holds }
            });
        let candidates = candidates.filter(|one| !one.holds.is_empty()).collect();
        Self { subject, candidates }
    }
}

/// What was found in a piece, each once. Names alone count little, however many.
fn held(message: &Message<'_>, piece: &Piece) -> Vec<(Mark, String)> {
    const NAMES_MAX: usize = 2;
    let mut holds: Vec<(Mark, String)> = Vec::new();
    let mut names = 0;
    let first = message.marks.partition_point(|(_, range)| range.end <= piece.start);
    let inside = message.marks[first..].iter().take_while(|(_, range)| range.start < piece.end);
    for (mark, range) in inside {
        if *mark == Mark::Name {
            names += 1;
        }
        if *mark == Mark::Name && names > NAMES_MAX {
            continue;
        }
        let words = message.text.chars().skip(range.start).take(range.end - range.start);
        let found = (*mark, fold(&words.collect::<String>()));
        if !holds.contains(&found) {
            holds.push(found);
        }
    }
    holds
}

/// The subject that a copied header tells, in bytes, without "Re:".
fn subject_in(text: &str, header: &Range<usize>) -> Option<Range<usize>> {
    let mut start = header.start;
    for line in text[header.clone()].split_inclusive('\n') {
        let range = start..start + line.len();
        start = range.end;
        let words = line.trim_start_matches(['>', ' ', '*']);
        let Some((label, _)) = words.split_once([':', '：']) else { continue };
        if !SUBJECTS.contains(&fold(label.trim_matches('*')).trim()) {
            continue;
        }
        let mut from = range.start + (line.len() - words.len()) + label.len();
        let skip = |from: usize| {
            let rest = &text[from..range.end];
            from + (rest.len() - rest.trim_start_matches(|c: char| !c.is_alphanumeric()).len())
        };
        from = skip(from);
        while let Some((word, _)) = text[from..range.end].split_once(':')
            && REPLIES.contains(&fold(word).as_str())
        {
            from = skip(from + word.len());
        }
        let end = from + text[from..range.end].trim_end().len();
        return (from < end).then_some(from..end);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A message in which what stands between braces was found: `{name Anna}`.
    fn message(written: &str, kind: TextKind) -> (String, TextKind, Vec<(Mark, Range<usize>)>) {
        let mut text = String::new();
        let mut marks = Vec::new();
        for piece in written.split(['{', '}']) {
            let (mark, words) = match piece.split_once(' ') {
                Some(("name", words)) => (Some(Mark::Name), words),
                Some(("day", words)) => (Some(Mark::Day), words),
                Some(("topic", words)) => (Some(Mark::Topic), words),
                Some(("money", words)) => (Some(Mark::Amount), words),
                Some(("ask", words)) => (Some(Mark::Ask), words),
                _ => (None, piece),
            };
            let start = text.chars().count();
            text.push_str(words);
            marks.extend(mark.map(|mark| (mark, start..text.chars().count())));
        }
        (text, kind, marks)
    }

    fn check(written: &[&str], kind: TextKind, expected: &str) {
        let read: Vec<_> = written.iter().map(|one| message(one, kind)).collect();
        let messages: Vec<Message<'_>> = read
            .iter()
            .map(|(text, kind, marks)| Message { text, kind: *kind, marks: marks.clone() })
            .collect();
        let found = summarise(&messages);
        assert_eq!(found.as_ref().map_or("", |found| &found.text), expected, "{written:?}");
        for piece in found.iter().flat_map(|found| &found.pieces) {
            let text = messages[piece.message].text;
            let words: String =
                text.chars().skip(piece.start).take(piece.end - piece.start).collect();
            let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(line.starts_with(piece.text.trim_end_matches('…')), "{piece:?}");
        }
    }

    #[test]
    fn the_sentence_that_holds_the_most_sums_up() {
        check(
            &[
                "just talked to {name Clara} from {name Initech}",
                "they want the {topic annual plan}, {money 24,000 EUR}",
                "nice weather too",
            ],
            TextKind::Chat,
            "just talked to Clara from Initech; they want the annual plan, 24,000 EUR",
        );
        check(&["Hi. {name Anna} called. Bye now then"], TextKind::Chat, "");
        check(&["all fine here, nothing new"], TextKind::Chat, "");
    }

    #[test]
    fn a_second_sentence_adds_what_the_first_does_not_say() {
        check(
            &[
                "{name Acme} wants {money 9,600 EUR} a year. Nobody minds that. I'll {ask send the quote} {day by Friday}!",
            ],
            TextKind::Chat,
            "Acme wants 9,600 EUR a year. I'll send the quote by Friday!",
        );
    }

    #[test]
    fn the_subject_of_a_forwarded_mail_leads() {
        check(
            &[
                "FYI\n\n---------- Forwarded message ---------\nFrom: Clara <clara@initech.example>\n\
               Date: Mon, 11 Jan 2027\nSubject: Re: AW: Offer for 40 seats\nTo: Rosa\n\n\
               Hi Rosa,\n\nwe would like an {topic offer} by {day the end of March}.\n\n\
               Kind regards,\nClara\n",
            ],
            TextKind::Email,
            "Offer for 40 seats: we would like an offer by the end of March.",
        );
    }

    #[test]
    fn a_long_sentence_is_cut_at_a_word() {
        let long = format!("{{money 1 EUR}} {}", "word ".repeat(100));
        let read = message(&long, TextKind::Chat);
        let found = summarise(&[Message { text: &read.0, kind: read.1, marks: read.2 }]);
        let text = found.expect("a summary").text;
        assert!(text.chars().count() <= CHARS_MAX && text.ends_with("word…"), "{text}");
    }
}
