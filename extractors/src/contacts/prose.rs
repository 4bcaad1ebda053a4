//! Which lines of a mail are read for names in sentences: those of its writer and of whom the
//! writer passes on, where a word has a capital that nothing else explains. Quotes make no contacts;
//! headers and signatures are read line by line. Mails are long, and written with capitals, so that
//! other lines are not worth the tagger's time.

use super::lexicon::is_not_a_name;
use crate::calendar::{month, weekday};
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

/// Whether a word of the line may be a part of a name: it has a capital, and neither its place nor
/// the calendar explains that.
fn may_name(line: &str) -> bool {
    let mut words = line.split_ascii_whitespace().peekable();
    let mut opens = true;
    while let Some(word) = words.next() {
        let bare =
            word.trim_start_matches(|c: char| c.is_ascii_punctuation() || matches!(c, '“' | '‘'));
        let stem = bare.trim_end_matches(|c: char| !c.is_alphanumeric());
        let is_first = std::mem::replace(&mut opens, word.ends_with(['.', '!', '?', ':']));
        if !stem.starts_with(|c: char| !c.is_lowercase() && c.is_alphabetic()) {
            continue;
        }
        let low = folded(stem);
        let is_before_number =
            words.peek().is_some_and(|next| next.starts_with(|c: char| c.is_ascii_digit()));
        let is_explained = is_function_word(&low)
            || matches!(&*low, "am" | "pm")
            || (is_first && is_not_a_name(&low))
            || weekday(&low).is_some()
            || (month(&low).is_some() && is_before_number);
        if !is_explained {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_with_a_telling_capital_are_read() {
        for line in ["we met Jane", "Jane will call", "ask (Roe)", "Jan, come", "at Acme", "東京"]
        {
            assert!(may_name(line), "{line}");
        }
        for line in
            ["We met. Then I left", "nothing here", "Thanks for it", "On Mon, Jan 1 at 3 PM", ""]
        {
            assert!(!may_name(line), "{line}");
        }
    }
}
