//! Which lines of a mail are read for names in sentences: those of its writer and of whom the
//! writer passes on, where two words with capitals stand side by side. Quotes were read when they
//! were sent; headers and signatures are read line by line. Mails are long, and what they call by
//! one word alone makes no contact, so that other lines are not worth the tagger's time.

use crate::folding::folded;
use crate::mail::{Parts, ZoneKind};
use crate::mentions::is_function_word;
use crate::shelter::overlaps;
use crate::tagger::{self, Name};

/// The names in the sentences of a mail.
pub(super) fn tag(text: &str, parts: &Parts) -> Vec<Name> {
    let own = parts.of_kinds(&[ZoneKind::Body, ZoneKind::Greeting]);
    let other = parts.of_kinds(&[
        ZoneKind::Quote,
        ZoneKind::QuoteMarker,
        ZoneKind::ForwardHeader,
        ZoneKind::Closing,
        ZoneKind::Signature,
        ZoneKind::Disclaimer,
        ZoneKind::Footer,
    ]);
    let mut names = Vec::new();
    for zone in own {
        let mut start = zone.start;
        for line in text[zone].split_inclusive('\n') {
            let range = start..start + line.len();
            start = range.end;
            if may_name(line) && !overlaps(&other, &range) {
                names.extend(tagger::tag(line).into_iter().map(|name| {
                    let found = name.range.start + range.start..name.range.end + range.start;
                    Name { range: found, ..name }
                }));
            }
        }
    }
    names
}

/// Whether two words that are no words of every sentence stand side by side with capitals.
fn may_name(line: &str) -> bool {
    let mut follows_one = false;
    line.split([' ', '\t', '\n', '\r']).any(|word| {
        let bare = word.trim_start_matches(['"', '\'', '(', '[', '*', '_', '“', '‘']);
        let stem = bare.trim_end_matches(|c: char| !c.is_alphanumeric());
        let is_named = bare.starts_with(|c: char| !c.is_lowercase() && c.is_alphabetic())
            && !is_function_word(&folded(stem));
        let is_second =
            std::mem::replace(&mut follows_one, is_named && !word.ends_with([',', ';']));
        is_named && is_second
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_with_two_capitals_in_a_row_are_read() {
        for line in
            ["we met Jane Roe", "Jane Roe will call", "ask (Jane \"JR\" Roe)", "J. Roe came"]
        {
            assert!(may_name(line), "{line}");
        }
        for line in ["We met. Then I left", "nothing here", "The Company of Jane", "Jane, Kim", ""]
        {
            assert!(!may_name(line), "{line}");
        }
    }
}
