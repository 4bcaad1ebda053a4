//! What speaks for and against two records being of one, in bits. A shared value counts by how
//! rare it is, a slip of the pen counts for less, and what contradicts counts against.

use super::Kind;
use super::records::{Field, Record, Records};
use crate::census::is_given;
use crate::contacts::is_given_name;
use crate::naming::{
    Likeness, NameWord, compare_organisations, compare_person_names, slips_between, word_likeness,
};

/// What speaks for a suggestion.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// What is alike, in words for people.
    pub text: String,
    /// How much it says, in bits; against it, when negative.
    pub bits: f32,
}

/// From here on a pair is suggested.
pub(super) const WORTH_ASKING: f32 = 0.12;
/// How many bits make a suggestion as likely right as wrong, in a world of 4096 records.
const EVEN_BITS: f32 = 10.0;
/// What lacks more than this to be even is not worth asking.
const BITS_SHORT_MAX: f32 = 6.5;

struct Sum {
    bits: f32,
    /// With fewer, a pair is not suggested.
    enough: f32,
    /// The reasons, when they are wanted: to write them costs more than to weigh them.
    why: Option<Vec<Reason>>,
}

impl Sum {
    fn add(&mut self, bits: f32, text: impl FnOnce() -> String) {
        self.bits += bits;
        if let Some(why) = &mut self.why
            && (bits >= 1.0 || bits <= -3.0)
        {
            why.push(Reason { text: text(), bits });
        }
    }
}

/// How likely two records are of one, and why.
pub(super) fn weigh(records: &Records, one: usize, other: usize) -> (f32, Vec<Reason>) {
    let (a, b) = (&records.all[one], &records.all[other]);
    if a.kind != b.kind {
        return (0.0, Vec::new());
    }
    let world = records.all.len().max(4096) as f32;
    let even = EVEN_BITS + (world / 4096.0).log2();
    let mut sum = Sum { bits: 0.0, enough: even - BITS_SHORT_MAX, why: None };
    add_all(records, a, b, &mut sum);
    let score = 1.0 / (1.0 + (-(sum.bits - even) / 3.0).exp());
    if score >= WORTH_ASKING {
        sum.why = Some(Vec::new());
        add_all(records, a, b, &mut sum);
    }
    (score, sum.why.unwrap_or_default())
}

fn add_all(records: &Records, a: &Record, b: &Record, sum: &mut Sum) {
    match a.kind {
        Kind::Person => names(records, a, b, sum),
        Kind::Organisation => organisations(a, b, sum),
    }
    mailboxes(records, a, b, sum);
    numbers(a, b, sum);
    if sum.why.is_none() && sum.bits + most_of_the_rest(a, b) < sum.enough {
        return;
    }
    places(records, a, b, sum);
    life(records, a, b, sum);
}

/// No more bits than this come of where two people live and what they do.
fn most_of_the_rest(a: &Record, b: &Record) -> f32 {
    [
        (6.0, &a.city, &b.city),
        (8.0, &a.postcode, &b.postcode),
        (1.5, &a.state, &b.state),
        (5.0, &a.birth_place, &b.birth_place),
        (4.0, &a.company, &b.company),
        (3.0, &a.occupation, &b.occupation),
        (0.5, &a.gender, &b.gender),
    ]
    .iter()
    .filter(|(_, one, other)| !one.is_empty() && !other.is_empty())
    .map(|(most, ..)| most)
    .sum::<f32>()
        + if a.address.is_empty() || b.address.is_empty() { 0.0 } else { 10.0 }
}

fn names(records: &Records, a: &Record, b: &Record, sum: &mut Sum) {
    if a.name.words.is_empty() || b.name.words.is_empty() {
        return;
    }
    let likeness = compare_person_names(&a.name, &b.name);
    let shared: f32 = a
        .name
        .words
        .iter()
        .map(|word| {
            if word.text.len() < 2 {
                return 0.0;
            }
            let likest = match b.name.words.contains(word) {
                true => 1.0,
                false => b
                    .name
                    .words
                    .iter()
                    .map(|other| word_likeness(word, other).score)
                    .fold(0.0, f32::max),
            };
            if likest <= 0.7 {
                return 0.0;
            }
            (records.rarity(Field::Word, &word.text) - 0.5).max(0.5) * likest * likest
        })
        .sum();
    let text = || format!("{}: {} and {}", likeness.why, a.written, b.written);
    if likeness.is_same() {
        let is_full = a.is_fully_named() && b.is_fully_named();
        let most = match &a.name.words[..] {
            _ if is_full => 20.0,
            [nick]
                if !is_given(&nick.text) && !is_given_name(&nick.text) && nick.text.len() > 3 =>
            {
                11.0
            }
            _ => 9.0,
        };
        sum.add(shared.min(most), text);
    } else if likeness.score > 0.45 {
        sum.add((shared * 0.75).min(9.0), text);
    } else if shared > 0.0 {
        sum.add(shared * 0.6 - 4.0, text);
    } else if a.is_fully_named() && b.is_fully_named() {
        sum.add(-7.0, || "different names".to_owned());
    }
    if likeness.score == 0.0 || likeness.score == 0.1 && a.is_fully_named() {
        sum.add(-12.0, || likeness.why.to_owned());
    }
}

fn organisations(a: &Record, b: &Record, sum: &mut Sum) {
    if a.written.is_empty() || b.written.is_empty() {
        return;
    }
    let likeness = compare_organisations(&a.written, &b.written);
    let bits = if likeness.is_same() {
        4.0 + 8.0 * (likeness.score - Likeness::SAME) / (1.0 - Likeness::SAME)
    } else if a.name.words.iter().any(|word| word.text.len() > 3 && b.name.words.contains(word)) {
        1.5
    } else {
        -4.0
    };
    sum.add(bits, || format!("{}: {} and {}", likeness.why, a.written, b.written));
}

fn mailboxes(records: &Records, a: &Record, b: &Record, sum: &mut Sum) {
    let mut best = (0.0_f32, String::new());
    let is_told = sum.why.is_some();
    let mut offer = |bits: f32, text: &dyn Fn() -> String| {
        if bits > best.0 {
            best = (bits, if is_told { text() } else { String::new() });
        }
    };
    for one in a.mailboxes.iter().filter(|mailbox| !records.is_shared(mailbox)) {
        for other in b.mailboxes.iter().filter(|mailbox| !records.is_shared(mailbox)) {
            if one.key == other.key {
                offer(18.0, &|| format!("one address: {}", one.key));
            } else if one.local == other.local && one.local.len() > 2 {
                let rarity = records.rarity(Field::Local, &one.local) - 1.0;
                let most = match is_given_alone(&one.local, a, b) {
                    true if a.written.is_empty() || b.written.is_empty() => 4.5,
                    true => 1.0,
                    false => 2.0 + one.local.len() as f32,
                };
                let bits = rarity.min(most);
                offer(bits, &|| format!("addresses that begin alike: {}", one.local));
            } else if one.local.len() > 6 && slips_between(&one.local, &other.local) < 2 {
                offer(5.0, &|| format!("addresses nearly alike: {} and {}", one.key, other.key));
            }
        }
    }
    for (named, boxes) in [(a, b), (b, a)] {
        for mailbox in boxes.mailboxes.iter().filter(|mailbox| !records.is_shared(mailbox)) {
            if let Some(bits) = name_in_login(named, &mailbox.local) {
                offer(bits, &|| {
                    format!("the address {} fits the name {}", mailbox.key, named.written)
                });
            }
        }
        for handle in &boxes.handles {
            let login = handle.rsplit(':').next().unwrap_or(handle);
            if let Some(bits) = name_in_login(named, login) {
                offer(bits, &|| format!("the account {handle} fits the name {}", named.written));
            }
        }
    }
    for one in &a.handles {
        for other in &b.handles {
            if one == other {
                offer(18.0, &|| format!("one account: {one}"));
            } else if one.rsplit(':').next() == other.rsplit(':').next() {
                offer(7.0, &|| format!("accounts of one name: {one} and {other}"));
            }
        }
    }
    if best.0 > 0.0 {
        sum.add(best.0, || best.1);
    }
}

/// Whether a local part is no more than somebody's given name.
fn is_given_alone(local: &str, a: &Record, b: &Record) -> bool {
    is_given(local) || is_given_name(local) || a.given == local && b.given == local
}

/// How much it says that an address can be made from a name: `jdoe` from Jane Doe.
fn name_in_login(named: &Record, login: &str) -> Option<f32> {
    let plain = login.trim_end_matches(|c: char| c.is_ascii_digit());
    if plain.len() < 3 {
        return None;
    }
    if let [nick] = &named.name.words[..] {
        let nick = nick.text.as_str();
        let is_same = (nick == plain || nick == login) && !is_given(nick) && !is_given_name(nick);
        return (is_same && nick.len() > 3).then_some((4.0 + nick.len() as f32).min(12.0));
    }
    let (given, family) = (named.given.as_str(), named.family.as_str());
    let is = |one: &str, other: &str| plain.strip_prefix(one) == Some(other);
    let words = named.name.words.iter().flat_map(|word| word.text.bytes());
    if is(given, family) || is(family, given) || words.eq(plain.bytes()) {
        return (plain.len() > 3).then_some(12.0);
    }
    let (first, last) = (given.get(..1)?, family.get(..1)?);
    let is_short = is(first, family) || is(family, first) || is(given, last);
    (is_short && plain.len() > 3).then_some(6.0)
}

fn numbers(a: &Record, b: &Record, sum: &mut Sum) {
    let tail = |phone: &str| phone.len().saturating_sub(9);
    let is_shared = a
        .phones
        .iter()
        .any(|one| b.phones.iter().any(|other| one[tail(one)..] == other[tail(other)..]));
    if is_shared {
        sum.add(11.0, || "one phone number".to_owned());
    } else if !a.phones.is_empty() && !b.phones.is_empty() {
        sum.add(-1.5, || "different phone numbers".to_owned());
    }
    match slips(&a.identifier, &b.identifier) {
        Some(0) => sum.add(14.0, || "one official number".to_owned()),
        Some(1 | 2) => sum.add(7.0, || "official numbers nearly alike".to_owned()),
        Some(_) => sum.add(-6.0, || "different official numbers".to_owned()),
        None => {}
    }
    match slips(&a.birth_date, &b.birth_date) {
        Some(0) => sum.add(12.0, || "born on the same day".to_owned()),
        Some(1) => sum.add(6.0, || "birth dates nearly alike".to_owned()),
        Some(2) => sum.add(1.0, || "birth dates rather alike".to_owned()),
        Some(_) if same_year(a, b) => sum.add(0.0, String::new),
        Some(_) => sum.add(-9.0, || "born on different days".to_owned()),
        None => {}
    }
}

fn same_year(a: &Record, b: &Record) -> bool {
    a.birth_date.get(..4).is_some_and(|year| b.birth_date.starts_with(year))
}

/// How many slips of the pen lie between two values, up to two; nothing when one is missing.
fn slips(one: &str, other: &str) -> Option<usize> {
    if one.is_empty() || other.is_empty() {
        return None;
    }
    Some(if one == other { 0 } else { slips_between(one, other) })
}

fn places(records: &Records, a: &Record, b: &Record, sum: &mut Sum) {
    let mut field = |field: Field, one: &str, other: &str, most: f32, against: f32, name: &str| {
        if let Some(count) = slips(one, other) {
            let bits = match count {
                0 => records.rarity(field, one).min(most),
                1 if one.len() > 3 => (records.rarity(field, one) * 0.6).min(most * 0.6),
                _ if one.len() > 4 && strsim::jaro_winkler(one, other) > 0.9 => most * 0.3,
                _ => against,
            };
            sum.add(bits, || format!("{name}: {one} and {other}"));
        }
    };
    field(Field::City, &a.city, &b.city, 6.0, -0.5, "town");
    field(Field::Postcode, &a.postcode, &b.postcode, 8.0, -1.0, "postal code");
    field(Field::State, &a.state, &b.state, 1.5, -0.5, "state");
    field(Field::BirthPlace, &a.birth_place, &b.birth_place, 5.0, -1.0, "place of birth");
    field(Field::Company, &a.company, &b.company, 4.0, -6.0, "company");
    if !a.address.is_empty() && !b.address.is_empty() {
        let meets = |word: &NameWord| {
            b.address.iter().any(|other| {
                word == other || word.text.len() > 4 && word_likeness(word, other).score > 0.75
            })
        };
        let bits: f32 = a
            .address
            .iter()
            .filter(|word| meets(word))
            .map(|word| (records.rarity(Field::Street, &word.text) - 2.0).clamp(0.2, 6.0))
            .sum();
        let bits = if bits > 1.0 { bits.min(10.0) } else { -1.0 };
        sum.add(bits, || format!("address: {} and {}", joined(&a.address), joined(&b.address)));
    }
}

fn joined(words: &[NameWord]) -> String {
    words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ")
}

fn life(records: &Records, a: &Record, b: &Record, sum: &mut Sum) {
    if !a.occupation.is_empty() && a.occupation == b.occupation {
        let bits = records.rarity(Field::Occupation, &a.occupation).min(3.0);
        sum.add(bits, || format!("occupation: {}", a.occupation));
    }
    if !a.gender.is_empty() && !b.gender.is_empty() {
        let bits = if a.gender == b.gender { 0.5 } else { -3.0 };
        sum.add(bits, || "gender".to_owned());
    }
}
