//! Companies, found by their legal form ("Acme GmbH") or, less surely, by the
//! words in front ("at Acme", "with Acme").

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::lexicon::{fact, is_given_name};
use super::words::{Shape, Word, are_joined};
use super::{Draft, SpanKind};
use crate::mentions::{is_common_word, is_function_word};
use crate::offsets::{char_at, char_before};

/// The most words of a company's name in front of its legal form.
const NAME_WORDS_MAX: usize = 5;

static FORM: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?-u:\b)(?:GmbH(?: ?& ?Co\.? ?(?:KGaA|KG|OHG)\b)?|gGmbH|AG(?: ?& ?Co\.? ?KGaA)?|KGaA|KG|OHG|UG(?: \(haftungsbeschränkt\))?|SE|e\.V\.|Inc(?:\.|(?-u:\b))|Incorporated|L\.?L\.?C(?:\.|(?-u:\b))|LLP|(?:Pty|Pte|Pvt)\.? Ltd\.?|Ltd(?:\.|(?-u:\b))|Limited|Corp(?:\.|(?-u:\b))|Corporation|PLC|plc|S\.A\.S\.|S\.A\. de C\.V\.|S\.A\.|SASU?|SARL|EURL|S\.L\.(?:U\.)?|SLU?|Ltda\.?|e\.K\.|GbR|S\.à r\.l\.|S\.a\.r\.l\.|S\.r\.l\.|Srl|S\.p\.A\.|SpA|B\.V\.|BV|N\.V\.|NV|AB|ASA|A/S|ApS|Oyj?|Sp\. ?z ?o\.? ?o\.?|sp\. z o\.o\.|s\.r\.o\.|Kft\.?|Sdn\.? Bhd\.?|K\.K\.)",
    )
    .ok()
});

/// Finds companies. `found` are the people and contacts so far, sorted or not; without forms,
/// none is told by its legal form.
pub(crate) fn find(text: &str, words: &[Word<'_>], found: &[Draft], has_forms: bool) -> Vec<Draft> {
    let mut companies = Vec::new();
    if has_forms {
        companies = with_legal_form(text, words, &name_ends(found));
        companies.extend(japanese(text));
    }
    let mut taken: Vec<Range<usize>> = found
        .iter()
        .filter(|draft| matches!(draft.kind, SpanKind::Person | SpanKind::Title))
        .map(|draft| draft.range.clone())
        .collect();
    taken.extend(companies.iter().map(|draft| draft.range.clone()));
    let taken = crate::shelter::merged(taken);
    companies.extend(after_preposition(text, words, &taken, found));
    companies
}

/// Where people's names end, sorted.
fn name_ends(found: &[Draft]) -> Vec<usize> {
    let people = found.iter().filter(|draft| draft.kind == SpanKind::Person);
    let mut ends: Vec<usize> = people.map(|draft| draft.range.end).collect();
    ends.sort_unstable();
    ends
}

fn with_legal_form(text: &str, words: &[Word<'_>], name_ends: &[usize]) -> Vec<Draft> {
    let mut found: Vec<Draft> = Vec::new();
    let Some(form) = FORM.as_ref() else {
        return found;
    };
    for form in form.find_iter(text) {
        let glued = |c: char| c.is_alphanumeric() || c == '_';
        if char_before(text, form.start()).is_some_and(glued)
            || char_at(text, form.end()).is_some_and(glued)
        {
            continue;
        }
        let floor = found.last().map_or(0, |draft| draft.range.end);
        let Some(start) = name_before(text, words, form.start(), floor, name_ends) else {
            continue;
        };
        let range = start..form.end();
        let value = text[range.clone()].to_string();
        found.push(Draft::new(SpanKind::Organisation, range, value, 0.9));
    }
    found
}

/// Where the capitalised words in front of a legal form begin.
fn name_before(
    text: &str,
    words: &[Word<'_>],
    form: usize,
    floor: usize,
    name_ends: &[usize],
) -> Option<usize> {
    let mut at = words.partition_point(|word| word.range.end <= form);
    let mut right = form;
    let mut start = None;
    for step in 0..NAME_WORDS_MAX {
        let Some(word) = at.checked_sub(1).and_then(|at| words.get(at)) else {
            break;
        };
        if word.range.start < floor {
            break;
        }
        let gap = &text[word.range.end..right];
        let joins =
            matches!(gap, " " | " & " | " + " | "-" | "\u{a0}") || (step == 0 && gap == ", ");
        if !joins {
            break;
        }
        let lower = word.lower();
        let is_inner =
            start.is_some() && matches!(lower, "of" | "and" | "und" | "de" | "del" | "for");
        let is_part = matches!(
            word.shape,
            Shape::Capital | Shape::Upper | Shape::Mixed | Shape::Uncased | Shape::Initial
        ) && (!is_function_word(word.folded()) || lower == "the");
        if !is_part && !is_inner {
            break;
        }
        // "Clara Gómez de Iberia Solar S.L." is a person of a company.
        let joins_a_person = || {
            let before = at.checked_sub(2).and_then(|at| words.get(at));
            before.is_some_and(|word| name_ends.binary_search(&word.range.end).is_ok())
        };
        if matches!(lower, "de" | "del") && joins_a_person() {
            break;
        }
        if is_part {
            start = Some(word.range.start);
        }
        right = word.range.start;
        at -= 1;
    }
    // "Anna Schmidt Acme Energy GmbH" is a person beside a company.
    let named: Vec<&Word<'_>> =
        words[at..].iter().take_while(|word| word.range.end <= form).collect();
    match named[..] {
        [first, family, third, _, ..]
            if is_given_name(first.folded())
                && family.is_capitalised()
                && third.is_capitalised()
                && are_joined(text, first, family)
                && are_joined(text, family, third) =>
        {
            Some(third.range.start)
        }
        _ => start,
    }
}

/// `株式会社アクメ`
fn japanese(text: &str) -> Vec<Draft> {
    let is_part = |c: char| {
        matches!(c, '\u{30a0}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '々')
            || c.is_ascii_alphanumeric()
    };
    let mut found = Vec::new();
    for form in ["株式会社", "有限会社", "合同会社"] {
        for (at, _) in text.match_indices(form) {
            let after = at + form.len();
            let name: String = text[after..].chars().take(24).take_while(|&c| is_part(c)).collect();
            let range = if name.is_empty() {
                let before: usize = text[..at]
                    .chars()
                    .rev()
                    .take(24)
                    .take_while(|&c| is_part(c))
                    .map(char::len_utf8)
                    .sum();
                at - before..after
            } else {
                at..after + name.len()
            };
            if range.len() > form.len() {
                let value = text[range.clone()].to_string();
                found.push(Draft::new(SpanKind::Organisation, range, value, 0.85));
            }
        }
    }
    found
}

/// "at Acme", "with Acme", "from Acme".
fn after_preposition(
    text: &str,
    words: &[Word<'_>],
    taken: &[Range<usize>],
    found: &[Draft],
) -> Vec<Draft> {
    let mut companies = Vec::new();
    let mut title_ends: Vec<usize> = found
        .iter()
        .filter(|draft| draft.kind == SpanKind::Title)
        .map(|draft| draft.range.end)
        .collect();
    title_ends.sort_unstable();
    for (at, pair) in words.windows(2).enumerate() {
        let [preposition, first] = pair else { continue };
        let follows_title = || {
            let start = preposition.range.start;
            let next = title_ends.partition_point(|&end| end < start.saturating_sub(1));
            title_ends.get(next).is_some_and(|&end| end <= start)
        };
        let confidence = match preposition.text {
            "at" => 0.6,
            "with" => 0.55,
            "from" => 0.5,
            "bei" | "chez" | "presso" if follows_title() => 0.6,
            _ => continue,
        };
        if &text[preposition.range.end..first.range.start] != " " || !can_be_a_company(first) {
            continue;
        }
        let mut end = at + 2;
        while end - at <= 3
            && words.get(end).is_some_and(|next| continues_company(text, &words[end - 1], next))
        {
            end += 1;
        }
        let range = first.range.start..words[end - 1].range.end;
        if crate::shelter::overlaps(taken, &range) {
            continue;
        }
        let confidence = if follows_title() { 0.75 } else { confidence };
        let value = text[range.clone()].to_string();
        companies.push(Draft::new(SpanKind::Organisation, range, value, confidence));
    }
    companies.extend(after_title(text, words, taken, found));
    companies
}

/// The company beside a position: "CTO, Acme", "VP Sales | Acme", "CTO @ Acme".
fn after_title(
    text: &str,
    words: &[Word<'_>],
    taken: &[Range<usize>],
    found: &[Draft],
) -> Vec<Draft> {
    let mut companies = Vec::new();
    for title in found.iter().filter(|draft| draft.kind == SpanKind::Title) {
        let at = words.partition_point(|word| word.range.start < title.range.end);
        let Some(first) = words.get(at) else { continue };
        let gap = text[title.range.end..first.range.start].trim_matches(' ');
        if !matches!(gap, "," | "|" | "@" | "·" | "•" | "–" | "-") || !can_be_a_company(first)
        {
            continue;
        }
        let mut end = at + 1;
        while end - at < 4
            && words.get(end).is_some_and(|next| continues_company(text, &words[end - 1], next))
        {
            end += 1;
        }
        let range = first.range.start..words[end - 1].range.end;
        if !crate::shelter::overlaps(taken, &range) {
            let value = text[range.clone()].to_string();
            companies.push(Draft::new(SpanKind::Organisation, range, value, 0.7));
        }
    }
    companies
}

fn can_be_a_company(word: &Word<'_>) -> bool {
    let is_named = match word.shape {
        Shape::Capital | Shape::Mixed => word.text.starts_with(char::is_uppercase),
        Shape::Upper => word.text.len() >= 2,
        _ => false,
    };
    is_named
        && word.text.chars().count() >= 2
        && !word.is(fact::NOT_A_NAME | fact::FUNCTION | fact::TITLE)
        && (!word.is(fact::GIVEN) || is_common_word(word.folded()))
}

fn continues_company(text: &str, previous: &Word<'_>, next: &Word<'_>) -> bool {
    let gap = &text[previous.range.end..next.range.start];
    let joins = are_joined(text, previous, next) || gap == " & ";
    joins && next.is_capitalised() && !next.is(fact::FUNCTION)
}
