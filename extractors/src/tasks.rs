//! Finds what somebody promises or asks to be done: "I'll send them the quote by
//! Friday", "can you call Anna tomorrow?", "bitte bis Montag prüfen", "TODO: …";
//! with the words that say what, the day, and who is to do it.
//!
//! Conservative, since a task that nobody meant is worse than one that is typed:
//! only verbs of things that can be done count, weak ones only with a day; what
//! is past, asked as a fact, denied, conditional, quoted, or sent to many is no
//! task, and neither is "let me know". English and German; French, Spanish and
//! Polish as far as short sentences go. Left out: who "them" are, and repeating
//! days.

mod asks;
mod days;
mod lists;
mod words;

use std::ops::Range;

use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};

use self::asks::{Ask, Form, ask_at, opened};
use self::days::{Day, days};
use self::lists::{
    BREAKS, CONJUNCTIONS, DOUBTS, FILLERS, LABELS, NEGATIONS, OURSELVES, QUESTION_WORDS, TO_MANY,
    TRAILERS, VAGUE,
};
use self::words::{Kind, Language, Verb, bare, is_german_order, verb};
use crate::contacts::TextKind;
use crate::folding::fold;
use crate::mail::{Parts, ZoneKind};
use crate::offsets::CharOffsets;
use crate::sentences::{Bullet, Sentence, Word, sentences};
use crate::shelter::{code_ranges, merged};

/// The most tasks of one text.
const TASKS_MAX: usize = 30;
/// The longest title, in characters.
const TITLE_CHARS_MAX: usize = 120;

/// What is known about a text before it is read.
#[derive(Clone, Debug)]
pub struct Options {
    /// The day on which it was written.
    pub today: NaiveDate,
    /// What sort of text it is.
    pub kind: TextKind,
    /// The language of those who read it, as an ISO 639-1 code. In all but English, `3/4` is a day
    /// of April.
    pub language: Option<String>,
}

/// Who is to do it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doer {
    /// Whoever speaks: "I'll …".
    Speaker,
    /// Whoever reads it, or nobody yet: "can somebody …".
    Anybody,
    /// Who is addressed: "Imre, can you …"; anybody, where that is no name.
    Addressed(String),
    /// Who is told of: "Imre will …"; nobody's business, where that is a stranger.
    Named(String),
}

/// By when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// The first character of the words that say so.
    pub start: usize,
    /// The character after the last.
    pub end: usize,
    /// The day.
    pub day: NaiveDate,
    /// The time, when one is told.
    pub time: Option<NaiveTime>,
}

/// Something to be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// The first character of the words that say what.
    pub start: usize,
    /// The character after the last.
    pub end: usize,
    /// These words, without those that say by when.
    pub title: String,
    /// By when.
    pub due: Option<Due>,
    /// By whom.
    pub doer: Doer,
    /// Whether it stands in a mail that was passed on, so that somebody else speaks.
    pub passed_on: bool,
    /// From 0 to 1.
    pub confidence: f32,
}

/// Finds what is to be done, in the order of the text.
///
/// ```
/// use extractors::contacts::TextKind;
/// use extractors::tasks::{Options, find};
/// let today = chrono::NaiveDate::from_ymd_opt(2027, 3, 9).unwrap();
/// let options = Options { today, kind: TextKind::Chat, language: None };
/// let found = find("Great call, I'll send Anna the quote by Friday.", &options);
/// assert_eq!(found[0].title, "send Anna the quote");
/// assert_eq!(found[0].due.as_ref().unwrap().day.to_string(), "2027-03-12");
/// ```
pub fn find(text: &str, options: &Options) -> Vec<Task> {
    if is_to_many(text) {
        return Vec::new();
    }
    let is_mail = options.kind == TextKind::Email;
    let parts = if is_mail { Parts::of(text, None) } else { Parts::of_chat(text) };
    let mut hidden = code_ranges(text);
    let written = |kind: &ZoneKind| *kind != ZoneKind::Body;
    hidden.extend(parts.zones.iter().filter(|(kind, _)| written(kind)).map(|(_, at)| at.clone()));
    let passed_on = parts.zones.iter().find(|(kind, _)| *kind == ZoneKind::ForwardHeader);
    let passed_on = passed_on.map_or(text.len(), |(_, range)| range.start);
    let day_first = options.language.as_deref().is_some_and(|language| language != "en");

    let mut finder = Finder { text, today: options.today, day_first, is_listing: false };
    let mut offsets = CharOffsets::new(text);
    let mut tasks = Vec::new();
    for sentence in sentences(text, &merged(hidden), is_mail) {
        for found in finder.read(&sentence) {
            let mut span = |range: &Range<usize>| {
                let start = offsets.at(range.start);
                (start, start + text[range.clone()].chars().count())
            };
            let (start, end) = span(&found.range);
            let due = found.due.map(|(day, range)| {
                let (start, end) = span(&range);
                Due { start, end, day: day.day, time: day.time }
            });
            tasks.push(Task {
                start,
                end,
                title: found.title,
                due,
                doer: found.doer,
                passed_on: found.range.start >= passed_on,
                confidence: found.confidence,
            });
        }
        if tasks.len() >= TASKS_MAX {
            break;
        }
    }
    tasks.truncate(TASKS_MAX);
    tasks
}

/// Whether a text is one of those that go to many.
fn is_to_many(text: &str) -> bool {
    let folded = fold(text);
    TO_MANY.iter().any(|words| folded.contains(words)) && folded.contains("http")
}

/// A task before its characters are counted.
struct Found {
    range: Range<usize>,
    title: String,
    due: Option<(Day, Range<usize>)>,
    doer: Doer,
    confidence: f32,
}

struct Finder<'t> {
    text: &'t str,
    today: NaiveDate,
    day_first: bool,
    /// Whether "TODO:" stands above.
    is_listing: bool,
}

impl Finder<'_> {
    fn read(&mut self, sentence: &Sentence<'_>) -> Vec<Found> {
        let words = sentence.words.as_slice();
        if let Some(rest) = behind_label(words) {
            self.is_listing = rest == words.len();
            return self.noted(words, rest).into_iter().collect();
        }
        match sentence.bullet {
            Some(Bullet::Ticked) => return Vec::new(),
            Some(Bullet::Open) => return self.noted(words, 0).into_iter().collect(),
            Some(Bullet::Plain) if self.is_listing => {
                return self.noted(words, 0).into_iter().collect();
            }
            Some(Bullet::Plain) => {}
            None => self.is_listing = false,
        }
        let days = days(self.text, words, self.today, self.day_first);
        let is_question = self.text[sentence.range.clone()].contains('?');
        let mut found = Vec::new();
        let mut at = 0;
        while at < words.len() {
            let ask = ask_at(words, at, is_question).filter(|_| !words[at].is_quoted);
            let before = found_until(words, &found, at);
            match ask.and_then(|ask| self.resolve(words, &days, ask, before)) {
                Some((task, end)) => {
                    found.push(task);
                    at = end.max(at + 1);
                }
                None => at += 1,
            }
        }
        found
    }

    /// What stands behind "TODO:" or beside an empty box.
    fn noted(&self, words: &[Word<'_>], from: usize) -> Option<Found> {
        let days = days(self.text, words, self.today, self.day_first);
        let day = days.into_iter().find(|day| day.words.start >= from);
        let end = words.len();
        let kept = kept_words(words, from..end, day.as_ref());
        if kept.len() < 2 {
            return None;
        }
        self.found(words, from..end, &kept, day, Doer::Anybody, 0.9)
    }

    /// Reads what is asked or promised; gives it with the word behind it.
    fn resolve(
        &self,
        words: &[Word<'_>],
        days: &[Day],
        ask: Ask,
        before: usize,
    ) -> Option<(Found, usize)> {
        let earlier = &words[before..ask.start];
        if earlier.iter().any(|word| DOUBTS.contains(&word.folded.as_str())) {
            return None;
        }
        let asks_fact = earlier.last().is_some_and(|w| QUESTION_WORDS.contains(&w.folded.as_str()));
        if ask.kind == Kind::Question && asks_fact {
            return None;
        }
        let mut body = ask.body;
        while let Some(word) = words.get(body) {
            let day = days.iter().find(|day| day.words.contains(&body));
            match day {
                Some(day) => body = day.words.end,
                None if FILLERS.contains(&word.folded.as_str())
                    && ask.form != Form::Said(Verb::Strong) =>
                {
                    body += 1;
                }
                None => break,
            }
        }
        let end = clause_end(words, body);
        if body >= end {
            return None;
        }
        let is_denied = |word: &Word<'_>| NEGATIONS.contains(&word.folded.as_str());
        let near = if ask.language == Language::German { end } else { end.min(body + 2) };
        if words[body..near].iter().any(is_denied) {
            return None;
        }
        let (end, addressed) = without_trailers(words, days, body, end);
        let strength = self.verb_of(words, days, &ask, body, end)?;
        let from = ask.from.unwrap_or(body);
        let day = day_of(words, days, &ask, from.min(ask.body), end);
        let mut kept = kept_words(words, from..end, day);
        if matches!(ask.form, Form::Said(_)) {
            kept.retain(|at| !matches!(words[*at].folded.as_str(), "ich" | "je"));
        }
        let is_vague = kept.iter().skip(1).all(|at| VAGUE.contains(&words[*at].folded.as_str()));
        let needs_day = strength == Verb::Weak || ask.kind == Kind::Wish || is_vague;
        // People meet and talk; whatever else is taken or made needs to be told.
        const ALONE: [&str; 6] = ["meet", "talk", "speak", "treffen", "sprechen", "reden"];
        let lacks_object = strength == Verb::Weak
            && kept.len() < 2
            && !ALONE.contains(&words[body].folded.as_str())
            && !kept.last().is_some_and(|at| ALONE.contains(&words[*at].folded.as_str()));
        if lacks_object {
            return None;
        }
        if (needs_day && day.is_none()) || is_phrase(words, &kept, day.is_some()) {
            return None;
        }
        let base: f32 = match ask.kind {
            Kind::Promise | Kind::Request | Kind::Question => 0.75,
            Kind::Common | Kind::Duty => 0.65,
            Kind::Wish => 0.5,
        };
        let sure =
            base + if day.is_some() { 0.15 } else { 0.0 } - if is_vague { 0.15 } else { 0.0 };
        let doer = match (addressed, ask.doer) {
            (Some(name), Doer::Anybody) => Doer::Addressed(name),
            (_, doer) => doer,
        };
        let mut found = self.found(words, from..end, &kept, day.cloned(), doer, sure)?;
        // "d'envoyer" is to be done as "envoyer".
        let first = words[body].text;
        if ask.language == Language::French && bare(&words[body].folded) != words[body].folded {
            let drawn = first.char_indices().nth(2).map_or(0, |(at, _)| at);
            found.range.start += drawn;
            found.title.drain(..drawn);
        }
        Some((found, end))
    }

    /// How strong the verb is, where there is one in its place.
    fn verb_of(
        &self,
        words: &[Word<'_>],
        days: &[Day],
        ask: &Ask,
        body: usize,
        end: usize,
    ) -> Option<Verb> {
        let in_day = |at: usize| days.iter().any(|day| day.words.contains(&at));
        match ask.form {
            Form::Said(strength) => Some(strength),
            Form::First => {
                let first = words[body].folded.as_str();
                let next = words.get(body + 1).map_or("", |word| word.folded.as_str());
                let particle = match first {
                    "follow" => next == "up",
                    "look" => matches!(next, "into" | "at" | "over" | "up" | "after"),
                    "reach" => next == "out",
                    "circle" => next == "back",
                    "touch" => next == "base",
                    _ => true,
                };
                verb(ask.language, first).filter(|_| particle)
            }
            Form::Last => {
                if ask.kind == Kind::Request {
                    let next = words.get(body + 1).map_or("", |word| word.folded.as_str());
                    let first = words[body].folded.as_str();
                    let ordered = is_german_order(first) || next == "sie";
                    if ordered
                        && (is_german_order(first) || verb(Language::German, first).is_some())
                    {
                        return Some(Verb::Strong);
                    }
                }
                let last = (body..end).rev().find(|at| !in_day(*at))?;
                verb(Language::German, &words[last].folded)
            }
        }
    }

    fn found(
        &self,
        words: &[Word<'_>],
        range: Range<usize>,
        kept: &[usize],
        day: Option<Day>,
        doer: Doer,
        confidence: f32,
    ) -> Option<Found> {
        let title = self.title(words, kept)?;
        let bytes =
            |range: &Range<usize>| words[range.start].range.start..words[range.end - 1].range.end;
        let due = day.map(|day| {
            let range = bytes(&day.words);
            (day, range)
        });
        Some(Found {
            range: bytes(&range),
            title,
            due,
            doer,
            confidence: confidence.clamp(0.05, 0.95),
        })
    }

    /// The words as they stand in the text.
    fn title(&self, words: &[Word<'_>], kept: &[usize]) -> Option<String> {
        let mut pieces: Vec<Range<usize>> = Vec::new();
        let mut last = None;
        for &at in kept {
            let range = &words[at].range;
            match pieces.last_mut() {
                Some(piece) if last == at.checked_sub(1) => piece.end = range.end,
                _ => pieces.push(range.clone()),
            }
            last = Some(at);
        }
        let pieces = pieces.into_iter().map(|piece| &self.text[piece]);
        let line = pieces.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
        let mut title = line.as_str();
        if let Some((cut, _)) = line.char_indices().nth(TITLE_CHARS_MAX) {
            let word = line[..cut].rfind(' ').unwrap_or(cut);
            title = &line[..word];
        }
        (!title.is_empty()).then(|| title.to_string())
    }
}

/// Where the last task of the sentence that was found before a word ends.
fn found_until(words: &[Word<'_>], found: &[Found], at: usize) -> usize {
    let Some(last) = found.last() else { return 0 };
    words[..at].partition_point(|word| word.range.end <= last.range.end)
}

/// The word behind "TODO:" and its like.
fn behind_label(words: &[Word<'_>]) -> Option<usize> {
    for length in (1..=3.min(words.len())).rev() {
        let label: Vec<&str> = words[..length].iter().map(|word| word.folded.as_str()).collect();
        let last = &words[length - 1];
        let is_set_off = last.is_label || (length == 1 && last.text == "TODO");
        if is_set_off && LABELS.contains(&label.join(" ").as_str()) {
            return Some(length);
        }
    }
    None
}

/// The word behind the clause that a word stands in.
fn clause_end(words: &[Word<'_>], body: usize) -> usize {
    const JOINTS: [&str; 9] = ["and", "then", "und", "et", "y", "i", "or", "oder", "dann"];
    for at in body + 1..words.len() {
        let word = &words[at];
        let folded = word.folded.as_str();
        let begins = |at: usize| {
            let word = &words[at];
            CONJUNCTIONS.contains(&word.folded.as_str())
                || (word.folded != "please"
                    && word.folded != "bitte"
                    && opened(words, at, true).is_some())
        };
        let is_joint = JOINTS.contains(&folded);
        if BREAKS.contains(&folded)
            || (word.after_pause && begins(at))
            || (word.after_pause && matches!(folded, "please" | "bitte") && at + 1 < words.len())
            || (is_joint
                && at + 1 < words.len()
                && (begins(at + 1) || words[at + 1].folded == "please"))
            || word.is_quoted != words[body].is_quoted && word.after_pause && word.is_label
        {
            return at;
        }
    }
    words.len()
}

/// The end of a clause without thanks, and whom it addresses there: "…, Imre?"
fn without_trailers(
    words: &[Word<'_>],
    days: &[Day],
    body: usize,
    end: usize,
) -> (usize, Option<String>) {
    let in_day = |at: usize| days.iter().any(|day| day.words.contains(&at));
    let mut end = end;
    let mut addressed = None;
    while end > body + 1 && !in_day(end - 1) {
        let last = &words[end - 1];
        if TRAILERS.contains(&last.folded.as_str()) {
            end -= 1;
        } else if addressed.is_none() && last.after_pause && last.is_capitalised() {
            addressed = Some(last.text.to_string());
            end -= 1;
        } else {
            break;
        }
    }
    (end, addressed)
}

/// The day by which it is to be done: the first in its words, else the one right before them.
fn day_of<'d>(
    words: &[Word<'_>],
    days: &'d [Day],
    ask: &Ask,
    from: usize,
    end: usize,
) -> Option<&'d Day> {
    let inside = days.iter().find(|day| day.words.start >= from && day.words.end <= end);
    inside.or_else(|| {
        days.iter().rev().find(|day| {
            let leads = day.words.start == 0 || words[day.words.start].after_pause;
            leads && day.words.end <= from && day.words.end == ask.start
        })
    })
}

/// The words of a title: without the day, and without "please".
fn kept_words(words: &[Word<'_>], range: Range<usize>, day: Option<&Day>) -> Vec<usize> {
    const PLEASE: [&str; 5] = ["please", "pls", "plz", "bitte", "prosze"];
    range
        .filter(|at| !day.is_some_and(|day| day.words.contains(at)))
        .filter(|at| !PLEASE.contains(&words[*at].folded.as_str()))
        .collect()
}

/// Whether it is a phrase that asks for nothing: "let me know", "please find attached".
fn is_phrase(words: &[Word<'_>], kept: &[usize], has_day: bool) -> bool {
    let word = |place: usize| kept.get(place).map_or("", |at| words[*at].folded.as_str());
    let is_about_us = OURSELVES.contains(&word(1));
    let rest = kept.iter().skip(1).any(|at| {
        matches!(words[*at].folded.as_str(), "attached" | "enclosed" | "below" | "anbei" | "anhang")
    });
    let says_so = kept.iter().any(|at| {
        matches!(words[*at].folded.as_str(), "bescheid" | "frei" | "urlaub" | "feierabend")
    });
    if says_so {
        return true;
    }
    match word(0) {
        "let" => is_about_us || (word(1) == "you" && !has_day),
        "see" if word(1) == "you" => true,
        "note" if word(1) == "that" => true,
        "make" => word(1) == "it",
        "join" => word(1) == "us",
        "have" => matches!(word(1), "lunch" | "dinner" | "breakfast" | "coffee" | "fun"),
        "find" | "see" | "note" => rest || !has_day,
        "tell" | "ask" => is_about_us,
        "look" => word(1) == "forward",
        "take" => word(1) == "care" && kept.len() == 2,
        "talk" | "speak" | "sprechen" | "reden" => kept.len() == 1 && !has_day,
        "call" | "contact" | "reach" | "email" | "e-mail" | "reply" | "write" | "ring"
        | "message" | "melden" | "kontaktieren" | "appeler" | "contacter" => {
            (is_about_us || word(2) == "me" || word(2) == "us" || word(1) == "sie") && !has_day
        }
        _ => false,
    }
}
