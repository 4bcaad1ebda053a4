//! Which parts of a line can hold names. Most words of a message cannot, and cost nothing more;
//! every stretch between them is judged by itself.

use std::ops::Range;

use super::lists::fact;
use super::tokens::{Class, Token};

/// How many tokens are judged together.
const TOKENS_MAX: usize = 256;
/// How many other tokens stand between two words of a name: "Bank of the West".
const BETWEEN_MAX: usize = 2;

/// The stretches of a line that can hold names, in the place of what `stretches` held.
pub(super) fn find(tokens: &[Token<'_>], facts: &[u32], stretches: &mut Vec<Range<usize>>) {
    stretches.clear();
    let is_beside = |at: usize| tokens.get(at).is_some_and(|token| may_lead(token, facts[at]));
    for (at, token) in tokens.iter().enumerate() {
        if !may_be_in_a_name(token.class, facts[at]) && !is_split_account(tokens, at) {
            continue;
        }
        let start = at - usize::from(at > 0 && is_beside(at - 1));
        let end = at + 1 + usize::from(is_beside(at + 1));
        match stretches.last_mut() {
            Some(last) if at + 1 < last.start + TOKENS_MAX && joins(tokens, last.end, start) => {
                last.end = end;
            }
            // The last one is full, and ends with this token.
            Some(last) if at < last.end => {}
            last => {
                let reached = last.map_or(0, |last| last.end);
                stretches.push(start.max(reached)..end);
            }
        }
    }
}

/// Whether a stretch that reaches to `end` goes on with the one that begins at `start`.
fn joins(tokens: &[Token<'_>], end: usize, start: usize) -> bool {
    start <= end
        || start - end <= BETWEEN_MAX
            && tokens[end..start]
                .iter()
                .all(|token| !matches!(token.class, Class::Account | Class::Hashtag | Class::Link))
}

/// "@ acme": an account whose sign stands apart.
fn is_split_account(tokens: &[Token<'_>], at: usize) -> bool {
    tokens[at].class == Class::Lower
        && at.checked_sub(1).is_some_and(|before| tokens[before].text == "@")
}

/// Whether a token by itself makes a name possible.
fn may_be_in_a_name(class: Class, facts: u32) -> bool {
    let has = |fact: u32| facts & fact != 0;
    match class {
        Class::Capital | Class::Mixed | Class::Initial => {
            !has(fact::FUNCTION_WORD) || has(fact::FREQUENT_GIVEN)
        }
        Class::Upper | Class::Uncased => true,
        Class::Lower if has(fact::FUNCTION_WORD) => false,
        Class::Lower if has(fact::EVERYDAY) => has(fact::FREQUENT_GIVEN | fact::KNOWN),
        Class::Lower => has(fact::GIVEN | fact::FAMILY | fact::KNOWN),
        Class::Number | Class::Mark | Class::Account | Class::Hashtag | Class::Link => false,
    }
}

/// Whether a token beside a word of a name may belong to it: "The" of "The Hague", "24".
fn may_lead(token: &Token<'_>, facts: u32) -> bool {
    matches!(token.class, Class::Capital | Class::Upper | Class::Mixed | Class::Number)
        || token.class == Class::Lower
            && facts & (fact::ORGANISATION_WORD | fact::PLACE_WORD | fact::TITLE) != 0
}

#[cfg(test)]
mod tests {
    use super::super::lists;
    use super::super::tokens::tokens;
    use super::*;

    fn stretches_of(text: &str) -> Vec<String> {
        let tokens = tokens(text);
        let (mut facts, mut stretches) = (Vec::new(), Vec::new());
        lists::facts(&tokens, &mut facts);
        find(&tokens, &facts, &mut stretches);
        stretches
            .into_iter()
            .map(|found| {
                text[tokens[found.start].range().start..tokens[found.end - 1].range().end]
                    .to_owned()
            })
            .collect()
    }

    #[test]
    fn words_that_are_no_names_are_passed_over() {
        assert!(stretches_of("the build is broken again, can you look?").is_empty());
        assert_eq!(stretches_of("i asked Jane Roe about it"), ["Jane Roe"]);
        assert_eq!(stretches_of("ask jane about it"), ["jane"]);
    }

    #[test]
    fn small_words_inside_a_name_belong_to_it() {
        assert_eq!(stretches_of("paid by the Bank of the West today"), ["Bank of the West"]);
        assert_eq!(stretches_of("met J. Roe & Sons"), ["J. Roe & Sons"]);
    }

    #[test]
    fn a_long_line_of_capitals_is_cut() {
        let text = "ROE ".repeat(3 * TOKENS_MAX);
        let tokens = tokens(&text);
        let (mut facts, mut stretches) = (Vec::new(), Vec::new());
        lists::facts(&tokens, &mut facts);
        find(&tokens, &facts, &mut stretches);
        assert_eq!(stretches.iter().map(Range::len).sum::<usize>(), tokens.len());
        assert!(stretches.iter().all(|found| found.len() <= TOKENS_MAX + 1));
        assert!(stretches.windows(2).all(|pair| pair[0].end <= pair[1].start));
    }
}
