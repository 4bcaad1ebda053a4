//! What the tagger looks at: the word, its shape and its ends, what lists say of it, and the same
//! of its neighbours. A feature is a hash; what it weighs is in the model.

use super::lists::{self, fact};
use super::tokens::{Class, Token, hash};

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

/// The features of every token: `each` is called with the number of the token and its features.
pub(super) fn each(tokens: &[Token<'_>], mut each: impl FnMut(usize, &[u64])) {
    let words: Vec<u64> = tokens.iter().map(|token| hash(&token.folded)).collect();
    let facts = lists::facts(tokens, &words);
    let views: Vec<View> = tokens
        .iter()
        .zip(words)
        .zip(facts)
        .map(|((token, word), facts)| view(token, word, facts))
        .collect();
    let edge = View { word: 1, class: 99, ..View::default() };
    let style = style(tokens);
    let mut features = Vec::with_capacity(64);
    for (number, view) in views.iter().enumerate() {
        let near = |offset: isize| {
            number.checked_add_signed(offset).and_then(|at| views.get(at)).unwrap_or(&edge)
        };
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
        add(57, [view.people, view.class, before.word]);
        add(58, [view.people, view.class, after.word]);
        if matches!(tokens[number].class, Class::Capital | Class::Mixed) {
            each_part(tokens[number].text, |part| add(59, [part, 0, 0]));
        }
        for (at, &end) in view.ends.iter().enumerate() {
            add(30 + at as u64, [end, u64::from(view.class == Class::Lower as u64), 0]);
        }
        add(40, [before.ends[4], view.class, 0]);
        add(41, [after.ends[4], view.class, 0]);
        each(number, &features);
    }
}

fn view(token: &Token<'_>, word: u64, facts: u32) -> View {
    let folded = token.folded.as_ref();
    let class = token.class as u64;
    let people = u64::from(facts & fact::OF_PEOPLE);
    let everyday = u64::from(facts & fact::EVERYDAY);
    let lore = u64::from(facts & !fact::OF_PEOPLE & !fact::EVERYDAY);
    if !token.class.is_word() {
        let word = if token.class == Class::Mark { word } else { class };
        return View { word, class, lore, ..View::default() };
    }
    let word = if token.class == Class::Number { digits(folded) } else { word };
    let (mut first, mut last) = ([0; 3], [0; 4]);
    for (at, place) in first.iter_mut().enumerate() {
        *place = folded.char_indices().nth(at + 2).map_or(0, |(end, _)| hash(&folded[..end]));
    }
    let mut starts = folded.char_indices().rev();
    for place in &mut last {
        *place = starts.next().map_or(0, |(start, _)| hash(&folded[start..]));
    }
    View {
        word,
        class,
        shape: shape(token.text),
        people,
        everyday,
        lore,
        ends: [first[0], first[1], last[0], last[1], last[2], last[3], first[2]],
    }
}

/// The words that are written as one: "sports", "center" and "24" of "SportsCenter24".
fn each_part(word: &str, mut each: impl FnMut(u64)) {
    let sort = |c: char| (c.is_lowercase(), c.is_uppercase(), c.is_numeric());
    let mut start = 0;
    let mut parts = 0;
    let mut last: Option<char> = None;
    for (at, c) in word.char_indices() {
        let is_cut = last.is_some_and(|last| {
            sort(last) != sort(c) && !(last.is_uppercase() && c.is_lowercase())
        });
        if is_cut {
            each(hash(&word[start..at].to_lowercase()));
            start = at;
            parts += 1;
        }
        last = Some(c);
    }
    if parts > 0 {
        each(hash(&word[start..].to_lowercase()));
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
