//! A first look over a text, word by word: where days may begin, and whether anybody may be named
//! in it. Most messages name nobody, and are not read any closer.

use super::dates;
use super::lexicon::{fact, facts};
use super::words::{Shape, ascii_shape, ascii_word_end};

/// Longer words are looked at more closely.
const WORD_BYTES_MAX: usize = 32;
/// What stands before the name of a company.
const BEFORE_COMPANIES: [&[u8]; 6] = [b"at ", b"with ", b"from ", b"bei ", b"chez ", b"presso "];

/// What a text may hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outline {
    /// Where words begin that may be the first of a day, in order.
    pub(crate) days: Vec<usize>,
    /// Whether a person or a company may be named, apart from those beside an address.
    pub(crate) has_names: bool,
}

impl Outline {
    pub(crate) fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut outline = Self { days: Vec::new(), has_names: !text.is_ascii() };
        let mut at = 0;
        while at < bytes.len() {
            let start = at;
            while bytes.get(at).is_some_and(u8::is_ascii_alphanumeric) {
                at += 1;
            }
            if start == at {
                at += 1;
                continue;
            }
            let is_glued = bytes[..start].last() == Some(&b'_');
            if !is_glued && dates::may_begin(&bytes[start..]) {
                outline.days.push(start);
            }
            outline.has_names = outline.has_names
                || begins_a_name(text, start)
                || !is_glued && may_be_a_form(&bytes[start..at], bytes.get(at).copied());
        }
        outline
    }
}

/// Whether the word may be a part of a person's name or begin that of a company.
fn begins_a_name(text: &str, start: usize) -> bool {
    let bytes = text.as_bytes();
    if !bytes[start].is_ascii_uppercase() {
        return false;
    }
    let end = ascii_word_end(bytes, start);
    let written = &bytes[start..end];
    let written = written.strip_suffix(b"'s").or(written.strip_suffix(b"`s")).unwrap_or(written);
    if ascii_shape(written) == Shape::Initial {
        // "J. Doe"
        return bytes.get(start + 1) == Some(&b'.');
    }
    let mut lower = [0; WORD_BYTES_MAX];
    let Some(lower) = lower.get_mut(..written.len()) else { return true };
    lower.copy_from_slice(written);
    lower.make_ascii_lowercase();
    let Ok(lower) = str::from_utf8(lower) else { return true };
    let facts = facts(lower, lower);
    let is_person =
        facts & fact::GIVEN != 0 || facts & (fact::NOT_A_NAME | fact::FUNCTION | fact::FORM) == 0;
    if facts & fact::TITLE == 0 && is_person && ascii_shape(written) != Shape::Mixed {
        return true;
    }
    let before = &bytes[..start];
    facts & (fact::TITLE | fact::NOT_A_NAME | fact::FUNCTION) == 0
        && BEFORE_COMPANIES.iter().any(|word| before.ends_with(word))
}

/// Whether the legal form of a company may begin with these letters, before this byte.
fn may_be_a_form(letters: &[u8], next: Option<u8>) -> bool {
    match letters {
        [b'e' | b's'] => next == Some(b'.'),
        [first, ..] if first.is_ascii_uppercase() => match letters {
            [b'L' | b'S' | b'B' | b'N' | b'K' | b'A'] => matches!(next, Some(b'.' | b'/')),
            b"AG" | b"KG" | b"UG" | b"SE" | b"LL" | b"SA" | b"SL" | b"BV" | b"NV" | b"AB"
            | b"Oy" | b"Sp" => true,
            [_, _] => false,
            _ => matches!(
                letters,
                b"GmbH"
                    | b"KGaA"
                    | b"OHG"
                    | b"Inc"
                    | b"Incorporated"
                    | b"LLC"
                    | b"LLP"
                    | b"Pty"
                    | b"Pte"
                    | b"Pvt"
                    | b"Ltd"
                    | b"Limited"
                    | b"Corp"
                    | b"Corporation"
                    | b"PLC"
                    | b"SAS"
                    | b"SASU"
                    | b"SARL"
                    | b"EURL"
                    | b"SLU"
                    | b"Ltda"
                    | b"GbR"
                    | b"Srl"
                    | b"SpA"
                    | b"ASA"
                    | b"ApS"
                    | b"Oyj"
                    | b"Kft"
                    | b"Sdn"
            ),
        },
        b"sp" | b"plc" | b"gGmbH" => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_words_may_name_anybody() {
        for text in ["ask Jane", "O'Brien", "J. de la Roe", "at Linear", "the LLC", "acme s.r.o."] {
            assert!(Outline::of(text).has_names, "{text}");
        }
        for text in ["The same as This", "I will", "we met at noon", "plan B or Q3", "so. e.g.", ""]
        {
            assert!(!Outline::of(text).has_names, "{text}");
        }
    }

    #[test]
    fn days_begin_with_words_of_their_own() {
        assert_eq!(Outline::of("by 12 March or _march, today").days, [3, 6, 22]);
    }
}
