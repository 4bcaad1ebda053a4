//! Days in prose. A date with its year has the ISO day as value; "next Friday"
//! keeps its words, because only the reader's calendar can tell.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::{Draft, SpanKind};
use crate::calendar::{MONTH_PATTERN, WEEKDAY_PATTERN, weekday};
use crate::offsets::{char_at, char_before};
use crate::when::absolute;

/// A day at the beginning of a text.
static DATE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let month = MONTH_PATTERN.replace('ä', "(?-i:ä|Ä)");
    let day = WEEKDAY_PATTERN;
    // Letters beyond ASCII have no case here, which keeps the automaton small.
    Regex::new(&format!(
        r"^(?i-u)(?:\
        [0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}|[0-9]{{1,2}}[./][0-9]{{1,2}}[./][0-9]{{4}}|\
        [0-9]{{1,2}}(?:st|nd|rd|th|\.)? (?:of )?(?:{month})\b\.?(?:,? [0-9]{{4}}\b)?|\
        (?:{month})\b\.? [0-9]{{1,2}}(?:st|nd|rd|th)?\b(?:,? [0-9]{{4}}\b)?|\
        (?:january|february|march|april|may|june|july|august|september|october|november|december|m(?-i:ä|Ä)rz|mai|oktober|dezember) [0-9]{{4}}\b|\
        (?:next|this|last|coming|n(?-i:ä|Ä)chste[nmrs]?|kommende[nmrs]?|diese[nmrs]?|letzte[nmrs]?) (?:{day}|mon|tue|wed|thu|fri|week|month|quarter|year|woche|monat|quartal|jahr)|\
        day after tomorrow|today|tomorrow|tonight|yesterday|heute|morgen|gestern|{day}|\
        in (?:[0-9]{{1,3}}|an?|one|two|three|four|five|six|seven|ten|einem|einer|zwei|drei|vier) (?:days?|weeks?|months?|years?|tag(?:en)?|wochen?|monat(?:en)?|jahr(?:en)?)|\
        end of (?:the )?(?:next )?(?:week|month|quarter|year|{month})|ende (?:des|der) (?:woche|monats|quartals|jahres)|ende (?:{month})|\
        eo[mqwy])\b"
    ).replace("\\\n", "").replace("        ", ""))
    .ok()
});

/// The days of a text in which words at `starts`, in order, [may begin](may_begin) one.
pub(crate) fn find(text: &str, starts: &[usize]) -> Vec<Draft> {
    let mut found = Vec::new();
    if starts.is_empty() {
        return found;
    }
    let Some(date) = DATE.as_ref() else {
        return found;
    };
    let mut read_to = 0;
    for &at in starts {
        if at < read_to {
            continue;
        }
        if let Some(written) = date.find(&text[at..]) {
            let range = at..at + written.end();
            read_to = range.end;
            found.extend(day(text, range));
        }
    }
    found
}

/// Whether a day may begin like this, which few words do.
pub(crate) fn may_begin(rest: &[u8]) -> bool {
    match rest {
        // "2027-03-12", "12.03.2027", "12. March", "12th of March"
        [b'0'..=b'9', ..] => {
            let digits = rest.iter().take(5).take_while(|byte| byte.is_ascii_digit()).count();
            match rest.get(digits).map(u8::to_ascii_lowercase) {
                Some(b'-') => digits == 4,
                Some(b'.' | b'/' | b' ' | b's' | b'n' | b'r' | b't') => digits <= 2,
                _ => false,
            }
        }
        // "Jänner", "März", "nächste"
        [b'J' | b'j' | b'M' | b'm' | b'N' | b'n', 0xc3, ..] => true,
        [a, b, c, ..] => matches!(
            &[a | 0x20, b | 0x20, c | 0x20],
            b"jan"
                | b"jun"
                | b"jul"
                | b"feb"
                | b"mar"
                | b"may"
                | b"mai"
                | b"mae"
                | b"apr"
                | b"aug"
                | b"sep"
                | b"oct"
                | b"okt"
                | b"nov"
                | b"dec"
                | b"dez"
                | b"mon"
                | b"mit"
                | b"mor"
                | b"die"
                | b"don"
                | b"day"
                | b"sun"
                | b"sat"
                | b"sam"
                | b"son"
                | b"fri"
                | b"fre"
                | b"wed"
                | b"tue"
                | b"thu"
                | b"thi"
                | b"tod"
                | b"tom"
                | b"ton"
                | b"nex"
                | b"las"
                | b"let"
                | b"com"
                | b"kom"
                | b"yes"
                | b"heu"
                | b"ges"
                | b"in "
                | b"end"
                | b"eom"
                | b"eoq"
                | b"eow"
                | b"eoy"
        ),
        _ => false,
    }
}

/// The day that stands at `range`, unless the words around say that it is none.
fn day(text: &str, range: Range<usize>) -> Option<Draft> {
    let written = &text[range.clone()];
    let glues = |c: char| c.is_alphanumeric() || matches!(c, '_' | '@' | '#');
    let before = char_before(text, range.start);
    let after = char_at(text, range.end);
    if before.is_some_and(|c| glues(c) || matches!(c, '/' | '.' | '-')) || after.is_some_and(glues)
    {
        return None;
    }
    if let Some(day) = absolute(written) {
        return Some(Draft::new(SpanKind::Date, range, day.to_string(), 0.95));
    }
    let lower = written.to_lowercase();
    // Digits alone that are no day of any calendar: 31.02.2027, 3/4/2027.
    if !lower.contains(char::is_alphabetic) {
        let is_open = lower.contains('/');
        return is_open.then(|| Draft::new(SpanKind::Date, range, lower, 0.5));
    }
    let is_greeting = lower == "morgen"
        && text.as_bytes()[..range.start]
            .last_chunk::<6>()
            .is_some_and(|before| before.eq_ignore_ascii_case(b"guten "));
    let is_verb = written.starts_with("may ") || written.starts_with("march ");
    if is_greeting || is_verb {
        return None;
    }
    let confidence = if weekday(&lower).is_some() { 0.7 } else { 0.85 };
    Some(Draft::new(SpanKind::Date, range, lower, confidence))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contacts::outline::Outline;

    fn check(text: &str, expected: &[(&str, &str)]) {
        let found = find(text, &Outline::of(text).days);
        let values: Vec<(&str, &str)> =
            found.iter().map(|draft| (&text[draft.range.clone()], draft.value.as_str())).collect();
        assert_eq!(values, expected, "{text:?}");
    }

    #[test]
    fn a_day_with_its_year_becomes_iso() {
        check("due 2027-03-12.", &[("2027-03-12", "2027-03-12")]);
        check("on 12 March 2027", &[("12 March 2027", "2027-03-12")]);
        check("March 12th, 2027", &[("March 12th, 2027", "2027-03-12")]);
        check("am 12. März 2027", &[("12. März 2027", "2027-03-12")]);
        check("12.03.2027", &[("12.03.2027", "2027-03-12")]);
    }

    #[test]
    fn a_day_without_its_year_keeps_its_words() {
        check("March 12 works", &[("March 12", "march 12")]);
        check("by next Friday", &[("next Friday", "next friday")]);
        check("Tomorrow or Monday", &[("Tomorrow", "tomorrow"), ("Monday", "monday")]);
        check(
            "in 3 days, end of month",
            &[("in 3 days", "in 3 days"), ("end of month", "end of month")],
        );
        check("nächsten Freitag", &[("nächsten Freitag", "nächsten freitag")]);
        check("3/4/2027", &[("3/4/2027", "3/4/2027")]);
    }

    #[test]
    fn other_words_and_digits_are_no_days() {
        check("you may 5 times, guten Morgen", &[]);
        check("31.02.2027 v2027-03-121 Mondayish", &[]);
    }
}
