//! People's names, found by what stands around them: an address, a position, an
//! introduction, a verb only people do; or by a frequent given name in front.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use hashbrown::HashSet;

use super::lexicon::{fact, is_given_name, is_verb_of_all, is_verb_of_people};
use super::told::{TOLD, follows_an_age, is_told_of, opens_part};
use super::words::{Shape, Word, are_joined};
use super::{ContactSource, Draft, SpanKind, titles};
use crate::census::is_family;
use crate::legal_forms::form_length;
use crate::mentions::{is_common_word, is_function_word};

/// Small words inside family names.
pub(super) const PARTICLES: [&str; 22] = [
    "de", "da", "di", "du", "del", "della", "der", "den", "dos", "das", "van", "von", "vom", "zu",
    "zur", "la", "le", "el", "al", "bin", "ibn", "ter",
];
/// Words that stand before people's names.
pub(crate) const HONORIFICS: [&str; 22] = [
    "mr",
    "mrs",
    "ms",
    "miss",
    "dr",
    "prof",
    "herr",
    "frau",
    "herrn",
    "sr",
    "sra",
    "srta",
    "señor",
    "señora",
    "monsieur",
    "madame",
    "mademoiselle",
    "mme",
    "mlle",
    "signor",
    "signora",
    "dott",
];
/// Whether a word in lower case stands before people's names, as `mr` does.
pub(crate) fn is_honorific(word: &str) -> bool {
    static WORDS: LazyLock<HashSet<&str>> = LazyLock::new(|| HONORIFICS.into_iter().collect());
    WORDS.contains(word)
}

/// Words that say that a person's name comes next.
const CONTACT_WORDS: [&str; 6] = [
    "ansprechpartner",
    "ansprechpartnerin",
    "ansprechperson",
    "kontaktperson",
    "interlocuteur",
    "interlocutrice",
];
/// Words between a person and their company.
const OF_COMPANY: [&str; 14] =
    ["from", "at", "of", "with", "von", "vom", "bei", "de", "del", "du", "chez", "da", "di", "van"];
/// How many words of a company's name are passed over to its legal form.
const COMPANY_WORDS_MAX: usize = 6;
/// The last lines of a letter before the name.
const CLOSINGS: [&str; 16] = [
    "best",
    "regards",
    "cheers",
    "thanks",
    "thank",
    "sincerely",
    "kind",
    "warm",
    "viele",
    "beste",
    "mit",
    "gruß",
    "grüße",
    "cordialement",
    "saludos",
    "saluti",
];
const NAME_WORDS_MAX: usize = 3;

struct Candidate {
    first: usize,
    /// The word after the last.
    end: usize,
    capitals: usize,
}

/// Finds people and the positions beside them. `contacts` are the addresses and
/// numbers found so far, sorted.
pub(crate) fn find(text: &str, words: &[Word<'_>], contacts: &[Draft]) -> Vec<Draft> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < words.len() {
        if let Some(candidate) = inverted(text, words, at, contacts)
            .or_else(|| uncased_before_address(text, words, at, contacts))
        {
            let value = match &words[at..candidate.end] {
                [family, given] if text[family.range.end..given.range.start].starts_with(',') => {
                    format!("{} {}", given.text, family.text)
                }
                _ => text[range_of(text, words, &candidate)].to_string(),
            };
            let range = range_of(text, words, &candidate);
            let mut draft = Draft::new(SpanKind::Person, range, value, 0.9);
            draft.source =
                header_source(text, words[at].range.start).unwrap_or(ContactSource::Text);
            found.push(draft);
            at = candidate.end;
            continue;
        }
        let Some(candidate) = candidate(text, words, at) else {
            at += 1;
            continue;
        };
        let Some((confidence, source, title)) = evidence(text, words, &candidate, contacts) else {
            at += 1;
            continue;
        };
        let range = range_of(text, words, &candidate);
        let value = text[range.clone()].to_string();
        let mut draft = Draft::new(SpanKind::Person, range, value, confidence);
        draft.source = source;
        found.push(draft);
        at = candidate.end;
        if let Some(range) = title {
            while words.get(at).is_some_and(|word| word.range.start < range.end) {
                at += 1;
            }
            let value = text[range.clone()].to_string();
            found.push(Draft::new(SpanKind::Title, range, value, 0.8));
        }
    }
    found
}

/// Where a candidate stands; `Jane D.` keeps its full stop.
fn range_of(text: &str, words: &[Word<'_>], candidate: &Candidate) -> Range<usize> {
    let last = &words[candidate.end - 1];
    let dot = last.shape == Shape::Initial && text[last.range.end..].starts_with('.');
    words[candidate.first].range.start..last.range.end + usize::from(dot)
}

/// The name that may start at this word.
fn candidate(text: &str, words: &[Word<'_>], at: usize) -> Option<Candidate> {
    let first = &words[at];
    if !can_be_in_a_name(first) || (at > 0 && continues_a_name(text, words, at)) {
        return None;
    }
    // "A Charge to Keep" opens with an article, "A. Charge" with an initial.
    if first.shape == Shape::Initial && !text[first.range.end..].starts_with('.') {
        return None;
    }
    let mut end = at + 1;
    let mut capitals = usize::from(first.shape != Shape::Initial);
    let mut total = 1;
    let is_addressed = at > 0 && is_honorific(words[at - 1].lower());
    while let Some(next) = words.get(end) {
        if !are_joined(text, &words[end - 1], next) || total == NAME_WORDS_MAX {
            break;
        }
        if can_be_in_a_name(next) {
            total += 1;
            capitals += usize::from(next.shape != Shape::Initial);
            end += 1;
            continue;
        }
        if (total >= 2 || is_addressed) && leads_to_company(text, words, end) {
            break;
        }
        let particles =
            words[end..].iter().take(3).take_while(|word| PARTICLES.contains(&word.text)).count();
        let after = end + particles;
        let goes_on = particles > 0
            && words.get(after).is_some_and(can_be_in_a_name)
            && (end..after).all(|i| are_joined(text, &words[i], &words[i + 1]));
        if !goes_on {
            break;
        }
        total += 1;
        capitals += 1;
        end = after + 1;
    }
    // "Anna Schmidt GmbH" is a company.
    let is_company = words.get(end).is_some_and(|next| {
        are_joined(text, &words[end - 1], next) && next.is_capitalised() && next.is(fact::FORM)
    });
    (capitals > 0 && !is_company).then_some(Candidate { first: at, end, capitals })
}

/// Whether "von", "de" or "from" stands here and a company with a legal form follows:
/// "Clara Gómez de Iberia Solar S.L.".
pub(crate) fn leads_to_company(text: &str, words: &[Word<'_>], at: usize) -> bool {
    if !words.get(at).is_some_and(|word| OF_COMPANY.contains(&word.text)) {
        return false;
    }
    for next in at + 1..(at + 2 + COMPANY_WORDS_MAX).min(words.len()) {
        let (previous, word) = (&words[next - 1], &words[next]);
        let gap = &text[previous.range.end..word.range.start];
        if !matches!(gap, " " | "\u{a0}" | " & " | ", " | "-") {
            return false;
        }
        let is_named = word.is_capitalised() || word.shape == Shape::Initial;
        if next > at + 1 && is_named {
            let ahead: Vec<&str> = words[next..].iter().take(4).map(Word::folded).collect();
            if form_length(&ahead).is_some() {
                return true;
            }
        }
        let is_part = is_named || word.shape == Shape::Mixed || PARTICLES.contains(&word.text);
        if !is_part || gap == ", " {
            return false;
        }
    }
    false
}

fn can_be_in_a_name(word: &Word<'_>) -> bool {
    let lower = word.lower();
    match word.shape {
        Shape::Initial => lower != "i",
        Shape::Capital | Shape::Upper => {
            let is_given = word.is(fact::GIVEN);
            (word.shape == Shape::Capital || is_given || word.text.len() > 4)
                && (is_given || !word.is(fact::NOT_A_NAME | fact::FUNCTION | fact::FORM))
                && !word.is(fact::TITLE)
                && (!lower.contains(['\'', '’']) || lower.starts_with(['o', 'd', 'l']))
        }
        _ => false,
    }
}

/// Whether the word before could belong to the same name, so that no name
/// starts here.
fn continues_a_name(text: &str, words: &[Word<'_>], at: usize) -> bool {
    let before = &words[at - 1];
    before.shape == Shape::Capital
        && before.text.chars().count() > 1
        && can_be_in_a_name(before)
        && are_joined(text, before, &words[at])
        && !is_given_name(words[at].folded())
}

/// Why this is a person, how sure that is, and the position found on the way.
fn evidence(
    text: &str,
    words: &[Word<'_>],
    candidate: &Candidate,
    contacts: &[Draft],
) -> Option<(f32, ContactSource, Option<Range<usize>>)> {
    let first = &words[candidate.first];
    let last = &words[candidate.end - 1];
    let folded = first.folded();
    let given_part = folded.split('-').next().unwrap_or(folded);
    let is_given = is_given_name(given_part);
    let is_full = candidate.end - candidate.first >= 2;
    let opens = opens_sentence(text, first.range.start);
    let is_everyday = is_function_word(given_part) || is_common_word(given_part);

    let intro = introduction(text, words, candidate.first);
    // A lone word that is no given name is a person only when it is introduced as one, or told of.
    let is_introduced = matches!(intro, Some(Introduction::Oneself | Introduction::Honorific));
    let is_told_of = !is_full && is_told_of(text, first.range.clone(), folded);
    if !is_full && !is_given && !is_introduced && !is_told_of {
        return None;
    }
    let title_after = titles::after(text, words, candidate.end, last.range.end);
    let title_before = titles::before(text, words, candidate.first);
    let title = title_after.or(title_before);
    let has_contact = contact_follows(text, last.range.end, contacts);
    let next_word = words
        .get(candidate.end)
        .filter(|next| &text[last.range.end..next.range.start] == " ")
        .map(Word::lower);
    let strong_verb = next_word.is_some_and(is_verb_of_people);
    let next_verb = strong_verb || next_word.is_some_and(is_verb_of_all);
    let source = || header_source(text, first.range.start);
    let signs = is_full
        && stands_alone_on_line(text, first.range.start, last.range.end)
        && is_signature_block(text, first.range.start, last.range.end, contacts, title.is_some());

    if !is_full {
        // A lone word is a person only when somebody says so.
        let named_by_address = has_contact && is_given && !is_everyday;
        return match intro {
            Some(Introduction::Oneself) if !is_everyday || is_given => {
                Some((0.8, ContactSource::Intro, title))
            }
            Some(Introduction::Honorific) if candidate.capitals == 1 => {
                Some((0.75, ContactSource::Text, title))
            }
            _ if named_by_address => Some((0.7, source().unwrap_or(ContactSource::Text), title)),
            _ if is_given && !is_everyday && title.is_some() => {
                Some((0.65, ContactSource::Text, title))
            }
            _ if is_told_of => Some((TOLD, ContactSource::Text, None)),
            _ => None,
        };
    }
    // "Will Anna come?" and "May Davis be right" open with a verb.
    if opens && is_everyday && !has_contact && !signs {
        let second = &words[candidate.first + 1];
        let convinces =
            is_given && (next_verb || title.is_some()) && !is_given_name(second.folded());
        if !convinces {
            return None;
        }
    }
    let mut confidence: f32 = 0.0;
    let mut raise = |to: f32| confidence = confidence.max(to);
    if has_contact {
        raise(0.9);
    }
    if signs {
        raise(0.85);
    }
    match intro {
        Some(Introduction::Oneself) => raise(0.92),
        Some(Introduction::Honorific | Introduction::Contact) => raise(0.85),
        Some(Introduction::Company) if is_given => raise(0.82),
        Some(Introduction::Company) => raise(0.55),
        None => {}
    }
    let is_rare = |word: &Word<'_>| {
        let folded = word.folded();
        !is_common_word(folded) && !is_function_word(folded)
    };
    if leads_to_company(text, words, candidate.end)
        && words[candidate.first..candidate.end].iter().all(is_rare)
    {
        raise(0.75);
    }
    if title.is_some() {
        raise(if is_given { 0.9 } else { 0.8 });
    }
    let is_cited = first.shape == Shape::Initial && opens_part(text, first.range.start);
    if (is_cited || follows_an_age(text, first.range.start)) && is_family(last.folded()) {
        raise(TOLD);
    }
    if is_given {
        raise(if next_verb { 0.88 } else { 0.8 });
    } else if strong_verb && candidate.capitals == 2 {
        raise(0.6);
    }
    if confidence == 0.0 {
        return None;
    }
    let source = match (source(), intro) {
        (Some(source), _) => source,
        (None, Some(Introduction::Oneself)) => ContactSource::Intro,
        _ if signs => ContactSource::Signature,
        _ => ContactSource::Text,
    };
    Some((confidence, source, title))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Introduction {
    /// "I'm…", "my name is…", "this is…"
    Oneself,
    /// "Mr", "Frau"
    Honorific,
    /// "Ansprechpartner"
    Contact,
    /// "met…", "spoke to…", "contact…"
    Company,
}

fn introduction(text: &str, words: &[Word<'_>], at: usize) -> Option<Introduction> {
    let mut before = Vec::new();
    for word in words[..at].iter().rev().take(3) {
        if text[word.range.end..words[at].range.start].contains(['\n', ',', ';', '!', '?', '\u{1}'])
        {
            break;
        }
        before.push(match word.lower() {
            lower if lower.contains('’') => Cow::Owned(lower.replace('’', "'")),
            lower => Cow::Borrowed(lower),
        });
    }
    let before: Vec<&str> = before.iter().map(|word| &**word).collect();
    match before[..] {
        ["i'm" | "im" | "heiße" | "soy" | "sono" | "m'appelle", ..]
        | ["am", "i", ..]
        | ["is", "name" | "this", ..]
        | ["here", "is", ..]
        | ["is", "here", ..]
        | ["bin", "ich", ..]
        | ["ist", "name" | "hier", ..]
        | ["suis", "je", ..]
        | ["llamo", "me", ..]
        | ["chiamo", "mi", ..]
        | ["name", ..] => Some(Introduction::Oneself),
        [word, ..] if is_honorific(word) => Some(Introduction::Honorific),
        [word, ..] if CONTACT_WORDS.contains(&word) => Some(Introduction::Contact),
        ["met" | "meet" | "ask" | "ping" | "introduce", ..]
        | [
            "to" | "with",
            "spoke" | "talked" | "talk" | "speak" | "spoken" | "chatted" | "reach" | "introduced",
            ..,
        ] => Some(Introduction::Company),
        _ => None,
    }
}

/// Whether an address or a number follows the name: `Anna Schmidt <anna@…>`.
fn contact_follows(text: &str, end: usize, contacts: &[Draft]) -> bool {
    let next = contacts.partition_point(|draft| draft.range.start < end);
    contacts.get(next).is_some_and(|draft| {
        matches!(
            draft.kind,
            SpanKind::Email | SpanKind::Phone | SpanKind::Handle | SpanKind::Mention
        ) && draft.range.start - end <= 12
            && text.get(end..draft.range.start).is_some_and(|gap| {
                let gap = gap.strip_suffix("mailto:").unwrap_or(gap);
                gap.len() <= 5
                    && !gap.contains('\n')
                    && gap.chars().all(|c| {
                        matches!(
                            c,
                            ' ' | '<'
                                | '('
                                | '['
                                | ':'
                                | '-'
                                | '–'
                                | '—'
                                | '|'
                                | '"'
                                | '\''
                                | ','
                                | '*'
                        )
                    })
            })
    })
}

/// `Doe, Jane <jane@acme.io>`
fn inverted(text: &str, words: &[Word<'_>], at: usize, contacts: &[Draft]) -> Option<Candidate> {
    let (family, given) = (words.get(at)?, words.get(at + 1)?);
    let fits = &text[family.range.end..given.range.start] == ", "
        && family.shape == Shape::Capital
        && given.shape == Shape::Capital
        && can_be_in_a_name(family)
        && can_be_in_a_name(given)
        && !is_given_name(family.folded())
        && text[given.range.end..].trim_start_matches([' ', '"']).starts_with(['<', '\u{1}'])
        && (family.range.start == 0 || text[..family.range.start].ends_with(['\n', '"', ' ', ';']))
        && contact_follows(text, given.range.end, contacts);
    fits.then_some(Candidate { first: at, end: at + 2, capitals: 2 })
}

/// `jane doe <jane@acme.io>` and `田中太郎 <tanaka@acme.example>`: right before an
/// address in angle brackets, names need no capitals.
fn uncased_before_address(
    text: &str,
    words: &[Word<'_>],
    at: usize,
    contacts: &[Draft],
) -> Option<Candidate> {
    let first = &words[at];
    // The address is near, or it is not this name's.
    let next = contacts.partition_point(|draft| draft.range.start < first.range.end);
    if contacts.get(next).is_none_or(|draft| draft.range.start - first.range.end > 200) {
        return None;
    }
    let is_lower_name = first.shape == Shape::Lower && is_given_name(first.folded());
    if !is_lower_name && first.shape != Shape::Uncased {
        return None;
    }
    let mut end = at + 1;
    while end - at < NAME_WORDS_MAX
        && words.get(end).is_some_and(|word| {
            word.shape == first.shape
                && are_joined(text, &words[end - 1], word)
                && !is_function_word(word.folded())
        })
    {
        end += 1;
    }
    let last = words[end - 1].range.end;
    let rest = text[last..].trim_start_matches([' ', '"']);
    let letters: usize = words[at..end].iter().map(|word| word.text.chars().count()).sum();
    let fits = rest.starts_with('<')
        && (2..=40).contains(&letters)
        && (first.shape == Shape::Uncased || end - at >= 2)
        && contact_follows(text, last, contacts);
    fits.then_some(Candidate { first: at, end, capitals: 0 })
}

fn line_around(text: &str, start: usize, end: usize) -> (usize, usize) {
    let from = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let to = text[end..].find('\n').map_or(text.len(), |at| end + at);
    (from, to)
}

fn stands_alone_on_line(text: &str, start: usize, end: usize) -> bool {
    let is_edge = |part: &str| {
        part.chars().all(|c| matches!(c, ' ' | '\t' | '\r' | '*' | '_' | '-' | '–' | '—'))
    };
    // Only the neighbourhood is looked at: a name's line is short.
    let from = text.ceil_char_boundary(start.saturating_sub(8));
    let to = text.floor_char_boundary(end + 8);
    let left = text[from..start].rsplit('\n').next().unwrap_or_default();
    let right = text[end..to].split('\n').next().unwrap_or_default();
    let left_ends = text[from..start].contains('\n') || from == 0;
    let right_ends = text[end..to].contains('\n') || to == text.len();
    left_ends && right_ends && is_edge(left) && is_edge(right)
}

/// Whether the lines around a lone name make a signature: a closing above, or a
/// position, an address or a number below.
fn is_signature_block(
    text: &str,
    start: usize,
    end: usize,
    contacts: &[Draft],
    has_title: bool,
) -> bool {
    if has_title {
        return true;
    }
    let (from, _) = line_around(text, start, end);
    let above = text[..from].trim_end().rsplit('\n').next().unwrap_or_default();
    let is_closing = above.len() <= 40
        && above
            .split(|c: char| !c.is_alphabetic())
            .find(|word| !word.is_empty())
            .is_some_and(|word| CLOSINGS.contains(&word.to_lowercase().as_str()));
    let below = &text[end..text.floor_char_boundary(end + 300)];
    let block_end = end + below.find("\n\n").unwrap_or(below.len());
    let next = contacts.partition_point(|draft| draft.range.start < end);
    let has_contact_below = contacts[next..]
        .iter()
        .take_while(|draft| draft.range.start < block_end)
        .any(|draft| matches!(draft.kind, SpanKind::Email | SpanKind::Phone | SpanKind::Fax));
    is_closing || has_contact_below || above.trim() == "--"
}

/// `From: Anna Schmidt <…>` and `On Monday, Anna Schmidt <…> wrote:`.
fn header_source(text: &str, start: usize) -> Option<ContactSource> {
    let from = text.ceil_char_boundary(start.saturating_sub(90));
    let line = text[from..start].rsplit('\n').next().unwrap_or_default();
    let line = line.trim_start_matches([' ', '*', '>', '"']);
    let is_header =
        ["From:", "Von:", "De :", "De:", "Da:", "Van:", "Reply-To:", "On ", "Am ", "Le "]
            .iter()
            .any(|head| line.starts_with(head));
    let is_attribution = !line.contains(':')
        || line.starts_with("On ")
        || line.ends_with(": ")
        || line.ends_with(":\"");
    let to = text.floor_char_boundary((start + 160).min(text.len()));
    let rest = text[start..to].split('\n').next().unwrap_or_default();
    let wrote = ["wrote:", "schrieb:", "a écrit", "ha scritto", "escribió:"]
        .iter()
        .any(|word| rest.contains(word));
    let named = line.ends_with(": ") || line.ends_with(":") || line.ends_with(": \"");
    (is_header && (named || (is_attribution && wrote))).then_some(ContactSource::Forward)
}

fn opens_sentence(text: &str, at: usize) -> bool {
    let before = text[..at].trim_end_matches([' ', '*', '_', '"', '“', '(', '-', '\t']);
    before.is_empty() || before.ends_with(['.', '!', '?', '\n', ':', '…', '>'])
}
