//! Records made ready to be compared often: names in Latin letters, addresses in one spelling,
//! numbers as digits, and how frequent each value is.

use std::borrow::Cow;

use hashbrown::HashMap;

use super::mailboxes::{Mailbox, is_role, mailbox};
use super::{Identity, Kind};
use crate::naming::{NameWord, PersonName, compare_person_names, latin, parts_of, shortened};

/// How many values of a field are looked at.
const VALUES_MAX: usize = 16;
/// A mailbox with this many different names is read by many.
const NAMES_OF_A_SHARED_MAILBOX: usize = 3;

pub(super) struct Record {
    pub(super) kind: Kind,
    pub(super) written: String,
    pub(super) name: PersonName,
    /// In Latin letters, without blanks; as is the family name.
    pub(super) given: String,
    pub(super) family: String,
    pub(super) mailboxes: Vec<Mailbox>,
    pub(super) phones: Vec<String>,
    pub(super) handles: Vec<String>,
    pub(super) company: String,
    pub(super) address: Vec<NameWord>,
    pub(super) city: String,
    pub(super) postcode: String,
    pub(super) state: String,
    pub(super) birth_date: String,
    pub(super) birth_place: String,
    pub(super) gender: String,
    pub(super) occupation: String,
    pub(super) identifier: String,
}

impl Record {
    /// Whether the name has a given and a family name.
    pub(super) fn is_fully_named(&self) -> bool {
        self.name.words.iter().filter(|word| word.text.len() > 1).count() > 1
    }
}

pub(super) struct Records {
    pub(super) all: Vec<Record>,
    counts: HashMap<u64, u32>,
    shared: HashMap<String, bool>,
}

/// Fields whose values are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Word,
    Local,
    City,
    Postcode,
    BirthPlace,
    Occupation,
    Street,
    Company,
    State,
}

impl Records {
    pub(super) fn new(identities: &[Identity]) -> Self {
        let all: Vec<Record> = identities.iter().map(record).collect();
        let mut counts = HashMap::new();
        let mut count = |field: Field, value: &str| {
            if !value.is_empty() {
                *counts.entry(key(field, value)).or_insert(0) += 1;
            }
        };
        for record in &all {
            record.name.words.iter().for_each(|word| count(Field::Word, &word.text));
            record.mailboxes.iter().for_each(|mailbox| count(Field::Local, &mailbox.local));
            record.address.iter().for_each(|word| count(Field::Street, &word.text));
            count(Field::City, &record.city);
            count(Field::Postcode, &record.postcode);
            count(Field::BirthPlace, &record.birth_place);
            count(Field::Occupation, &record.occupation);
            count(Field::Company, &record.company);
            count(Field::State, &record.state);
        }
        let shared = shared(&all);
        Self { all, counts, shared }
    }

    /// How much it says that two records share a value, in bits: more for rare ones. The records
    /// are taken for a part of a larger world, so that in a few of them nothing is common.
    pub(super) fn rarity(&self, field: Field, value: &str) -> f32 {
        let world = self.all.len().max(4096) as f32;
        let count = self.counts.get(&key(field, value)).copied().unwrap_or(1).max(1);
        (world / count.max(2) as f32).log2()
    }

    /// Whether the mailbox is read by many.
    pub(super) fn is_shared(&self, mailbox: &Mailbox) -> bool {
        mailbox.is_shared || self.shared.get(&mailbox.key).copied().unwrap_or(false)
    }

    /// Pairs that share what belongs to one person alone.
    pub(super) fn sure_pairs(&self) -> Vec<(usize, usize)> {
        let mut holders: HashMap<(Kind, &str), Vec<usize>> = HashMap::new();
        let mut pairs = Vec::new();
        for (number, record) in self.all.iter().enumerate() {
            let boxes = record.mailboxes.iter().filter(|mailbox| !self.is_shared(mailbox));
            let keys = boxes
                .map(|mailbox| mailbox.handle.as_ref().unwrap_or(&mailbox.key))
                .chain(&record.handles);
            for key in keys {
                let holders = holders.entry((record.kind, key)).or_default();
                // Whoever has another full name is asked about.
                let fitting = holders
                    .iter()
                    .take(VALUES_MAX)
                    .find(|&&holder| !are_other_people(&self.all[holder], record));
                match fitting {
                    Some(&holder) => pairs.push((holder, number)),
                    None => holders.push(number),
                }
            }
        }
        pairs
    }
}

/// Whether both have full names, and these are of two people.
pub(super) fn are_other_people(one: &Record, other: &Record) -> bool {
    one.kind == Kind::Person
        && one.is_fully_named()
        && other.is_fully_named()
        && compare_person_names(&one.name, &other.name).score < 0.5
        && !shares_a_rare_word(one, other)
}

fn shares_a_rare_word(one: &Record, other: &Record) -> bool {
    one.name.words.iter().any(|word| word.text.len() > 3 && other.name.words.contains(word))
}

fn shared(all: &[Record]) -> HashMap<String, bool> {
    let mut names: HashMap<&str, Vec<&Record>> = HashMap::new();
    let mut shared = HashMap::new();
    for record in all.iter().filter(|record| record.is_fully_named()) {
        for mailbox in &record.mailboxes {
            let known = names.entry(&mailbox.key).or_default();
            if known.len() < NAMES_OF_A_SHARED_MAILBOX
                && known.iter().all(|one| are_other_people(one, record))
            {
                known.push(record);
            }
            if known.len() == NAMES_OF_A_SHARED_MAILBOX {
                shared.insert(mailbox.key.clone(), true);
            }
        }
    }
    shared
}

/// A number for a value of a field.
pub(super) fn key(field: Field, value: &str) -> u64 {
    hash_of_parts(field as u64 + 1, &[value])
}

/// Numbers for texts that are the same on every run (FNV-1a).
pub(super) fn hash_of_parts(seed: u64, parts: &[&str]) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    parts.iter().enumerate().fold(start, |hash, (number, part)| {
        let hash = if number > 0 { step(hash, 0x1f) } else { hash };
        part.bytes().fold(hash, step)
    })
}

fn record(identity: &Identity) -> Record {
    let plain =
        |field: &Option<String>| field.as_deref().map(shortened).map(latin).unwrap_or_default();
    let digits =
        |text: &str| -> String { text.chars().filter(char::is_ascii_digit).take(40).collect() };
    let written = match (&identity.name, &identity.given_name, &identity.family_name) {
        (Some(name), _, _) => shortened(name).to_owned(),
        (None, given, family) => {
            let parts =
                [given.as_deref().unwrap_or_default(), family.as_deref().unwrap_or_default()];
            parts.map(shortened).join(" ").trim().to_owned()
        }
    };
    // "Jane Doe via List" is sent by Jane Doe; a name that is an address says what the address does.
    let named = written.split(" via ").next().unwrap_or_default();
    let named = if named.contains('@') {
        named.split(['@', '+']).next().unwrap_or_default()
    } else {
        named
    };
    let named = match identity.kind {
        Kind::Person => whole_name(&decoded(named), &identity.emails),
        Kind::Organisation => named.to_owned(),
    };
    let named = named.as_str();
    let (mut given, mut family) = (plain(&identity.given_name), plain(&identity.family_name));
    if given.is_empty() && family.is_empty() && identity.kind == Kind::Person {
        let parts = parts_of(named);
        (given, family) = (latin(&parts.given), latin(&parts.family));
    }
    let (given, family) = (given.replace(' ', ""), family.replace(' ', ""));
    let mailboxes: Vec<Mailbox> =
        identity.emails.iter().take(VALUES_MAX).filter_map(|email| mailbox(email)).collect();
    let handles = identity.handles.iter().take(VALUES_MAX).map(|handle| handle.to_lowercase());
    Record {
        kind: identity.kind,
        name: PersonName::new(&named.replace(['_', '.'], " ")),
        written,
        given,
        family,
        mailboxes,
        phones: identity
            .phones
            .iter()
            .take(VALUES_MAX)
            .map(|phone| digits(phone))
            .filter(|d| d.len() > 5)
            .collect(),
        handles: handles.collect(),
        company: plain(&identity.company),
        address: plain(&identity.address)
            .split(' ')
            .filter(|w| !w.is_empty())
            .take(12)
            .map(NameWord::new)
            .collect(),
        city: plain(&identity.city),
        postcode: plain(&identity.postcode),
        state: plain(&identity.state),
        birth_date: identity.birth_date.as_deref().map(digits).unwrap_or_default(),
        birth_place: plain(&identity.birth_place),
        gender: plain(&identity.gender),
        occupation: plain(&identity.occupation),
        identifier: plain(&identity.identifier),
    }
}

/// A name that a mail program left encoded (`iso-8859-1?Q?Jana_Nov=E1k?=`), without the letters
/// that it hides.
fn decoded(name: &str) -> Cow<'_, str> {
    let Some((_, encoded)) = name.split_once("?Q?").or_else(|| name.split_once("?q?")) else {
        return Cow::Borrowed(name);
    };
    let encoded = encoded.split('?').next().unwrap_or(encoded);
    let mut parts = encoded.split('=');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push('\u{fffd}');
        plain.push_str(part.get(2..).unwrap_or_default());
    }
    Cow::Owned(plain)
}

/// "Jana" with the address jana.novak@… has a family name, too.
fn whole_name(name: &str, emails: &[String]) -> String {
    if name.contains([' ', '_', '.', ',']) {
        return name.to_owned();
    }
    let family = emails.iter().take(VALUES_MAX).find_map(|email| {
        let (local, _) = email.split_once('@')?;
        let (given, family) = local.split_once('.')?;
        let fits = given.eq_ignore_ascii_case(name)
            && family.len() > 2
            && family.bytes().all(|b| b.is_ascii_alphabetic());
        fits.then_some(family)
    });
    family.map_or_else(|| name.to_owned(), |family| format!("{name} {family}"))
}

/// The words by which an address or a nick without a full name can meet a name.
pub(super) fn logins(record: &Record) -> Vec<String> {
    let mut logins: Vec<String> = Vec::new();
    let mut add = |login: String| {
        if login.len() > 2 && !is_role(&login) && !logins.contains(&login) {
            logins.push(login);
        }
    };
    for mailbox in &record.mailboxes {
        add(latin(&mailbox.local));
        add(mailbox.local.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned());
    }
    for handle in &record.handles {
        add(handle
            .rsplit(':')
            .next()
            .unwrap_or(handle)
            .chars()
            .filter(|c| c.is_alphanumeric())
            .collect());
    }
    if let [nick] = &record.name.words[..] {
        add(nick.text.clone());
    }
    add(record.name.words.iter().map(|word| word.text.as_str()).collect());
    let (given, family) = (&record.given, &record.family);
    if let (Some(first), Some(last)) = (given.get(..1), family.get(..1)) {
        add(format!("{given}{family}"));
        add(format!("{family}{given}"));
        add(format!("{first}{family}"));
        add(format!("{family}{first}"));
        add(format!("{given}{last}"));
    }
    logins
}
