//! Where the words of a mail end: its greeting, its closing, the signature of
//! whoever wrote it, and what machines put below.
//!
//! A part is read from its last line upwards: footers and notices first, then
//! lines that look like those of a signature, until one looks like a sentence.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::ZoneKind;
use super::lines::Line;
use super::shapes::{self, Shape};
use super::words::{CLOSING, FOOTER, GREETING, NOTICE, SENT_FROM};
use crate::folding::lowered;

/// A signature has at most this many lines with words.
const SIGNATURE_LINES_MAX: usize = 16;
/// A paragraph of more lines is read as long as this for notices.
const NOTICE_LINES_MAX: usize = 60;

/// Parts of words that a notice or a footer among other words holds.
static HINTS: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new("onfidential|ntended|nsubscribe").ok());

/// Any of the words by which machines are known.
static OF_MACHINES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let words: Vec<String> = NOTICE.iter().chain(FOOTER.iter()).map(regex::escape).collect();
    Regex::new(&words.join("|")).ok()
});

fn holds(pattern: &LazyLock<Option<Regex>>, words: &str) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(words))
}

/// Lines of one kind, by number.
pub(crate) type LineZone = (ZoneKind, Range<usize>);

/// What is known of who wrote a part.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writer {
    /// The folded words of the name.
    pub(crate) names: Vec<String>,
}

/// The zones of a part: lines that one person wrote in one go.
pub(crate) fn zones(lines: &[Line<'_>], part: Range<usize>, writer: &Writer) -> Vec<LineZone> {
    let mut zones = Vec::new();
    let Some(first) = part.clone().find(|&at| !lines[at].is_blank()) else {
        return zones;
    };
    let mut end = peel(lines, first..part.end, &mut zones);
    if let Some(at) = delimiter(lines, first..end) {
        zones.push((ZoneKind::Signature, at..end));
        end = trimmed_end(lines, first..at);
        end = peel(lines, first..end, &mut zones);
    }
    let whole = end;
    end = signature(lines, first..end, writer, &mut zones);
    let mut start = first;
    if start < end && is_greeting(lines, start, end) {
        zones.push((ZoneKind::Greeting, start..start + 1));
        start += 1;
    }
    if start < end {
        zones.push((ZoneKind::Body, start..end));
        notices(lines, start..end, &mut zones);
        if end == whole {
            inner_closings(lines, start..end, writer, &mut zones);
        }
    }
    zones
}

/// Closings and signatures with more words below them: a postscript, a press
/// release.
fn inner_closings(
    lines: &[Line<'_>],
    body: Range<usize>,
    writer: &Writer,
    zones: &mut Vec<LineZone>,
) {
    let mut at = body.start + 1;
    while at < body.end {
        let is_apart = lines[at - 1].is_blank() || lines[at].words.ends_with(',');
        if lines[at].is_blank()
            || lines[at].words.len() > 40
            || !is_apart
            || !is_closing(lines[at].words)
        {
            at += 1;
            continue;
        }
        let fits = |line: &usize| {
            let words = lines[*line].words;
            words.is_empty() || is_rule(words) || shape_of(words, writer) != Shape::Prose
        };
        let end = (at + 1..body.end.min(at + SIGNATURE_LINES_MAX)).take_while(fits).last();
        if let Some(last) = end {
            signature(lines, at..last + 1, writer, zones);
        }
        at = end.unwrap_or(at) + 1;
    }
}

/// Legal notices and footers with words below them.
fn notices(lines: &[Line<'_>], body: Range<usize>, zones: &mut Vec<LineZone>) {
    let mut start = body.start;
    for at in body.start..=body.end {
        let ends = at == body.end || lines[at].is_blank() || is_rule(lines[at].words);
        if !ends {
            continue;
        }
        let may_be = (2..NOTICE_LINES_MAX).contains(&(at - start))
            && lines[start..at].iter().any(|line| holds(&HINTS, line.words));
        if let Some(kind) = may_be.then(|| machine_paragraph(lines, start..at)).flatten() {
            zones.push((kind, start..at));
        }
        start = at + 1;
    }
}

/// The end of a part without its last blank lines.
fn trimmed_end(lines: &[Line<'_>], part: Range<usize>) -> usize {
    part.clone().rev().find(|&at| !lines[at].is_blank()).map_or(part.start, |at| at + 1)
}

/// Takes away what machines put at the end, and gives the new end.
fn peel(lines: &[Line<'_>], part: Range<usize>, zones: &mut Vec<LineZone>) -> usize {
    let mut end = trimmed_end(lines, part.clone());
    while end > part.start {
        let line = lines[end - 1].words;
        let paragraph = paragraph_above(lines, part.start..end);
        let zone = if is_attachment(line) {
            (ZoneKind::Body, end - 1..end)
        } else if is_sent_from(line) || is_rule(line) || is_mark(line) {
            (ZoneKind::Footer, end - 1..end)
        } else if let Some(kind) = machine_paragraph(lines, paragraph.clone()) {
            (kind, paragraph)
        } else {
            break;
        };
        end = trimmed_end(lines, part.start..zone.1.start);
        zones.push(zone);
    }
    end
}

/// The lines without a blank one between them that end a part.
fn paragraph_above(lines: &[Line<'_>], part: Range<usize>) -> Range<usize> {
    let from = part.end.saturating_sub(NOTICE_LINES_MAX).max(part.start);
    let is_wall = |at: &usize| lines[*at].is_blank() || is_rule(lines[*at].words);
    let start = (from..part.end).rev().find(is_wall).map_or(from, |at| at + 1);
    start..part.end
}

/// Whether a paragraph is a legal notice or the footer of a list.
fn machine_paragraph(lines: &[Line<'_>], paragraph: Range<usize>) -> Option<ZoneKind> {
    let text = lowered_lines(lines, paragraph.clone());
    if !holds(&OF_MACHINES, &text) {
        return None;
    }
    let hits = NOTICE.iter().filter(|phrase| text.contains(phrase)).take(3).count();
    if hits >= 3 || (hits >= 2 && text.len() > 150) {
        return Some(ZoneKind::Disclaimer);
    }
    let is_footer = FOOTER.iter().any(|phrase| text.contains(phrase));
    let names_a_place = text.contains("http") || text.contains("www.") || text.contains('@');
    (is_footer && names_a_place && paragraph.len() <= 12).then_some(ZoneKind::Footer)
}

fn lowered_lines(lines: &[Line<'_>], range: Range<usize>) -> String {
    let mut text = String::new();
    for line in &lines[range] {
        push_lower(line.words, &mut text);
        text.push(' ');
    }
    text
}

pub(crate) fn push_lower(words: &str, text: &mut String) {
    if words.is_ascii() {
        let start = text.len();
        text.push_str(words);
        text[start..].make_ascii_lowercase();
    } else {
        text.push_str(&words.to_lowercase());
    }
}

/// "Sent from my telephone"
fn is_sent_from(line: &str) -> bool {
    if line.len() > 160 {
        return false;
    }
    let low = lowered(line);
    let inner = low.trim_start_matches(['(', '[', '*', '_', '-', '—', ' ']);
    SENT_FROM.open(inner).is_some()
        || (!low.is_ascii()
            && SENT_FROM.iter().any(|phrase| !phrase.is_ascii() && low.contains(phrase)))
        || (low.len() < 60 && (low.ends_with(" from mobile") || low.ends_with("via mobile")))
}

/// A line of nothing but signs.
fn is_rule(line: &str) -> bool {
    !line.is_empty() && !line.chars().any(char::is_alphanumeric)
}

/// What mail programs write for a file that was sent along.
fn is_attachment(line: &str) -> bool {
    let low = lowered(line.get(..24).unwrap_or(line));
    low.starts_with("(see attached")
        || low.starts_with("<<")
        || low.starts_with("[cid:")
        || low.starts_with("[image")
        || low.starts_with("attachment:")
        || low.starts_with("<embedded")
        || (low.starts_with("- ") && line.len() < 90 && names_a_file(line))
}

/// "- prices.xls"
fn names_a_file(line: &str) -> bool {
    line.rsplit_once('.').is_some_and(|(name, ending)| {
        (2..=4).contains(&ending.len())
            && ending.bytes().all(|b| b.is_ascii_alphanumeric())
            && !name.ends_with('.')
    })
}

/// What mail trackers leave behind.
fn is_mark(line: &str) -> bool {
    line == "ᐧ" || matches!(line, "[image]" | "[IMAGE]")
}

/// The line "--" that mail programs put above a signature.
fn delimiter(lines: &[Line<'_>], part: Range<usize>) -> Option<usize> {
    let from = part.end.saturating_sub(SIGNATURE_LINES_MAX * 2).max(part.start);
    (from..part.end).find(|&at| matches!(lines[at].words, "--" | "—" | "–" | "- --" | "__" | "---"))
}

/// Whether the first line of a part speaks to somebody.
fn is_greeting(lines: &[Line<'_>], first: usize, end: usize) -> bool {
    let line = lines[first].words;
    if line.len() > 60 || line.is_empty() {
        return false;
    }
    let words = line.split_whitespace().count();
    if GREETING.open(&lowered(line)).is_some() {
        return words <= 6 && !line.ends_with(['.', '?']);
    }
    // "Kim," and "Kim and Lee -"
    let is_called = line.ends_with([',', ':', '-', '–', '—']) && words <= 5;
    is_called && first + 1 < end && shapes::is_names(line)
}

/// Finds closing and signature above `part.end`; gives where the body ends.
fn signature(
    lines: &[Line<'_>],
    part: Range<usize>,
    writer: &Writer,
    zones: &mut Vec<LineZone>,
) -> usize {
    let block = block_above(lines, part.clone(), writer);
    if block.is_empty() {
        return part.end;
    }
    let shape = |at: usize| block[at].1;
    // The first line that is surely the start: a closing, else a name with
    // something to tell below it, else a name alone at the end.
    let closing = (0..block.len()).find(|&at| shape(at) == Shape::Closing);
    let details_below =
        |at: usize| (at + 1..block.len()).any(|below| shape(below) == Shape::Detail);
    let named = (0..block.len()).find(|&at| shape(at).is_name() && details_below(at));
    let details = block.iter().filter(|(_, shape)| *shape == Shape::Detail).count();
    let (closing_from, signature_from) = match (closing, named) {
        (Some(closing), _) => {
            // "Thanks," and the name below it; then the signature.
            let after = closing + 1;
            let name = (after..block.len()).take_while(|&at| shape(at).is_name()).count();
            let whole_name =
                (after..after + name).find(|&at| shape(at) == Shape::Name && details_below(at));
            (Some(closing), whole_name.unwrap_or(after + name))
        }
        (None, Some(named)) => match (shape(named), named.checked_sub(1)) {
            (Shape::GivenName, _) if block.len() > named + 1 && shape(named + 1).is_name() => {
                (Some(named), named + 1)
            }
            _ => (None, named),
        },
        (None, None) => {
            let last = block.len() - 1;
            if shape(last).is_name() && is_set_apart(lines, &block, part.start, writer) {
                let from =
                    (0..=last).rev().take_while(|&at| shape(at).is_name()).last().unwrap_or(last);
                (Some(from), block.len())
            } else if details >= 1 && is_numbers_alone(lines, &block, part.start) {
                (None, 0)
            } else {
                return part.end;
            }
        }
    };
    let mut body_end = part.end;
    if signature_from < block.len() {
        let start = rule_above(lines, block[signature_from].0, part.start);
        zones.push((ZoneKind::Signature, start..part.end));
        body_end = start;
    }
    if let Some(closing) = closing_from {
        let start = block[closing].0;
        if start < body_end {
            zones.push((ZoneKind::Closing, start..trimmed_end(lines, start..body_end)));
            body_end = start;
        }
    }
    trimmed_end(lines, part.start..body_end)
}

/// The start of a signature, with the line of signs above it.
fn rule_above(lines: &[Line<'_>], start: usize, floor: usize) -> usize {
    if start > floor && is_rule(lines[start - 1].words) { start - 1 } else { start }
}

/// The lines at the end of a part that may be of a signature, in order.
fn block_above(lines: &[Line<'_>], part: Range<usize>, writer: &Writer) -> Vec<(usize, Shape)> {
    let mut block = Vec::new();
    let mut blank = 0;
    for at in part.clone().rev() {
        let line = &lines[at];
        if line.is_blank() {
            blank += 1;
            if blank > 3 && !block.is_empty() {
                break;
            }
            continue;
        }
        if is_rule(line.words) || is_attachment(line.words) {
            continue;
        }
        let shape = shape_of(line.words, writer);
        let is_first = at == part.start;
        if shape == Shape::Prose
            || block.len() >= SIGNATURE_LINES_MAX
            || (is_first && !may_open(shape, block.is_empty()))
        {
            break;
        }
        // A list of plain words is no signature.
        if blank > 1 && shape == Shape::Words {
            break;
        }
        blank = 0;
        block.push((at, shape));
        if shape == Shape::Closing {
            break;
        }
    }
    block.reverse();
    block
}

/// Whether the first line of a part may be of its signature: a name or a
/// closing, and a first name if it is all there is.
fn may_open(shape: Shape, is_alone: bool) -> bool {
    matches!(shape, Shape::Name | Shape::Closing) || (shape == Shape::GivenName && is_alone)
}

fn shape_of(words: &str, writer: &Writer) -> Shape {
    if is_closing(words) {
        return Shape::Closing;
    }
    shapes::shape(words, &writer.names)
}

/// "Kind regards," and "Thanks, Kim", but no sentence.
fn is_closing(words: &str) -> bool {
    if words.len() > 60 {
        return false;
    }
    let low = lowered(words);
    let inner = low.trim_start_matches(['*', '-', '~', ' ']);
    let Some(length) = CLOSING.open(inner) else {
        // "Most sincerely," and "Foolishly,"
        let bare = inner.strip_suffix(',').unwrap_or_default();
        return bare.ends_with("ly") && bare.split_whitespace().count() <= 3;
    };
    let rest = inner[length..].trim_matches(|c: char| !c.is_alphanumeric());
    let count = rest.split_whitespace().count();
    !words.ends_with('?') && (count <= 3 || (count <= 5 && rest.contains(',')))
}

/// Whether addresses and numbers without a name stand apart from the words above.
fn is_numbers_alone(lines: &[Line<'_>], block: &[(usize, Shape)], floor: usize) -> bool {
    let (first, _) = block[0];
    first > floor
        && (lines[first - 1].is_blank() || is_rule(lines[first - 1].words))
        && block.iter().any(|(at, _)| shapes::is_reachable(lines[*at].words))
        && block.iter().all(|(_, shape)| *shape == Shape::Detail || *shape == Shape::Words)
}

/// Whether the name that ends a part stands apart from its words.
fn is_set_apart(
    lines: &[Line<'_>],
    block: &[(usize, Shape)],
    floor: usize,
    writer: &Writer,
) -> bool {
    let Some(&(at, _)) = block.last() else { return false };
    let name = lines[at].words;
    if shapes::shares_a_word(name, &writer.names) {
        return true;
    }
    let is_whole = name.trim().contains(' ');
    let is_known = writer.names.is_empty() || shapes::begins_with_a_given_name(name);
    if shapes::is_initials(name) || (is_whole && !is_known) {
        return false;
    }
    if at == floor {
        return shapes::begins_with_a_given_name(name);
    }
    lines[at - 1].is_blank() || lines[at - 1].words.ends_with(['.', '!', '?', ','])
}
