//! Decides whether a run of words stands free in the text: not inside an
//! identifier, a path, a domain or a contraction.

use std::ops::Range;

use super::tokens::{is_apostrophe, is_word_char, stands_alone};
use crate::folding::is_ignorable;
use crate::offsets::char_at;

/// Short words that French, Italian and Catalan glue in front: `l’Acme`.
const ELISIONS: &[&str] = &[
    "l", "d", "qu", "j", "n", "s", "c", "m", "t", "dell", "nell", "all", "sull", "dall", "un",
    "jusqu", "lorsqu",
];

/// What English glues behind: `Acme's`, `Acme'll`.
const CONTRACTIONS: &[&str] = &["s", "ll", "d", "ve", "re", "m"];

/// Whether a name may begin and end exactly here.
pub(crate) fn stands_free(text: &str, range: &Range<usize>) -> bool {
    free_on_the_left(text, range) && free_on_the_right(text, range)
}

fn visible_before(text: &str, at: usize) -> impl Iterator<Item = char> + '_ {
    text[..at].chars().rev().filter(|&c| !is_ignorable(c))
}

fn visible_after(text: &str, at: usize) -> impl Iterator<Item = char> + '_ {
    text[at..].chars().filter(|&c| !is_ignorable(c))
}

fn free_on_the_left(text: &str, range: &Range<usize>) -> bool {
    let mut before = visible_before(text, range.start);
    let Some(previous) = before.next() else {
        return true;
    };
    let first = char_at(text, range.start).unwrap_or(' ');
    match previous {
        ' ' | '\n' => true,
        '@' | '\\' => false,
        '_' => !before.next().is_some_and(is_word_char),
        '.' => match before.next() {
            Some(c) if is_word_char(c) => {
                let is_host = c == 'w' && before.take(2).all(|c| c == 'w');
                c.is_lowercase() && !is_host && starts_sentence(text, range.start)
            }
            _ => true,
        },
        '/' => before.next().is_some_and(|c| is_word_char(c) || c == ')'),
        ':' => visible_after(text, range.end).next() != Some(':'),
        c if is_apostrophe(c) => {
            let mut prefix: Vec<char> = before.take(7).take_while(|&c| is_word_char(c)).collect();
            if prefix.is_empty() {
                return true;
            }
            prefix.reverse();
            let prefix: String = prefix.into_iter().flat_map(char::to_lowercase).collect();
            ELISIONS.contains(&prefix.as_str()) && is_elided_before(first)
        }
        c if is_word_char(c) => {
            // Two words touch only where a script changes, or around a symbol.
            stands_alone(c) || stands_alone(first)
        }
        '+' | '#' => first != previous,
        _ => true,
    }
}

fn free_on_the_right(text: &str, range: &Range<usize>) -> bool {
    let mut after = visible_after(text, range.end);
    let Some(next) = after.next() else {
        return true;
    };
    let last = text[range.clone()].chars().next_back().unwrap_or(' ');
    match next {
        ' ' | '\n' => true,
        '@' => false,
        '_' => !after.next().is_some_and(is_word_char),
        '(' => after.next() != Some(')'),
        '.' => match after.next() {
            Some(c) if is_word_char(c) => {
                last.is_lowercase()
                    && c.is_uppercase()
                    && after.next().is_some_and(char::is_lowercase)
            }
            _ => true,
        },
        c if is_apostrophe(c) => {
            let suffix: String = after
                .take(4)
                .take_while(|&c| is_word_char(c))
                .flat_map(char::to_lowercase)
                .collect();
            suffix.is_empty() || CONTRACTIONS.contains(&suffix.as_str())
        }
        c if is_word_char(c) => stands_alone(c) || stands_alone(last),
        '+' | '#' => next != last,
        _ => true,
    }
}

/// Only before a vowel or a silent `h` is a word glued in front.
fn is_elided_before(first: char) -> bool {
    !first.is_ascii()
        || matches!(first.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'h')
}

/// A capital followed by a small letter, as after a full stop without a space.
fn starts_sentence(text: &str, at: usize) -> bool {
    let mut chars = text[at..].chars();
    chars.next().is_some_and(char::is_uppercase) && chars.next().is_some_and(char::is_lowercase)
}

/// Whether a key such as `DEAL-12` stands alone and is not a part of a longer one.
pub(crate) fn key_stands_free(text: &str, range: &Range<usize>) -> bool {
    let before = visible_before(text, range.start).next();
    let mut after = visible_after(text, range.end);
    let ends = match after.next() {
        Some('-' | '.') => !after.next().is_some_and(is_word_char),
        Some('_' | '@') => false,
        Some(c) => !is_word_char(c) || stands_alone(c),
        None => true,
    };
    let begins = match before {
        Some('-' | '_' | '.' | '/' | '@' | '\\') => false,
        Some(c) => !is_word_char(c) || stands_alone(c),
        None => true,
    };
    ends && begins
}

/// Whether this place opens a sentence, where any word has a capital.
pub(crate) fn opens_sentence(text: &str, at: usize) -> bool {
    for c in visible_before(text, at) {
        if c == '\n' || matches!(c, '.' | '!' | '?' | '…' | '。' | '"' | '“' | '„' | '«') {
            return true;
        }
        if is_word_char(c) || matches!(c, ',' | ';' | ':' | ')' | '@' | '/') {
            return false;
        }
    }
    true
}

/// Whether a sentence that begins with this word speaks of somebody of that
/// name: punctuation or a verb of the third person follows.
pub(crate) fn could_open_with_a_name(rest: &str, next_word: &str) -> bool {
    const VERBS: &[&str] = &[
        "is", "was", "has", "had", "will", "would", "may", "might", "can", "could", "should",
        "must", "said", "says", "asked", "wrote", "told", "does", "did", "wants", "wanted",
        "needs", "needed", "thinks", "thought", "called", "sent", "signed", "knows", "knew",
        "works", "isn", "wasn", "hasn", "won", "doesn", "didn", "just", "also", "never", "always",
    ];
    const AFTER_A_NAME: &[char] = &[',', ':', '!', '?', '.', '…'];
    rest.starts_with(AFTER_A_NAME) || (rest.starts_with(' ') && VERBS.contains(&next_word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_free_only_as_a_whole_word() {
        fn check(text: &str, expected: bool) {
            let start = text.find("Acme").expect("the text names Acme");
            assert_eq!(stands_free(text, &(start..start + 4)), expected, "{text:?}");
        }
        for text in [
            "Acme",
            "(Acme)",
            "Acme's",
            "Acme’s",
            "Acme'll pay",
            "'Acme'",
            "l’Acme",
            "Acme-led",
            "Globex/Acme",
            "_Acme_",
            "thanks.Acme is in",
            "Acme.Great",
            "🔥Acme🔥",
            "社Acme社",
            "\u{200f}Acme\u{200f}",
            "#Acme",
            "Acme:",
            "Acme.",
        ] {
            check(text, true);
        }
        for text in [
            "@Acme", "my_Acme", "Acme_x", "Acme.io", "www.Acme", "/Acme", "O'Acme", "Acme't",
            ":Acme:", "Acme()", "Acme@x", "a\\Acme",
        ] {
            check(text, false);
        }
    }

    #[test]
    fn sentences_open_after_stops_lines_and_quotes() {
        fn check(text: &str, expected: bool) {
            let at = text.find("Will").expect("the text says Will");
            assert_eq!(opens_sentence(text, at), expected, "{text:?}");
        }
        check("Will", true);
        check("Ok. Will do", true);
        check("ok\n- Will do", true);
        check("she said \"Will do", true);
        check("ask Will", false);
        check("Anna, Will", false);
    }
}
