//! The parts of a message in which nobody speaks of a customer: code, quoted
//! lines, links, and the machine tokens that chat platforms put between angle
//! brackets.

use std::collections::HashMap;
use std::ops::Range;

use linkify::{LinkFinder, LinkKind};

/// Byte ranges of code spans and fences, sorted and disjoint.
pub(crate) fn code_ranges(text: &str) -> Vec<Range<usize>> {
    if !text.contains('`') {
        return Vec::new();
    }
    let runs = backtick_runs(text);
    let mut starts_by_length: HashMap<usize, Vec<usize>> = HashMap::new();
    for run in &runs {
        starts_by_length.entry(run.len()).or_default().push(run.start);
    }
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut paragraph_end = 0;
    for run in runs {
        if ranges.last().is_some_and(|last| run.start < last.end) {
            continue;
        }
        let closing = starts_by_length.get(&run.len()).and_then(|starts| {
            starts.get(starts.partition_point(|&start| start <= run.start)).copied()
        });
        if run.len() >= 3 {
            match closing {
                Some(start) => ranges.push(run.start..start + run.len()),
                None if opens_line(text, run.start) => ranges.push(run.start..text.len()),
                None => {}
            }
            continue;
        }
        if paragraph_end < run.end {
            paragraph_end =
                text[run.end..].find("\n\n").map_or(text.len(), |found| run.end + found);
        }
        if let Some(start) = closing.filter(|&start| start < paragraph_end) {
            ranges.push(run.start..start + run.len());
        }
    }
    ranges
}

fn backtick_runs(text: &str) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (at, _) in text.match_indices('`') {
        match runs.last_mut() {
            Some(run) if run.end == at => run.end = at + 1,
            _ => runs.push(at..at + 1),
        }
    }
    runs
}

fn opens_line(text: &str, at: usize) -> bool {
    let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    text[line_start..at].bytes().all(|b| b == b' ')
}

/// Byte ranges of lines that begin with `>`.
pub(crate) fn quote_ranges(text: &str) -> Vec<Range<usize>> {
    if !text.contains('>') {
        return Vec::new();
    }
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        let indent = line.bytes().take_while(|&b| b == b' ').count();
        if indent <= 3 && line.as_bytes().get(indent) == Some(&b'>') {
            match ranges.last_mut() {
                Some(last) if last.end == start => last.end = end,
                _ => ranges.push(start..end),
            }
        }
        start = end;
    }
    ranges
}

/// A web or mail link as it stands in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) range: Range<usize>,
    /// `https://…`, `mailto:…`; a bare `acme.io` has none.
    pub(crate) has_scheme: bool,
    pub(crate) is_email: bool,
}

/// Everything that looks like a link or an address, in order.
pub(crate) fn links(text: &str) -> Vec<Link> {
    if !may_hold_links(text) {
        return Vec::new();
    }
    let mut finder = LinkFinder::new();
    finder.url_must_have_scheme(false);
    finder
        .links(text)
        .map(|link| {
            let head = &link.as_str().as_bytes()[..link.as_str().len().min(24)];
            let is_email = *link.kind() == LinkKind::Email;
            Link {
                range: link.start()..link.end(),
                has_scheme: !is_email
                    && (head.windows(3).any(|w| w == b"://")
                        || head.to_ascii_lowercase().starts_with(b"mailto:")),
                is_email,
            }
        })
        .collect()
}

/// Whether a sign that no link can do without stands before what may follow it there.
fn may_hold_links(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some(count) = bytes.len().checked_sub(1) else { return false };
    // Without a way out of the loop, many bytes are compared at once.
    let pairs = bytes[..count].iter().zip(&bytes[1..]);
    pairs.fold(false, |may, (&sign, &next)| may | may_be_of_link(sign, next))
}

/// Whether these two bytes may stand in a link as what no link can do without: the dot of a host,
/// the colon of `://`, an at sign.
pub(crate) fn may_be_of_link(sign: u8, next: u8) -> bool {
    let is_letter = ((next | 0x20).wrapping_sub(b'a') < 26) | (next >= 0x80);
    let opens_label = is_letter | (next.wrapping_sub(b'0') < 10);
    let is_gap = (next == b' ') | (next.wrapping_sub(b'\t') < 5);
    ((sign == b'.') & opens_label) | ((sign == b':') & (next == b'/')) | ((sign == b'@') & !is_gap)
}

/// Whether a link without a scheme is only a host name, such as `acme.io`.
pub(crate) fn is_bare_domain(text: &str, link: &Link) -> bool {
    let written = &text[link.range.clone()];
    !link.has_scheme && !link.is_email && !written.contains(['/', '?', '#', ':', '@'])
}

/// `<@42>`, `<#42>`, `<:shipit:42>`, `<t:42>`: what platforms write for people,
/// rooms, emoji and times.
pub(crate) fn platform_tokens(text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    for (at, _) in text.match_indices('<') {
        let rest = &text.as_bytes()[at + 1..text.len().min(at + 80)];
        let opens = matches!(rest, [b'@' | b'#' | b':', ..] | [b'a' | b't', b':', ..]);
        if opens
            && let Some(close) = rest.iter().position(|&b| b == b'>')
            && rest[..close].iter().all(|b| b.is_ascii_alphanumeric() || b"@#:&!_-".contains(b))
            && rest[..close].iter().any(u8::is_ascii_digit)
        {
            ranges.push(at..at + close + 2);
        }
    }
    ranges
}

/// Sorts and joins ranges that touch.
pub(crate) fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    if ranges.len() < 2 {
        return ranges;
    }
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut out: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}

/// Whether `range` overlaps one of the sorted, disjoint `ranges`.
pub(crate) fn overlaps(ranges: &[Range<usize>], range: &Range<usize>) -> bool {
    let next = ranges.partition_point(|r| r.end <= range.start);
    ranges.get(next).is_some_and(|r| r.start < range.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slices(text: &str, ranges: Vec<Range<usize>>) -> Vec<&str> {
        ranges.into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn code_is_found_as_chat_clients_render_it() {
        fn check(text: &str, expected: &[&str]) {
            assert_eq!(slices(text, code_ranges(text)), expected, "{text:?}");
        }
        check("run `a b` now", &["`a b`"]);
        check("``a ` b`` c", &["``a ` b``"]);
        check("```rust\nx\n``` then", &["```rust\nx\n```"]);
        check("```\nunclosed", &["```\nunclosed"]);
        check("a ``` b", &[]);
        check("it` is\n\nnot` code", &[]);
        check("no code", &[]);
    }

    #[test]
    fn quoted_lines_are_whole_lines() {
        let text = "hi\n> one\n>two\nthree > four\n  > five";
        assert_eq!(slices(text, quote_ranges(text)), ["> one\n>two\n", "  > five"]);
    }

    #[test]
    fn links_know_whether_they_are_a_bare_domain() {
        let text = "acme.io, https://acme.io/x and jo@acme.io or acme.io/y";
        let found = links(text);
        let bare: Vec<bool> = found.iter().map(|l| is_bare_domain(text, l)).collect();
        assert_eq!(bare, [true, false, false, false]);
    }

    #[test]
    fn no_link_is_passed_over() {
        for text in ["a.b", "http://x", "x@y", "ü.ß", "see 1.2.3.4/x", "ftp://[::1]/", "a.io"] {
            assert!(may_hold_links(text), "{text:?}");
        }
        for text in ["", ".", "well... ok.", "so: yes", "10:30", ":) .)", "a @ b", "end."] {
            assert!(!may_hold_links(text), "{text:?}");
        }
    }

    #[test]
    fn platform_tokens_are_not_prose() {
        let text = "<@42> <@&43> <:acme:44> <b> <t:12:R> <#9";
        assert_eq!(
            slices(text, platform_tokens(text)),
            ["<@42>", "<@&43>", "<:acme:44>", "<t:12:R>"]
        );
    }

    #[test]
    fn overlap_is_half_open() {
        let ranges = merged(vec![4..6, 0..2, 1..3]);
        assert_eq!(ranges, [0..3, 4..6]);
        assert!(!overlaps(&ranges, &(3..4)));
        assert!(overlaps(&ranges, &(2..4)));
        assert!(overlaps(&ranges, &(5..9)));
        assert!(!overlaps(&ranges, &(6..9)));
    }
}
