//! A first look over a text, word by word: where days may begin, and whether anybody may be named
//! in it. Most messages name nobody, and are not read any closer.

use std::ops::Range;

use super::dates;
use super::lexicon::{fact, facts, is_title_word, word_lists};
use super::people::{PARTICLES, is_honorific};
use super::told::is_told_of;
use super::words::{Shape, ascii_shape, ascii_word_end, is_of_word};
use crate::plain_words::plain_words;

/// Longer words are looked at more closely.
const WORD_BYTES_MAX: usize = 32;
/// No legal form begins with longer letters.
const FORM_BYTES_MAX: usize = 12;
/// Letters that the legal forms of companies begin with, with a capital and more than one.
const FORM_BEGINNINGS: &str = "\
AG KG UG SE LL SA SL BV NV AB Oy Sp OHG Inc LLC LLP Pty Pte Pvt Ltd PLC SAS SLU GbR Srl SpA \
ASA ApS Oyj Kft Sdn GmbH KGaA Corp SASU SARL EURL Ltda Limited Corporation Incorporated";

/// For each small letter that legal forms begin with ("e.V.", "s.r.o.", "sp. z o.o.", "plc",
/// "gGmbH"), a bit for each that may come second, whatever its case.
static SMALL_FORMS: [u32; 256] = {
    let mut seconds = [0; 256];
    let pairs = b"e.e/s.s/spplgG";
    let mut at = 0;
    while at < pairs.len() {
        seconds[pairs[at] as usize] |= 1 << (pairs[at + 1] & 0x1f);
        at += 2;
    }
    seconds
};

word_lists! {
    /// Whether these letters are among them.
    begins_a_form = FORM_BEGINNINGS;
}

/// What a text may hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outline {
    /// Where words begin that may be the first of a day, in order.
    pub(crate) days: Vec<usize>,
    /// Whether a person or a company may be named, apart from those beside an address.
    pub(crate) has_names: bool,
    /// Whether the legal form of a company may be written.
    pub(crate) has_forms: bool,
}

impl Outline {
    pub(crate) fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let is_plain = text.is_ascii();
        let mut outline = Self { has_names: !is_plain, has_forms: !is_plain, ..Self::default() };
        let mut before = 0..0;
        let mut may_be_titled = false;
        for word in plain_words(bytes) {
            let start = word.start;
            let is_glued = start > 0 && bytes[start - 1] == b'_';
            if !is_glued {
                if dates::may_begin(&bytes[start..]) {
                    outline.days.push(start);
                }
                outline.has_forms = outline.has_forms || may_be_a_form(text, word.clone());
            }
            if bytes[start].is_ascii_uppercase() && !outline.has_names {
                match naming(text, start, before) {
                    Naming::Nobody => {}
                    Naming::WithTitle => may_be_titled = true,
                    Naming::Somebody => outline.has_names = true,
                }
            }
            before = word;
        }
        outline.has_names |= outline.has_forms;
        outline.has_names = outline.has_names || may_be_titled && holds_a_title(text);
        outline
    }
}

/// Whether a word may name somebody.
enum Naming {
    Nobody,
    /// Only if a position stands somewhere beside it.
    WithTitle,
    Somebody,
}

/// Whether a person or a company may be named from `start` on, in a plain text. `before` is where
/// the last word stands.
fn naming(text: &str, start: usize, before: Range<usize>) -> Naming {
    let Some(word) = Capital::at(text, start) else { return Naming::Somebody };
    if word.is_initial() {
        // "J. Doe"
        let is_short = text[start + 1..].starts_with('.');
        return if is_short { Naming::Somebody } else { Naming::Nobody };
    }
    let is_company = word.is_of_companies()
        && &text[before.end..start] == " "
        && leads_to_a_company(&text[before.clone()]);
    let is_person = word.is_of_people()
        && (word.joins_another(text)
            || introduces(&text[before])
            || told_of(text, start..word.end));
    if is_company || is_person {
        Naming::Somebody
    } else if word.is_of_people() && (word.is(fact::GIVEN) || word.is_joined) {
        Naming::WithTitle
    } else {
        Naming::Nobody
    }
}

/// Whether the word is the family name of somebody who is told of.
fn told_of(text: &str, word: Range<usize>) -> bool {
    let folded = text[word.clone()].to_ascii_lowercase();
    is_told_of(text, word, &folded)
}

/// Whether the name of a company may come next.
fn leads_to_a_company(word: &str) -> bool {
    matches!(word, "at" | "with" | "from" | "bei" | "chez" | "presso")
}

/// Whether a name may come next: after "Mr." and what people say before their own.
fn introduces(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    // "I'm" and "name's" end like this.
    matches!(&*lower, "m" | "s" | "im" | "am" | "is" | "here" | "name")
        || matches!(
            &*lower,
            "bin" | "ist" | "soy" | "llamo" | "sono" | "chiamo" | "suis" | "appelle"
        )
        || is_honorific(&lower)
}

/// A word that begins with a capital.
struct Capital {
    end: usize,
    shape: Shape,
    facts: u8,
    is_joined: bool,
}

impl Capital {
    /// The word at `start`, unless it is very long.
    fn at(text: &str, start: usize) -> Option<Self> {
        let end = ascii_word_end(text.as_bytes(), start);
        let word = &text.as_bytes()[start..end];
        let word = match word {
            [stem @ .., b'\'' | b'`', b's' | b'S'] => stem,
            word => word,
        };
        let mut lower = [0; WORD_BYTES_MAX];
        let lower = lower.get_mut(..word.len())?;
        lower.copy_from_slice(word);
        lower.make_ascii_lowercase();
        let lower = str::from_utf8(lower).ok()?;
        let facts = facts(lower, lower);
        Some(Self { end, shape: ascii_shape(word), facts, is_joined: word.contains(&b'-') })
    }

    fn is(&self, facts: u8) -> bool {
        self.facts & facts != 0
    }

    fn is_initial(&self) -> bool {
        self.shape == Shape::Initial
    }

    fn is_of_people(&self) -> bool {
        matches!(self.shape, Shape::Capital | Shape::Upper)
            && !self.is(fact::TITLE)
            && (self.is(fact::GIVEN) || !self.is(fact::NOT_A_NAME | fact::FUNCTION | fact::FORM))
    }

    fn is_of_companies(&self) -> bool {
        !self.is(fact::TITLE | fact::NOT_A_NAME | fact::FUNCTION)
    }

    /// Whether the next word belongs to the same name: "Doe", "de la Roe".
    fn joins_another(&self, text: &str) -> bool {
        let rest = text[self.end..].trim_start_matches([' ', '.']);
        let next = self.end + (text.len() - self.end - rest.len());
        if next == self.end || next > self.end + 2 {
            return false;
        }
        if rest.starts_with(|c: char| c.is_ascii_uppercase()) {
            return Self::at(text, next)
                .is_none_or(|next| next.is_initial() || next.is_of_people());
        }
        let end = ascii_word_end(text.as_bytes(), next);
        PARTICLES.contains(&&text[next..end])
    }
}

/// Whether a word of a plain text names a position.
fn holds_a_title(text: &str) -> bool {
    let lowered = text.to_ascii_lowercase();
    let words = lowered.as_bytes().split(|&byte| !is_of_word(byte) && byte != b'-');
    words.flat_map(str::from_utf8).any(|word| is_title_word(word.trim_matches('-')))
}

/// Whether the legal form of a company may begin with the letters at `range`.
fn may_be_a_form(text: &str, range: Range<usize>) -> bool {
    let bytes = text.as_bytes();
    let (first, second) = (bytes[range.start], bytes.get(range.start + 1).copied());
    let opens_in_small = SMALL_FORMS[usize::from(first)] >> (second.unwrap_or(0) & 0x1f) & 1 == 1;
    if !first.is_ascii_uppercase() && !opens_in_small {
        return false;
    }
    let next = bytes.get(range.end);
    match &bytes[range.clone()] {
        [b'e' | b's' | b'L' | b'S' | b'B' | b'N' | b'K' | b'A'] => {
            matches!(next, Some(b'.' | b'/'))
        }
        b"sp" | b"plc" | b"gGmbH" => true,
        letters => {
            letters[0].is_ascii_uppercase()
                && letters.len() <= FORM_BYTES_MAX
                && begins_a_form(&text[range])
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{organisations, people, words};
    use super::*;

    /// What decides for the rules whether somebody is named.
    const PIECES: &[&str] = &[
        "Jane",
        "Doe",
        "JANE",
        "jane",
        "Acme",
        "Will",
        "The",
        "J.",
        "O'Brien",
        "van",
        "de la",
        "von",
        "at",
        "with",
        "from",
        "bei",
        "chez",
        "presso",
        "of",
        "by",
        "de",
        "vom",
        "du",
        "und",
        "&",
        "I'm",
        "I am",
        "my name is",
        "name's",
        "this is",
        "here",
        "me llamo",
        "mi chiamo",
        "ich bin",
        "je suis",
        "je m'appelle",
        "soy",
        "sono",
        "said",
        "Woods",
        "said Woods.",
        "20-year-old",
        "\"",
        "Mr.",
        "Mrs",
        "Dr",
        "Frau",
        "Herr",
        "CTO",
        "Head of Sales",
        "Inc.",
        "GmbH",
        "LLC",
        "s.r.o.",
        "Co.",
        "plc",
        "sp. z o.o.",
        ",",
        ".",
        ":",
        "(",
        ")",
        "-",
        "'s",
        "\n",
        " ",
        " ",
        " ",
        " ",
        " ",
        " ",
    ];

    #[test]
    fn few_words_may_name_anybody() {
        for text in [
            "ask Jane Doe",
            "O'Brien Roe",
            "J. de la Roe",
            "Anna van Roe",
            "I'm Roe",
            "Woods said",
            "\", said Woods.",
            "20-year-old Woods",
            "Mr. Roe",
            "Jane, our CTO",
            "at Linear",
            "the LLC",
            "acme s.r.o.",
        ] {
            assert!(Outline::of(text).has_names, "{text}");
        }
        for text in [
            "The same as This",
            "I will ask Jane",
            "Roe, our CTO",
            "we met at noon",
            "plan B or Q3",
            "",
        ] {
            assert!(!Outline::of(text).has_names, "{text}");
        }
    }

    /// What people and companies the rules find in a text, whatever the outline says of it.
    fn named(text: &str) -> usize {
        let lowered = text.to_ascii_lowercase();
        let words = words::words(text, &lowered);
        let people = people::find(text, &words, &[]);
        people.len() + organisations::find(text, &words, &people, true).len()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn whoever_the_rules_would_find_is_not_passed_over(
            text in prop::collection::vec(prop::sample::select(PIECES), 1..8)
        ) {
            let text = text.concat();
            prop_assert!(Outline::of(&text).has_names || named(&text) == 0, "{:?}", text);
        }
    }

    #[test]
    fn no_legal_form_is_passed_over() {
        for form in crate::legal_forms::FORMS {
            let mut title = form.to_string();
            if let Some(first) = title.get_mut(..1) {
                first.make_ascii_uppercase();
            }
            for form in [form.to_string(), form.to_uppercase(), title] {
                let text = format!("we met Acme {form} today");
                assert!(Outline::of(&text).has_names || named(&text) == 0, "{text}");
            }
        }
    }

    #[test]
    fn days_begin_with_words_of_their_own() {
        assert_eq!(Outline::of("by 12 March or March 3, _today").days, [3, 15]);
    }
}
