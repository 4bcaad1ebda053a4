//! Tags: words that people put on records, kept in one library for each tenant. A tag is shown as
//! it was written first; two ways to write it that fold to the same key are one tag.
//! Tags that begin with `bot:` are reserved: they say what Tieline may do by itself with a
//! record, and only administrators put them on and take them off. What obeys them is not here.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::errors::Refusal;
use crate::flows::listed;
use crate::folding::fold;
use crate::ids::TagId;
use crate::lists::{nearest, shortened};

/// The longest name of a tag, in characters.
pub const NAME_CHARS_MAX: usize = 50;
/// The longest description of a tag, in characters.
pub const ABOUT_CHARS_MAX: usize = 500;
/// The most tags on one record.
pub const ON_RECORD_MAX: usize = 50;
/// The most tags in a library.
pub const LIBRARY_MAX: usize = 2_000;
/// What reserved names begin with.
pub const RESERVED_PREFIX: &str = "bot:";
/// The reserved tags that there are.
pub const RESERVED: [&str; 3] = [BOT_MUTE, BOT_AUTO, BOT_HUMAN_ONLY];
/// Tieline sends nothing by itself.
pub const BOT_MUTE: &str = "bot:mute";
/// Tieline may answer by itself.
pub const BOT_AUTO: &str = "bot:auto";
/// Only people answer; Tieline may still propose.
pub const BOT_HUMAN_ONLY: &str = "bot:human-only";
/// In filters, what stands for no tag at all.
pub const NONE: &str = "none";

/// A tag of the library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Tag {
    /// Its id.
    pub id: TagId,
    /// As it is shown.
    pub name: String,
    /// As it is compared and typed (`key-account`).
    pub key: String,
    /// Its colour, as `#rrggbb`.
    pub colour: Option<String>,
    /// What it means.
    pub about: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// The key of a name: folded, with one dash for white space and underscores.
pub fn key_of(name: &str) -> String {
    let folded = fold(name.trim().trim_start_matches('#'));
    let words = folded.split(|c: char| c.is_whitespace() || c == '_').filter(|w| !w.is_empty());
    words.collect::<Vec<_>>().join("-")
}

/// Whether a key is in the reserved part of the library.
pub fn is_reserved(key: &str) -> bool {
    key.starts_with(RESERVED_PREFIX)
}

/// A name as it is kept.
///
/// # Errors
/// A refusal that says what a name may be.
pub fn checked_name(given: &str) -> Result<String, Refusal> {
    let name = given.trim().trim_start_matches('#');
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let key = key_of(&name);
    if key.is_empty() || name.chars().count() > NAME_CHARS_MAX {
        return Err(Refusal::invalid(format!(
            "A tag has a name of 1 to {NAME_CHARS_MAX} characters, like vip."
        )));
    }
    if name.contains(|c: char| c == ',' || c == '"' || c.is_control()) {
        return Err(Refusal::invalid(format!(
            "The tag “{}” holds a comma or a quotation mark. Leave it out: a comma stands between \
             two tags.",
            shortened(&name)
        )));
    }
    if key == NONE || key.parse::<TagId>().is_ok() {
        return Err(Refusal::invalid(format!(
            "A tag cannot be called “{name}”, which means something else in filters. Take another \
             name."
        )));
    }
    if is_reserved(&key) && !RESERVED.contains(&key.as_str()) {
        return Err(Refusal::invalid(format!(
            "Tags that begin with {RESERVED_PREFIX} are reserved, and there is no “{}”. There is \
             {}.",
            shortened(&name),
            listed(&RESERVED)
        )));
    }
    Ok(if is_reserved(&key) { key } else { name })
}

/// A colour as it is kept.
///
/// # Errors
/// A refusal with an example.
pub fn checked_colour(given: &str) -> Result<String, Refusal> {
    let colour = given.trim().to_lowercase();
    let digits = colour.strip_prefix('#').unwrap_or_default();
    if digits.len() == 6 && digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Ok(colour);
    }
    Err(Refusal::invalid(format!(
        "A colour is written like #1f77b4, and “{}” is not.",
        shortened(given)
    )))
}

/// A description as it is kept; none when it says nothing.
///
/// # Errors
/// A refusal when it is too long.
pub fn checked_about(given: &str) -> Result<Option<String>, Refusal> {
    let about = given.trim();
    if about.chars().count() > ABOUT_CHARS_MAX {
        return Err(Refusal::invalid(format!(
            "A description has at most {ABOUT_CHARS_MAX} characters. Shorten it."
        )));
    }
    Ok((!about.is_empty()).then(|| about.to_owned()))
}

/// The tag that is meant, by id or by name in any spelling.
pub fn find<'t>(library: &'t [Tag], given: &str) -> Option<&'t Tag> {
    let key = key_of(given);
    library.iter().find(|tag| tag.key == key || tag.id.as_str() == given.trim())
}

/// As [`find`].
///
/// # Errors
/// A refusal with what comes near.
pub fn named<'t>(library: &'t [Tag], given: &str) -> Result<&'t Tag, Refusal> {
    find(library, given).ok_or_else(|| {
        let keys = library.iter().map(|tag| tag.key.as_str()).collect::<Vec<_>>();
        let there = match &keys[..keys.len().min(20)] {
            [] => "No tag was made yet.".to_owned(),
            some if some.len() < keys.len() => format!("Some of them are {}.", listed(some)),
            all => format!("There is {}.", listed(all)),
        };
        Refusal::not_found(format!(
            "There is no tag “{}”.{} {there}",
            shortened(given),
            nearest(&key_of(given), keys.iter().copied())
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_spellings_are_one_key() {
        for name in ["Key Account", "#key-account", "KEY_ACCOUNT", " key  account "] {
            assert_eq!(key_of(name), "key-account", "{name}");
        }
        assert_eq!(key_of("Größe ŁÓDŹ"), "grosse-lodz");
        assert_eq!(checked_name("  Key   Account ").as_deref(), Ok("Key Account"));
        assert_eq!(checked_name("BOT:Mute").as_deref(), Ok("bot:mute"));
    }

    #[test]
    fn a_name_that_cannot_be_typed_or_is_reserved_is_refused_with_the_way_out() {
        for (name, part) in [
            ("", "1 to 50 characters"),
            ("\u{200b}", "1 to 50 characters"),
            ("a, b", "comma"),
            ("None", "something else in filters"),
            ("bot:loud", "bot:mute, bot:auto and bot:human-only"),
        ] {
            let refusal = checked_name(name).expect_err(name);
            assert!(refusal.message.contains(part), "{name}: {refusal}");
        }
        assert!(checked_colour("red").is_err());
        assert_eq!(checked_colour("#1F77B4").as_deref(), Ok("#1f77b4"));
    }
}
