//! What is known of a word before it is read: whether it is a frequent name, a word of companies
//! or places, a month; and which words together are a well-known company, place or thing. That a
//! word stands in a list is a hint and decides nothing.

use std::hash::{BuildHasherDefault, Hasher};
use std::sync::LazyLock;

use hashbrown::HashMap;

use super::tokens::{Token, hash, tokens};
use crate::contacts::{GIVEN_NAMES, TITLE_WORDS};
use crate::mentions::{COMMON_WORDS, FUNCTION_WORDS};
use crate::{census, legal_forms, nicknames};

/// Well-known organisations, places and other things, folded, between commas and ends of lines.
const ORGANISATIONS: &str = include_str!("../../data/organisations.txt");
const PLACES: &str = include_str!("../../data/places.txt");
const THINGS: &str = include_str!("../../data/things.txt");
/// Names of many countries that the census does not have, folded.
pub(super) const WORLD_GIVEN_NAMES: &str = include_str!("../../data/world_given_names.txt");
pub(super) const WORLD_FAMILY_NAMES: &str = include_str!("../../data/world_family_names.txt");
/// English words that dictionaries write in lower case, and words that messages do.
const ENGLISH: &str = include_str!("../../data/english_words.txt");
const TEXTED: &str = include_str!("../../data/words.txt");

/// Words in names of organisations.
const ORGANISATION_WORDS: &str = "\
university college school academy institute institution bank group holdings systems solutions \
technologies technology industries international partners associates services consulting capital \
ventures media entertainment records studios studio pictures productions press news times post \
gazette herald tribune journal daily weekly magazine radio tv fm channel network networks club fc \
united rovers athletic team band orchestra choir quartet party committee commission council \
association society federation foundation trust union league agency department dept ministry \
bureau office board authority police army navy court parliament congress senate government \
hospital clinic church ministries labs laboratories software pharma pharmaceuticals energy oil \
motors airlines airways insurance assurance restaurant cafe grill pizza bakery salon store stores \
shop market supermarket books foods brewery realty properties logistics telecom bancorp brothers \
bros sons universitat hochschule verein verband stiftung bund amt bundesamt sparkasse volksbank \
stadtwerke universite ecole banque societe universidad banco";
/// Words in names of places.
const PLACE_WORDS: &str = "\
street st road rd avenue ave lane drive boulevard blvd highway hwy square park beach bay lake river \
mountain mountains mount hill hills valley island islands county city town village airport station \
stadium arena hall center centre bridge gardens garden forest woods creek canyon desert coast \
peninsula province region district state north south east west northern southern eastern western \
central upper lower heights plaza tower museum theatre theater pub inn castle palace cathedral \
temple strasse platz weg allee berg dorf rue calle via";
const MONTHS_AND_DAYS: &str = "\
january february march april may june july august september october november december jan feb mar \
apr jun jul aug sep sept oct nov dec monday tuesday wednesday thursday friday saturday sunday mon \
tue tues wed thu thur thurs fri sat sun";
/// Words for people of a country, a language or a faith.
const PEOPLES: &str = "\
american americans british english scottish welsh irish european europeans french german germans \
italian italians spanish portuguese dutch belgian swiss austrian swedish norwegian danish finnish \
polish russian russians ukrainian czech hungarian romanian bulgarian greek turkish kurdish arab \
arabs arabic israeli israelis palestinian palestinians iranian iraqi iraqis syrian lebanese egyptian \
saudi afghan pakistani indian indians bengali tamil punjabi hindi urdu chinese japanese korean \
koreans vietnamese thai filipino indonesian malaysian australian australians canadian canadians \
mexican mexicans brazilian argentine argentinian colombian cuban african africans nigerian kenyan \
ethiopian somali asian asians hispanic latino latina latin muslim muslims islam islamic christian \
christians catholic catholics protestant baptist mormon jew jews jewish hindu hindus sikh sikhs \
buddhist sunni shia shiite";
/// Family names of very many people, so that one of them says more than a rare one.
const FREQUENT_FAMILY_NAMES: &str = "\
smith johnson williams brown jones garcia miller davis rodriguez martinez hernandez lopez gonzalez \
wilson anderson thomas taylor moore jackson martin lee perez thompson white harris sanchez clark \
ramirez lewis robinson walker young allen king wright scott torres nguyen hill flores green adams \
nelson baker hall rivera campbell mitchell carter roberts gomez phillips evans turner diaz parker \
cruz edwards collins reyes stewart morris morales murphy cook rogers gutierrez ortiz morgan cooper \
peterson bailey reed kelly howard ramos kim cox ward richardson watson brooks chavez wood bennett \
gray mendoza ruiz hughes price alvarez castillo sanders patel myers long ross foster jimenez powell \
jenkins perry russell sullivan bell coleman butler henderson barnes fisher vasquez simmons jordan \
patterson alexander hamilton graham reynolds griffin wallace west cole hayes bryant gibson ellis \
stevens murray ford marshall owens mcdonald harrison kennedy wells henry chen freeman webb tucker \
burns crawford olson simpson porter hunter gordon mendez silva shaw snyder mason dixon munoz hunt \
hicks holmes palmer wagner black robertson stone salazar fox warren mills meyer rice schmidt \
ferguson nichols stephens soto weaver ryan gardner payne kelley dunn pierce arnold tran spencer \
peters hawkins hansen castro hoffman hart elliott cunningham knight bradley carroll hudson duncan \
armstrong berry andrews johnston lane riley carpenter perkins aguilar richards willis matthews \
chapman lawrence vargas watkins wheeler larson carlson harper george greene burke guzman morrison \
jacobs obrien lawson franklin lynch bishop carr salas austin mendez wang li zhang liu singh khan \
ahmed ali hussain kumar sharma gupta shah muller schneider fischer weber becker schulz koch bauer \
wolf schroder neumann schwarz zimmermann braun hofmann kruger hartmann lange werner krause lehmann \
maier rossi russo ferrari esposito bianchi romano ricci dubois durand leroy moreau laurent simon \
lefebvre michel bertrand roux petit fernandez suarez alonso navarro novak kowalski nowak ivanov \
petrov jensen nielsen andersen pedersen larsen johansson eriksson nilsson karlsson yilmaz demir \
tanaka sato suzuki takahashi watanabe ito yamamoto nakamura park choi";

/// Facts about one word.
pub(super) mod fact {
    pub(crate) const GIVEN: u32 = 1;
    pub(crate) const FREQUENT_GIVEN: u32 = 1 << 1;
    pub(crate) const FAMILY: u32 = 1 << 2;
    pub(crate) const FREQUENT_FAMILY: u32 = 1 << 3;
    pub(crate) const FUNCTION_WORD: u32 = 1 << 4;
    pub(crate) const COMMON_WORD: u32 = 1 << 5;
    /// All that tells how a word can be a person's name.
    pub(crate) const OF_PEOPLE: u32 = (1 << 6) - 1;
    pub(crate) const TITLE: u32 = 1 << 6;
    pub(crate) const LEGAL_FORM: u32 = 1 << 7;
    pub(crate) const ORGANISATION_WORD: u32 = 1 << 8;
    pub(crate) const PLACE_WORD: u32 = 1 << 9;
    pub(crate) const MONTH_OR_DAY: u32 = 1 << 10;
    pub(crate) const PEOPLE: u32 = 1 << 11;
    /// The word, or the words up to here, are a known name as they stand.
    pub(crate) const WHOLE: [u32; 3] = [1 << 12, 1 << 13, 1 << 14];
    /// The beginning and the rest of several words that are a known name.
    pub(crate) const FIRST: [u32; 3] = [1 << 15, 1 << 17, 1 << 19];
    pub(crate) const FURTHER: [u32; 3] = [1 << 16, 1 << 18, 1 << 20];
    pub(crate) const ENGLISH: u32 = 1 << 21;
    pub(crate) const TEXTED: u32 = 1 << 22;
    /// A word of a name of an organisation or a place that is known as a whole.
    pub(crate) const KNOWN: u32 =
        WHOLE[0] | WHOLE[1] | FIRST[0] | FIRST[1] | FURTHER[0] | FURTHER[1];
    /// All that tells how everyday a word is.
    pub(crate) const EVERYDAY: u32 = ENGLISH | TEXTED;
    /// Known names go on from here.
    pub(super) const GOES_ON: u32 = 1 << 31;
}

/// How many tokens a known name has at most.
const KNOWN_TOKENS_MAX: usize = 6;

/// Takes the hash of a word as it is, with its bits stirred once.
#[derive(Clone, Copy, Default)]
struct Stirred(u64);

impl Hasher for Stirred {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(self.0 ^ u64::from(byte));
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

type Facts = HashMap<u64, u32, BuildHasherDefault<Stirred>>;

static FACTS: LazyLock<Facts> = LazyLock::new(|| {
    let mut facts = Facts::default();
    let mut add = |words: &mut dyn Iterator<Item = &'static str>, fact: u32| {
        for word in words {
            *facts.entry(hash(word)).or_default() |= fact;
        }
    };
    add(&mut census::GIVEN_NAMES.lines(), fact::GIVEN);
    add(&mut GIVEN_NAMES.split_ascii_whitespace(), fact::GIVEN | fact::FREQUENT_GIVEN);
    add(&mut nicknames::all(), fact::GIVEN);
    add(&mut WORLD_GIVEN_NAMES.lines(), fact::GIVEN);
    add(&mut census::FAMILY_NAMES.lines(), fact::FAMILY);
    add(&mut WORLD_FAMILY_NAMES.lines(), fact::FAMILY);
    add(&mut ENGLISH.lines(), fact::ENGLISH);
    add(&mut TEXTED.lines(), fact::TEXTED);
    for (words, fact) in [
        (FREQUENT_FAMILY_NAMES, fact::FAMILY | fact::FREQUENT_FAMILY),
        (FUNCTION_WORDS, fact::FUNCTION_WORD),
        (COMMON_WORDS, fact::COMMON_WORD),
        (TITLE_WORDS, fact::TITLE),
        (ORGANISATION_WORDS, fact::ORGANISATION_WORD),
        (PLACE_WORDS, fact::PLACE_WORD),
        (MONTHS_AND_DAYS, fact::MONTH_OR_DAY),
        (PEOPLES, fact::PEOPLE),
    ] {
        add(&mut words.split_ascii_whitespace(), fact);
    }
    add(&mut crate::contacts::HONORIFICS.into_iter(), fact::TITLE);
    add(&mut legal_forms::single_words(), fact::LEGAL_FORM);
    for (list, whole) in [ORGANISATIONS, PLACES, THINGS].into_iter().zip(fact::WHOLE) {
        for name in list.lines().flat_map(|line| line.split(", ")) {
            let mut key = 0;
            let tokens = tokens(name);
            for (at, token) in tokens.iter().enumerate() {
                key = longer(key, token.word);
                let is_last = at + 1 == tokens.len();
                *facts.entry(key).or_default() |= if is_last { whole } else { fact::GOES_ON };
            }
        }
    }
    facts
});

/// The key of known words that go on with another.
fn longer(key: u64, word: u64) -> u64 {
    if key == 0 { word } else { (key.rotate_left(23) ^ word).wrapping_mul(0xff51_afd7_ed55_8ccd) }
}

/// The facts about each token, alone and together with its neighbours, in the place of what
/// `known` held.
pub(super) fn facts(tokens: &[Token<'_>], known: &mut Vec<u32>) {
    let lists = &*FACTS;
    known.clear();
    known.resize(tokens.len(), 0);
    for at in 0..tokens.len() {
        let mut key = tokens[at].word;
        if !tokens[at].class.is_word() {
            continue;
        }
        let Some(&first) = lists.get(&key) else { continue };
        known[at] |= first & !fact::GOES_ON;
        let mut reached = first;
        let mut ends = [0; 3];
        let mut end = at + 1;
        while reached & fact::GOES_ON != 0 && end < tokens.len() && end - at < KNOWN_TOKENS_MAX {
            key = longer(key, tokens[end].word);
            end += 1;
            reached = lists.get(&key).copied().unwrap_or_default();
            for (place, whole) in ends.iter_mut().zip(fact::WHOLE) {
                if reached & whole != 0 {
                    *place = end;
                }
            }
        }
        for (kind, &end) in ends.iter().enumerate() {
            if end > at {
                known[at] |= fact::FIRST[kind];
                for place in &mut known[at + 1..end] {
                    *place |= fact::FURTHER[kind];
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts_of(text: &str) -> Vec<u32> {
        let tokens = tokens(text);
        let mut known = Vec::new();
        facts(&tokens, &mut known);
        known
    }

    #[test]
    fn known_names_of_several_words_are_seen_together() {
        let facts = facts_of("the New York Times of July");
        assert!(facts[1] & fact::FIRST[0] != 0 && facts[1] & fact::FIRST[1] != 0);
        assert!(facts[3] & fact::FURTHER[0] != 0 && facts[3] & fact::FURTHER[1] == 0);
        assert!(facts[5] & fact::MONTH_OR_DAY != 0);
    }

    #[test]
    fn a_name_of_one_word_is_known_as_it_stands() {
        let facts = facts_of("Jane likes Google");
        assert!(facts[0] & fact::FREQUENT_GIVEN != 0);
        assert!(facts[1] & fact::WHOLE[0] == 0 && facts[2] & fact::WHOLE[0] != 0);
    }

    #[test]
    fn the_lists_are_folded() {
        for list in [ORGANISATIONS, PLACES, THINGS] {
            assert_eq!(crate::fold(list), list);
        }
    }
}
