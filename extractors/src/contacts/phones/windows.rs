//! Where in a text a phone number may stand. Most digits in a chat are not phone
//! numbers, so dates, addresses of machines, prices, versions and ids are
//! covered up; and only what lies around enough digits is read at all.

use std::ops::Range;

use crate::offsets::{char_at, char_before};

/// The fewest digits of a number that is worth looking at.
const DIGITS_MIN: usize = 7;
/// More digits than this in one run of phone characters are a table, not a phone.
const DIGITS_MAX: usize = 90;
/// The byte put over what must not be read as a number.
const COVER: char = '\u{1}';

/// How much the matcher sees behind the digits: "ext. 204", "durchwahl 12".
const ROOM: usize = 24;

/// A part of a text that may hold a number.
pub(super) struct Window {
    /// Where it begins.
    pub(super) start: usize,
    /// Its words, byte for byte as long, with all covered that has digits and is
    /// no phone.
    pub(super) text: String,
}

/// The parts of `text` that may hold numbers outside the sorted ranges `taken`.
pub(super) fn windows(text: &str, taken: &[Range<usize>]) -> Vec<Window> {
    let mut windows = Vec::new();
    for region in regions(text, DIGITS_MIN) {
        let covered = cover(text, &region, taken);
        windows.extend(within(&covered).into_iter().map(|window| Window {
            start: region.start + window.start,
            text: covered[window].to_owned(),
        }));
    }
    windows
}

/// The surroundings of rows with at least so many digits, as wide as what is beside
/// them has to do with them.
pub(super) fn regions(text: &str, fewest: usize) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut regions: Vec<Range<usize>> = Vec::new();
    if !has_digits(text, fewest) {
        return regions;
    }
    let mut close = |row: Range<usize>| {
        let floor = regions.last().map_or(0, |last| last.end.min(row.start));
        let before = bytes[floor..row.start].iter().rev();
        let start = row.start - before.take_while(|&&byte| may_be_beside_digits(byte)).count();
        let start = text.floor_char_boundary(start.saturating_sub(1));
        let end = text.ceil_char_boundary((row.end + ROOM).min(text.len()));
        match regions.last_mut() {
            Some(last) if start <= last.end => last.end = end,
            _ => regions.push(start..end),
        }
    };
    let (mut start, mut digits) = (0, 0);
    // "(212)" at the end of a line goes on in the next.
    let mut closes = false;
    for (at, &byte) in bytes.iter().enumerate() {
        let goes_on = match byte {
            b'0'..=b'9' | b'(' | b'+' | b'-' | b'.' | b'/' | b'~' | b'[' | b']' | b')' | 0x80.. => {
                closes = byte == b')';
                true
            }
            b' ' | b'x' | b'X' => true,
            b'\n' | b'\r' => closes,
            _ => false,
        };
        if goes_on {
            digits += usize::from(may_be_digit(byte));
            continue;
        }
        if digits >= fewest {
            close(start..at);
        }
        (start, digits, closes) = (at + 1, 0, false);
    }
    if digits >= fewest {
        close(start..bytes.len());
    }
    regions
}

/// Whether a text may hold so many digits, wherever they stand.
fn has_digits(text: &str, fewest: usize) -> bool {
    // Without a way out of the loop, many bytes are compared at once.
    let digits = |part: &[u8]| {
        usize::from(part.iter().map(|&byte| u8::from(may_be_digit(byte))).sum::<u8>())
    };
    text.as_bytes().chunks(128).map(digits).sum::<usize>() >= fewest
}

/// A digit, or one byte of each character beyond ASCII, which may be one.
fn may_be_digit(byte: u8) -> bool {
    byte.is_ascii_digit() || byte >= 0xc0
}

/// What may be one word with digits: letters, and signs inside it.
fn may_be_beside_digits(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b".,:-/_'".contains(&byte)
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

/// Parts of a covered text with enough digits in a row of phone characters, each
/// with what the matcher needs to see around it.
fn within(text: &str) -> Vec<Range<usize>> {
    let mut windows: Vec<Range<usize>> = Vec::new();
    let mut run: Option<(usize, usize)> = None;
    let mut close = |run: Option<(usize, usize)>, end: usize| {
        let Some((start, digits)) = run else { return };
        if !(DIGITS_MIN..=DIGITS_MAX).contains(&digits) {
            return;
        }
        let start = start - char_before(text, start).map_or(0, char::len_utf8);
        let end = text.ceil_char_boundary((end + ROOM).min(text.len()));
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

/// A region of the text, byte for byte as long, with everything covered that has
/// digits and is no phone.
fn cover(text: &str, region: &Range<usize>, taken: &[Range<usize>]) -> String {
    let first = taken.partition_point(|range| range.end <= region.start);
    let mut hidden: Vec<Range<usize>> =
        taken[first..].iter().take_while(|range| range.start < region.end).cloned().collect();
    let bytes = text.as_bytes();
    let mut at = region.start;
    while at < region.end {
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let start = at;
        while bytes.get(at).is_some_and(|&byte| may_be_beside_digits(byte)) {
            at += 1;
        }
        let end = at - bytes[start..at].iter().rev().take_while(|b| b".,:-/_'".contains(b)).count();
        if is_no_phone(text, start..end) {
            hidden.push(start..end);
        }
    }
    let mut covered = String::with_capacity(region.len());
    let mut at = region.start;
    for range in crate::shelter::merged(hidden) {
        let range = range.start.max(region.start)..range.end.min(region.end);
        covered.push_str(&text[at..range.start]);
        covered.extend(std::iter::repeat_n(COVER, range.len()));
        at = range.end;
    }
    covered.push_str(&text[at..region.end]);
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
