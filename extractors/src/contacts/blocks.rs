//! Name, position and company in a signature, line by line: the name comes
//! first, the others follow it, and numbers and towns are neither.

use std::ops::Range;

use super::lexicon::{is_free_mail, is_title_word, word_lists};
use super::{ContactSource, Draft, SpanKind};
use crate::folding::fold;
use crate::mail::{Shape, is_initials, is_label_word, lines, names_company, shape};

word_lists! {
    /// Whether a lower-case word names a position, though only in a signature.
    is_office = OFFICES;
    /// Whether a line that ends with the lower-case word tells what somebody does.
    is_function = FUNCTIONS;
}

/// A signature has no more lines worth reading.
const LINES_MAX: usize = 16;

/// Positions that are ordinary words elsewhere.
const OFFICES: &str = "\
geologist economist trader clerk staff agent broker dealer teacher lecturer fellow dean student \
postdoc deputy writer chemist biologist physicist nurse librarian curator merchandiser \
estimator inspector translator maintainer evangelist steward operator generalist paralegal \
actuary";
/// Lines that end like this tell what somebody does.
const FUNCTIONS: &str = "\
support management operations development marketing sales engineering research origination";

/// What the signature at `zone` tells. `hosts` are the hosts of the addresses
/// of its writer; `found` are the finds so far, sorted.
pub(crate) fn find(
    text: &str,
    zone: &Range<usize>,
    hosts: &[String],
    found: &[Draft],
) -> Vec<Draft> {
    let mut block = Block {
        text,
        hosts: labels(hosts),
        found,
        drafts: Vec::new(),
        named: false,
        company: false,
    };
    block.hosts.extend(labels(&hosts_in(zone, found)));
    let written = lines(&text[zone.clone()]);
    let mut free: Option<Range<usize>> = None;
    for line in written.iter().filter(|line| !line.is_blank()).take(LINES_MAX) {
        let range = zone.start + line.at..zone.start + line.at + line.words.len();
        for part in block.parts(range) {
            let is_open = block.named && free.is_none() && block.drafts.len() < 3;
            if !block.read(part.clone()) && is_open && block.may_be_company(&part) {
                free = Some(part);
            }
        }
    }
    // The company is what stands where companies stand.
    if let Some(range) = free.filter(|_| !block.company) {
        block.push(SpanKind::Organisation, range, 0.6);
    }
    block.drafts
}

/// The name below "Kind regards,".
pub(crate) fn closing_name(text: &str, zone: &Range<usize>) -> Option<Draft> {
    let written = lines(&text[zone.clone()]);
    let line = written.iter().rev().find(|line| !line.is_blank())?;
    let edge = |c: char| !c.is_alphabetic();
    let name = line.words.trim_matches(edge);
    let lead = line.words.len() - line.words.trim_start_matches(edge).len();
    let start = zone.start + line.at + lead;
    let fits = shape(name, &[]).is_name() && !is_initials(name);
    let draft = Draft::new(SpanKind::Person, start..start + name.len(), name.to_string(), 0.7);
    fits.then_some(Draft { source: ContactSource::Signature, ..draft })
}

/// The hosts of the addresses in a signature.
fn hosts_in(zone: &Range<usize>, found: &[Draft]) -> Vec<String> {
    found
        .iter()
        .filter(|draft| draft.kind == SpanKind::Email && zone.contains(&draft.range.start))
        .filter_map(|draft| draft.value.rsplit_once('@').map(|(_, host)| host.to_string()))
        .collect()
}

/// The words that name the company in its host: `acme` of `mail.acme.io`.
fn labels(hosts: &[String]) -> Vec<String> {
    hosts
        .iter()
        .filter(|host| !is_free_mail(host))
        .filter_map(|host| {
            let (before, _) = host.rsplit_once('.')?;
            before.split('.').map(fold).rfind(|label| label.len() > 2)
        })
        .collect()
}

struct Block<'t> {
    text: &'t str,
    hosts: Vec<String>,
    found: &'t [Draft],
    drafts: Vec<Draft>,
    named: bool,
    company: bool,
}

impl Block<'_> {
    fn push(&mut self, kind: SpanKind, range: Range<usize>, confidence: f32) {
        let value = self.text[range.clone()].split_whitespace().collect::<Vec<_>>().join(" ");
        let draft = Draft::new(kind, range, value, confidence);
        self.drafts.push(Draft { source: ContactSource::Signature, ..draft });
    }

    /// The parts of a line: between bars, wide gaps and before finds.
    fn parts(&self, line: Range<usize>) -> Vec<Range<usize>> {
        let next = self.found.partition_point(|draft| draft.range.end <= line.start);
        let find = self.found[next..]
            .iter()
            .filter(|draft| {
                !matches!(draft.kind, SpanKind::Date | SpanKind::Amount | SpanKind::Mention)
            })
            .take_while(|draft| draft.range.start < line.end)
            .map(|draft| draft.range.start.max(line.start))
            .next();
        let words = &self.text[line.start..find.unwrap_or(line.end)];
        let mut parts = Vec::new();
        let mut at = 0;
        let (always, first) =
            (["|", "  ", "\t", " · ", " • ", " * ", " // "], [" - ", " – ", " — ", " / "]);
        let ends: Vec<&str> =
            always.into_iter().chain(first.into_iter().filter(|_| !self.named)).collect();
        while at < words.len() && parts.len() < 6 {
            let cut = ends
                .iter()
                .filter_map(|end| words[at..].find(end).map(|found| (at + found, end.len())))
                .min_by_key(|(found, length)| (*found, std::cmp::Reverse(*length)));
            let (end, next) =
                cut.map_or((words.len(), words.len()), |(end, length)| (end, end + length));
            parts.extend(self.trimmed(line.start + at..line.start + end));
            at = next;
        }
        // "Tel:" and its like say nothing by themselves.
        if find.is_some()
            && let Some(part) = parts.pop()
        {
            parts.extend(self.without_label(part));
        }
        parts
    }

    /// A part without the "tel:" at its end.
    fn without_label(&self, part: Range<usize>) -> Option<Range<usize>> {
        let words = &self.text[part.clone()];
        if is_label(words) {
            return None;
        }
        match words.rsplit_once(' ') {
            Some((head, label)) if is_label(label) => {
                self.trimmed(part.start..part.start + head.len())
            }
            _ => Some(part),
        }
    }

    fn trimmed(&self, range: Range<usize>) -> Option<Range<usize>> {
        let words = &self.text[range.clone()];
        let is_edge = |c: char| {
            c.is_whitespace()
                || matches!(
                    c,
                    '*' | '-'
                        | '_'
                        | '|'
                        | ','
                        | ':'
                        | '~'
                        | '<'
                        | '>'
                        | '='
                        | '#'
                        | '–'
                        | '—'
                        | '"'
                )
        };
        let start = range.start + words.len() - words.trim_start_matches(is_edge).len();
        let end = range.end - (words.len() - words.trim_end_matches(is_edge).len());
        (start < end).then_some(start..end)
    }

    /// Takes a part for what it surely is.
    fn read(&mut self, part: Range<usize>) -> bool {
        let words = &self.text[part.clone()];
        if words.len() > 80 || !words.chars().any(char::is_alphabetic) {
            return true;
        }
        if !self.named
            && self.drafts.is_empty()
            && !self.is_company(&part)
            && self.name(part.clone())
        {
            return true;
        }
        let has_digits = words.bytes().filter(u8::is_ascii_digit).count() >= 2;
        if self.is_title(&part) && !has_digits {
            self.title(part);
            return true;
        }
        if self.is_company(&part) && !has_digits {
            if !self.company {
                self.push(SpanKind::Organisation, part, 0.85);
                self.company = true;
            }
            return true;
        }
        has_digits || words.contains('@')
    }

    /// "Mark D. Guinney, CFA"
    fn name(&mut self, part: Range<usize>) -> bool {
        let words = &self.text[part.clone()];
        let end = words.find([',', '(']).unwrap_or(words.len());
        let Some(name) = self.trimmed(part.start..part.start + end) else { return false };
        let written = &self.text[name.clone()];
        let is_followed_by_value = self.text[name.end..].starts_with(':') || is_label(written);
        if !shape(written, &[]).is_name() || is_followed_by_value || is_initials(written) {
            return false;
        }
        let confidence = if written.contains(' ') { 0.9 } else { 0.6 };
        self.push(SpanKind::Person, name, confidence);
        self.named = true;
        if let Some(rest) = self.trimmed(part.start + end..part.end) {
            if self.is_title(&rest) {
                self.title(rest);
            } else if self.is_company(&rest) {
                self.push(SpanKind::Organisation, rest, 0.7);
                self.company = true;
            }
        }
        true
    }

    /// "Senior Counsel, Acme" is a position and a company.
    fn title(&mut self, part: Range<usize>) {
        let words = &self.text[part.clone()];
        let cut = words.rfind(',').or_else(|| words.find(" at ")).or_else(|| words.find(" @ "));
        if let Some(cut) = cut {
            let head = self.trimmed(part.start..part.start + cut);
            let skip = if words[cut..].starts_with(',') { 1 } else { 3 };
            let tail = self.trimmed(part.start + cut + skip..part.end);
            if let (Some(head), Some(tail)) = (head, tail)
                && self.is_title(&head)
                && (skip == 3 || self.is_company(&tail) || self.is_short_form(&tail))
            {
                self.push(SpanKind::Title, head, 0.85);
                self.push(SpanKind::Organisation, tail, 0.75);
                self.company = true;
                return;
            }
        }
        self.push(SpanKind::Title, part, 0.85);
    }

    fn is_title(&self, part: &Range<usize>) -> bool {
        let words = &self.text[part.clone()];
        let mut last = String::new();
        for word in words.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
            last = word.to_lowercase();
            if is_title_word(&last) || is_office(&last) {
                return true;
            }
        }
        is_function(&last) && !self.is_company(part)
    }

    fn is_company(&self, part: &Range<usize>) -> bool {
        let words = &self.text[part.clone()];
        if names_company(words) {
            return true;
        }
        let folded: String = fold(words).chars().filter(|c| c.is_alphanumeric()).collect();
        self.hosts.iter().any(|label| {
            folded.starts_with(label.as_str()) || (folded.len() > 3 && label.starts_with(&folded))
        })
    }

    /// "ENA"
    fn is_short_form(&self, part: &Range<usize>) -> bool {
        let words = &self.text[part.clone()];
        (2..=5).contains(&words.len()) && words.bytes().all(|b| b.is_ascii_uppercase())
    }

    /// Whether a part that is nothing else may be the company.
    fn may_be_company(&self, part: &Range<usize>) -> bool {
        let words = &self.text[part.clone()];
        matches!(shape(words, &[]), Shape::Name | Shape::Words | Shape::GivenName | Shape::Detail)
            && words.starts_with(char::is_uppercase)
            && !words.contains('@')
            && !words.bytes().any(|b| b.is_ascii_digit())
            && !words.contains(',')
    }
}

/// "tel:" and its like.
fn is_label(words: &str) -> bool {
    let mut words = words.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.all(|word| is_label_word(&word.to_lowercase()))
}
