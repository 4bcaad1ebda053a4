//! Which pairs are compared at all: those that share a key that few others have. Comparing all
//! with all would take the square of the time.

use super::records::{Record, Records, hash_of_parts, logins};

/// What more records share than this says nothing.
const SHARED_BY_MAX: usize = 60;

/// Pairs worth comparing, the smaller number first, in order.
pub(super) fn pairs(records: &Records) -> Vec<(usize, usize)> {
    let count = records.all.len();
    if count <= SHARED_BY_MAX {
        return (0..count).flat_map(|other| (0..other).map(move |one| (one, other))).collect();
    }
    let mut keys: Vec<(u64, u32)> = Vec::with_capacity(records.all.len() * 8);
    for (number, record) in (0..).zip(&records.all) {
        each_key(record, |key| keys.push((key, number)));
    }
    keys.sort_unstable();
    keys.dedup();
    let mut pairs: Vec<(u32, u32)> = Vec::new();
    for block in keys.chunk_by(|a, b| a.0 == b.0) {
        if block.len() > SHARED_BY_MAX {
            continue;
        }
        for (at, &(_, other)) in block.iter().enumerate() {
            pairs.extend(block[..at].iter().map(|&(_, one)| (one, other)));
        }
    }
    pairs.sort_unstable();
    pairs.dedup();
    pairs.into_iter().map(|(one, other)| (one as usize, other as usize)).collect()
}

/// The first bytes of a word; nothing where they end inside a character.
fn start(word: &str, length: usize) -> &str {
    word.get(..length.min(word.len())).unwrap_or_default()
}

fn each_key(record: &Record, mut key: impl FnMut(u64)) {
    let kind = record.kind as u64 * 64;
    let mut add = |template: u64, parts: &[&str]| {
        if parts.iter().all(|part| !part.is_empty()) {
            key(hash_of_parts(kind + template, parts));
        }
    };
    let words = &record.name.words;
    let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    let mut sorted = words.clone();
    sorted.sort_unstable();
    add(0, &[&sorted.concat()]);
    add(0, &[&words.concat()]);
    if let [first, .., last] = words[..] {
        add(1, &[last, start(first, 1)]);
        add(1, &[first, start(last, 1)]);
        add(2, &[start(first, 3), start(last, 3)]);
    } else if let [only] = words[..] {
        add(3, &[start(only, 3)]);
    }
    for mailbox in &record.mailboxes {
        add(4, &[&mailbox.key]);
    }
    for login in logins(record) {
        add(5, &[&login]);
    }
    for phone in &record.phones {
        add(6, &[&phone[phone.len().saturating_sub(8)..]]);
    }
    add(7, &[&record.identifier]);
    let born = &record.birth_date;
    add(8, &[born, start(&record.given, 1)]);
    add(8, &[born, start(&record.family, 1)]);
    add(9, &[born, &record.postcode]);
    add(10, &[&record.family, &record.postcode]);
    add(11, &[&record.given, &record.postcode]);
    add(12, &[start(born, 4), &record.family]);
    add(13, &[&record.given, start(born, 6)]);
    let address: Vec<&str> = record.address.iter().map(|word| word.text.as_str()).collect();
    add(14, &[&record.city, &address.concat()]);
    if let [number, .., street] = &address[..] {
        add(15, &[number, street]);
        add(16, &[number, &record.family]);
    }
    if record.kind == super::Kind::Organisation {
        let initials: String = words.iter().filter_map(|word| word.chars().next()).collect();
        let acronym = if let [only] = &words[..] { only } else { initials.as_str() };
        add(17, &[acronym]);
        for word in words.iter().filter(|word| word.len() > 3) {
            add(18, &[word, start(&record.city, 3)]);
        }
    }
}
