//! E-mail addresses, also those written to hide from machines
//! ("kim at acme dot io"), and never a git remote or a fediverse handle.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::lexicon::{is_file_ending, is_given_name, is_host_ending, is_never_a_mailbox};
use super::marks::Marks;
use super::{Draft, SpanKind};
use crate::folding::fold;
use crate::mentions::stands_alone;
use crate::offsets::{char_at, char_before};

const LOCAL_CHARS_MAX: usize = 64;
const HOST_CHARS_MAX: usize = 253;
const GITHUB_NOREPLY: &str = "@users.noreply.github.com";

/// Addresses in `text`, which has these marks, outside the sorted ranges `urls`.
/// What looks like an address and is none is returned as the second list, so that
/// nothing else reads it either.
pub(crate) fn find(
    text: &str,
    marks: Marks,
    urls: &[Range<usize>],
) -> (Vec<Draft>, Vec<Range<usize>>) {
    let mut found = Vec::new();
    let mut refused = Vec::new();
    let mut read_to = 0;
    let signs = marks.any(Marks::AT).then(|| text.match_indices('@'));
    for (at, _) in signs.into_iter().flatten() {
        if at < read_to || crate::shelter::overlaps(urls, &(at..at + 1)) {
            continue;
        }
        let Some(range) = address_around(text, at, read_to) else {
            continue;
        };
        read_to = range.end;
        let is_chained = text[range.end..].strip_prefix('@').is_some_and(|rest| !is_office(rest));
        if is_remote(text, at, &range) || is_chained {
            refused.push(range);
            continue;
        }
        let value = text[range.clone()].to_lowercase();
        found.push(match value.strip_suffix(GITHUB_NOREPLY) {
            Some(user) => {
                let user = user.split_once('+').map_or(user, |(_, user)| user);
                Draft::new(SpanKind::Handle, range, format!("github:{user}"), 0.95)
            }
            None => Draft::new(SpanKind::Email, range, value, 0.99),
        });
    }
    for draft in hidden(text) {
        let is_free = found
            .iter()
            .all(|f| f.range.end <= draft.range.start || draft.range.end <= f.range.start);
        if is_free {
            found.push(draft);
        }
    }
    found.sort_by_key(|draft| draft.range.start);
    (found, refused)
}

fn address_around(text: &str, at: usize, floor: usize) -> Option<Range<usize>> {
    let mut start = at;
    let mut has_ascii = false;
    for (offset, c) in text[floor..at].char_indices().rev().take(LOCAL_CHARS_MAX) {
        let fits =
            c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-' | '&' | '\'' | '~');
        if !fits || (has_ascii && stands_alone(c)) {
            break;
        }
        has_ascii |= c.is_ascii_alphanumeric();
        start = floor + offset;
    }
    let local = &text[start..at];
    start += local.len() - local.trim_start_matches(['.', '\'', '-', '&', '%', '~', '+']).len();
    if start == at || text[start..at].ends_with('.') || char_before(text, start) == Some('@') {
        return None;
    }
    let mut end = at + 1;
    let mut has_ascii = false;
    for (offset, c) in text[at + 1..].char_indices().take(HOST_CHARS_MAX) {
        let fits = c.is_alphanumeric() || matches!(c, '.' | '-');
        if !fits || (has_ascii && stands_alone(c)) {
            break;
        }
        has_ascii |= c.is_ascii_alphanumeric();
        end = at + 1 + offset + c.len_utf8();
    }
    let host = host_of(&text[at + 1..end])?;
    Some(start..at + 1 + host.len())
}

/// The host at the beginning of a run of host characters.
fn host_of(run: &str) -> Option<&str> {
    let mut host = run.trim_end_matches(['.', '-']);
    // "jane@acme.io.Thanks" lacks a space, not a label.
    while let Some((head, last)) = host.rsplit_once('.') {
        let is_next_sentence = last.starts_with(char::is_uppercase)
            && !is_host_ending(&last.to_lowercase())
            && head
                .rsplit_once('.')
                .is_some_and(|(_, ending)| is_host_ending(&ending.to_lowercase()));
        if !is_next_sentence {
            break;
        }
        host = head;
    }
    let (_, ending) = host.rsplit_once('.')?;
    let labels_fit = host
        .split('.')
        .all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'));
    let ending_fits = ending.starts_with("xn--")
        || (ending.chars().count() >= 2 && ending.chars().all(char::is_alphabetic));
    (labels_fit && ending_fits && !is_file_ending(&ending.to_lowercase())).then_some(host)
}

/// `@ACME`, which Lotus Notes writes behind an address.
fn is_office(words: &str) -> bool {
    let name: String =
        words.chars().take(32).take_while(|c| c.is_alphanumeric() || *c == '.').collect();
    !name.contains('.') && name.starts_with(|c: char| c.is_ascii_uppercase())
}

/// `git@git.example:globex/press.git`
fn is_remote(text: &str, at: usize, range: &Range<usize>) -> bool {
    let Some(path) = text[range.end..].strip_prefix(':') else {
        return false;
    };
    let path: String = path.chars().take(100).take_while(|c| !c.is_whitespace()).collect();
    let local = &text[range.start..at];
    path.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '/' | '~'))
        && (local == "git" || path.contains('/'))
}

static AT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)[ \t]{0,2}[\[({<][ \t]?at[ \t]?[\])}>][ \t]{0,2}|[ \t]{1,2}at[ \t]{1,2}").ok()
});

/// A host after "at": labels with "dot" or a real dot between them.
static HOST_IN_WORDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"^(?i)[a-z0-9][a-z0-9-]{0,62}(?:(?:[ \t]{0,2}[\[({<][ \t]?(?:dot|punkt)[ \t]?[\])}>][ \t]{0,2}|[ \t]{1,2}(?:dot|punkt)[ \t]{1,2}|\.)[a-z0-9][a-z0-9-]{0,62}){1,5}",
    )
    .ok()
});

static DOT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)[ \t]*[\[({<][ \t]?(?:dot|punkt)[ \t]?[\])}>][ \t]*|[ \t]+(?:dot|punkt)[ \t]+")
        .ok()
});

/// Words that announce an address.
const CUES: [&str; 12] = [
    "email", "e-mail", "mail", "reach", "write", "contact", "ping", "schreib", "address", "inbox",
    "invite", "send",
];

fn hidden(text: &str) -> Vec<Draft> {
    let mut found = Vec::new();
    if !says_dot_or_at(text) {
        return found;
    }
    let (Some(at), Some(host), Some(dot)) = (AT.as_ref(), HOST_IN_WORDS.as_ref(), DOT.as_ref())
    else {
        return found;
    };
    let mut read_to = 0;
    for at in at.find_iter(text) {
        let Some(local) = hidden_local(text, at.start(), read_to) else {
            continue;
        };
        let limit = text.floor_char_boundary(at.end() + 160);
        let Some(host) = host.find(&text[at.end()..limit]) else {
            continue;
        };
        let plain_host = dot.replace_all(host.as_str(), ".").to_lowercase();
        let is_bracketed = at.as_str().contains(['[', '(', '{', '<']);
        let range = local.start..at.end() + host.end();
        let says_dot = plain_host.len() != host.len();
        let ending = plain_host.rsplit('.').next().unwrap_or_default();
        if !is_host_ending(ending) || (!says_dot && !is_bracketed) {
            continue;
        }
        if char_at(text, range.end).is_some_and(|c| c.is_alphanumeric()) {
            continue;
        }
        let local_text = dot.replace_all(&text[local.clone()], ".").to_lowercase();
        if !is_bracketed && !convinces(text, &range, at.as_str(), &local_text) {
            continue;
        }
        let confidence = if is_bracketed { 0.9 } else { 0.8 };
        read_to = range.end;
        let value = format!("{local_text}@{plain_host}");
        found.push(Draft::new(SpanKind::Email, range, value, confidence));
    }
    found
}

/// Whether a "dot", a "punkt" or an "at" in brackets may stand in a text.
fn says_dot_or_at(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some(count) = bytes.len().checked_sub(2) else { return false };
    let (one, two, three) = (&bytes[..count], &bytes[1..=count], &bytes[2..]);
    // Without a way out of the loop, many bytes are compared at once.
    let mut says_so = 0;
    for at in 0..count {
        let [a, b, c] = [one[at] | 0x20, two[at] | 0x20, three[at] | 0x20];
        let is_dot = (a == b'd') & (b == b'o') & (c == b't');
        let is_punkt = (a == b'u') & (b == b'n') & (c == b'k');
        // With the bit of case set, "[" is "{".
        let opens = (a == b'{') | (one[at] == b'(') | (one[at] == b'<');
        says_so |= u8::from(is_dot | is_punkt | (opens & ((b == b'a') | (two[at] == b' '))));
    }
    says_so != 0
}

/// The word, or words joined by "dot", that end where "at" begins.
fn hidden_local(text: &str, end: usize, floor: usize) -> Option<Range<usize>> {
    let is_local = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'+' | b'-');
    let bytes = text.as_bytes();
    let word_start = |end: usize| {
        let length = bytes[floor..end]
            .iter()
            .rev()
            .take(LOCAL_CHARS_MAX)
            .take_while(|&&b| is_local(b))
            .count();
        end - length
    };
    let mut start = word_start(end);
    if start == end || char_before(text, start).is_some_and(|c| c.is_alphanumeric() || c == '@') {
        return None;
    }
    for _ in 0..3 {
        let head = &text[floor..start];
        let Some(before) =
            [" dot ", " DOT ", "(dot)", "[dot]"].iter().find_map(|dot| head.strip_suffix(dot))
        else {
            break;
        };
        let next = word_start(floor + before.len());
        if next == floor + before.len() {
            break;
        }
        start = next;
    }
    Some(start..end)
}

/// Whether "x at y dot z" is an address and not a sentence.
fn convinces(text: &str, range: &Range<usize>, at: &str, local: &str) -> bool {
    if is_never_a_mailbox(local) {
        return false;
    }
    let shouts = at.trim() == "AT" && text[range.clone()].contains("DOT");
    let is_shaped = local.contains(['.', '_', '+']) || local.bytes().any(|b| b.is_ascii_digit());
    if shouts || is_shaped || is_given_name(&fold(local)) {
        return true;
    }
    let from = text.ceil_char_boundary(range.start.saturating_sub(40));
    let line = text[from..range.start].rsplit('\n').next().unwrap_or_default();
    let before = line.to_lowercase();
    CUES.iter().any(|cue| before.contains(cue)) || before.trim_end().ends_with(':')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let (found, _) = find(text, Marks::of(text), &[]);
        let values: Vec<&str> = found.iter().map(|draft| draft.value.as_str()).collect();
        assert_eq!(values, expected, "{text:?}");
    }

    #[test]
    fn addresses_are_cut_out_of_their_surroundings() {
        check("Write to kim@acme.io.", &["kim@acme.io"]);
        check("Kim <Kim.Roe@ACME.io>,", &["kim.roe@acme.io"]);
        check("[mail](mailto:kim@acme.io)", &["kim@acme.io"]);
        check("'kim+billing@mail.acme.co.uk'", &["kim+billing@mail.acme.co.uk"]);
        check("email=kim@acme.io.Thanks!", &["kim@acme.io"]);
        check("schreib an jörg@müller.example", &["jörg@müller.example"]);
        check("联系kim@acme.io谢谢", &["kim@acme.io"]);
        check("a@b.co;c@d.co", &["a@b.co", "c@d.co"]);
    }

    #[test]
    fn what_only_looks_like_an_address_is_none() {
        check("remote git@git.example:globex/press.git", &[]);
        check("ping @kim@fedi.example", &[]);
        check("logo@2x.png kim@localhost @kim a@b a@.io", &[]);
        check("root@10.0.0.1", &[]);
    }

    #[test]
    fn a_github_noreply_address_is_a_handle() {
        let text = "99+Octo@users.noreply.github.com";
        let (found, _) = find(text, Marks::of(text), &[]);
        assert_eq!(found[0].kind, SpanKind::Handle);
        assert_eq!(found[0].value, "github:octo");
    }

    #[test]
    fn hidden_addresses_are_read_when_they_convince() {
        check("reach me: kim at acme dot io", &["kim@acme.io"]);
        check("kim (at) acme (dot) io", &["kim@acme.io"]);
        check("kim[at]acme.io", &["kim@acme.io"]);
        check("sales.roe AT globex DOT com DOT au", &["sales.roe@globex.com.au"]);
        check("mail kim dot roe at acme dot com please", &["kim.roe@acme.com"]);
        check("she works at globex dot net these days", &[]);
        check("we looked at search dot net results", &[]);
        check("lunch at noon, dot your is", &[]);
    }
}
