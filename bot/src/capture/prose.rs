//! One captured message as it is read: its letters once, and the sentence around a value.

use crm::proposals::SourceSpan;
use extractors::contacts::Span;

/// How far a sentence reaches from its value, in characters.
const SENTENCE_CHARS_MAX: usize = 200;

/// The letters of one message and which one it is.
pub(super) struct Prose {
    message: usize,
    letters: Vec<char>,
}

impl Prose {
    pub(super) fn new(message: usize, text: &str) -> Self {
        Self { message, letters: text.chars().collect() }
    }

    /// The source of what an extractor found.
    pub(super) fn source(&self, span: &Span, extractor: &str) -> SourceSpan {
        self.source_at(span.start, span.end, extractor, percent(span.confidence))
    }

    /// The source of what stands between two places.
    pub(super) fn source_at(
        &self,
        start: usize,
        end: usize,
        extractor: &str,
        confidence: u8,
    ) -> SourceSpan {
        SourceSpan {
            message: self.message,
            start,
            end,
            sentence: self.sentence(start, end),
            extractor: extractor.to_owned(),
            confidence,
            inferred: false,
        }
    }

    /// What stands right before a place, at most so many characters, in lower case.
    pub(super) fn before(&self, at: usize, chars: usize) -> String {
        let at = at.min(self.letters.len());
        let letters = &self.letters[at.saturating_sub(chars)..at];
        letters.iter().flat_map(|c| c.to_lowercase()).collect()
    }

    /// The sentence or line around a span, for people.
    fn sentence(&self, start: usize, end: usize) -> String {
        let letters = &self.letters;
        let ends = |at: usize| {
            let c = letters[at];
            c == '\n'
                || (matches!(c, '.' | '!' | '?')
                    && letters.get(at + 1).is_none_or(|next| next.is_whitespace()))
        };
        let start = start.min(letters.len());
        let end = end.min(letters.len());
        let first = start.saturating_sub(SENTENCE_CHARS_MAX);
        let last = letters.len().min(end + SENTENCE_CHARS_MAX);
        let from = (first..start).rev().find(|at| ends(*at)).map_or(first, |at| at + 1);
        let to = (end..last).find(|at| ends(*at)).map_or(last, |at| at + 1);
        letters[from..to.max(from)].iter().collect::<String>().trim().to_owned()
    }
}

/// A confidence between 0 and 1 as people read it.
pub(super) fn percent(confidence: f32) -> u8 {
    // Between 0 and 100 by construction, so nothing is cut off.
    (confidence.clamp(0.0, 1.0) * 100.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_around_a_value_is_what_people_see() {
        let prose = Prose::new(0, "Hi all. Anna wants 12k EUR. More later.\nBye");
        assert_eq!(prose.sentence(8, 12), "Anna wants 12k EUR.");
        assert_eq!(prose.sentence(40, 43), "Bye");
        assert_eq!(Prose::new(0, "ünïcode").sentence(0, 99), "ünïcode");
    }
}
