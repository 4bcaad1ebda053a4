//! Positions that stand beside a name: "Anna Schmidt, Head of Ops at Acme",
//! "our CTO Anna Schmidt", and the second line of a signature.

use std::ops::Range;

use super::lexicon::is_title_word;
use super::people::leads_to_company;
use super::words::{Shape, Word};

const TITLE_WORDS_MAX: usize = 8;
const CONNECTORS: [&str; 12] =
    ["of", "for", "and", "the", "&", "und", "für", "der", "de", "du", "des", "di"];

/// The position that follows a name ending at `end`.
pub(crate) fn after(
    text: &str,
    words: &[Word<'_>],
    next: usize,
    end: usize,
) -> Option<Range<usize>> {
    let first = words.get(next)?;
    let gap = &text[end..first.range.start];
    let is_new_line = gap.trim_matches([' ', '\r', '*', '_']) == "\n";
    let separates =
        is_new_line || matches!(gap.trim(), "," | "(" | "|" | "-" | "–" | "—" | "•" | "·" | "/");
    if separates {
        let skip = usize::from(!is_new_line && matches!(first.text, "the" | "our" | "their"));
        return phrase(text, words, next + skip);
    }
    // "Anna Schmidt is the new CTO"
    let is_verb = gap == " " && matches!(first.text, "is" | "ist" | "as" | "als");
    let article = words.get(next + 1)?;
    if is_verb
        && matches!(
            article.text,
            "the" | "our" | "their" | "a" | "an" | "die" | "der" | "unser" | "unsere"
        )
    {
        let skip = usize::from(
            words.get(next + 2).is_some_and(|w| matches!(w.text, "new" | "neue" | "neuer")),
        );
        return phrase(text, words, next + 2 + skip);
    }
    if is_verb {
        return phrase(text, words, next + 1);
    }
    None
}

/// The position that ends right before the word `at`: "our CTO Anna Schmidt".
pub(crate) fn before(text: &str, words: &[Word<'_>], at: usize) -> Option<Range<usize>> {
    let last = at.checked_sub(1)?;
    let is_title = |word: &Word<'_>| is_title_word(word.lower());
    if !is_title(&words[last]) || &text[words[last].range.end..words[at].range.start] != " " {
        return None;
    }
    let mut first = last;
    while first > 0
        && last - first < 3
        && &text[words[first - 1].range.end..words[first].range.start] == " "
        && (is_title(&words[first - 1])
            || (words[first - 1].shape == Shape::Capital && words[last].shape == Shape::Capital))
        && !matches!(words[first - 1].text, "Our" | "The" | "Their" | "My" | "With" | "And")
    {
        first -= 1;
    }
    Some(words[first].range.start..words[last].range.end)
}

/// A run of words from `first` that is a position.
fn phrase(text: &str, words: &[Word<'_>], first: usize) -> Option<Range<usize>> {
    let mut last = None;
    let mut has_title_word = false;
    let mut previous: Option<&Word<'_>> = None;
    for (at, word) in words.iter().enumerate().skip(first).take(TITLE_WORDS_MAX) {
        let lower = word.lower();
        let is_title = is_title_word(lower);
        let is_connector = CONNECTORS.contains(&lower);
        // "directora de compras de Aceros del Norte S.A."
        if has_title_word && leads_to_company(text, words, at) {
            break;
        }
        let mut follows_connector = false;
        if let Some(previous) = previous {
            let previous_lower = previous.lower();
            let gap = &text[previous.range.end..word.range.start];
            // "VP, Sales" is one position; "CEO, Acme" is not.
            let is_rank =
                matches!(previous_lower, "vp" | "svp" | "evp" | "director" | "head" | "manager");
            let is_one = matches!(gap, " " | " & " | "/" | " / " | "-")
                || (gap == ", " && is_rank && word.shape == Shape::Capital);
            if !is_one {
                break;
            }
            follows_connector = CONNECTORS.contains(&previous_lower) || gap.contains('&');
        }
        if !(is_title
            || word.is_capitalised()
            || follows_connector
            || (is_connector && previous.is_some()))
        {
            // "account manager", "sales lead": one plain word in front.
            let leads = previous.is_none()
                && word.shape == Shape::Lower
                && words.get(at + 1).is_some_and(|next| is_title_word(next.lower()));
            if !leads {
                break;
            }
        }
        has_title_word |= is_title;
        if !is_connector {
            last = Some(word.range.end);
        }
        previous = Some(word);
    }
    let end = last.filter(|_| has_title_word)?;
    Some(words.get(first)?.range.start..end)
}
