//! Takes a mail apart: what its writer added, what is quoted or passed on, the
//! headers copied into it, and the signatures, notices and footers below.
//!
//! Only plain text is read, as people see it. Left out: HTML, MIME, and whose
//! words stand between the quote marks of clients that mark nothing.

mod endings;
mod lines;
mod markers;
mod shapes;
mod words;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use self::endings::{LineZone, Writer};
use self::lines::Line;
pub(crate) use self::lines::lines;
use self::markers::{Marker, MarkerKind};
pub(crate) use self::shapes::{Shape, is_initials, is_label_word, names_company, shape};
use self::words::Field;
use crate::folding::fold;
use crate::offsets::CharOffsets;
use crate::shelter::{merged, overlaps, quote_ranges};

/// What a part of a mail is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZoneKind {
    /// Words of an earlier mail.
    Quote,
    /// "On Monday, Kim Roe wrote:".
    QuoteMarker,
    /// The copied header of a mail that is quoted or passed on.
    ForwardHeader,
    /// "Hi Kim,".
    Greeting,
    /// What somebody has to say.
    Body,
    /// "Kind regards, Kim".
    Closing,
    /// Name, position, numbers.
    Signature,
    /// A legal notice.
    Disclaimer,
    /// What a mailing list or a mail program put below.
    Footer,
}

/// A part of a mail. Zones may nest: the innermost counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// What it is.
    pub kind: ZoneKind,
    /// The first character.
    pub start: usize,
    /// The character after the last.
    pub end: usize,
}

/// A mail, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// Its parts, in the order of the text, outer before inner.
    pub zones: Vec<Zone>,
    /// What its writer added, without signature, notices and quotes.
    pub reply: String,
}

/// Takes a mail apart. The name of who sent it helps to tell where the
/// signature begins.
///
/// ```
/// let mail = extractors::mail::read("Sure!\n\nKim\n\nOn 1 May 2027, Lee Day wrote:\n> Can you?", None);
/// assert_eq!(mail.reply, "Sure!\n\nKim");
/// ```
pub fn read(text: &str, sender: Option<&str>) -> Mail {
    Parts::of(text, sender).in_characters(text)
}

/// A field of a copied header that names people.
#[derive(Clone, Debug)]
pub(crate) struct Correspondence {
    /// What stands in the field, in bytes.
    pub(crate) range: Range<usize>,
    /// Whether it names who wrote the mail.
    pub(crate) is_sender: bool,
}

/// A mail taken apart, in bytes.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    /// Sorted by start, outer before inner.
    pub(crate) zones: Vec<(ZoneKind, Range<usize>)>,
    pub(crate) reply: String,
    pub(crate) correspondence: Vec<Correspondence>,
}

/// Whose words a part holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Writer,
    Earlier,
    Forwarded,
}

impl Parts {
    pub(crate) fn of(text: &str, sender: Option<&str>) -> Self {
        let lines = lines(text);
        let markers = markers::markers(&lines);
        let writer = Writer { names: name_words(sender.unwrap_or_default()) };
        let mut taken = Taken { lines: &lines, zones: Vec::new(), reply: Vec::new(), marked: 0 };
        let mut origin = Origin::Writer;
        let mut at = 0;
        for marker in &markers {
            taken.part(at..marker.lines.start, origin, &writer);
            taken.marked = marker.lines.start;
            let is_inside = lines[marker.lines.start].depth > 0;
            taken.marker(marker);
            at = marker.lines.end;
            let next = lines[at..].iter().find(|line| !line.is_blank());
            let is_followed = next.is_some_and(|line| line.depth == 0);
            let opens = taken.reply.is_empty()
                && markers.len() == 1
                && marker.fields.is_empty()
                && marker.kind == MarkerKind::Quote
                && !is_titled(&lines, marker);
            if !is_inside && is_followed && !opens {
                origin = match (origin, marker.kind) {
                    (_, MarkerKind::Forward) => Origin::Forwarded,
                    (Origin::Forwarded, _) => Origin::Forwarded,
                    _ => Origin::Earlier,
                };
            }
        }
        taken.part(at..lines.len(), origin, &writer);
        if taken.reply.is_empty() && markers.is_empty() {
            let quoted = lines.iter().filter(|line| line.depth > 0).map(|line| line.range.clone());
            taken.reply.extend(quoted);
        }
        let correspondence =
            markers.iter().flat_map(|marker| correspondence(&lines, marker)).collect();
        let (zones, reply) = taken.finished(text);
        Self { zones, reply, correspondence }
    }

    /// A chat message: only its quoted lines are told apart.
    pub(crate) fn of_chat(text: &str) -> Self {
        let quotes = quote_ranges(text);
        if quotes.is_empty() {
            return Self::without_quotes(text);
        }
        let mut reply = String::new();
        let mut at = 0;
        for quote in &quotes {
            reply.push_str(&text[at..quote.start]);
            at = quote.end;
        }
        reply.push_str(&text[at..]);
        let zones = quotes.into_iter().map(|quote| (ZoneKind::Quote, quote)).collect();
        Self { zones, reply: reply.trim().to_string(), correspondence: Vec::new() }
    }

    /// A chat message without quoted lines.
    pub(crate) fn without_quotes(text: &str) -> Self {
        Self { reply: text.trim().to_string(), ..Self::default() }
    }

    /// The same with places in characters.
    pub(crate) fn in_characters(self, text: &str) -> Mail {
        let mut offsets = CharOffsets::new(text);
        let zones = self.zones.into_iter().map(|(kind, range)| {
            let start = offsets.at(range.start);
            Zone { kind, start, end: start + text[range].chars().count() }
        });
        Mail { zones: zones.collect(), reply: self.reply }
    }

    /// The zones of these kinds, sorted and disjoint.
    pub(crate) fn of_kinds(&self, kinds: &[ZoneKind]) -> Vec<Range<usize>> {
        if self.zones.is_empty() {
            return Vec::new();
        }
        let wanted = self.zones.iter().filter(|(kind, _)| kinds.contains(kind));
        merged(wanted.map(|(_, range)| range.clone()).collect())
    }
}

/// The fields of a marker that name people.
fn correspondence(lines: &[Line<'_>], marker: &Marker) -> Vec<Correspondence> {
    let mut found = Vec::new();
    let mut push = |start: usize, end: usize, is_sender| {
        if start < end {
            found.push(Correspondence { range: start..end, is_sender });
        }
    };
    let first = &lines[marker.lines.start];
    // "----- Forwarded by Kim Roe/ACME on 03/01/2001 -----"
    if let Some(at) = first.words.to_ascii_lowercase().find("forwarded by ") {
        let words = &first.words[at + 13..];
        let name = words.split(['/', '@']).next().unwrap_or(words);
        let name = name.split(" on ").next().unwrap_or(name);
        push(first.at + at + 13, first.at + at + 13 + name.len(), false);
    }
    for (field, range) in &marker.fields {
        if !matches!(field, Field::From | Field::To) {
            continue;
        }
        let Some(line) = range.clone().find(|&at| !lines[at].is_blank()) else { continue };
        let (first, last) = (&lines[line], &lines[range.end - 1]);
        let is_labelled = markers::field_of(first.words).is_some();
        let colon = first.words.find([':', '：']).filter(|_| is_labelled);
        let skip = colon.map_or(0, |colon| {
            colon + first.words[colon..].chars().next().map_or(1, char::len_utf8)
        });
        let mut end = last.at + last.words.len();
        if !is_labelled {
            // A name above its date, without a label.
            end = first.at + markers::text_before_date(first.words).len();
        } else if *field == Field::From {
            end = first.at + skip + markers::text_before_date(&first.words[skip..]).len();
        }
        push(first.at + skip, end, *field == Field::From);
    }
    found
}

/// Whether a marker is a line between dashes.
fn is_titled(lines: &[Line<'_>], marker: &Marker) -> bool {
    lines[marker.lines.start].words.starts_with(['-', '_', '*', '='])
}

/// The folded words of a name.
fn name_words(name: &str) -> Vec<String> {
    fold(name)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().count() > 1)
        .take(8)
        .map(String::from)
        .collect()
}

/// Zones as they are found, by lines.
struct Taken<'t> {
    lines: &'t [Line<'t>],
    zones: Vec<(ZoneKind, Range<usize>)>,
    /// The lines of the reply, in bytes.
    reply: Vec<Range<usize>>,
    /// Where the last marker begins, by line.
    marked: usize,
}

impl Taken<'_> {
    fn push(&mut self, kind: ZoneKind, lines: Range<usize>) {
        if let (Some(first), Some(last)) =
            (self.lines.get(lines.start), self.lines.get(lines.end.wrapping_sub(1)))
            && first.range.start < last.range.end
        {
            self.zones.push((kind, first.range.start..last.range.end));
        }
    }

    fn marker(&mut self, marker: &Marker) {
        let kind = if marker.fields.is_empty() && marker.kind == MarkerKind::Quote {
            ZoneKind::QuoteMarker
        } else {
            ZoneKind::ForwardHeader
        };
        self.push(kind, marker.lines.clone());
    }

    /// Reads the lines between two markers.
    fn part(&mut self, part: Range<usize>, origin: Origin, writer: &Writer) {
        let mut start = part.start;
        while start < part.end {
            let depth = self.lines[start].depth;
            let mut end = start + 1;
            while end < part.end
                && (self.lines[end].depth == depth
                    || (self.lines[end].is_blank()
                        && self.lines[end].depth == 0
                        && self.goes_on(end, part.end, depth)))
            {
                end += 1;
            }
            if depth == 0 {
                self.written(start..end, origin, writer);
            } else {
                self.push(ZoneKind::Quote, start..end);
                for (kind, zone) in endings::zones(self.lines, start..end, &Writer::default()) {
                    if matches!(kind, ZoneKind::Signature | ZoneKind::Disclaimer) {
                        self.push(kind, zone);
                    }
                }
            }
            start = end;
        }
    }

    /// Whether a quote goes on behind the blank line `at`.
    fn goes_on(&self, at: usize, end: usize, depth: usize) -> bool {
        depth > 0
            && self.lines[at..end.min(at + 3)]
                .iter()
                .find(|line| !line.is_blank())
                .is_some_and(|line| line.depth == depth)
    }

    /// Reads lines that are not quoted.
    fn written(&mut self, part: Range<usize>, origin: Origin, writer: &Writer) {
        if origin == Origin::Earlier {
            self.push(ZoneKind::Quote, self.marked..part.end);
        }
        let nobody = Writer::default();
        let writer = if origin == Origin::Writer { writer } else { &nobody };
        let mut zones = endings::zones(self.lines, part, writer);
        zones.sort_by_key(|(_, lines)| lines.start);
        if origin == Origin::Writer {
            self.reply_with(&zones);
        }
        for (kind, lines) in zones {
            self.push(kind, lines);
        }
    }

    /// Takes the writer's own lines into the reply, each once.
    fn reply_with(&mut self, zones: &[LineZone]) {
        let is_own = |kind: &ZoneKind| {
            matches!(kind, ZoneKind::Greeting | ZoneKind::Body | ZoneKind::Closing)
        };
        let (own, other): (Vec<_>, Vec<_>) = zones.iter().partition(|(kind, _)| is_own(kind));
        let hidden = merged(other.into_iter().map(|(_, lines)| lines.clone()).collect());
        for lines in merged(own.into_iter().map(|(_, lines)| lines.clone()).collect()) {
            let kept = lines.filter(|&line| !overlaps(&hidden, &(line..line + 1)));
            self.reply.extend(kept.map(|line| self.lines[line].range.clone()));
        }
    }

    /// The sorted zones, and the words of the reply.
    fn finished(mut self, text: &str) -> (Vec<(ZoneKind, Range<usize>)>, String) {
        let mut reply = String::new();
        let mut last = None;
        for range in &self.reply {
            // A gap stays a gap.
            if last.is_some_and(|end: usize| end + 1 < range.start) {
                reply.push('\n');
            }
            if last.is_some() {
                reply.push('\n');
            }
            reply.push_str(text[range.clone()].trim_end_matches('\r'));
            last = Some(range.end);
        }
        self.zones.sort_by_key(|(kind, range)| (range.start, std::cmp::Reverse(range.end), *kind));
        let reply = reply.trim_end().trim_start_matches(['\n', '\r']).to_string();
        (self.zones, reply)
    }
}
