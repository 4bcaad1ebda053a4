//! `key:value` pairs in a command. A value runs to the next key or the end; one that stands in
//! quotes ends with them. A day, a member and a stage end where they end, so that
//! "due:friday call Anna" still says what to do.

use chrono::NaiveDate;

/// The quotes people type.
const QUOTES: [(char, char); 6] =
    [('"', '"'), ('“', '”'), ('„', '“'), ('„', '”'), ('«', '»'), ('\'', '\'')];
/// The most words of a day ("the end of the next month").
const DAY_WORDS_MAX: usize = 6;

/// Which words before a colon are keys.
#[derive(Clone, Copy)]
pub(super) enum Keys {
    /// Any, for columns are named by the tenant.
    Any,
    /// Only these.
    These(&'static [&'static str]),
}

/// Takes the pairs out of a text. What is left is the title.
pub(super) fn fields(text: &str, keys: Keys) -> (String, Vec<(String, String)>) {
    let mut title = Vec::new();
    let mut fields = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        if let Some((key, after)) = keys.begins(rest) {
            let key = key.to_lowercase();
            let (value, left) = value(&key, after.trim_start(), keys);
            fields.push((key, value));
            rest = left.trim_start();
        } else {
            let end = quoted(rest).map_or_else(|| word_end(rest), |(_, end)| end);
            title.push(&rest[..end]);
            rest = rest[end..].trim_start();
        }
    }
    (unquoted(&title.join(" ")), fields)
}

impl Keys {
    /// The key that a text begins with, and what follows its colon.
    fn begins(self, text: &str) -> Option<(&str, &str)> {
        let (key, _) = text[..word_end(text)].split_once(':')?;
        let after = &text[key.len() + 1..];
        let reads = key.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-')
            && key.chars().any(char::is_alphabetic)
            && !after.starts_with("//")
            && !after.starts_with(':');
        let known = match self {
            Self::Any => true,
            Self::These(keys) => keys.iter().any(|known| known.eq_ignore_ascii_case(key)),
        };
        (reads && known).then_some((key, after))
    }
}

/// The value at the beginning of a text, and what follows it.
fn value<'t>(key: &str, text: &'t str, keys: Keys) -> (String, &'t str) {
    if let Some((inner, end)) = quoted(text) {
        return (inner.trim().to_owned(), &text[end..]);
    }
    let whole = &text[..next_key(text, keys)];
    let end = match key {
        "due" => day_end(whole),
        "to" | "stage" | "state" => word_end(whole),
        "at" if matches!(keys, Keys::These(_)) => word_end(whole),
        _ => whole.len(),
    };
    (text[..end].trim().to_owned(), &text[end..])
}

/// Where the next key begins, or the end.
fn next_key(text: &str, keys: Keys) -> usize {
    let mut at = 0;
    while at < text.len() {
        if keys.begins(&text[at..]).is_some() {
            return at;
        }
        at += word_end(&text[at..]);
        at += text[at..].len() - text[at..].trim_start().len();
    }
    text.len()
}

/// Where the longest day at the beginning of a text ends; without one, the first word does.
fn day_end(text: &str) -> usize {
    // Which day it is changes which day is meant, but not whether one is.
    let any = NaiveDate::from_ymd_opt(2027, 3, 11).unwrap_or_default();
    let mut ends = Vec::new();
    let mut at = 0;
    while at < text.len() && ends.len() < DAY_WORDS_MAX {
        at += word_end(&text[at..]);
        ends.push(at);
        at += text[at..].len() - text[at..].trim_start().len();
    }
    let day =
        ends.iter().rev().find(|end| extractors::when::parse_due(&text[..**end], any).is_some());
    day.or(ends.first()).copied().unwrap_or(0)
}

fn word_end(text: &str) -> usize {
    text.find(char::is_whitespace).unwrap_or(text.len())
}

/// What stands in the quotes that a text begins with, and where they end. A closing quote has
/// nothing behind it, so that an apostrophe is none.
fn quoted(text: &str) -> Option<(&str, usize)> {
    QUOTES.iter().find_map(|(open, close)| {
        let inner = text.strip_prefix(*open)?;
        let (at, _) = inner.match_indices(*close).find(|(at, found)| {
            let behind = &inner[at + found.len()..];
            behind.is_empty() || behind.starts_with(char::is_whitespace)
        })?;
        Some((&inner[..at], open.len_utf8() + at + close.len_utf8()))
    })
}

/// The text without the quotes around all of it.
fn unquoted(text: &str) -> String {
    match quoted(text) {
        Some((inner, end)) if end == text.len() => inner.trim().to_owned(),
        _ => text.to_owned(),
    }
}
