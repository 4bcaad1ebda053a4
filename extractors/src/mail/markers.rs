//! The lines by which a mail shows that what follows was written earlier, or by
//! somebody else: "On Monday, Kim Roe wrote:", lines between dashes, and the
//! copied header of the earlier mail.

use std::ops::Range;

use super::endings::push_lower;
use super::lines::Line;
use super::words::{
    FORWARDED, Field, ON, ORIGINAL, Phrases, WROTE_WITHIN, field, is_wrote, opens_with,
};

/// A line longer than this marks nothing.
const MARKER_BYTES_MAX: usize = 200;
/// How many lines "On … wrote:" is wrapped over at most.
const WRAPPED_MAX: usize = 4;
/// How far apart the fields of a header may stand, in lines.
const FIELD_LINES_MAX: usize = 60;
/// A header has no more fields.
const FIELDS_MAX: usize = 32;
/// How many blank lines may stand between two fields.
const BLANK_MAX: usize = 5;

/// What a marker is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MarkerKind {
    /// An earlier mail is quoted.
    Quote,
    /// Another mail is passed on.
    Forward,
}

/// Lines that tell of an earlier mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Marker {
    /// The lines, by number.
    pub(crate) lines: Range<usize>,
    pub(crate) kind: MarkerKind,
    /// The fields among them, each with its lines; empty for "On … wrote:".
    pub(crate) fields: Vec<(Field, Range<usize>)>,
}

/// All markers, in order, none within another.
pub(crate) fn markers(lines: &[Line<'_>]) -> Vec<Marker> {
    let mut markers: Vec<Marker> = Vec::new();
    let mut at = 0;
    // Up to here there is no header, wherever one might begin.
    let mut tried = 0;
    while at < lines.len() {
        let free = markers.last().map_or(0, |marker| marker.lines.end);
        let mut found = None;
        if !lines[at].is_blank() && lines[at].words.len() <= MARKER_BYTES_MAX * 8 {
            found = separator(lines, at);
            if found.is_none() && at >= tried {
                let (header, end) = header(lines, at, free);
                found = header;
                tried = end;
            }
            found = found.or_else(|| wrote(lines, at, free));
        }
        match found {
            Some(marker) => {
                at = marker.lines.end;
                markers.push(marker);
            }
            None => at += 1,
        }
    }
    markers
}

/// "----- Original Message -----", perhaps wrapped.
fn separator(lines: &[Line<'_>], at: usize) -> Option<Marker> {
    let words = lines[at].words;
    if words.len() > MARKER_BYTES_MAX {
        return None;
    }
    let dashes = words.chars().take_while(|c| is_rule_sign(*c)).count();
    let is_begin = words.ends_with([':', '：']);
    if dashes < 2 && !is_begin {
        return None;
    }
    let inner = words.trim_matches(is_rule_sign);
    if inner.is_empty() {
        return None;
    }
    let inner = inner.trim_end_matches([':', '：']).trim_matches(is_rule_sign).to_lowercase();
    let is_whole = |phrases: &Phrases| phrases.iter().any(|phrase| phrase == inner);
    // "----- Forwarded by Kim Roe/ACME on 03/01/2001 09:25"
    let is_signed =
        dashes >= 2 && opens_with(&inner, &["forwarded by", "weitergeleitet von"]).is_some();
    let kind = if is_whole(&FORWARDED) || is_signed {
        MarkerKind::Forward
    } else if is_whole(&ORIGINAL) && dashes >= 2 {
        MarkerKind::Quote
    } else {
        return None;
    };
    let mut end = at + 1;
    if is_signed
        && !words.ends_with('-')
        && let Some(next) = lines.get(end)
        && next.words.ends_with("---")
        && next.words.len() < 80
    {
        end += 1;
    }
    // The header that follows belongs to it.
    let next = (end..lines.len().min(end + 6)).find(|&next| !lines[next].is_blank());
    let fields = next
        .and_then(|next| header_start(lines, next))
        .and_then(|start| header(lines, start, end).0);
    match fields {
        Some(header) if header.lines.start <= end + 6 => {
            Some(Marker { lines: at..header.lines.end, kind, fields: header.fields })
        }
        _ => Some(Marker { lines: at..end, kind, fields: Vec::new() }),
    }
}

/// The line a header begins that has its first field at or just below `at`.
fn header_start(lines: &[Line<'_>], at: usize) -> Option<usize> {
    (at..lines.len().min(at + 6)).find(|&line| field_of(lines[line].words).is_some())
}

fn is_rule_sign(c: char) -> bool {
    matches!(c, '-' | '_' | '*' | '=' | '~' | '#' | '–' | '—' | '>' | '<') || c.is_whitespace()
}

/// The field a line begins, if it does.
pub(crate) fn field_of(words: &str) -> Option<Field> {
    let words = words.trim_start_matches(['*', ' ']);
    let head = &words[..words.floor_char_boundary(44)];
    let colon = match head.is_ascii() {
        true => head.bytes().position(|b| b == b':'),
        false => head.find([':', '：']),
    };
    let colon = colon.filter(|&colon| (1..=40).contains(&colon))?;
    let name = words[..colon].trim_end_matches(['*', ' ']);
    if name.bytes().filter(|b| *b == b' ').count() > 2 {
        return None;
    }
    // "http://" is no field.
    if words[colon..].starts_with(":/") {
        return None;
    }
    if name.bytes().all(|b| b.is_ascii_lowercase()) {
        field(name)
    } else {
        field(&name.to_lowercase())
    }
}

/// A copied header that begins at the line `at`, or just above it where the
/// sender stands above the first field.
fn header(lines: &[Line<'_>], at: usize, free: usize) -> (Option<Marker>, usize) {
    let Some(first) = field_of(lines[at].words) else { return (None, at) };
    let mut fields = vec![(first, at..at + 1)];
    let mut at_line = at + 1;
    let mut end = at + 1;
    let (mut blank, mut between) = (0, 0);
    // Whether a blank line came since the last field.
    let mut is_apart = false;
    while let Some(line) = lines.get(at_line) {
        if line.is_blank() {
            blank += 1;
            is_apart = true;
            if blank > BLANK_MAX {
                break;
            }
        } else if let Some(found) = field_of(line.words)
            && (!is_apart || found != Field::Other)
        {
            if let Some(last) = fields.last_mut() {
                last.1.end = end;
            }
            if fields.len() == FIELDS_MAX {
                break;
            }
            fields.push((found, at_line..at_line + 1));
            end = at_line + 1;
            (blank, between) = (0, 0);
            is_apart = false;
        } else {
            let last = fields.last().map(|(field, _)| *field);
            let goes_on = match last {
                Some(Field::To | Field::From) => continues_addresses(line.words) || blank <= 2,
                // A wrapped subject is followed by a blank line.
                Some(Field::Subject) => {
                    blank == 0
                        && between == 0
                        && lines[at_line - 1].words.len() >= 60
                        && lines.get(at_line + 1).is_none_or(Line::is_blank)
                }
                Some(Field::Other) => blank == 0 && between < 3,
                _ => {
                    blank == 0
                        && between == 0
                        && line.words.len() < 40
                        && starts_with_digit(line.words)
                }
            };
            between += 1;
            if !goes_on || between > FIELD_LINES_MAX {
                break;
            }
            // Behind a blank line, only another field shows that this is the header.
            let is_joined = !is_apart
                && (matches!(last, Some(Field::Subject | Field::Other))
                    || continues_addresses(line.words));
            if is_joined {
                end = at_line + 1;
            }
            blank = 0;
        }
        at_line += 1;
    }
    if let Some(last) = fields.last_mut() {
        last.1.end = last.1.end.max(end);
    }
    let has = |wanted: Field| fields.iter().any(|(field, _)| *field == wanted);
    let kinds = [Field::From, Field::To, Field::Date, Field::Subject]
        .into_iter()
        .filter(|field| has(*field))
        .count();
    let sender = match first {
        Field::From if !is_deputy(lines[at].words) => None,
        _ => sender_above(lines, at, free),
    };
    let is_header = kinds >= 3
        || (kinds == 2
            && has(Field::From)
            && (has(Field::To) || has(Field::Date) || has(Field::Subject))
            && first != Field::Subject)
        || (first == Field::To && has(Field::Subject) && lines[at].words.contains(['@', '/']))
        || (kinds >= 1 && has(Field::To) && sender.is_some());
    if !is_header {
        return (None, end);
    }
    let mut start = at;
    if let Some(sender) = sender {
        start = sender.start;
        fields.insert(0, (Field::From, sender));
    }
    // A line of dashes above belongs to the header.
    if start > free
        && let Some(above) = lines.get(start - 1)
        && above.words.len() >= 5
        && above.words.chars().all(is_rule_sign)
    {
        start -= 1;
    }
    (Some(Marker { lines: start..end, kind: MarkerKind::Quote, fields }), end)
}

/// Whether a line goes on with the addresses of the line above.
fn continues_addresses(words: &str) -> bool {
    words.contains(['@', ';', '<', '/']) || words.ends_with(',') || words.len() < 40
}

/// "Kim Roe@ACME" and "03/01/2001 09:25 AM" above "To:".
fn sender_above(lines: &[Line<'_>], at: usize, free: usize) -> Option<Range<usize>> {
    let mut start = at;
    let mut seen_date = field_of(lines[at].words) == Some(Field::From);
    let mut steps = 0;
    while start > free && steps < 8 {
        let line = &lines[start - 1];
        steps += 1;
        if line.is_blank() {
            start -= 1;
            continue;
        }
        if line.words.len() > 120 {
            return None;
        }
        if is_deputy(line.words) {
            start -= 1;
            continue;
        }
        if !seen_date {
            if !holds_date(line.words) {
                return None;
            }
            seen_date = true;
            let before = text_before_date(line.words);
            start -= 1;
            if before.chars().any(char::is_alphabetic) {
                return Some(start..at);
            }
            continue;
        }
        if field_of(line.words).is_some() {
            return None;
        }
        let is_sender = line.words.len() <= 80 && !line.words.ends_with(['.', '!', '?', ':', ',']);
        return is_sender.then_some(start - 1..at);
    }
    None
}

/// "Sent by: Lee Day", below the sender.
fn is_deputy(words: &str) -> bool {
    let begins =
        |with: &str| words.get(..with.len()).is_some_and(|head| head.eq_ignore_ascii_case(with));
    begins("sent by") || begins("please respond to")
}

/// Whether a line tells a day and an hour, or a day alone.
pub(crate) fn holds_date(words: &str) -> bool {
    let bytes = words.as_bytes();
    bytes.windows(5).any(|part| {
        let is_digit = |at: usize| part[at].is_ascii_digit();
        let is_sign = |at: usize| matches!(part[at], b'/' | b'.' | b'-' | b':');
        (is_digit(0) && is_sign(1) && is_digit(2) && (is_digit(3) || is_sign(3)))
            || (is_digit(0)
                && is_digit(1)
                && is_digit(2)
                && is_digit(3)
                && !part[4].is_ascii_alphanumeric())
            || (is_sign(0) && is_digit(1) && is_digit(2) && is_digit(3) && is_digit(4))
    })
}

/// What stands before the first date of a line: the sender's name.
pub(crate) fn text_before_date(words: &str) -> &str {
    let bytes = words.as_bytes();
    let date = (0..bytes.len()).find(|&at| {
        bytes[at].is_ascii_digit()
            && (at == 0 || !bytes[at - 1].is_ascii_alphanumeric())
            && matches!(bytes.get(at + 1..at + 3), Some([a, b]) if matches!(a, b'/' | b'.' | b'-') || (a.is_ascii_digit() && matches!(b, b'/' | b'.' | b'-' | b'0'..=b'9')))
    });
    let before = &words[..date.unwrap_or(words.len())];
    let before = before.trim_end();
    before.strip_suffix(" on").unwrap_or(before).trim_end()
}

fn starts_with_digit(words: &str) -> bool {
    words.starts_with(|c: char| c.is_ascii_digit())
}

/// "On Monday, Kim Roe wrote:", perhaps over some lines, that ends at the line `at`.
fn wrote(lines: &[Line<'_>], at: usize, free: usize) -> Option<Marker> {
    let words = lines[at].words;
    if words.len() > MARKER_BYTES_MAX {
        return None;
    }
    let words = words.trim_end_matches(['*', '_', ' ']);
    let ends_as_one = words.ends_with([':', '：']);
    let is_before_quote = lines.get(at + 1..).is_some_and(|rest| {
        rest.iter()
            .take(3)
            .find(|line| !line.is_blank())
            .is_some_and(|line| line.depth > lines[at].depth)
    });
    if !ends_as_one && !is_before_quote {
        return None;
    }
    let mut start = at;
    let mut named = None;
    let mut says_so = false;
    for _ in 0..WRAPPED_MAX + 2 {
        let line = &lines[start];
        says_so = says_so || says_wrote(line.words);
        // Whoever neither wrote nor begins with a date says nothing of an earlier mail.
        if !line.is_blank() && (says_so || starts_with_digit(line.words)) {
            let text = joined(lines, start..at + 1);
            if text.len() > MARKER_BYTES_MAX * 2 {
                break;
            }
            let has_address = text.contains('@') && text.contains(['<', '(', '"']);
            let has_date = holds_date(&text);
            let is_dated = starts_with_digit(&text);
            let opens = is_dated || ON.open(&text).is_some();
            let is_told =
                has_date || has_address || (ends_as_one && text.contains(char::is_numeric));
            if (says_so && opens && is_told) || (is_dated && has_date && has_address) {
                return Some(quote_marker(start..at + 1));
            }
            // "Kim Roe <kim@acme.io> wrote:" and "Kim wrote:" above a quote
            let is_short = says_so && (has_address || (is_before_quote && text.len() < 60));
            if is_short && named.is_none() {
                named = Some(start);
            }
        }
        let is_wall = start == free
            || (lines[start - 1].is_blank() && start >= 2 && lines[start - 2].is_blank())
            || lines[start - 1].words.len() > MARKER_BYTES_MAX
            || lines[start - 1].words.ends_with(['.', '!', '?']) && named.is_some();
        if is_wall {
            break;
        }
        start -= 1;
    }
    named.map(|start| quote_marker(start..at + 1))
}

fn quote_marker(lines: Range<usize>) -> Marker {
    Marker { lines, kind: MarkerKind::Quote, fields: Vec::new() }
}

/// Lines as one, in lower case.
fn joined(lines: &[Line<'_>], range: Range<usize>) -> String {
    let mut text = String::new();
    for line in &lines[range] {
        if !text.is_empty() {
            text.push(' ');
        }
        push_lower(line.words, &mut text);
    }
    text
}

/// Whether a line holds a verb that ends "On Monday, Kim Roe wrote:".
fn says_wrote(words: &str) -> bool {
    words
        .split(|c: char| !c.is_alphabetic() && !matches!(c, '(' | ')'))
        .any(|word| !word.is_empty() && is_wrote(word))
        || (!words.is_ascii() && WROTE_WITHIN.iter().any(|verb| words.contains(verb)))
}
