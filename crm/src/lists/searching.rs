//! Searching everything by its beginning: words of titles, channels and keys. What indexes keep
//! of a record, and what a question is compared with, come from here, so that both agree.
//! Notes and messages are not searched.

use crate::folding::fold;
use crate::ids::BlueprintId;
use crate::records::Record;

/// The most words of a title that are found by themselves.
pub const WORDS_MAX: usize = 16;
/// As much of a word as indexes keep, in characters.
pub const WORD_CHARS_MAX: usize = 60;

/// What somebody looks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// The whole of it, folded: how a title or a key begins.
    pub whole: String,
    /// The same without the sign that a number or a handle begins with: how a channel begins.
    pub channel: String,
    /// The same without spaces and marks, where it is a number.
    pub number: Option<String>,
    /// Its words, folded: each begins a word of the title.
    pub words: Vec<String>,
}

/// What was found of one blueprint, best first.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The blueprint.
    pub blueprint: BlueprintId,
    /// Those whose title begins so, then those with such words, such a channel, such a key.
    pub records: Vec<Record>,
}

impl Search {
    /// What this text looks for; none when it holds no letter and no digit.
    pub fn new(text: &str) -> Option<Self> {
        let whole = fold(text.trim());
        let words = words(&whole, WORDS_MAX);
        if words.is_empty() {
            return None;
        }
        let whole = whole.chars().take(WORD_CHARS_MAX).collect::<String>();
        let is_number = whole.chars().all(|c| c.is_ascii_digit() || " +-/().".contains(c));
        let number = is_number.then(|| whole.chars().filter(char::is_ascii_digit).collect());
        Some(Self { channel: without_sign(&whole), whole, number, words })
    }
}

/// The words of a title as indexes keep them, each once.
pub fn title_words(title: &str) -> Vec<String> {
    words(&fold(title), WORDS_MAX)
}

/// A channel as indexes keep it: without the sign that it begins with.
pub fn channel_word(value: &str) -> String {
    without_sign(&fold(value)).chars().take(WORD_CHARS_MAX).collect()
}

fn without_sign(folded: &str) -> String {
    folded.strip_prefix(['+', '@']).unwrap_or(folded).to_owned()
}

/// The words of a folded text.
fn words(folded: &str, most: usize) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let word = word.chars().take(WORD_CHARS_MAX).collect::<String>();
        if found.len() < most && !found.contains(&word) {
            found.push(word);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_and_a_title_come_to_the_same_words() {
        assert_eq!(title_words("Łódź – Żółw & Co. żółw"), ["lodz", "zolw", "co"]);
        let asked = Search::new(" ŻÓŁ ").expect("a word");
        assert_eq!((asked.whole.as_str(), asked.number), ("zol", None));
        assert_eq!(asked.words, ["zol"]);
        assert_eq!(Search::new("–?"), None);
        let number = Search::new("+49 (30) 12-3").and_then(|asked| asked.number);
        assert_eq!(number.as_deref(), Some("4930123"));
        assert_eq!(channel_word("@Anna:example.org"), "anna:example.org");
        let handle = Search::new("@anna:").expect("a word");
        assert_eq!((handle.whole.as_str(), handle.channel.as_str()), ("@anna:", "anna:"));
    }
}
