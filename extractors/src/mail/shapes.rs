//! What one line at the end of a mail looks like: a name, a detail of its
//! bearer, a few words, or a sentence.

use std::borrow::Cow;

use crate::contacts::lexicon::{is_given_name, is_not_a_name, is_title_word, word_lists};
use crate::folding::{fold, lowered};

/// A line of a signature is no longer.
const LINE_BYTES_MAX: usize = 90;

const COMPANY_WORDS: &str = "\
inc llc ltd corp corporation company co gmbh ag kg plc llp lp sa bv nv ab as oy spa srl sarl \
limited incorporated group bank university college institute services consulting consultants \
partners associates networks systems solutions technologies technology software foundation \
department dept division laboratory laboratories labs energy international holdings capital \
securities markets agency school hospital industries studio studios media works insurance trust \
office commission association society council center centre team desk exploration resources \
communications investments advisors enterprises ventures";
const PLACE_WORDS: &str = "\
street st avenue ave road rd suite ste floor fl blvd boulevard drive room box lane plaza square \
building bldg straße strasse platz weg rue calle via parkway way tower house usa uk germany \
texas california";
const LABELS: &str = "\
tel phone ph fax fx facsimile mobile mob cell cel email e-mail mail web www http https skype \
twitter linkedin github office direct telephone telefon handy mobil icq pgp gpg blog url work \
home pager ext voice address irc t f m p w o d tlf mailto e wireless cellular number no contact";

word_lists! {
    /// Whether a word is among those that make a line the name of a company or of a part of one.
    is_company_word = COMPANY_WORDS;
    /// Whether a word is among those that make a line an address in a town.
    is_place_word = PLACE_WORDS;
    /// Whether a word is among those before a number, an address or a link.
    is_label_word = LABELS;
}

/// What a line looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// "Thanks,"
    Closing,
    /// A name of two words or more.
    Name,
    /// One word that may be a name, or initials.
    GivenName,
    /// A number, an address, a position, a company.
    Detail,
    /// A few words that begin with capitals.
    Words,
    /// Anything else.
    Prose,
}

impl Shape {
    pub(crate) fn is_name(self) -> bool {
        matches!(self, Self::Name | Self::GivenName)
    }
}

/// The shape of a line. `names` are the folded words of the writer's name.
pub(crate) fn shape(line: &str, names: &[String]) -> Shape {
    if line.len() > LINE_BYTES_MAX {
        return if line.len() < 160 && line.contains(['|', '*', '·', '•']) && is_contact(line) {
            Shape::Detail
        } else {
            Shape::Prose
        };
    }
    let bare = line.trim_matches(|c: char| {
        matches!(c, '*' | '-' | '_' | '~' | '—' | '–' | '/' | ',' | '.') || c.is_whitespace()
    });
    let words: Vec<&str> = bare.split_whitespace().collect();
    if words.is_empty() {
        return Shape::Prose;
    }
    if is_list_item(line) || is_record(bare) {
        return Shape::Prose;
    }
    if is_contact(line) && !is_told(line, &words) && (words.len() <= 7 || has_label(line)) {
        return Shape::Detail;
    }
    let is_sentence = words.len() > 10
        || (line.ends_with(['.', '!', '?', ':', ';']) && words.len() > 4)
        || line.ends_with(['?', ':', ';']);
    if is_sentence {
        return Shape::Prose;
    }
    let low: Vec<Cow<'_, str>> = words
        .iter()
        .map(|word| lowered(word.trim_matches(|c: char| !c.is_alphanumeric())))
        .collect();
    let capitals = words.iter().filter(|word| word.starts_with(char::is_uppercase)).count();
    let most_are_capitals = capitals * 2 >= words.len();
    let is_titled =
        low.iter().any(|word| is_title_word(word)) || low.iter().any(|word| is_company_word(word));
    if words.len() <= 4 && (shares_a_word(bare, names) || !is_titled) && is_name_shape(&words, &low)
    {
        return if words.len() == 1 { Shape::GivenName } else { Shape::Name };
    }
    if words.len() <= 8 && is_names_and_more(bare) {
        return Shape::Name;
    }
    let has_digits = bare.bytes().any(|b| b.is_ascii_digit());
    let is_place = has_digits && (low.iter().any(|word| is_place_word(word)) || bare.contains(','));
    if (most_are_capitals && (is_titled || is_place))
        || (has_digits && words.len() <= 2 && capitals == words.len())
    {
        return Shape::Detail;
    }
    if most_are_capitals && words.len() <= 7 && !line.ends_with(['.', '!']) {
        Shape::Words
    } else {
        Shape::Prose
    }
}

/// One to four words that may be a name.
fn is_name_shape(words: &[&str], low: &[Cow<'_, str>]) -> bool {
    let is_small = |word: &str| {
        matches!(
            word,
            "de" | "da"
                | "van"
                | "von"
                | "der"
                | "den"
                | "la"
                | "le"
                | "of"
                | "and"
                | "&"
                | "y"
                | "bin"
                | "al"
                | "del"
                | "di"
        )
    };
    let looks = words.iter().zip(low).all(|(word, low)| {
        let letters = word.chars().filter(|c| c.is_alphabetic()).count();
        let fits = word.chars().all(|c| {
            c.is_alphabetic() || matches!(c, '.' | '\'' | '’' | '-' | ',' | '"' | '(' | ')')
        });
        let is_capital = word.trim_start_matches(['"', '(', '\'']).starts_with(char::is_uppercase);
        let is_uncased =
            word.starts_with(|c: char| c.is_alphabetic() && !c.is_lowercase() && !c.is_uppercase());
        fits && letters > 0 && letters <= 20 && (is_capital || is_uncased || is_small(low))
    });
    let first_fits = words.first().is_some_and(|word| {
        word.starts_with(|c: char| c.is_uppercase() || matches!(c, '"' | '\'') || !c.is_lowercase())
    });
    let known = low.iter().filter(|word| is_not_a_name(word)).count();
    let is_alone = words.len() == 1 && low[0].chars().count() < 16;
    looks && first_fits && known == 0 && (words.len() > 1 || is_alone)
        || (words.len() == 1 && is_initials(words[0]))
}

/// "kr", "BT"
pub(crate) fn is_initials(word: &str) -> bool {
    (2..=3).contains(&word.chars().count())
        && (word.chars().all(char::is_uppercase) || word.chars().all(char::is_lowercase))
        && !is_not_a_name(&lowered(word))
}

/// "Mark D. Guinney, CFA" and "Jane Doe (she/her)"
fn is_names_and_more(line: &str) -> bool {
    let head = line.split([',', '(', '|']).next().unwrap_or_default().trim();
    if head.len() == line.len() {
        return false;
    }
    let words: Vec<&str> = head.split_whitespace().collect();
    let low: Vec<Cow<'_, str>> = words.iter().map(|word| lowered(word)).collect();
    let is_titled = low.iter().any(|word| is_title_word(word) || is_company_word(word));
    (2..=4).contains(&words.len()) && !is_titled && is_name_shape(&words, &low)
}

/// "Call me at 212-555-0143": a sentence.
fn is_told(line: &str, words: &[&str]) -> bool {
    let small = words.iter().filter(|word| word.starts_with(char::is_lowercase)).count();
    words.len() >= 4 && small >= 2 && !has_label(line) && !has_address(line)
}

/// "1) call Kim"
fn is_list_item(line: &str) -> bool {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    if (1..=2).contains(&digits) {
        let rest = &line[digits..];
        return rest.starts_with([')', '.']) && rest[1..].starts_with([' ', '\t']);
    }
    line.strip_prefix(['·', '•', '?']).is_some_and(|rest| rest.starts_with(char::is_whitespace))
}

/// "Request date : 12/11/00": a label that is none of a person.
fn is_record(line: &str) -> bool {
    line.split_once(':').is_some_and(|(label, value)| {
        !value.starts_with("//")
            && !value.trim().is_empty()
            && !has_label(label)
            && label.split_whitespace().count() <= 4
            && !label.contains(['(', '@', ',', '|'])
            && label.bytes().all(|b| !b.is_ascii_digit())
    })
}

/// Whether a word says that these words name a company or a part of one.
pub(crate) fn names_company(words: &str) -> bool {
    words.split(|c: char| !c.is_alphanumeric() && c != '.').any(|word| match word.contains('.') {
        true => is_company_word(&word.replace('.', "").to_lowercase()),
        false => is_company_word(&lowered(word)),
    }) || words.contains(" & ")
}

/// Whether a line calls people by name: "Kim and Lee,".
pub(crate) fn is_names(line: &str) -> bool {
    let bare = line.trim_end_matches([',', ':', '-', '–', '—', ' ']);
    bare.split_whitespace().all(|word| {
        word.starts_with(|c: char| c.is_uppercase() || !c.is_lowercase() && c.is_alphabetic())
            || matches!(word, "and" | "&" | "und" | "et" | "y" | "e" | "all" | "all,")
    })
}

/// Whether a line shares a word with the writer's name.
pub(crate) fn shares_a_word(line: &str, names: &[String]) -> bool {
    !names.is_empty()
        && fold(line)
            .split(|c: char| !c.is_alphanumeric())
            .any(|word| word.chars().count() > 1 && names.iter().any(|name| name == word))
}

/// Whether a line begins with a frequent given name.
pub(crate) fn begins_with_a_given_name(line: &str) -> bool {
    let first = line
        .trim_start_matches(['-', '~', '*', '—', ' '])
        .split([' ', ',', '.'])
        .next()
        .unwrap_or_default();
    is_given_name(&fold(first))
}

/// Whether a line holds an address or a number to call, and is no link.
pub(crate) fn is_reachable(line: &str) -> bool {
    if is_extension(line) {
        return true;
    }
    let digits = line.bytes().filter(u8::is_ascii_digit).count();
    !line.contains("://")
        && (has_address(line) || ((7..=30).contains(&digits) && !line.ends_with(['.', ','])))
}

/// Whether a line holds an address, a link or a number to call.
pub(crate) fn is_contact(line: &str) -> bool {
    let digits = line.bytes().filter(u8::is_ascii_digit).count();
    let runs = line.bytes().all(|b| !b.is_ascii_alphabetic());
    ((7..=30).contains(&digits) && (runs || has_label(line) || digits * 3 >= line.len()))
        || has_address(line)
        || (digits >= 4 && has_label(line))
        || line.contains("://")
        || line.starts_with("www.")
        || is_bare_host(line)
        || is_extension(line)
}

fn has_address(line: &str) -> bool {
    line.split_once('@').is_some_and(|(before, after)| {
        let is_glued = before.ends_with(|c: char| c.is_alphanumeric())
            && after.starts_with(|c: char| c.is_alphanumeric());
        is_glued && (after.contains('.') || !line.contains(' '))
    })
}

/// "kim.roe.acme.example"
fn is_bare_host(line: &str) -> bool {
    let is_host = |b: u8| b.is_ascii_lowercase() || b == b'.' || b == b'-';
    line.len() > 8 && line.matches('.').count() >= 2 && line.bytes().all(is_host)
}

fn has_label(line: &str) -> bool {
    line.split(|c: char| !c.is_alphanumeric() && c != '-')
        .filter(|word| word.len() <= 9)
        .any(|word| is_label_word(&lowered(word)))
}

/// "X31715", "3-7060", "x 5-8787"
fn is_extension(line: &str) -> bool {
    let rest = line.trim_start_matches(['x', 'X', 'e', 't', '.', ' ']);
    let digits = rest.bytes().filter(u8::is_ascii_digit).count();
    (4..=6).contains(&digits)
        && rest.bytes().all(|b| b.is_ascii_digit() || b == b'-')
        && line.len() < 10
}
