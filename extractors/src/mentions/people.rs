//! The parts of a person's name that are used alone: `Jane` and `Doe` for
//! `Dr. Jane Mary Doe Jr.`; family names keep their particles (`van der Berg`).

use super::NameKind;
use super::common_words::{is_common_word, is_function_word};
use super::naming::{Bare, Form, Names, Word};
use super::tokens::TokenKind;
use super::transliteration::romanised;
use crate::contacts::is_given_name;
use crate::folding::fold;
use crate::legal_forms::core_of;
use crate::nicknames;

/// Words in front of a name that are no part of it.
const HONORIFICS: &[&str] = &[
    "mr",
    "mrs",
    "ms",
    "mx",
    "dr",
    "prof",
    "professor",
    "sir",
    "dame",
    "lord",
    "lady",
    "madam",
    "madame",
    "mme",
    "monsieur",
    "mlle",
    "herr",
    "frau",
    "senor",
    "senora",
    "signor",
    "signora",
    "miss",
    "don",
    "dona",
    "pan",
    "pani",
    "colonel",
    "captain",
    "major",
    "general",
    "sergeant",
    "lieutenant",
    "officer",
    "judge",
    "president",
    "senator",
    "reverend",
    "rev",
    "coach",
    "господин",
    "госпожа",
];

/// Words that stand for a relation, and are written with the name.
const RELATIONS: &[&str] =
    &["aunt", "auntie", "uncle", "father", "sister", "brother", "grandma", "grandpa"];

/// Words that are given names, too, although they are no names in most texts.
const GIVEN_WORDS: &[&str] = &[
    "april", "art", "august", "autumn", "chase", "chance", "dawn", "dean", "drew", "eve", "faith",
    "frank", "gene", "grace", "grant", "guy", "heath", "hope", "hunter", "iris", "ivy", "jack",
    "joy", "june", "lance", "lily", "mark", "mason", "max", "may", "miles", "norm", "pat", "ray",
    "rich", "rob", "rose", "ruby", "skip", "sky", "summer", "sunny", "victor", "wade", "ward",
    "will", "bill", "carol", "violet", "daisy", "olive", "amber", "crystal", "angel", "harper",
    "parker", "carter", "cooper", "taylor", "porter", "earl", "duke", "rusty", "sandy", "penny",
    "cliff", "glen", "dale", "reed", "reid", "brook", "brooke", "angie", "sterling", "melody",
];

/// Words behind a name that are no part of it.
const SUFFIXES: &[&str] = &["jr", "sr", "ii", "iii", "iv", "phd", "md", "mba", "esq", "cpa"];

/// Small words a family name begins with.
const PARTICLES: &[&str] = &[
    "de", "da", "do", "dos", "das", "di", "del", "della", "la", "le", "du", "des", "van", "von",
    "der", "den", "ten", "ter", "zu", "zur", "af", "al", "el", "bin", "ibn", "ben", "abu", "st",
];

/// The longest name that is taken for a person's, in words.
const WORDS_MAX: usize = 5;

/// Whether a folded word is what people put in front of a family name.
pub(crate) fn is_title(folded: &str) -> bool {
    HONORIFICS.contains(&folded) || is_relation(folded)
}

/// Whether a folded word says what somebody is to the speaker.
pub(crate) fn is_relation(folded: &str) -> bool {
    RELATIONS.contains(&folded)
}

/// Whether a folded word is a given name somewhere.
fn is_given(folded: &str) -> bool {
    is_given_name(folded)
        || GIVEN_WORDS.contains(&folded)
        || !nicknames::related(folded).is_empty()
        || romanised(folded).iter().any(|latin| is_given_name(latin))
}

/// Whether a folded word is what people put behind a family name.
pub(crate) fn is_suffix(folded: &str) -> bool {
    SUFFIXES.contains(&folded)
}

/// Whether a name that nobody said the kind of is most likely a person's: it
/// begins with a given name and has no legal form.
///
/// ```
/// use extractors::mentions::reads_as_person;
///
/// assert!(reads_as_person("Jane Doe") && reads_as_person("Юлия Иванова"));
/// assert!(!reads_as_person("Acme Inc.") && !reads_as_person("Jane Doe GmbH"));
/// ```
pub fn reads_as_person(name: &str) -> bool {
    let folded = fold(name);
    let words: Vec<&str> = folded
        .split(|c: char| !c.is_alphanumeric() && c != '-' && c != '\'')
        .filter(|word| !word.is_empty())
        .collect();
    let Some(first) = words.iter().find(|word| !is_title(word)) else {
        return false;
    };
    is_given(first) && words.len() <= WORDS_MAX && core_of(&words).len() == words.len()
}

/// Adds the name as it stands, without honorifics; the given name, the family
/// name, and both without what is between.
pub(crate) fn add_pieces(names: &mut Names, words: &[Word]) {
    let folded: Vec<String> =
        words.iter().map(|word| names.text[word.range()].to_string()).collect();
    let honorifics = folded.iter().take_while(|word| HONORIFICS.contains(&word.as_str())).count();
    let honorifics = honorifics.min(words.len() - 1);
    let (words, folded) = (&words[honorifics..], &folded[honorifics..]);
    if honorifics == 0 || words.len() > 1 {
        let bare = match names.bare_rule(words) {
            Bare::Never if words.len() == 1 => Bare::Capitalised,
            bare => bare,
        };
        names.add_words(words, NameKind::Person, bare, Form::Whole);
    }
    for latin in romanised(&folded.join(" ")) {
        let words = names.write(&latin);
        names.add_short(&words, NameKind::Person);
    }
    // Somebody's grandmother has neither of his names.
    let is_relative = folded.iter().any(|word| word == "s");
    if words.iter().any(|word| word.kind != TokenKind::Word) || is_relative {
        return;
    }
    let relations = folded.iter().take_while(|word| is_relation(word)).count();
    let relations = relations.min(words.len() - 1);
    let (words, folded) = (&words[relations..], &folded[relations..]);
    let suffixes = folded[1..].iter().rev().take_while(|word| is_suffix(word)).count();
    let (words, folded) = (&words[..words.len() - suffixes], &folded[..folded.len() - suffixes]);
    if words.len() == 1 {
        let form = if honorifics > 0 { Form::Family } else { Form::Given };
        add_part(names, words, folded, form);
        return;
    }
    let comma =
        (1..words.len()).find(|&at| names.text[words[at - 1].end..words[at].start].contains(','));
    let (given, family) = match comma {
        Some(comma) => (comma..comma + 1, 0..comma),
        None => (0..1, family_start(words, folded)..words.len()),
    };
    add_part(names, &words[given.clone()], &folded[given.clone()], Form::Given);
    add_part(names, &words[family.clone()], &folded[family.clone()], Form::Family);
    if suffixes > 0 || comma.is_some() || given.len() + family.len() < words.len() {
        let short = format!("{} {}", folded[given].join(" "), folded[family].join(" "));
        let words = names.write(&short);
        names.add_short(&words, NameKind::Person);
    }
}

fn family_start(words: &[Word], folded: &[String]) -> usize {
    let is_particle = |at: &usize| PARTICLES.contains(&folded[*at].as_str());
    if let Some(at) = (1..words.len() - 1).find(is_particle) {
        return at;
    }
    let mut at = words.len() - 1;
    while at > 1 && words[at].is_glued {
        at -= 1;
    }
    at
}

fn add_part(names: &mut Names, words: &[Word], folded: &[String], form: Form) {
    let bare = match folded {
        [word] => match word.chars().count() {
            0 | 1 => return,
            2 => Bare::Capitalised,
            _ if is_function_word(word) || is_common_word(word) => {
                if form == Form::Given && !is_given(word) {
                    return;
                }
                Bare::Capitalised
            }
            _ => Bare::Proper,
        },
        _ => Bare::Proper,
    };
    names.add_words(words, NameKind::Person, bare, form);
}

#[cfg(test)]
mod tests {
    use super::super::Name;
    use super::*;

    fn parts(name: &str) -> (String, String) {
        let names = Names::of(&[Name::new(name, NameKind::Person)]);
        let part = |form| {
            let piece = names.pieces.iter().find(|piece| piece.form == form);
            piece.map_or("", |piece| &names.text[piece.range.clone()]).to_string()
        };
        (part(Form::Given), part(Form::Family))
    }

    #[test]
    fn names_come_apart_into_given_and_family_name() {
        fn check(name: &str, given: &str, family: &str) {
            assert_eq!(parts(name), (given.to_string(), family.to_string()), "{name:?}");
        }
        check("Jane Doe", "jane", "doe");
        check("Dr. Jane Mary Doe Jr.", "jane", "doe");
        check("Doe, Jane", "jane", "doe");
        check("Ana María de la Cruz-Ruiz", "ana", "de la cruz ruiz");
        check("Jan van der Berg", "jan", "van der berg");
        check("Anna Schmidt-Weber", "anna", "schmidt weber");
        check("Mrs. Loreo", "", "loreo");
        check("Big Bully", "", "bully");
        check("Jane Doe's mother", "", "");
        check("Jane", "jane", "");
        check("J. Doe", "", "doe");
        check("王小明", "", "");
    }
}
