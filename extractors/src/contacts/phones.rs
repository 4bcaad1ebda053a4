//! Phone numbers in any country's writing. The phone matcher sees only where enough
//! digits stand that are nothing else.

mod windows;

use std::ops::Range;

use rlibphonenumber::phonenumber_matcher::{Leniency, PHONE_MATCHER_FACTORY};
use rlibphonenumber::{PhoneNumber, PhoneNumberFormat, Region};

use self::windows::{regions, windows};
use super::{Draft, SpanKind};
use crate::mail::{Shape, names_company, shape};

/// No number that may be one has fewer digits: somebody's inside a small town.
const POSSIBLE_DIGITS_MIN: usize = 2;
/// No valid number has fewer digits: those of small islands.
const VALID_DIGITS_MIN: usize = 4;
/// No valid number has fewer together with its country code, nor any in North America.
const LONG_DIGITS_MIN: usize = 6;
/// How many times the matcher tries a text before it gives up on it.
const TRIES_MAX: u64 = 65_535;
/// The same in a part of a text with few digits.
const WINDOW_TRIES_MAX: u64 = 64;
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
    let windows = windows(text, taken);
    if windows.is_empty() {
        return found;
    }
    let region = known_region(region);
    let mut read_to = 0;
    for window in windows {
        let matches = PHONE_MATCHER_FACTORY
            .create_matcher_fallible(&window.text, Leniency::Valid, WINDOW_TRIES_MAX, region)
            .filter_map(Result::ok);
        for number in matches {
            let start = window.start + number.start;
            let range = start..start + number.raw_string.len();
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
    let region = known_region(region);
    let (leniency, fewest) = match leniency {
        0 => (Leniency::Possible, POSSIBLE_DIGITS_MIN),
        1 => (Leniency::Valid, fewest_digits(region)),
        2 => (Leniency::StrictGrouping, fewest_digits(region)),
        _ => (Leniency::ExactGrouping, fewest_digits(region)),
    };
    let mut found = Vec::new();
    for part in regions(text, fewest) {
        let matches = PHONE_MATCHER_FACTORY
            .create_matcher_fallible(&text[part.clone()], leniency, TRIES_MAX, region)
            .filter_map(Result::ok);
        for number in matches {
            let start = part.start + number.start;
            let range = start..start + number.raw_string.len();
            if text.get(range.clone()).is_some() {
                let value = normal_form(&number.number);
                found.push(Draft::new(SpanKind::Phone, range, value, 0.9));
            }
        }
    }
    found
}

/// The fewest digits of a valid number that is written in this country.
fn fewest_digits(region: Option<Region>) -> usize {
    let is_north_american = ["US", "CA"].into_iter().any(|code| known_region(Some(code)) == region);
    if region.is_none() || is_north_american { LONG_DIGITS_MIN } else { VALID_DIGITS_MIN }
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
