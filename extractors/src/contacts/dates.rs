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
#[inline]
pub(crate) fn may_begin(rest: &[u8]) -> bool {
    if rest.first().is_some_and(u8::is_ascii_digit) {
        return is_number_of_a_day(rest);
    }
    let Some(&[first, second, third]) = rest.first_chunk() else { return false };
    let thirds = THIRD_LETTERS[two_letters(first, second)];
    thirds >> (third & LETTER) & 1 == 1 && begins_a_day(rest)
}

/// "2027-03-12", "12.03.2027", "12. March", "12th of March"
fn is_number_of_a_day(rest: &[u8]) -> bool {
    let digits = rest.iter().take(5).take_while(|byte| byte.is_ascii_digit()).count();
    match rest.get(digits).map(u8::to_ascii_lowercase) {
        Some(b'-') => digits == 4,
        Some(b'.' | b'/' | b' ' | b's' | b'n' | b'r' | b't') => digits <= 2,
        _ => false,
    }
}

/// What tells one letter from another, whatever its case.
const LETTER: u8 = 0x1f;

const fn two_letters(first: u8, second: u8) -> usize {
    ((first & LETTER) as usize) << 5 | (second & LETTER) as usize
}

/// The first three letters of all words that [`begins_a_day`] knows.
const BEGINNINGS: &[u8] = b"\
    janfebmarmaymaimaeaprjunjulaugsepoctoktnovdecdezmontuewedthufrifresatsamsunson\
    diedonmittodtomtonyesheumorgesdaynexlasthicomkomletendin eomeoqeoweoy";

/// For each two letters that days begin with, a bit for each that may come third.
static THIRD_LETTERS: [u32; 1024] = {
    let mut thirds = [0; 1024];
    let mut at = 0;
    while at < BEGINNINGS.len() {
        let (first, second) = (BEGINNINGS[at], BEGINNINGS[at + 1]);
        thirds[two_letters(first, second)] |= 1 << (BEGINNINGS[at + 2] & LETTER);
        at += 3;
    }
    // "Jänner", "März", "nächste": one byte of the second letter, which is two.
    let mut at = 0;
    while at < 3 {
        thirds[two_letters(b"jmn"[at], 0xc3)] = u32::MAX;
        at += 1;
    }
    thirds
};

/// Whether a day begins with these letters, as far as a few more of them tell.
fn begins_a_day(rest: &[u8]) -> bool {
    let begins = |word: &[u8]| {
        rest.get(..word.len()).is_some_and(|letters| letters.eq_ignore_ascii_case(word))
    };
    match rest {
        [_, 0xc3, ..] => true,
        [a, b, c, ..] => match &[a | 0x20, b | 0x20, c | 0x20] {
            b"jan" | b"feb" | b"mar" | b"may" | b"mai" | b"mae" | b"apr" | b"jun" | b"jul"
            | b"aug" | b"sep" | b"oct" | b"okt" | b"nov" | b"dec" | b"dez" => {
                a_number_follows(rest)
            }
            b"mon" => begins(b"monday") || begins(b"montag"),
            b"tue" => begins(b"tuesday"),
            b"wed" => begins(b"wednesday"),
            b"thu" => begins(b"thursday"),
            b"fri" => begins(b"friday"),
            b"fre" => begins(b"freitag"),
            b"sat" => begins(b"saturday"),
            b"sam" => begins(b"samstag"),
            b"sun" => begins(b"sunday"),
            b"son" => begins(b"sonn"),
            b"die" => begins(b"dienstag") || begins(b"diese"),
            b"don" => begins(b"donnerstag"),
            b"mit" => begins(b"mittwoch"),
            b"tod" => begins(b"today"),
            b"tom" => begins(b"tomorrow"),
            b"ton" => begins(b"tonight"),
            b"yes" => begins(b"yesterday"),
            b"heu" => begins(b"heute"),
            b"mor" => begins(b"morgen"),
            b"ges" => begins(b"gestern"),
            b"day" => begins(b"day after"),
            b"nex" => begins(b"next "),
            b"las" => begins(b"last "),
            b"thi" => begins(b"this ") && a_period_follows(&rest[5..]),
            b"com" => begins(b"coming "),
            b"kom" => begins(b"kommende"),
            b"let" => begins(b"letzte"),
            b"end" => begins(b"end of") || begins(b"ende "),
            b"in " => a_count_follows(&rest[3..]),
            b"eom" | b"eoq" | b"eow" | b"eoy" => true,
            _ => false,
        },
        _ => false,
    }
}

/// "March 12", "Mar. 3"
fn a_number_follows(rest: &[u8]) -> bool {
    let letters =
        rest.iter().take_while(|byte| byte.is_ascii_alphabetic() || !byte.is_ascii()).count();
    let rest = &rest[letters..];
    let rest = rest.strip_prefix(b".").unwrap_or(rest);
    matches!(rest, [b' ', b'0'..=b'9', ..])
}

/// "week", "Monday"
fn a_period_follows(rest: &[u8]) -> bool {
    let [first, second, ..] = rest else { return false };
    matches!(
        &[first | 0x20, second | 0x20],
        b"mo"
            | b"tu"
            | b"we"
            | b"th"
            | b"fr"
            | b"sa"
            | b"su"
            | b"di"
            | b"mi"
            | b"do"
            | b"so"
            | b"qu"
            | b"ye"
            | b"wo"
            | b"ja"
    )
}

/// "3 days", "a week", "einem Monat"
fn a_count_follows(rest: &[u8]) -> bool {
    let [first, second, third, ..] = rest else { return false };
    first.is_ascii_digit()
        || matches!(
            &[first | 0x20, second | 0x20, third | 0x20],
            b"an "
                | b"one"
                | b"two"
                | b"thr"
                | b"fou"
                | b"fiv"
                | b"six"
                | b"sev"
                | b"ten"
                | b"ein"
                | b"zwe"
                | b"dre"
                | b"vie"
        )
        || matches!(&[first | 0x20, second | 0x20], b"a ")
            && matches!(third | 0x20, b'd' | b'w' | b'm' | b'y' | b't' | b'j')
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
    fn whatever_begins_a_day_is_known_by_its_first_letters() {
        for day in [
            "jan 3",
            "Feb 3",
            "mar 3",
            "mai 3",
            "may 3",
            "maerz 3",
            "apr 3",
            "jun 3",
            "jul 3",
            "aug 3",
            "sep 3",
            "oct 3",
            "okt 3",
            "nov 3",
            "dec 3",
            "dez 3",
            "Jänner 3",
            "MäRZ 3",
            "nächste Woche",
            "monday",
            "Montag",
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
            "freitag",
            "saturday",
            "samstag",
            "sunday",
            "sonntag",
            "dienstag",
            "diese Woche",
            "donnerstag",
            "mittwoch",
            "TODAY",
            "tomorrow",
            "tonight",
            "yesterday",
            "heute",
            "morgen",
            "gestern",
            "day after tomorrow",
            "next week",
            "last week",
            "this week",
            "coming week",
            "kommende Woche",
            "letzte Woche",
            "end of May",
            "Ende Mai",
            "in 3 days",
            "eom",
            "eoq",
            "eow",
            "eoy",
            "3. May",
            "2027-03-12",
        ] {
            assert!(may_begin(day.as_bytes()), "{day}");
        }
    }

    #[test]
    fn other_words_and_digits_are_no_days() {
        check("you may 5 times, guten Morgen", &[]);
        check("31.02.2027 v2027-03-121 Mondayish", &[]);
    }
}
