//! One human, one identity: which records are sure to be of one person or company, and which
//! should be shown to somebody who decides.
//!
//! An address that belongs to one person, or the same account on the same network, merges without
//! asking. Everything else (a name, the local part of an address, a phone, a birth date) is
//! evidence: it is weighed by how rare the value is among the records given, and the sum is
//! suggested with its reasons. Mailboxes of many (`info@`, an address with three different
//! names) never merge.
//!
//! Left out: what was decided before, and when a record was seen; the caller knows both.

mod blocking;
mod evidence;
mod groups;
mod mailboxes;
mod records;

pub use crate::naming::NameKind as Kind;
pub use evidence::Reason;

use records::Records;

/// What is known of one person or company, from one place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Whose record it is.
    pub kind: Kind,
    /// The whole name.
    pub name: Option<String>,
    /// The given name, where it is known apart.
    pub given_name: Option<String>,
    /// The family name, where it is known apart.
    pub family_name: Option<String>,
    /// Addresses.
    pub emails: Vec<String>,
    /// Phone numbers.
    pub phones: Vec<String>,
    /// Accounts, such as `github:octocat`.
    pub handles: Vec<String>,
    /// Where the person works.
    pub company: Option<String>,
    /// Street and number.
    pub address: Option<String>,
    /// The town.
    pub city: Option<String>,
    /// The postal code.
    pub postcode: Option<String>,
    /// The state or region.
    pub state: Option<String>,
    /// The day of birth, its digits in any order that all records share.
    pub birth_date: Option<String>,
    /// The place of birth.
    pub birth_place: Option<String>,
    /// The gender, as written.
    pub gender: Option<String>,
    /// The occupation.
    pub occupation: Option<String>,
    /// A number that an authority gave.
    pub identifier: Option<String>,
}

/// Two records that may be of one, by their numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// The record that came first.
    pub one: usize,
    /// The other.
    pub other: usize,
    /// How likely it is, from 0 to 1.
    pub score: f32,
    /// What speaks for it.
    pub why: Vec<Reason>,
}

/// What became of the records.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Merged {
    /// For each record, the first record that it is sure to be one with.
    pub groups: Vec<usize>,
    /// Pairs that are not sure, in order of the records.
    pub suggestions: Vec<Suggestion>,
}

impl Suggestion {
    /// From here on a suggestion is more likely right than wrong.
    pub const LIKELY: f32 = 0.5;
}

/// Compares all records with each other.
///
/// ```
/// use extractors::identities::{Identity, merge};
/// let jane = |email: &str| Identity {
///     name: Some("Jane Doe".to_owned()),
///     emails: vec![email.to_owned()],
///     ..Identity::default()
/// };
/// let merged = merge(&[jane("jane.doe@gmail.com"), jane("janedoe@googlemail.com"), jane("jd@acme.io")]);
/// assert_eq!(merged.groups, [0, 0, 2]);
/// assert_eq!(merged.suggestions[0].other, 2);
/// ```
pub fn merge(identities: &[Identity]) -> Merged {
    let records = Records::new(identities);
    let mut groups = groups::Groups::new(identities.len());
    for (one, other) in records.sure_pairs() {
        groups.join(one, other);
    }
    let mut suggestions = Vec::new();
    for (one, other) in blocking::pairs(&records) {
        if groups.first(one) == groups.first(other) {
            continue;
        }
        let (score, why) = evidence::weigh(&records, one, other);
        if score >= evidence::WORTH_ASKING {
            suggestions.push(Suggestion { one, other, score, why });
        }
    }
    Merged { groups: groups.firsts(), suggestions }
}

/// The groups that come about when every likely suggestion is taken, the likeliest first.
pub fn with_suggestions(merged: &Merged) -> Vec<usize> {
    groups::with_suggestions(merged)
}

#[cfg(test)]
mod tests;
