//! What the tagger looks at: the word, its shape and its ends, what lists say of it, and the same
//! of its neighbours. A feature is a hash; what it weighs is in the model.

use std::ops::Range;

use super::lists::{self, fact};
use super::stretches;
use super::tokens::{Class, NO_WORD, Token, WORD_BYTES_MAX, hash, hashed};

/// What is known of one token alone.
#[derive(Clone, Copy, Default)]
struct View {
    word: u64,
    class: u64,
    shape: u64,
    /// How the word can be a person's name.
    people: u64,
    /// How everyday the word is.
    everyday: u64,
    /// What else lists say of it.
    lore: u64,
    ends: [u64; 7],
}

/// What the tagger knows of the tokens of a line: what lists say of them, and where names can be.
/// The same memory serves one line after the other.
#[derive(Default)]
pub(super) struct Line {
    /// The stretches that can hold names.
    pub(super) stretches: Vec<Range<usize>>,
    facts: Vec<u32>,
    views: Vec<View>,
    style: u64,
    features: Vec<u64>,
}

impl Line {
    /// Reads a line in the place of the last.
    pub(super) fn read(&mut self, tokens: &[Token<'_>]) {
        lists::facts(tokens, &mut self.facts);
        stretches::find(tokens, &self.facts, &mut self.stretches);
        self.views.clear();
        if self.stretches.is_empty() {
            return;
        }
        self.style = style(tokens);
        self.views.resize(tokens.len(), View::default());
        let mut done = 0;
        for stretch in &self.stretches {
            let seen =
                stretch.start.saturating_sub(2).max(done)..(stretch.end + 2).min(tokens.len());
            for at in seen.clone() {
                self.views[at] = view(&tokens[at], self.facts[at]);
            }
            done = seen.end;
        }
    }

    /// Calls `each` with the features of every token of a stretch, one after the other.
    pub(super) fn each(
        &mut self,
        tokens: &[Token<'_>],
        stretch: Range<usize>,
        mut each: impl FnMut(&[u64]),
    ) {
        let views = &self.views;
        let edge = View { word: 1, class: 99, ..View::default() };
        let style = self.style;
        let features = &mut self.features;
        for number in stretch {
            let near = |offset: isize| {
                number.checked_add_signed(offset).and_then(|at| views.get(at)).unwrap_or(&edge)
            };
            let view = &views[number];
            let (before, after) = (near(-1), near(1));
            let opens = u64::from(opens_sentence(tokens, number));
            features.clear();
            let mut add = |template: u64, parts: [u64; 3]| features.push(mixed(template, parts));
            add(0, [0, 0, 0]);
            add(1, [view.word, 0, 0]);
            add(2, [before.word, 0, 0]);
            add(3, [after.word, 0, 0]);
            add(4, [near(-2).word, 0, 0]);
            add(5, [near(2).word, 0, 0]);
            add(6, [before.word, view.class, 0]);
            add(7, [after.word, view.class, 0]);
            add(8, [before.word, view.word, 0]);
            add(9, [view.word, after.word, 0]);
            add(10, [view.class, opens, style]);
            add(11, [before.class, view.class, 0]);
            add(12, [view.class, after.class, 0]);
            add(13, [before.class, view.class, after.class]);
            add(14, [near(-2).class, before.class, view.class]);
            add(15, [view.class, after.class, near(2).class]);
            add(16, [view.people, view.class, opens]);
            add(17, [before.people, view.people, view.class]);
            add(18, [view.people, after.people, view.class]);
            add(19, [before.people, before.class, view.class]);
            add(20, [after.people, after.class, view.class]);
            add(21, [view.people, view.class, style]);
            add(22, [view.word, view.class, 0]);
            add(23, [before.word, near(-2).word, 0]);
            add(24, [after.word, near(2).word, 0]);
            add(25, [near(-2).word, before.class, view.class]);
            add(26, [view.class, after.class, near(2).word]);
            add(27, [before.word, view.class, after.word]);
            add(28, [view.shape, opens, 0]);
            add(50, [view.everyday, view.class, opens]);
            add(51, [view.everyday, view.class, before.everyday]);
            add(52, [view.everyday, view.class, after.everyday]);
            add(53, [view.everyday, view.people, view.class]);
            add(54, [view.everyday, view.class, style]);
            add(55, [before.word, view.class, view.everyday]);
            add(56, [after.word, view.class, view.everyday]);
            if view.lore != 0 {
                add(42, [view.lore, view.class, 0]);
                add(43, [view.lore, view.people, style]);
                add(44, [view.lore, before.word, 0]);
                add(45, [view.lore, after.word, 0]);
            }
            if before.lore != 0 {
                add(46, [before.lore, before.class, view.class]);
            }
            if after.lore != 0 {
                add(47, [after.lore, after.class, view.class]);
            }
            add(60, [before.people, view.people, after.people]);
            add(57, [view.people, view.class, before.word]);
            add(58, [view.people, view.class, after.word]);
            if matches!(tokens[number].class, Class::Capital | Class::Mixed) {
                each_part(tokens[number].text, |part| add(59, [part, 0, 0]));
            }
            for (at, &end) in view.ends.iter().enumerate() {
                add(30 + at as u64, [end, u64::from(view.class == Class::Lower as u64), 0]);
            }
            add(40, [before.ends[5], view.class, 0]);
            add(41, [after.ends[5], view.class, 0]);
            each(features);
        }
    }
}

fn view(token: &Token<'_>, facts: u32) -> View {
    let class = token.class as u64;
    let people = u64::from(facts & fact::OF_PEOPLE);
    let everyday = u64::from(facts & fact::EVERYDAY);
    let lore = u64::from(facts & !fact::OF_PEOPLE & !fact::EVERYDAY);
    if !token.class.is_word() {
        let word = if token.class == Class::Mark { token.word } else { class };
        return View { word, class, lore, ..View::default() };
    }
    let word = if token.class == Class::Number { digits(token.text) } else { token.word };
    let shape = shape(token.text);
    View { word, class, shape, people, everyday, lore, ends: ends(token) }
}

/// The first two, three and four letters of a word, and the last one to four.
fn ends(token: &Token<'_>) -> [u64; 7] {
    let mut ends = [0; 7];
    let (first, last) = ends.split_at_mut(3);
    if token.text.is_ascii() && token.text.len() <= WORD_BYTES_MAX {
        let bytes = token.text.as_bytes();
        let end = |bytes: &[u8]| bytes.iter().map(u8::to_ascii_lowercase).fold(NO_WORD, hashed);
        for (place, length) in first.iter_mut().zip(2..bytes.len()) {
            *place = end(&bytes[..length]);
        }
        for (place, length) in last.iter_mut().zip(1..=bytes.len()) {
            *place = end(&bytes[bytes.len() - length..]);
        }
    } else {
        let folded = token.folded();
        for (place, (end, _)) in first.iter_mut().zip(folded.char_indices().skip(2)) {
            *place = hash(&folded[..end]);
        }
        for (place, (start, _)) in last.iter_mut().zip(folded.char_indices().rev()) {
            *place = hash(&folded[start..]);
        }
    }
    ends
}

/// The words that are written as one: "sports", "center" and "24" of "SportsCenter24".
fn each_part(word: &str, mut each: impl FnMut(u64)) {
    let sort = |c: char| (c.is_lowercase(), c.is_uppercase(), c.is_numeric());
    let mut part = NO_WORD;
    let mut parts = 0;
    let mut last: Option<char> = None;
    for c in word.chars() {
        let is_cut = last.is_some_and(|last| {
            sort(last) != sort(c) && !(last.is_uppercase() && c.is_lowercase())
        });
        if is_cut {
            each(std::mem::replace(&mut part, NO_WORD));
            parts += 1;
        }
        for lower in c.to_lowercase() {
            part = (part ^ u64::from(lower)).wrapping_mul(0x0100_0000_01b3);
        }
        last = Some(c);
    }
    if parts > 0 {
        each(part);
    }
}

/// `Xx` for "Jane", `XxXx` for "McKay", `X&X` for "AT&T".
fn shape(word: &str) -> u64 {
    let mut last = 0;
    let mut shape = 0xcbf2_9ce4_8422_2325_u64;
    for c in word.chars() {
        let sort = match c {
            _ if c.is_lowercase() => 1,
            _ if c.is_uppercase() => 2,
            _ if c.is_numeric() => 3,
            _ if c.is_alphabetic() => 4,
            _ => 5 + u64::from(c),
        };
        if sort != last {
            shape = (shape ^ sort).wrapping_mul(0x0100_0000_01b3);
            last = sort;
        }
    }
    shape ^ (word.len().min(5) as u64) << 40
}

/// How the message writes: all in lower case, in capitals, every word with a capital, or as usual.
fn style(tokens: &[Token<'_>]) -> u64 {
    let count = |class: Class| tokens.iter().filter(|token| token.class == class).count();
    let (lower, capital, upper) = (count(Class::Lower), count(Class::Capital), count(Class::Upper));
    match lower + capital + upper {
        all if all < 3 => 0,
        all if upper * 5 > all * 3 => 1,
        all if capital * 5 > all * 3 => 2,
        all if lower == all => 3,
        _ => 4,
    }
}

fn opens_sentence(tokens: &[Token<'_>], number: usize) -> bool {
    number.checked_sub(1).is_none_or(|before| {
        let before = &tokens[before];
        before.class == Class::Account && number < 3
            || before.class == Class::Mark && before.text.starts_with(['.', '!', '?', ':', '"'])
    })
}

/// Numbers by their length.
fn digits(number: &str) -> u64 {
    1000 + number.len().min(12) as u64
}

fn mixed(template: u64, parts: [u64; 3]) -> u64 {
    let mut mixed = template.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for part in parts {
        mixed = (mixed.rotate_left(23) ^ part).wrapping_mul(0xff51_afd7_ed55_8ccd);
    }
    mixed ^ (mixed >> 32)
}
