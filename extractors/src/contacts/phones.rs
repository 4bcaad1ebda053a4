//! Phone numbers in any country's writing. Most digits in a chat are not phone
//! numbers, so dates, addresses of machines, prices, versions and ids are
//! covered up before the phone matcher looks.

use std::ops::Range;

use rlibphonenumber::phonenumber_matcher::{Leniency, PHONE_MATCHER_FACTORY};
use rlibphonenumber::{PhoneNumber, PhoneNumberFormat, Region};

use super::{Draft, SpanKind};
use crate::mail::{Shape, names_company, shape};
use crate::offsets::{char_at, char_before};

/// The fewest digits of a number that is worth looking at.
const DIGITS_MIN: usize = 7;
/// More digits than this in one run of phone characters are a table, not a phone.
const DIGITS_MAX: usize = 90;
/// How many times the matcher tries a text before it gives up on it.
const TRIES_MAX: u64 = 65_535;
/// The same in a part of a text with few digits.
const WINDOW_TRIES_MAX: u64 = 64;
/// The byte put over what must not be read as a number.
const COVER: char = '\u{1}';

/// Words before digits that make them something else.
const OTHER_NUMBERS: &[&str] = &[
    "order",
    "invoice",
    "ticket",
    "id",
    "ids",
    "ref",
    "reference",
    "build",
    "issue",
    "pr",
    "commit",
    "iban",
    "account",
    "konto",
    "kontonummer",
    "case",
    "zip",
    "plz",
    "isbn",
    "vat",
    "tax",
    "version",
    "port",
    "rev",
    "serial",
    "sku",
    "article",
    "nr",
    "number",
    "no",
    "uid",
    "pid",
    "rechnung",
    "bestellung",
    "tracking",
    "timestamp",
    "hash",
    "ustid",
    "bic",
    "hrb",
];
/// Words before digits that make them a phone.
const PHONE_CUES: &[&str] = &[
    "call",
    "phone",
    "tel",
    "telephone",
    "telefon",
    "mobile",
    "mob",
    "cell",
    "handy",
    "whatsapp",
    "ring",
    "dial",
    "text",
    "sms",
    "anrufen",
    "ph",
    "t",
    "m",
    "p",
    "direct",
    "office",
    "mobil",
    "signal",
    "fon",
];
const FAX_CUES: &[&str] = &["fax", "telefax", "f", "facsimile"];
/// Words after digits that make them a count.
const UNITS: &[&str] = &[
    "bytes", "byte", "kb", "mb", "gb", "ms", "sec", "seconds", "px", "rows", "lines", "tokens",
    "users", "records", "items", "units", "ns", "us", "hz", "km", "kg", "people", "pieces",
    "stück",
];

/// Numbers with the calling codes that come up most, and some that are no numbers of anybody.
const WELL_KNOWN: &[&str] = &[
    "(212) 555-0143 ext. 7",
    "(211) 555-0143",
    "416-555-0143 or 800-555-0143",
    "555-0143 x 7",
    "+44 20 7946 0958",
    "011 44 20 7946 0958",
    "+49 30 23125 000",
    "+33 1 99 00 12 34",
    "+31 20 555 0143",
    "+39 06 5550 1437",
    "+34 91 555 01 43",
    "+41 44 668 18 00",
    "+47 22 55 01 43",
    "+46 8 555 014 37",
    "+61 2 5550 1437",
    "+91 22 5550 1437",
    "+55 11 5550-1437",
    "+81 3-5550-1234",
    "+65 6555 0143",
    "+358 9 555 01 43",
    "+44 7700 900143",
    "511-555-0143",
    "811-555-0143",
    "900-155-0143",
];

/// Numbers in `text`, outside the sorted ranges `taken`.
pub(crate) fn find(text: &str, taken: &[Range<usize>], region: Option<&str>) -> Vec<Draft> {
    let mut found = Vec::new();
    if !may_hold_numbers(text) {
        return found;
    }
    let covered = cover(text, taken);
    let region = known_region(region);
    let mut read_to = 0;
    for window in windows(&covered) {
        let part = &covered[window.clone()];
        let matches = PHONE_MATCHER_FACTORY
            .create_matcher_fallible(part, Leniency::Valid, WINDOW_TRIES_MAX, region)
            .filter_map(Result::ok);
        for number in matches {
            let range =
                window.start + number.start..window.start + number.start + number.raw_string.len();
            if range.start < read_to || text.get(range.clone()).is_none() {
                continue;
            }
            let cue = cue_before(text, range.start);
            let is_plain = number.raw_string.bytes().all(|b| b.is_ascii_digit());
            if is_plain && (cue == Cue::Other || unit_follows(text, range.end)) {
                continue;
            }
            read_to = range.end;
            let value = normal_form(&number.number);
            let is_international = number.raw_string.starts_with(['+', '＋']);
            let confidence = match (is_international, cue, is_plain) {
                (true, _, _) => 0.97,
                (_, Cue::Phone | Cue::Fax, _) => 0.93,
                (_, _, false) => 0.85,
                (_, _, true) => 0.6,
            };
            let kind = if cue == Cue::Fax { SpanKind::Fax } else { SpanKind::Phone };
            let other = other_ending(text, &range, &value);
            found.push(Draft::new(kind, range, value, confidence));
            if let Some((range, value)) = other {
                read_to = range.end;
                let is_fax = text[range.end..].trim_start_matches([' ', '(']).starts_with("fax");
                let kind = if is_fax { SpanKind::Fax } else { kind };
                found.push(Draft::new(kind, range, value, confidence * 0.9));
            }
        }
    }
    found
}

/// Whether enough digits for a number stand in one row of what may be phone characters.
fn may_hold_numbers(text: &str) -> bool {
    let mut digits = 0;
    text.bytes().any(|byte| {
        match byte {
            b'0'..=b'9' => digits += 1,
            b' ' | b'(' | b')' | b'+' | b'-' | b'.' | b'/' | b'~' | b'[' | b']' => {}
            // One byte of each character beyond ASCII, which may be a digit.
            0xc0.. => digits += 1,
            0x80..=0xbf => {}
            _ => digits = 0,
        }
        digits >= DIGITS_MIN
    })
}

/// "(212) 555-0143/0177": a second number that differs in its last digits.
fn other_ending(text: &str, number: &Range<usize>, value: &str) -> Option<(Range<usize>, String)> {
    let written = text.as_bytes().get(number.clone())?;
    let last = written.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let rest = text[number.end..].strip_prefix('/')?;
    let count = rest.bytes().take_while(u8::is_ascii_digit).count();
    let ends = !rest[count..].starts_with(|c: char| c.is_alphanumeric() || matches!(c, '/' | '-'));
    let fits = ends && count == last && (2..=4).contains(&count) && !value.contains(';');
    let head = value.get(..value.len().checked_sub(count)?)?;
    let start = number.end + 1;
    fits.then(|| (start..start + count, format!("{head}{}", &rest[..count])))
}

/// Numbers inside an office that stand alone right below a name in a signature: `3-4835`. What
/// stands in front of them is not written, so that the value is their digits.
pub(crate) fn inside_office(text: &str, signature: &Range<usize>) -> Vec<Draft> {
    let mut found = Vec::new();
    let mut start = signature.start;
    let mut above = "";
    for line in text[signature.clone()].split_inclusive('\n') {
        let number = line.trim();
        let is_written = number.split_once('-').is_some_and(|(head, tail)| {
            (head.len(), tail.len()) == (1, 4)
                && head.bytes().chain(tail.bytes()).all(|b| b.is_ascii_digit())
        });
        if is_written && shape(above, &[]) == Shape::Name && !names_company(above) {
            let at = start + (line.len() - line.trim_start().len());
            let range = at..at + number.len();
            found.push(Draft::new(SpanKind::Phone, range, number.replace('-', ""), 0.6));
        }
        start += line.len();
        above = number;
    }
    found
}

/// Numbers in `text` as libphonenumber finds them at this leniency, with nothing
/// masked.
pub(crate) fn find_bare(text: &str, region: Option<&str>, leniency: u8) -> Vec<Draft> {
    let leniency = match leniency {
        0 => Leniency::Possible,
        1 => Leniency::Valid,
        2 => Leniency::StrictGrouping,
        _ => Leniency::ExactGrouping,
    };
    PHONE_MATCHER_FACTORY
        .create_matcher_fallible(text, leniency, TRIES_MAX, known_region(region))
        .filter_map(Result::ok)
        .map(|number| {
            let range = number.start..number.start + number.raw_string.len();
            Draft::new(SpanKind::Phone, range, normal_form(&number.number), 0.9)
        })
        .filter(|draft| text.get(draft.range.clone()).is_some())
        .collect()
}

/// Makes ready what the matcher needs for numbers of these countries, which it reads one by one
/// when they first come up.
pub(crate) fn prepare() {
    for number in WELL_KNOWN {
        find(number, &[], Some("US"));
    }
}

fn known_region(code: Option<&str>) -> Option<Region> {
    code.and_then(|code| code.to_ascii_uppercase().parse().ok())
}

/// E.164, with the extension.
fn normal_form(number: &PhoneNumber) -> String {
    let mut value = number.format_as(PhoneNumberFormat::E164).into_owned();
    if let Some(extension) = number.extension.as_deref().filter(|e| !e.is_empty()) {
        value.push_str(";ext=");
        value.push_str(extension);
    }
    value
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '０'..='９' | '٠'..='٩' | '۰'..='۹')
}

fn is_phone_char(c: char) -> bool {
    if c.is_ascii_alphabetic() {
        return false;
    }
    is_digit(c)
        || matches!(c,
            ' ' | '\u{a0}' | '\u{2002}'..='\u{200a}' | '\u{202f}' | '\u{3000}' | '(' | ')' | '（' | '）'
            | '+' | '＋' | '-' | '‐'..='―' | '−' | '－' | 'ー' | '.' | '．' | '/' | '／' | '~' | '\u{2060}'
            | '[' | ']' | '［' | '］')
}

fn is_thin_space(c: char) -> bool {
    matches!(c, '\u{2002}'..='\u{200a}' | '\u{202f}')
}

/// Parts of the text with enough digits in a row of phone characters, each with
/// what the matcher needs to see around it.
fn windows(text: &str) -> Vec<Range<usize>> {
    let mut windows: Vec<Range<usize>> = Vec::new();
    let mut run: Option<(usize, usize)> = None;
    let mut close = |run: Option<(usize, usize)>, end: usize| {
        let Some((start, digits)) = run else { return };
        if !(DIGITS_MIN..=DIGITS_MAX).contains(&digits) {
            return;
        }
        let start = start - char_before(text, start).map_or(0, char::len_utf8);
        // Room for "ext. 204" and "durchwahl 12".
        let end = text.ceil_char_boundary((end + 24).min(text.len()));
        match windows.last_mut() {
            Some(last) if start < last.end => last.end = end,
            _ => windows.push(start..end),
        }
    };
    for (at, c) in text.char_indices() {
        if is_phone_char(c) {
            let (_, digits) = run.get_or_insert((at, 0));
            *digits += usize::from(is_digit(c));
        } else {
            close(run.take(), at);
        }
    }
    close(run, text.len());
    windows
}

/// The same text, byte for byte as long, with everything covered that has
/// digits and is no phone.
fn cover(text: &str, taken: &[Range<usize>]) -> String {
    let mut hidden: Vec<Range<usize>> = taken.to_vec();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let start = at;
        while at < bytes.len()
            && (bytes[at].is_ascii_alphanumeric() || b".,:-/_'".contains(&bytes[at]))
        {
            at += 1;
        }
        let end = at - bytes[start..at].iter().rev().take_while(|b| b".,:-/_'".contains(b)).count();
        if is_no_phone(text, start..end) {
            hidden.push(start..end);
        }
    }
    let mut covered = String::with_capacity(text.len());
    let mut at = 0;
    for range in crate::shelter::merged(hidden) {
        covered.push_str(&text[at..range.start]);
        covered.extend(std::iter::repeat_n(COVER, range.len()));
        at = range.end;
    }
    covered.push_str(&text[at..]);
    let covered = unwrapped(covered);
    if covered.is_ascii() {
        return covered;
    }
    // Thin spaces are unknown to the matcher; the wide one is as long.
    covered.replace(is_thin_space, "\u{3000}")
}

/// "(212)" at the end of a line and "555-0143" at the beginning of the next are one number.
fn unwrapped(text: String) -> String {
    let bytes = text.as_bytes();
    let mut ends = Vec::new();
    for (at, _) in text.match_indices(')') {
        let area = bytes[..at].iter().rev().take(5).take_while(|b| b.is_ascii_digit()).count();
        let is_area = area >= 2 && bytes[..at - area].ends_with(b"(");
        let gap: Vec<u8> = bytes[at + 1..]
            .iter()
            .copied()
            .take(8)
            .take_while(|b| matches!(b, b' ' | b'\r' | b'\n'))
            .collect();
        let newlines = gap.iter().filter(|b| **b == b'\n').count();
        let goes_on = bytes.get(at + 1 + gap.len()).is_some_and(u8::is_ascii_digit);
        if is_area && newlines == 1 && goes_on {
            ends.push(at + 1..at + 1 + gap.len());
        }
    }
    if ends.is_empty() {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for gap in ends {
        out.push_str(&text[at..gap.start]);
        out.extend(std::iter::repeat_n(' ', gap.len()));
        at = gap.end;
    }
    out.push_str(&text[at..]);
    out
}

fn is_no_phone(text: &str, range: Range<usize>) -> bool {
    let run = &text[range.clone()];
    let before = char_before(text, range.start);
    if before.is_some_and(|c| {
        c.is_alphabetic() && c != 'x' || matches!(c, '_' | '#' | '$' | '€' | '£' | '¥' | '%')
    }) {
        return true;
    }
    let is_international = before == Some('+') || before == Some('＋');
    if char_at(text, range.end) == Some('%') {
        return true;
    }
    let letters = run.find(|c: char| c.is_ascii_alphabetic());
    if let Some(letter) = letters {
        // "555-2671x204" has an extension; "4155abc" and "12ms" are no phones.
        let tail = &run[letter..];
        let is_extension = tail
            .strip_prefix(['x', 'X'])
            .or_else(|| tail.strip_prefix("ext"))
            .is_some_and(|rest| {
                let rest = rest.trim_start_matches('.');
                !rest.is_empty() && rest.len() <= 7 && rest.bytes().all(|b| b.is_ascii_digit())
            });
        return !is_extension;
    }
    let digits = run.bytes().filter(u8::is_ascii_digit).count();
    let groups: Vec<&str> = run.split(|c: char| !c.is_ascii_digit()).collect();
    let signs: Vec<u8> = run.bytes().filter(|b| !b.is_ascii_digit()).collect();
    let all_are = |sign: u8| !signs.is_empty() && signs.iter().all(|&s| s == sign);
    if run.contains(':') || run.contains('_') || run.contains('\'') {
        return true;
    }
    if signs.is_empty() {
        // Snowflakes, timestamps in milliseconds, dates without separators.
        return !is_international && (digits >= 13 || is_compact_date(run));
    }
    if all_are(b',') {
        return true;
    }
    if all_are(b'.') && !is_international {
        let is_machine = groups.len() == 4
            && groups.iter().all(|g| g.len() <= 3 && g.parse::<u16>().is_ok_and(|n| n <= 255));
        // "(212) 555.0143" and "212 555.0143"
        let is_local = groups.len() == 2 && groups[0].len() == 3 && groups[1].len() == 4 && {
            let head = text[..range.start].trim_end_matches(' ');
            head.len() + 1 == range.start
                && head.ends_with(|c: char| c == ')' || c.is_ascii_digit())
        };
        let is_decimal =
            groups.len() == 2 && before != Some(')') && groups[1].len() != 7 && !is_local;
        let is_thousands =
            groups.len() > 2 && groups[1..].iter().all(|g| g.len() == 3) && groups[0].len() < 3;
        return is_machine || is_decimal || is_thousands || is_calendar(&groups);
    }
    (all_are(b'-') || all_are(b'/')) && !is_international && is_calendar(&groups)
}

fn is_compact_date(run: &str) -> bool {
    let (Some(year), Some(month), Some(day)) = (run.get(..4), run.get(4..6), run.get(6..8)) else {
        return false;
    };
    let within = |part: &str, range: std::ops::RangeInclusive<u32>| {
        part.parse().is_ok_and(|n| range.contains(&n))
    };
    matches!(run.len(), 8 | 12)
        && within(year, 1900..=2100)
        && within(month, 1..=12)
        && within(day, 1..=31)
}

/// Year, month and day in any order, perhaps with more behind.
fn is_calendar(groups: &[&str]) -> bool {
    let number = |at: usize| groups.get(at).and_then(|g| g.parse::<u32>().ok()).unwrap_or(0);
    let is_year = |at: usize| {
        groups.get(at).is_some_and(|g| g.len() == 4) && (1900..=2100).contains(&number(at))
    };
    let is_day_and_month = |a: usize, b: usize| {
        (1..=31).contains(&number(a))
            && (1..=31).contains(&number(b))
            && number(a).min(number(b)) <= 12
    };
    groups.len() == 3
        && groups.iter().all(|g| g.len() <= 4)
        && ((is_year(0) && is_day_and_month(1, 2))
            || ((is_year(2) || groups[2].len() == 2)
                && is_day_and_month(0, 1)
                && groups[0].len() <= 2
                && groups[1].len() <= 2))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Cue {
    Phone,
    Fax,
    Other,
    Nothing,
}

/// What the words just before a number say it is.
fn cue_before(text: &str, at: usize) -> Cue {
    let from = text.ceil_char_boundary(at.saturating_sub(32));
    let before = text[from..at].to_lowercase();
    let line = before.rsplit('\n').next().unwrap_or_default();
    let words: Vec<&str> =
        line.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).collect();
    for (distance, &word) in words.iter().rev().take(3).enumerate() {
        let is_label = distance == 0;
        // "her number is 0151 23456789"
        let owner = words.len().checked_sub(distance + 2).and_then(|at| words.get(at));
        if matches!(word, "number" | "no" | "nr") && owner.is_some_and(|word| is_whose(word)) {
            return Cue::Phone;
        }
        if FAX_CUES.contains(&word) && (is_label || word.len() > 1) {
            return Cue::Fax;
        }
        if PHONE_CUES.contains(&word) && (is_label || word.len() > 2) {
            return Cue::Phone;
        }
        if OTHER_NUMBERS.contains(&word) && distance < 2 {
            return Cue::Other;
        }
    }
    Cue::Nothing
}

/// Whether a word makes the number after it somebody's phone.
fn is_whose(word: &str) -> bool {
    matches!(word, "my" | "her" | "his" | "their" | "our" | "your") || PHONE_CUES.contains(&word)
}

fn unit_follows(text: &str, at: usize) -> bool {
    let word: String = text[at..]
        .chars()
        .skip_while(|&c| c == ' ')
        .take(10)
        .take_while(|c| c.is_alphabetic())
        .flat_map(char::to_lowercase)
        .collect();
    UNITS.contains(&word.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, region: &str, expected: &[&str]) {
        let region = Some(region).filter(|region| !region.is_empty());
        let found = find(text, &[], region);
        let values: Vec<&str> = found.iter().map(|draft| draft.value.as_str()).collect();
        assert_eq!(values, expected, "{text:?}");
        for draft in found {
            assert!(text.get(draft.range).is_some());
        }
    }

    #[test]
    fn numbers_are_read_in_every_writing() {
        check("ring me: +48 22 555 19 40", "", &["+48225551940"]);
        check("office (212) 555-0143 ext. 77, ask for Lee", "US", &["+12125550143;ext=77"]);
        check("212-555-0143x77", "US", &["+12125550143;ext=77"]);
        check("+33 6\u{202f}12\u{a0}34 56 78", "", &["+33612345678"]);
        check("「電話 ＋81 3-5550-1234」", "", &["+81355501234"]);
        check("+44 (0)161 496 0123", "", &["+441614960123"]);
        check("030 901820 in Berlin", "DE", &["+4930901820"]);
        check("212-555-0143 / 650-555-0199", "us", &["+12125550143", "+16505550199"]);
        check("212.555.0143", "US", &["+12125550143"]);
        check("Tel: (212) \n555-0143", "US", &["+12125550143"]);
        check("(212) 555-0143/0177 (fax)", "US", &["+12125550143", "+12125550177"]);
    }

    #[test]
    fn a_number_inside_an_office_stands_right_below_its_name() {
        let signature = "Kim Roe\n3-4835\nParking & Transportation Desk\n3-4836\n1-2\n";
        let found = inside_office(signature, &(0..signature.len()));
        let written: Vec<&str> =
            found.iter().map(|draft| &signature[draft.range.clone()]).collect();
        assert_eq!(written, ["3-4835"]);
        assert_eq!(found[0].value, "34835");
    }

    #[test]
    fn fax_numbers_are_told_apart() {
        let found = find("Tel: +49 30 901820\nFax: +49 30 901821", &[], None);
        let kinds: Vec<SpanKind> = found.iter().map(|draft| draft.kind).collect();
        assert_eq!(kinds, [SpanKind::Phone, SpanKind::Fax]);
    }

    #[test]
    fn other_digits_are_no_phones() {
        for text in [
            "shipped 2027-06-02 09:30 as build 20270602",
            "they raised $6,505,550,199 in all",
            "ssh to 172.16.254.101:2222 on v2.31.4088",
            "blob 2125550143fe, 2125550143 bytes",
            "[ 8801.331207] eth0: link up",
            "reply 1029384756102938475",
            "order 2125550143 and invoice no 2125550143",
            "at 1700000000123 ms",
            "12.03.2027 to 14.03.2027",
        ] {
            check(text, "US", &[]);
        }
    }
}
