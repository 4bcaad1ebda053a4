//! How far two names can be names of one. Words meet in any order; they are the same when they
//! are spelt alike in Latin letters, when they are forms of one given name, when one is the
//! other's initial, or when a slip of the pen lies between them.
//!
//! A word whose letters are of two scripts that look alike (`Jаne` with a Cyrillic `а`) meets
//! nothing but itself: it was made to deceive.

use std::borrow::Cow;

use super::latin::{latin, latin_of_folded, shortened};
use super::slips::{is_one_slip, slips_between};

use crate::folding::fold;
use crate::legal_forms::core_of;
use crate::nicknames::forms_of;

/// How alike two names are, and why.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Likeness {
    /// From 0 to 1.
    pub score: f32,
    /// What decided.
    pub why: &'static str,
}

impl Likeness {
    /// From here on two names are taken for names of one.
    pub const SAME: f32 = 0.7;

    const fn new(score: f32, why: &'static str) -> Self {
        Self { score: score.clamp(0.0, 1.0), why }
    }

    /// Whether the names are taken for names of one.
    pub fn is_same(self) -> bool {
        self.score >= Self::SAME
    }
}

const WORDS_MAX: usize = 12;
const WORD_CHARS_MAX: usize = 40;
const PARTICLES: &[&str] = &[
    "de", "da", "di", "del", "der", "den", "van", "von", "la", "le", "el", "al", "bin", "ibn",
    "ben", "the", "dos", "das", "du", "y", "phd", "md", "und", "and", "esq", "abu",
];
const TITLES: &[&str] =
    &["mr", "mrs", "ms", "dr", "prof", "sir", "herr", "frau", "the", "al", "el"];
const GENERATIONS: &[&str] = &["jr", "sr", "ii", "iii", "iv", "junior", "senior"];

/// A word of a name made ready to be compared often.
#[derive(Clone, Debug)]
pub(crate) struct NameWord {
    /// In Latin letters.
    pub(crate) text: String,
    /// A bit for each letter; digits share those of some letters.
    letters: u64,
    sound: Sound,
    forms: &'static [u16],
}

impl NameWord {
    pub(crate) fn new(word: &str) -> Self {
        let text = match word.len() <= WORD_CHARS_MAX {
            true => word.to_owned(),
            false => word.chars().take(WORD_CHARS_MAX).collect(),
        };
        Self { letters: letters(&text), sound: Sound::of(&text), forms: forms_of(&text), text }
    }
}

fn letters(text: &str) -> u64 {
    text.bytes().fold(0, |bits, byte| bits | 1 << (byte & 63))
}

impl PartialEq for NameWord {
    fn eq(&self, other: &Self) -> bool {
        self.letters == other.letters && self.text == other.text
    }
}

/// A person's name made ready to be compared often.
#[derive(Clone, Debug, Default)]
pub(crate) struct PersonName {
    /// Latin words without particles and generations.
    pub(crate) words: Vec<NameWord>,
    generation: Option<&'static str>,
    /// All words run together.
    solid: String,
    folded: String,
    deceives: bool,
}

impl PersonName {
    pub(crate) fn new(name: &str) -> Self {
        let folded = fold(&capitals_apart(shortened(name)));
        let deceives = !folded.is_ascii() && folded.split_whitespace().any(mixes_scripts);
        let latin = latin_of_folded(&folded);
        let mut words: Vec<NameWord> = Vec::new();
        let mut generation = None;
        for word in latin.split(' ').filter(|word| !word.is_empty()).take(WORDS_MAX) {
            if let Some(found) = GENERATIONS.iter().find(|&&one| one == word) {
                generation = Some(match *found {
                    "junior" => "jr",
                    "senior" => "sr",
                    other => other,
                });
            } else if words.is_empty() || !PARTICLES.contains(&word) {
                words.push(NameWord::new(word));
            }
        }
        if words.len() > 1 && TITLES.contains(&words[0].text.as_str()) {
            words.remove(0);
        }
        let solid = words.iter().map(|word| word.text.as_str()).collect();
        Self { words, generation, solid, folded, deceives }
    }
}

/// `JaneDoe` as `Jane Doe`; `McCoy` stays one word.
fn capitals_apart(name: &str) -> Cow<'_, str> {
    if name.contains(char::is_whitespace) || name.len() < 6 {
        return Cow::Borrowed(name);
    }
    let mut out = String::with_capacity(name.len() + 1);
    let mut run = 0;
    for c in name.chars() {
        if c.is_uppercase() && run >= 3 {
            out.push(' ');
            run = 0;
        }
        run = if c.is_lowercase() { run + 1 } else { 0 };
        out.push(c);
    }
    Cow::Owned(out)
}

/// Latin letters beside Cyrillic or Greek ones in one word.
fn mixes_scripts(word: &str) -> bool {
    let is_latin = |c: char| c.is_ascii_alphabetic();
    let is_alike = |c: char| matches!(c, '\u{370}'..='\u{52f}');
    word.chars().any(is_latin) && word.chars().any(is_alike)
}

/// How far two names can be of one person.
///
/// ```
/// use extractors::naming::compare_people;
/// assert!(compare_people("Bob Brown", "BROWN, Robert").is_same());
/// assert!(!compare_people("John Smith Sr.", "John Smith Jr.").is_same());
/// ```
pub fn compare_people(one: &str, other: &str) -> Likeness {
    compare_person_names(&PersonName::new(one), &PersonName::new(other))
}

pub(crate) fn compare_person_names(one: &PersonName, other: &PersonName) -> Likeness {
    if one.words.is_empty() || other.words.is_empty() {
        return Likeness::new(0.0, "no name");
    }
    if one.deceives != other.deceives || one.deceives && one.folded != other.folded {
        return Likeness::new(0.0, "letters that only look alike");
    }
    if let (Some(a), Some(b)) = (one.generation, other.generation)
        && a != b
    {
        return Likeness::new(0.1, "another generation");
    }
    let is_ordered = (one.words.len(), &one.solid) <= (other.words.len(), &other.solid);
    let (short, long) = if is_ordered { (one, other) } else { (other, one) };
    if short.words.len() == long.words.len() && short.words == long.words {
        return Likeness::new(if short.words.len() == 1 { 0.9 } else { 1.0 }, "same name");
    }
    if short.solid.len() > 5 && short.solid == long.solid {
        return Likeness::new(0.97, "same letters");
    }
    let aligned = align(&short.words, &long.words);
    let mut likeness = if short.words.len() == 1 && long.words.len() > 1 {
        Likeness::new(aligned.score.min(0.65) * 0.9, "only a part of the name")
    } else if short.words.len() == 1 {
        Likeness::new(aligned.score * if aligned.score < 0.97 { 0.72 } else { 1.0 }, aligned.why)
    } else {
        let extra = (long.words.len() - short.words.len()) as f32;
        Likeness::new(aligned.score - 0.04 * extra.min(4.0), aligned.why)
    };
    // "Fridrich Buchenberg" written as one, "Min-jun" and "Minjun".
    if likeness.score < Likeness::SAME
        && short.solid.len() >= 8
        && short.words.len() != long.words.len()
        && slips_between(&short.solid, &long.solid) <= 1
    {
        likeness = Likeness::new(0.85, "same letters");
    }
    if likeness.score < Likeness::SAME
        && short.words.len() != long.words.len()
        && same_turned(short, long)
    {
        likeness = Likeness::new(0.93, "same letters in another order");
    }
    likeness
}

/// `Kim Min jun` and `Minjun Kim`: the same words, some of them run together.
fn same_turned(short: &PersonName, long: &PersonName) -> bool {
    short.solid.len() == long.solid.len()
        && (1..long.words.len()).any(|at| {
            let turned = long.words[at..].iter().chain(&long.words[..at]);
            turned.flat_map(|word| word.text.bytes()).eq(short.solid.bytes())
        })
}

/// The words of the shorter name each meet the best word left of the longer one.
fn align(short: &[NameWord], long: &[NameWord]) -> Likeness {
    let mut taken = [false; WORDS_MAX];
    let (mut sum, mut weight, mut worst) = (0.0_f32, 0.0_f32, 1.0_f32);
    let mut why = "same words";
    let mut slips = 0;
    let mut initials = 0;
    let mut last = None;
    let mut is_in_order = true;
    // Whole words choose first, so that no initial takes the place of a name.
    for takes_initials in [false, true] {
        for word in short {
            let is_initial = word.text.len() == 1;
            if is_initial != takes_initials {
                continue;
            }
            let left = || (0..long.len()).filter(|&at| !taken[at]);
            let best = match left().find(|&at| long[at] == *word) {
                Some(at) => Some((word_likeness(word, &long[at]), at)),
                None => left().map(|at| (word_likeness(word, &long[at]), at)).max_by(
                    |(a, left), (b, right)| a.score.total_cmp(&b.score).then(right.cmp(left)),
                ),
            };
            let Some((found, at)) = best else { continue };
            if found.score > 0.5 {
                taken[at] = true;
            }
            if !takes_initials {
                is_in_order &= last.is_none_or(|last| last < at);
                last = Some(at);
            }
            initials += usize::from(found.why == INITIAL);
            slips += usize::from(found.why == SLIP);
            if found.score < worst {
                worst = found.score;
                why = found.why;
            }
            let length = if is_initial || found.why == INITIAL {
                1.5
            } else {
                word.text.len().min(8) as f32
            };
            sum += found.score * length;
            weight += length;
        }
    }
    let mean = if weight > 0.0 { sum / weight } else { 0.0 };
    let whole = short.len() - initials;
    // One word that does not fit tells two people apart, however long the others are.
    let score = if worst < 0.5 {
        mean.min(0.5) * 0.8
    } else if slips > 1 {
        mean * 0.8
    } else if whole < 2 && initials > 0 {
        mean.min(0.64)
    } else if !is_in_order && short.len() < long.len() {
        // "Roe Jane" is not in "Jane Ann Roe".
        mean * 0.8
    } else {
        mean
    };
    Likeness::new(score, why)
}

const INITIAL: &str = "an initial that fits";
const SLIP: &str = "a slip of the pen";

/// How alike two words of names are.
pub(crate) fn word_likeness(one: &NameWord, other: &NameWord) -> Likeness {
    let (left, right) = (one, other);
    let (one, other) = (one.text.as_str(), other.text.as_str());
    if one == other {
        return Likeness::new(1.0, "same name");
    }
    let (Some(a), Some(b)) = (one.chars().next(), other.chars().next()) else {
        return Likeness::new(0.0, "no name");
    };
    if one.len() == 1 || other.len() == 1 {
        return if a == b {
            Likeness::new(0.8, INITIAL)
        } else {
            Likeness::new(0.0, "another initial")
        };
    }
    if left.forms.iter().any(|form| right.forms.contains(form)) {
        return Likeness::new(0.93, "forms of one name");
    }
    let (left_sound, right_sound) = (left.sound.bytes(), right.sound.bytes());
    if left_sound == right_sound && left_sound.len() > 1 {
        return Likeness::new(0.92, "spelt otherwise, sounds the same");
    }
    let length = one.len().min(other.len());
    // A slip brings in one letter and takes out another, at most.
    let slips = match (left.letters ^ right.letters).count_ones() {
        0..=4 => slips_between(one, other),
        _ => usize::MAX,
    };
    match slips {
        1 if length >= 4 => Likeness::new(0.86, SLIP),
        2 if length >= 8 && a == b => Likeness::new(0.8, SLIP),
        _ if length >= 5
            && left_sound.len() >= 4
            && left_sound.len().abs_diff(right_sound.len()) <= 1
            && is_one_slip(left_sound, right_sound) =>
        {
            Likeness::new(0.78, SLIP)
        }
        _ => {
            let shared = (left.letters & right.letters).count_ones();
            let all = left.letters.count_ones() + right.letters.count_ones();
            Likeness::new(0.6 * shared as f32 / all as f32, "another name")
        }
    }
}

/// One spelling for the ways to write a sound in Latin letters.
#[derive(Clone, Copy, Debug)]
struct Sound {
    letters: [u8; WORD_CHARS_MAX],
    length: u8,
}

impl Sound {
    fn of(word: &str) -> Self {
        let mut out = Self { letters: [0; WORD_CHARS_MAX], length: 0 };
        let bytes = word.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let next = bytes.get(at + 1).copied().unwrap_or(0);
            let (letter, width) = match (bytes[at], next) {
                (b's', b'h') | (b's', b'c') | (b'c', b'h') => (b's', 2),
                (b'k' | b'g', b'h') => (b'h', 2),
                (b'p', b'h') => (b'f', 2),
                (b't' | b'd', b'h') => (bytes[at], 2),
                (b'a' | b'o' | b'u', b'e') if at + 2 < bytes.len() => (bytes[at], 2),
                (b'o', b'u') => (b'u', 2),
                (b'e', b'e') => (b'i', 2),
                (b'c' | b'q', _) => (b'k', 1),
                (b'w', _) => (b'v', 1),
                (b'y' | b'j', _) => (b'i', 1),
                (b'z' | b'x', _) => (b's', 1),
                (letter, _) => (letter, 1),
            };
            if out.bytes().last() != Some(&letter)
                && let Some(place) = out.letters.get_mut(usize::from(out.length))
            {
                *place = letter;
                out.length += 1;
            }
            at += width;
        }
        out
    }

    fn bytes(&self) -> &[u8] {
        &self.letters[..usize::from(self.length)]
    }
}

/// Legal forms that are one: "Inc." and "Incorporated".
fn form_of(words: &[&str]) -> Option<String> {
    let solid = words.join("");
    Some(
        match solid.as_str() {
            "" => return None,
            "incorporated" | "corporation" | "corp" => "inc",
            "limited" | "coltd" | "companylimited" => "ltd",
            "company" => "co",
            "limitedliabilitycompany" => "llc",
            "jointstockcompany" | "ojsc" | "pjsc" | "cjsc" => "jsc",
            "publiclimitedcompany" => "plc",
            other => other,
        }
        .to_owned(),
    )
}

const COMPANY_NOISE: &[&str] = &["the", "and", "of", "de", "y", "et", "und"];
const ABBREVIATIONS: &[(&str, &str)] = &[
    ("intl", "international"),
    ("mfg", "manufacturing"),
    ("bros", "brothers"),
    ("assn", "association"),
    ("assoc", "association"),
    ("univ", "university"),
    ("inst", "institute"),
    ("tech", "technology"),
    ("natl", "national"),
    ("grp", "group"),
    ("svcs", "services"),
    ("co", "company"),
    ("corp", "corporation"),
];
const LONG_FORMS: &[&[&str]] = &[
    &["limited", "liability", "company"],
    &["joint", "stock", "company"],
    &["public", "limited", "company"],
    &["co", "ltd"],
];

/// The words that tell a company from others, and its legal form.
fn company_words(name: &str) -> (Vec<NameWord>, Option<String>) {
    let latin = latin(shortened(name));
    let words: Vec<&str> =
        latin.split(' ').filter(|word| !word.is_empty()).take(2 * WORDS_MAX).collect();
    let mut core = core_of(&words);
    for form in LONG_FORMS {
        if words.len() > form.len() {
            if words.ends_with(form) {
                core.end = core.end.min(words.len() - form.len());
            }
            if words.starts_with(form) {
                core.start = core.start.max(form.len());
            }
        }
    }
    if words.len() > 1
        && core.start == 0
        && matches!(
            words[0],
            "ojsc" | "jsc" | "pjsc" | "cjsc" | "llc" | "ooo" | "oao" | "pao" | "zao"
        )
    {
        core.start = 1;
    }
    if core.start >= core.end {
        core = 0..words.len();
    }
    let form: Vec<&str> = words[core.end..].iter().chain(&words[..core.start]).copied().collect();
    let mut kept: Vec<NameWord> = words[core]
        .iter()
        .filter(|word| !COMPANY_NOISE.contains(word))
        .take(WORDS_MAX)
        .map(|word| {
            let long = ABBREVIATIONS.iter().find(|(short, _)| short == word);
            NameWord::new(long.map_or(*word, |(_, long)| long))
        })
        .collect();
    if kept.is_empty() {
        kept = words.iter().take(WORDS_MAX).map(|word| NameWord::new(word)).collect();
    }
    (kept, form_of(&form))
}

/// How far two names can be of one company. A word more, a place or another legal form makes
/// another company; an acronym of its words is the company.
///
/// ```
/// use extractors::naming::compare_organisations;
/// assert!(compare_organisations("Acme, Inc.", "ACME Incorporated").is_same());
/// assert!(!compare_organisations("Acme GmbH", "Acme Inc.").is_same());
/// ```
pub fn compare_organisations(one: &str, other: &str) -> Likeness {
    let (a, form_a) = company_words(one);
    let (b, form_b) = company_words(other);
    if a.is_empty() || b.is_empty() {
        return Likeness::new(0.0, "no name");
    }
    let mut likeness = compare_words(&a, &b);
    if likeness.is_same()
        && let (Some(x), Some(y)) = (form_a, form_b)
        && x != y
    {
        let score = if likeness.score > 0.99 { 0.6 } else { 0.55 };
        likeness = Likeness::new(score, "another legal form");
    }
    likeness
}

fn compare_words(a: &[NameWord], b: &[NameWord]) -> Likeness {
    if a == b {
        return Likeness::new(1.0, "same name");
    }
    let solid =
        |words: &[NameWord]| words.iter().map(|word| word.text.as_str()).collect::<String>();
    let (left, right) = (solid(a), solid(b));
    if left == right {
        return Likeness::new(0.97, "same letters");
    }
    if is_acronym(&left, b) || is_acronym(&right, a) {
        return Likeness::new(0.8, "an acronym of the name");
    }
    if a.len() != b.len() {
        let is_slip = left.len().min(right.len()) >= 8 && slips_between(&left, &right) == 1;
        return if is_slip { Likeness::new(0.8, SLIP) } else { Likeness::new(0.5, "a word more") };
    }
    // Which of two comes first must not decide.
    let aligned = if left <= right { align(a, b) } else { align(b, a) };
    let has_numbers =
        a.iter().chain(b).any(|word| word.text.bytes().all(|byte| byte.is_ascii_digit()));
    if has_numbers && aligned.score < 1.0 {
        return Likeness::new(aligned.score.min(0.66), "another number");
    }
    aligned
}

/// `ibm` of `international business machines`
fn is_acronym(short: &str, words: &[NameWord]) -> bool {
    words.len() > 2
        && short.len() == words.len()
        && short.chars().zip(words).all(|(letter, word)| word.text.starts_with(letter))
}

/// How far two names can be of one thing: a ship, a product.
pub fn compare_other(one: &str, other: &str) -> Likeness {
    let words = |name: &str| -> Vec<NameWord> {
        latin(shortened(name))
            .split(' ')
            .filter(|word| !word.is_empty())
            .take(WORDS_MAX)
            .map(NameWord::new)
            .collect()
    };
    compare_words(&words(one), &words(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(one: &str, other: &str) {
        let found = compare_people(one, other);
        assert!(found.is_same(), "{one:?} and {other:?}: {found:?}");
        assert_eq!(found, compare_people(other, one), "{one:?} and {other:?}");
    }

    fn different(one: &str, other: &str) {
        let found = compare_people(one, other);
        assert!(!found.is_same(), "{one:?} and {other:?}: {found:?}");
    }

    #[test]
    fn one_person_is_written_in_many_ways() {
        same("Jane Doe", "Doe, Jane");
        same("Bob Brown", "Robert Brown");
        same("Liz Roe", "Elizabeth Roe");
        same("Łucja Żak", "Lucja Zak");
        same("Jane Roe", "Jane Q. Roe");
        same("Юлия Попова", "Julija Popowa");
        same("李小龙", "Li Xiaolong");
        same("Park Ji-woo", "Jiwoo Park");
        same("Mª Pilar Ortiz", "Maria del Pilar Ortiz");
        same("D’Arcy Ann", "Ann D'Arcy");
        same("JaneRoe", "Jane Roe");
    }

    #[test]
    fn other_people_have_names_nearly_like_it() {
        different("Jane A. Roe", "Jane B. Roe");
        different("Jo Roe Sr.", "Jo Roe Jr.");
        different("Jane Roe", "Jane Moss");
        different("Jane", "Jane Roe");
        different("J. Roe", "Jane Roe");
        different("Jаne Roe", "Jane Roe");
        different("", "");
    }

    #[test]
    fn companies_are_told_by_every_word() {
        assert!(compare_organisations("Acme & Sons Ltd", "ACME and Sons Limited").is_same());
        assert!(compare_organisations("General Widget Makers", "GWM").is_same());
        assert!(!compare_organisations("Acme Bank AG", "Acme Bank (Schweiz) AG").is_same());
        assert!(!compare_organisations("Acme of Oslo", "Acme of Rome").is_same());
        assert!(compare_organisations("Acme LLC", "Acme Limited Liability Company").is_same());
        assert!(compare_other("Sea Lion", "SEA LION").is_same());
    }
}
