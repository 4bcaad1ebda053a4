//! Words that mix letters of two scripts to look like a name: `Jаne` with a
//! Cyrillic `а`. They are never taken for the name; they are reported, because
//! somebody may be trying to pass for somebody.

use std::ops::Range;

use super::tokens::is_word_char;

/// The Latin letter that a Cyrillic or Greek letter looks like.
fn latin(c: char) -> Option<char> {
    const PAIRS: &str = "аaвbеeкkмmнhоoрpсcтtуyхxіiјjѕsԁdԛqԝwһhαaοoρpνvιiκkτtυuχxεe\
                         АAВBЕEКKМMНHОOРPСCТTУYХXІIЈJЅSΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧX";
    let mut chars = PAIRS.chars();
    while let (Some(from), Some(to)) = (chars.next(), chars.next()) {
        if from == c {
            return Some(to);
        }
    }
    None
}

/// The text with such words as they look, character by character, and where
/// they stand in bytes of the new text; `None` when it has none.
pub(super) fn as_it_looks(text: &str) -> Option<(String, Vec<Range<usize>>)> {
    if text.is_ascii() {
        return None;
    }
    let mut looks = String::with_capacity(text.len());
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(is_word_char) {
        looks.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find(|c| !is_word_char(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let at = looks.len();
        if word.chars().any(|c| c.is_ascii_alphabetic()) && word.chars().any(|c| latin(c).is_some())
        {
            looks.extend(word.chars().map(|c| latin(c).unwrap_or(c)));
            words.push(at..looks.len());
        } else {
            looks.push_str(word);
        }
        rest = after;
    }
    looks.push_str(rest);
    (!words.is_empty()).then_some((looks, words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_of_two_scripts_are_look_alikes() {
        let (looks, words) = as_it_looks("ask J\u{430}ne, Юлия and Zoë").expect("one");
        assert_eq!(looks, "ask Jane, Юлия and Zoë");
        assert_eq!(words.first(), Some(&(4..8)));
        assert_eq!(as_it_looks("Юлия Zoë"), None);
    }
}
