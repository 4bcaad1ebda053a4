//! The people in the headers that mails quote: senders and recipients, as mail
//! programs write them ("Roe, Kim; Lee Day", "Kim Roe/ACME@ACME, Lee Day/ACME",
//! `"Kim Roe" <kim@acme.io>`).

use std::ops::Range;

use super::{ContactSource, Draft, SpanKind};
use crate::mail::Correspondence;

/// A longer name is none.
const NAME_BYTES_MAX: usize = 60;

/// The people in a header's fields, in order.
pub(crate) fn find(text: &str, correspondence: &[Correspondence]) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for field in correspondence {
        let source = if field.is_sender { ContactSource::Forward } else { ContactSource::Text };
        for entry in entries(text, field.range.clone()) {
            if let Some(name) = name(text, entry) {
                let value = natural(&text[name.clone()]);
                let draft = Draft::new(SpanKind::Person, name, value, 0.85);
                drafts.push(Draft { source, ..draft });
            }
        }
    }
    drafts
}

/// The entries of a list of people. "Roe, Kim" is one of them.
fn entries(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let list = &text[range.clone()];
    let mut entries = Vec::new();
    let by_semicolon = list.contains(';');
    let (mut quoted, mut angled) = (false, false);
    let mut start = 0;
    for (at, c) in list.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '<' => angled = true,
            '>' => angled = false,
            ';' if !quoted => {
                entries.push(range.start + start..range.start + at);
                start = at + 1;
                angled = false;
            }
            ',' if !quoted && !angled && !by_semicolon => {
                entries.push(range.start + start..range.start + at);
                start = at + 1;
            }
            _ => {}
        }
    }
    entries.push(range.start + start..range.end);
    if by_semicolon { entries } else { joined(text, entries) }
}

/// Puts "Roe" and "Kim" together where a list has no other address signs.
fn joined(text: &str, entries: Vec<Range<usize>>) -> Vec<Range<usize>> {
    let is_bare = |entry: &Range<usize>| {
        let words = text[entry.clone()].trim();
        !words.is_empty() && !words.contains(['@', '/', '"', '(']) && !words.contains('<')
    };
    let words = |entry: &Range<usize>| text[entry.clone()].split_whitespace().count();
    let mut out: Vec<Range<usize>> = Vec::with_capacity(entries.len());
    let mut at = 0;
    while at < entries.len() {
        let here = &entries[at];
        let next = entries.get(at + 1);
        let is_family = is_bare(here) && words(here) <= 2;
        let is_given = next.is_some_and(|next| {
            let head = text[next.clone()].split(['<', '[', '(', '@']).next().unwrap_or_default();
            (1..=3).contains(&head.split_whitespace().count()) && !head.contains(['/', '"', '\''])
        });
        let fits = is_family && is_given && (words(here) == 1 || entries.len() == 2);
        if let Some(next) = next.filter(|_| fits) {
            out.push(here.start..next.end);
            at += 2;
        } else {
            out.push(here.clone());
            at += 1;
        }
    }
    out
}

/// The name in an entry, without address, office and quotes.
fn name(text: &str, entry: Range<usize>) -> Option<Range<usize>> {
    let words = &text[entry.clone()];
    let lead = words.len()
        - words
            .trim_start_matches(|c: char| {
                c.is_whitespace() || matches!(c, '"' | '\'' | '*' | '>' | '(' | '=')
            })
            .len();
    let head = &words[lead..];
    let end = head
        .char_indices()
        .find(|&(at, c)| {
            matches!(c, '/' | '@' | '<' | '[' | '(' | '"' | '\t')
                || c.is_ascii_digit()
                || (c == '\'' && ends_quote(head, at))
                || head[at..].starts_with("   ")
        })
        .map_or(head.len(), |(at, _)| at);
    let bare = &head[..end];
    let bare = bare.strip_suffix(" on").unwrap_or(bare);
    // An address without brackets is no name.
    if head[end..].starts_with('@')
        && !bare.trim().contains(' ')
        && head[end + 1..].split(char::is_whitespace).next().is_some_and(|host| host.contains('.'))
    {
        return None;
    }
    let bare = bare.trim_end_matches(|c: char| {
        c.is_whitespace() || matches!(c, ',' | '\'' | '"' | '=' | '-' | '*' | ':')
    });
    let bare = bare.strip_suffix(" on").unwrap_or(bare);
    let letters = bare.chars().filter(|c| c.is_alphabetic()).count();
    let fits = (2..=NAME_BYTES_MAX).contains(&bare.len())
        && letters >= 2
        && bare.split_whitespace().count() <= 6
        && bare.starts_with(|c: char| c.is_alphabetic())
        && !bare.contains(':');
    fits.then(|| entry.start + lead..entry.start + lead + bare.len())
}

/// Whether the apostrophe at `at` closes a quoted name, unlike that of O'Brien.
fn ends_quote(words: &str, at: usize) -> bool {
    !words[at + 1..].starts_with(char::is_alphabetic)
}

/// "Roe, Kim" as "Kim Roe", on one line.
fn natural(written: &str) -> String {
    let joined = |words: &str| words.split_whitespace().collect::<Vec<_>>().join(" ");
    match written.split_once(',') {
        Some((family, given)) => format!("{} {}", joined(given), joined(family)),
        None => joined(written),
    }
}
