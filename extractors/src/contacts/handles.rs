//! Names people have on chat networks, and hashtags. `@kim` is a mention whose
//! network is not known; `tg: @kim` is a Telegram handle.

use std::ops::Range;

use super::marks::Marks;
use super::{Draft, Options, SpanKind};
use crate::mentions::stands_alone;
use crate::offsets::{char_at, char_before};
use crate::shelter::overlaps;

const NAME_CHARS_MAX: usize = 64;
/// No network has a longer name.
const LABEL_BYTES_MAX: usize = 10;

/// At-words that call everybody or belong to code.
const NOBODY: &[&str] = &[
    "everyone",
    "here",
    "channel",
    "all",
    "room",
    "online",
    "someone",
    "team",
    "property",
    "override",
    "param",
    "params",
    "return",
    "returns",
    "throws",
    "deprecated",
    "media",
    "import",
    "charset",
    "keyframes",
    "staticmethod",
    "classmethod",
    "dataclass",
    "test",
    "autowired",
    "nullable",
    "suppresswarnings",
    "component",
    "injectable",
    "types",
    "todo",
    "see",
    "since",
];

/// Looks for handles outside the sorted ranges `taken`, in a text with these marks.
pub(crate) fn find(
    text: &str,
    marks: Marks,
    taken: &[Range<usize>],
    options: &Options,
) -> Vec<Draft> {
    let mut found = Vec::new();
    if marks.any(Marks::AT) {
        found.extend(at_words(text, taken, options));
    }
    if marks.any(Marks::LESS) {
        found.extend(platform_people(text, taken));
    }
    if marks.any(Marks::NUMBER_SIGN | Marks::OTHER) {
        found.extend(hashtags(text, taken));
        found.extend(discriminators(text, taken, options));
    }
    if marks.any(Marks::COLON) {
        found.extend(labelled(text, taken));
    }
    found.sort_by_key(|draft| (draft.range.start, std::cmp::Reverse(draft.range.end)));
    let mut end = 0;
    found.retain(|draft| {
        let is_free = draft.range.start >= end;
        if is_free {
            end = draft.range.end;
        }
        is_free
    });
    found
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || (c.is_alphabetic() && !stands_alone(c))
}

/// The end of a name from `from`: letters, digits and underscores, with dots
/// and hyphens inside.
fn name_end(text: &str, from: usize) -> usize {
    let mut end = from;
    for (offset, c) in text[from..].char_indices().take(NAME_CHARS_MAX) {
        if is_name_char(c) {
            end = from + offset + c.len_utf8();
        } else if !matches!(c, '.' | '-') || end != from + offset {
            break;
        }
    }
    end
}

fn at_words(text: &str, taken: &[Range<usize>], options: &Options) -> Vec<Draft> {
    let is_x = matches!(options.platform.as_deref(), Some("x" | "twitter"));
    let mut found = Vec::new();
    let mut read_to = 0;
    for (at, _) in text.match_indices('@') {
        let before = char_before(text, at);
        let is_inside = before.is_some_and(|c| {
            (is_name_char(c) && !stands_alone(c) && !repeats(text, at))
                || matches!(
                    c,
                    '@' | '/' | '.' | '-' | '+' | '<' | '!' | '#' | '$' | '%' | '&' | '*'
                )
        });
        if at < read_to || is_inside || overlaps(taken, &(at..at + 1)) {
            continue;
        }
        let end = name_end(text, at + 1);
        let name = &text[at + 1..end];
        let is_foreign = is_x && !name.is_ascii();
        if !name.contains(|c: char| c.is_alphanumeric())
            || is_foreign
            || text[end..].starts_with("://")
        {
            continue;
        }
        let (kind, end, value, confidence) = match char_at(text, end) {
            Some(sign @ (':' | '@')) => {
                let server_end = name_end(text, end + 1);
                let server = &text[end + 1..server_end];
                let is_server = server.contains('.') && !server.ends_with('.');
                let whole = text[at..server_end].to_lowercase();
                match (is_server, sign) {
                    (true, ':') => (SpanKind::Handle, server_end, format!("matrix:{whole}"), 0.95),
                    (true, _) => (SpanKind::Handle, server_end, format!("fediverse:{whole}"), 0.9),
                    (false, ':') => (SpanKind::Mention, end, name.to_lowercase(), 0.9),
                    (false, _) => continue,
                }
            }
            // npm packages: @acme/tool
            Some('/' | '(') => continue,
            _ => (SpanKind::Mention, end, name.to_lowercase(), 0.9),
        };
        read_to = end;
        if kind == SpanKind::Mention && !is_x && NOBODY.contains(&value.as_str()) {
            continue;
        }
        let network = (kind == SpanKind::Mention).then(|| network_before(text, at)).flatten();
        found.push(match network {
            Some(network) => {
                Draft::new(SpanKind::Handle, at..end, format!("{network}:{value}"), 0.9)
            }
            None => Draft::new(kind, at..end, value, confidence),
        });
    }
    found
}

/// Whether "RT" ends at `at`, which repeats what somebody else posted.
fn repeats(text: &str, at: usize) -> bool {
    let before = &text.as_bytes()[..at];
    let is_start =
        before.len() == 2 || before.iter().nth_back(2).is_some_and(|b| !b.is_ascii_alphanumeric());
    is_start && before.last_chunk::<2>().is_some_and(|last| last.eq_ignore_ascii_case(b"rt"))
}

fn network(word: &str) -> Option<&'static str> {
    Some(match word {
        "tg" | "telegram" => "telegram",
        "twitter" | "x" => "x",
        "github" | "gh" => "github",
        "discord" => "discord",
        "insta" | "instagram" | "ig" => "instagram",
        "mastodon" | "fedi" => "fediverse",
        "skype" => "skype",
        "signal" => "signal",
        "slack" => "slack",
        "wechat" | "weixin" => "wechat",
        "tiktok" => "tiktok",
        "gitlab" => "gitlab",
        _ => return None,
    })
}

/// The network named right before: `tg @kim`, `Telegram: @kim`.
fn network_before(text: &str, at: usize) -> Option<&'static str> {
    let from = text.ceil_char_boundary(at.saturating_sub(24));
    let before = text[from..at].trim_end_matches([' ', '\t', ':', '=', '-', '–', '(']);
    let before =
        before.strip_suffix(" is").or_else(|| before.strip_suffix(" handle")).unwrap_or(before);
    let start = before
        .rfind(|c: char| !c.is_alphanumeric())
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let word = before[start..].to_lowercase();
    // A lone x is the network only when it introduces: "x: @kim".
    if word == "x" && !text[from + before.len()..at].contains(':') {
        return None;
    }
    network(&word)
}

/// `discord: kim.roe`, without an at sign.
fn labelled(text: &str, taken: &[Range<usize>]) -> Vec<Draft> {
    let mut found = Vec::new();
    for (colon, _) in text.match_indices(':') {
        let start = text[..colon]
            .bytes()
            .rev()
            .take(LABEL_BYTES_MAX)
            .take_while(u8::is_ascii_alphabetic)
            .count();
        let word_start = colon - start;
        if char_before(text, word_start).is_some_and(|c| c.is_alphanumeric() || c == '_') {
            continue;
        }
        let mut lower = [0; LABEL_BYTES_MAX];
        let lower = &mut lower[..start];
        lower.copy_from_slice(&text.as_bytes()[word_start..colon]);
        lower.make_ascii_lowercase();
        let word = str::from_utf8(lower).unwrap_or_default();
        let Some(network) = network(word).filter(|_| word != "x") else {
            continue;
        };
        let gap = text[colon + 1..].len() - text[colon + 1..].trim_start_matches(' ').len();
        let from = colon + 1 + gap;
        if gap > 2 || overlaps(taken, &(from..from + 1)) {
            continue;
        }
        let end = name_end(text, from);
        let name = &text[from..end];
        let looks_like_a_name = (3..=32).contains(&name.len())
            && name.is_ascii()
            && (gap <= 1 && name.contains(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit()))
            && char_at(text, end)
                .is_none_or(|c| matches!(c, '\n' | ',' | ';' | ')' | '|' | '#') || c == ' ')
            && ends_phrase(&text[end..]);
        if looks_like_a_name {
            let value = format!("{network}:{}", name.to_lowercase());
            found.push(Draft::new(SpanKind::Handle, from..end, value, 0.75));
        }
    }
    found
}

/// Whether no sentence goes on after a labelled name.
fn ends_phrase(rest: &str) -> bool {
    let next = rest.trim_start_matches(' ').chars().next();
    next.is_none_or(|c| matches!(c, '\n' | ',' | ';' | '(' | ')' | '|' | '/' | '.' | '#' | '•'))
}

/// `<@80351110224678912>`, a person on Discord; roles and rooms are not people.
fn platform_people(text: &str, taken: &[Range<usize>]) -> Vec<Draft> {
    crate::shelter::platform_tokens(text)
        .into_iter()
        .filter(|range| !overlaps(taken, range))
        .filter_map(|range| {
            let inside = text[range.clone()].strip_prefix("<@")?.strip_suffix('>')?;
            let id = inside.strip_prefix('!').unwrap_or(inside);
            let is_id = (15..=20).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_digit());
            is_id.then(|| Draft::new(SpanKind::Mention, range, id.to_string(), 0.95))
        })
        .collect()
}

/// `Kim#0420`, where the text or the place speaks of Discord.
fn discriminators(text: &str, taken: &[Range<usize>], options: &Options) -> Vec<Draft> {
    let mut found = Vec::new();
    if !text.contains('#') {
        return found;
    }
    let is_discord = options.platform.as_deref() == Some("discord")
        || text.contains("discord")
        || text.contains("Discord");
    if !is_discord {
        return found;
    }
    for (at, _) in text.match_indices('#') {
        let digits = text[at + 1..].bytes().take(5).take_while(u8::is_ascii_digit).count();
        let length = text[..at]
            .bytes()
            .rev()
            .take(33)
            .take_while(|&b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.')
            .count();
        let range = at - length..at + 1 + digits;
        let is_free = digits == 4
            && (2..=32).contains(&length)
            && !char_at(text, range.end).is_some_and(char::is_alphanumeric)
            && !overlaps(taken, &range);
        if is_free {
            let value = format!("discord:{}", &text[range.clone()]);
            found.push(Draft::new(SpanKind::Handle, range, value, 0.85));
        }
    }
    found
}

fn hashtags(text: &str, taken: &[Range<usize>]) -> Vec<Draft> {
    let mut found = Vec::new();
    if !text.contains('#') && !text.contains('＃') {
        return found;
    }
    for (at, sign) in text.match_indices(['#', '＃']) {
        let before = char_before(text, at);
        let is_inside = before.is_some_and(|c| {
            (c.is_alphanumeric() && !stands_alone(c)) || matches!(c, '_' | '&' | '#' | '/' | '<')
        });
        if is_inside || overlaps(taken, &(at..at + 1)) {
            continue;
        }
        let from = at + sign.len();
        let tag: String = text[from..]
            .chars()
            .take(140)
            .take_while(|&c| c.is_alphanumeric() || c == '_' || crate::folding::continues_letter(c))
            .collect();
        let end = from + tag.len();
        let is_word = tag.chars().any(char::is_alphabetic);
        let is_colour = matches!(tag.len(), 3 | 6 | 8)
            && tag.bytes().all(|b| b.is_ascii_hexdigit())
            && tag.bytes().any(|b| b.is_ascii_digit());
        let is_room = char_at(text, end) == Some(':')
            && char_at(text, end + 1).is_some_and(char::is_alphanumeric);
        if is_word && !is_colour && !is_room {
            found.push(Draft::new(SpanKind::Hashtag, at..end, tag.to_lowercase(), 0.95));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(SpanKind, &str)]) {
        let found = find(text, Marks::of(text), &[], &Options::default());
        let values: Vec<(SpanKind, &str)> =
            found.iter().map(|draft| (draft.kind, draft.value.as_str())).collect();
        assert_eq!(values, expected, "{text:?}");
    }

    #[test]
    fn a_bare_at_word_is_a_mention() {
        use SpanKind::Mention;
        check("thanks @Kim.", &[(Mention, "kim")]);
        check("@kim_roe and (@lee-2)", &[(Mention, "kim_roe"), (Mention, "lee-2")]);
        check("の@kimに", &[(Mention, "kim")]);
        check("@everyone @here deploy; use @Override, npm i @types/node", &[]);
        check("@@@@ a@b @ c", &[]);
    }

    #[test]
    fn a_named_network_makes_a_handle() {
        use SpanKind::{Handle, Mention};
        check("tg: @kim_roe", &[(Handle, "telegram:kim_roe")]);
        check("Telegram @kim", &[(Handle, "telegram:kim")]);
        check("my discord is @kim", &[(Handle, "discord:kim")]);
        check("x: @kim, x @lee", &[(Handle, "x:kim"), (Mention, "lee")]);
        check(
            "discord: kim.roe (was Kim#0420)",
            &[(Handle, "discord:kim.roe"), (Handle, "discord:Kim#0420")],
        );
        check("slack: we should talk", &[]);
    }

    #[test]
    fn matrix_and_fediverse_names_carry_their_server() {
        use SpanKind::Handle;
        check("@kim:acme.io is in #room:acme.io", &[(Handle, "matrix:@kim:acme.io")]);
        check("@kim@fedi.example", &[(Handle, "fediverse:@kim@fedi.example")]);
    }

    #[test]
    fn people_on_discord_have_numbers() {
        check(
            "<@80351110224678912> in <#80351110224678913> as <@&80351110224678914>",
            &[(SpanKind::Mention, "80351110224678912")],
        );
    }

    #[test]
    fn hashtags_are_words() {
        use SpanKind::Hashtag;
        check("#Launch2027 in #münchen", &[(Hashtag, "launch2027"), (Hashtag, "münchen")]);
        check("#12 a#b ##x #ff00aa &#x27; C#", &[]);
    }
}
