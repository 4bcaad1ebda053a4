//! What the tagger looks at: the word, its shape and its ends, whether it can be a name, and the
//! same of its neighbours. A feature is a hash; what it weighs is in the model.

use super::tokens::{Class, Token};
use crate::census::{is_family, is_given};
use crate::contacts::{is_given_name, is_honorific, is_title_word};
use crate::legal_forms::form_length;
use crate::mentions::{is_common_word, is_function_word};

/// What is known of one token alone.
struct View {
    word: u64,
    class: u64,
    /// A bit for each list that it stands in.
    list: u64,
    ends: [u64; 6],
}

/// The features of every token: `each` is called with the number of the token and its features.
pub(super) fn each(tokens: &[Token<'_>], mut each: impl FnMut(usize, &[u64])) {
    let views: Vec<View> = tokens.iter().map(view).collect();
    let edge = View { word: 1, class: 99, list: 0, ends: [0; 6] };
    let style = style(tokens);
    let mut features = Vec::with_capacity(48);
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
        add(16, [view.list, view.class, opens]);
        add(17, [before.list, view.list, view.class]);
        add(18, [view.list, after.list, view.class]);
        add(19, [before.list, before.class, view.class]);
        add(20, [after.list, after.class, view.class]);
        add(21, [view.list, view.class, style]);
        add(22, [view.word, view.class, 0]);
        add(23, [before.word, near(-2).word, 0]);
        add(24, [after.word, near(2).word, 0]);
        add(25, [near(-2).word, before.class, view.class]);
        add(26, [view.class, after.class, near(2).word]);
        for (at, &end) in view.ends.iter().enumerate() {
            add(30 + at as u64, [end, u64::from(view.class == Class::Lower as u64), 0]);
        }
        add(40, [before.ends[4], view.class, 0]);
        add(41, [after.ends[4], view.class, 0]);
        each(number, &features);
    }
}

fn view(token: &Token<'_>) -> View {
    let folded = token.folded.as_ref();
    let class = token.class as u64;
    if !token.class.is_word() {
        let word = if token.class == Class::Mark { hash(folded) } else { class };
        return View { word, class, list: 0, ends: [0; 6] };
    }
    let lists = [
        is_given(folded) || is_given_name(folded),
        is_family(folded),
        is_function_word(folded),
        is_common_word(folded),
        is_title_word(folded) || is_honorific(folded),
        form_length(&[folded]).is_some(),
    ];
    let list = lists.into_iter().rev().fold(0, |bits, is_in| (bits << 1) | u64::from(is_in));
    let word = if token.class == Class::Number { digits(folded) } else { hash(folded) };
    let (mut first, mut last) = ([0; 2], [0; 4]);
    for (at, place) in first.iter_mut().enumerate() {
        *place = folded.char_indices().nth(at + 2).map_or(0, |(end, _)| hash(&folded[..end]));
    }
    let mut starts = folded.char_indices().rev();
    for place in &mut last {
        *place = starts.next().map_or(0, |(start, _)| hash(&folded[start..]));
    }
    View { word, class, list, ends: [first[0], first[1], last[0], last[1], last[2], last[3]] }
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

fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn mixed(template: u64, parts: [u64; 3]) -> u64 {
    let mut mixed = template.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for part in parts {
        mixed = (mixed.rotate_left(23) ^ part).wrapping_mul(0xff51_afd7_ed55_8ccd);
    }
    mixed ^ (mixed >> 32)
}
