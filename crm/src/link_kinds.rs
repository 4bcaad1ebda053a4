//! The kinds of links and the parts that are played in them, as data: which blueprints they relate
//! and what they are called from either end. What is linked to what is not known here.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

/// The kind of link between a person and the company they work at.
pub const WORKS_AT: &str = "works_at";
/// The longest part that is written freely, in characters.
pub const ROLE_CHARS_MAX: usize = 60;

const KINDS: &str = include_str!("link_kinds.toml");

/// A kind of link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkKind {
    /// Its key (`works_at`).
    pub key: String,
    /// The keys of the blueprints that it starts from.
    pub from: Vec<String>,
    /// The keys of the blueprints that it leads to.
    pub to: Vec<String>,
    /// What it is called where it starts ("Contacts").
    pub name: String,
    /// What it is called at the other end ("Deals").
    pub back: String,
    /// The parts that are usually played.
    #[serde(default)]
    pub roles: Vec<String>,
}

#[derive(Deserialize)]
struct File {
    kinds: Vec<LinkKind>,
}

/// What somebody means by a word between two records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meant {
    /// The kind.
    pub kind: String,
    /// The part.
    pub role: Option<String>,
    /// Whether it goes from the second record to the first.
    pub turned: bool,
}

/// All kinds.
pub fn all() -> &'static [LinkKind] {
    static ALL: OnceLock<Vec<LinkKind>> = OnceLock::new();
    ALL.get_or_init(|| match toml::from_str::<File>(KINDS) {
        Ok(file) => file.kinds,
        Err(error) => unreachable!("the file is part of the program, and a test reads it: {error}"),
    })
}

/// The kind with this key.
pub fn kind(key: &str) -> Option<&'static LinkKind> {
    all().iter().find(|kind| kind.key == key)
}

impl LinkKind {
    /// Whether it leads from records of the one blueprint to those of the other.
    pub fn relates(&self, from: &str, to: &str) -> bool {
        self.from.iter().any(|key| key == from) && self.to.iter().any(|key| key == to)
    }
}

/// What a kind is called from where one stands.
pub fn label(key: &str, outward: bool) -> String {
    match kind(key) {
        Some(kind) if outward => kind.name.clone(),
        Some(kind) => kind.back.clone(),
        None => {
            let words = key.replace('_', " ");
            let mut letters = words.chars();
            letters.next().map_or_else(String::new, |l| l.to_uppercase().chain(letters).collect())
        }
    }
}

/// A part as it is kept: one of the kind's own in its spelling, or what was written.
pub fn role(kind_key: &str, given: &str) -> Option<String> {
    let given = given.split_whitespace().collect::<Vec<_>>().join(" ");
    if given.is_empty() {
        return None;
    }
    let known =
        kind(kind_key).and_then(|kind| kind.roles.iter().find(|role| same(role, &given)).cloned());
    Some(known.unwrap_or(given))
}

/// What a word says about two records, by the keys of their blueprints: a part, a kind, or a part
/// that was written freely. Without a word, the first kind that relates them is meant. None means
/// that no kind relates them, and the word names none.
pub fn meant(from: &str, to: &str, word: &str) -> Option<Meant> {
    let ways = || {
        let turned = |turned: bool| move |kind: &'static LinkKind| (kind, turned);
        let there = all().iter().filter(|kind| kind.relates(from, to)).map(turned(false));
        let back = all().iter().filter(|kind| kind.relates(to, from)).map(turned(true));
        there.chain(back)
    };
    let of =
        |(kind, turned): (&LinkKind, bool), role| Meant { kind: kind.key.clone(), role, turned };
    let word = word.trim();
    if word.is_empty() {
        return ways().next().map(|way| of(way, None));
    }
    if let Some(way) = ways().find(|(kind, _)| same(&kind.key, word) || same(&kind.name, word)) {
        return Some(of(way, None));
    }
    let with_role = ways().find(|(kind, _)| kind.roles.iter().any(|role| same(role, word)));
    if let Some(way) = with_role.or_else(|| ways().next()) {
        return Some(of(way, role(&way.0.key, word)));
    }
    let key = word.to_lowercase().replace([' ', '-'], "_");
    let is_key = key.len() <= 40 && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    is_key.then_some(Meant { kind: key, role: None, turned: false })
}

fn same(known: &str, given: &str) -> bool {
    let plain = |text: &str| text.to_lowercase().replace(['_', '-'], " ");
    plain(known) == plain(given)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_a_name_from_both_ends() {
        assert!(all().len() >= 5);
        for kind in all() {
            assert!(!kind.name.is_empty() && !kind.back.is_empty(), "{}", kind.key);
            assert!(!kind.from.is_empty() && !kind.to.is_empty(), "{}", kind.key);
        }
        assert_eq!(label("works_at", true), "Works at");
        assert_eq!(label("works_at", false), "People");
        assert_eq!(label("met_at", false), "Met at");
    }

    #[test]
    fn a_word_between_two_records_is_a_part_a_kind_or_a_free_part() {
        let check = |from: &str, to: &str, word: &str, kind: &str, role: Option<&str>, turned| {
            let expected = Meant { kind: kind.into(), role: role.map(str::to_owned), turned };
            assert_eq!(meant(from, to, word), Some(expected), "{from} {to} “{word}”");
        };
        check("deal", "person", "champion", "contact", Some("Champion"), false);
        check("person", "deal", "decision maker", "contact", Some("Decision Maker"), true);
        check("person", "deal", "", "contact", None, true);
        check("deal", "person", "procurement lead", "contact", Some("procurement lead"), false);
        check("deal", "company", "", "customer", None, false);
        check("company", "deal", "Vendor", "vendor", None, true);
        check("deal", "company", "partner", "partner", None, false);
        check("person", "company", "CTO", "works_at", Some("CTO"), false);
        check("person", "company", "works at", "works_at", None, false);
        check("person", "delivery", "Met at", "met_at", None, false);
        assert_eq!(meant("person", "delivery", ""), None);
    }
}
