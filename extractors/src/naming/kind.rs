//! Person or organisation, by legal forms, by words that only organisations have in their names,
//! and by whether the words are names of people. What nothing speaks for is a person.

use super::{NameKind, parts_of};
use crate::census::{is_family, is_given};
use crate::contacts::is_given_name;
use crate::folding::fold;
use crate::legal_forms::form_length;

/// Words of organisations' names.
const OF_ORGANISATIONS: &str = "\
academy action advertising agency airlines airport alliance america american animal apartments area arms army \
assembly assoc associates association associations athletic attorneys auto automotive bakery baptist bank banking bar \
beer board books bros brotherhood builders building bureau cafe campaign capital care cathedral catholic cell center \
centers central centre chamber chapel chapter charity chevrolet church cinema citizens city clinic club coalition \
college commission committee communications community company compac computer concrete conference congress \
construction consultants consulting contractors convention cooperative corporation council county court credit cu deli \
dental dentistry department design development diner dist distributors district economic education educational \
electric electrical electronics elem elementary employees energy engineering engineers enterprise enterprises \
entertainment equipment estate exchange express fairs farm farms federal federation film finance financial firm \
fitness florist food foods ford forum foundation friends fund funeral furniture gallery garage garden gas general \
glass global government group guild hall health healthcare heating high holding holdings home homes honda hospital \
hotel house housing improvement independent industrial industries industry institute institution instruments \
insurance interiors international investment investments jewelers journal lab laboratories laboratory laborers labs \
laundry law league learning library lighting liquor liquors local logistics lounge lutheran machinery magazine \
management manufacturing market marketing markets mart media medical medicine memorial methodist metro mfg middle \
ministries mission motors movement museum music mutual national network news newspaper northern nursing office \
offices oil optical orchestra order organization pac packaging paper parish park parking parlor partners partnership \
party pharmaceuticals pharmacy photography pizza plastics plumbing police political power practice preschool press \
printing production productions products professionals program project properties property provisions public \
publishing radio railroad realty records recycling rehab reporters republican republicans research reserve resort \
resources restaurant retail retirement roofing sales salon savings school schools science sciences securities security \
service services shop signs social society software solutions sons spa sports state station steel steelworkers store \
stores street strategies studio studios supplies supply surgery systems tavern tax teachers team teamsters tech technologies technology \
telecom telephone telepresence television temple textiles theater theatre tire tobacco tool tools tours township toyota \
trade trades training transit transport transportation travel trucking trust tv union united university usa utilities \
vending ventures veterinary village vineyards warehouse waste water wealth wine wireless women workers works world \
worldwide zoo club's grill hs pto democrats democratic gop hospice ymca inst univ dept corps bistro pub inn brewery \
aflcio afl-cio local# dba congregation presbyterian community county bancorp gmbh verein stiftung universität \
universitat hochschule bundesamt ministerium banque université universite société societe universidad banco ministerio \
compañía compania fundación fundacion instituto università universita banca ufficio sanatorium limousine \
partnership chiropractic urology pediatrics cardiology oncology radiology obstetrics gynecology dermatology \
orthopedics physicians associates' neuropathy painting landscaping cleaning cleaners masonry excavating towing \
ambulance fire rescue flooring drywall welding brokerage lumber hardware grocery catering bakers nation plaza dairy alarm paving asphalt cabinet \
brand architect exterminator hyundai volvo nissan toyota hilton marriott";
/// Words that stand between the words of an organisation's name and not of a person's.
const BETWEEN: &str = "of for the in at to on by with from against no your our";

/// Whose name this is.
///
/// ```
/// use extractors::naming::{NameKind, kind_of};
/// assert_eq!(kind_of("Doe & Partners"), NameKind::Organisation);
/// assert_eq!(kind_of("Jane Doe"), NameKind::Person);
/// ```
pub fn kind_of(name: &str) -> NameKind {
    let parts = parts_of(name);
    let is_degreed = !parts.suffix.is_empty() && !parts.family.is_empty();
    let folded = match name.find(&parts.nickname) {
        Some(at) if !parts.nickname.is_empty() => {
            fold(&(name[..at].to_owned() + &name[at + parts.nickname.len()..]))
        }
        _ => fold(name),
    };
    let words: Vec<&str> = folded
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')' | '"' | ';' | '/'))
        .map(|word| word.trim_matches(['.', '\'', '’', ':', '!']))
        .filter(|word| !word.is_empty())
        .collect();
    if speaks_for_organisation(&folded, &words, is_degreed) {
        NameKind::Organisation
    } else {
        NameKind::Person
    }
}

fn speaks_for_organisation(folded: &str, words: &[&str], is_degreed: bool) -> bool {
    let has = |list: &str| {
        words.iter().any(|&word| {
            list_has(list, word) || word.strip_suffix('s').is_some_and(|one| list_has(list, one))
        })
    };
    let is_name = |word: &str| {
        word.chars().count() == 1
            || word.split('-').all(|part| is_given(part) || is_given_name(part) || is_family(part))
    };
    let Some((&first, &last)) = words.first().zip(words.last()) else { return false };
    let is_couple = words.iter().any(|&word| matches!(word, "mr" | "mrs" | "dr" | "ms"));
    if is_couple && !has_form(words) {
        return false;
    }
    if words.len() > 1 && (has_form(words) || has(OF_ORGANISATIONS)) && !is_couple {
        let is_lawyer = last == "law" && words.contains(&"attorney") || words.contains(&"atty");
        return !is_lawyer;
    }
    if words.len() > 2 && has(BETWEEN) && !is_couple && !is_title_with_of(words) {
        return true;
    }
    let is_roman = |word: &str| matches!(word, "2nd" | "3rd");
    if words.iter().any(|word| word.chars().any(char::is_numeric) && !is_roman(word)) {
        return true;
    }
    if folded.contains(".com") || folded.contains('#') || folded.contains('@') {
        return true;
    }
    let joined = words.iter().position(|&word| matches!(word, "&" | "and"));
    if let Some(at) = joined {
        // "Roe & Doe" is a firm; "Jane and John Doe" are people.
        let before = at.checked_sub(1).map_or("", |before| words[before]);
        let is_people = is_couple
            || matches!(words, [one, _, _, _] if one.chars().count() > 1)
            || (is_given(before) || before.chars().count() == 1)
                && words
                    .get(at + 1)
                    .is_some_and(|&next| is_given(next) || next.chars().count() == 1)
                && words.len() > at + 2;
        return !is_people;
    }
    if words.iter().any(|word| word.ends_with("'s")) {
        return true;
    }
    if words.len() == 1 {
        let is_brand = list_has(OF_ORGANISATIONS, first) || first.contains('&');
        return is_brand || !is_name(first) && first.is_ascii();
    }
    if is_degreed {
        return false;
    }
    if words.len() > 4
        || words.len() > 2 && !is_name(first) && !words.iter().any(|word| word.chars().count() == 1)
    {
        return !words.iter().any(|&word| is_name(word) && word.chars().count() > 1)
            || words.len() > 6;
    }
    // "Olea Media": a second word that is an English word and no name.
    !is_name(last) && !is_name(first) && is_everyday(last)
        || !is_name(last) && is_everyday(first) && is_everyday(last)
}

fn list_has(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|one| one == word)
}

fn has_form(words: &[&str]) -> bool {
    let solid: Vec<String> = words.iter().map(|word| word.replace('.', "")).collect();
    let is_suffix_of_people = |form: &str| {
        matches!(
            form,
            "se" | "as"
                | "ae"
                | "bt"
                | "dd"
                | "hf"
                | "sl"
                | "eg"
                | "ug"
                | "cv"
                | "gk"
                | "kk"
                | "ek"
                | "ev"
        )
    };
    (1..solid.len()).any(|at| {
        let rest = &solid[at..];
        form_length(rest).is_some_and(|length| {
            length > 1 && rest[..length].iter().any(|word| word.len() > 1)
                || length == rest.len() && (!is_suffix_of_people(&rest[0]) || solid.len() > 2)
                || !is_suffix_of_people(&rest[0]) && rest[0].len() > 2
        })
    }) || words.iter().skip(1).any(|&word| matches!(word, "p.c" | "pc" | "l.l.c" | "p.a.c"))
}

/// "Secretary of State Jane Doe"
fn is_title_with_of(words: &[&str]) -> bool {
    matches!(words[0], "secretary" | "lord" | "cardinal" | "king" | "queen" | "president" | "duke")
}

fn is_everyday(word: &str) -> bool {
    crate::mentions::is_common_word(word) || crate::mentions::is_function_word(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_and_organisations_are_told_apart() {
        for name in [
            "Jane Doe",
            "DOE, JANE Q",
            "Mr. and Mrs. John Doe",
            "Jo",
            "Jane and John Doe",
            "Wei Zhang",
        ] {
            assert_eq!(kind_of(name), NameKind::Person, "{name:?}");
        }
        for name in [
            "Acme GmbH",
            "Doe & Roe",
            "Bank of Springfield",
            "Acme 2000",
            "Doe's Diner",
            "First Methodist Church",
            "acme.com",
        ] {
            assert_eq!(kind_of(name), NameKind::Organisation, "{name:?}");
        }
        assert_eq!(kind_of(""), NameKind::Person);
    }
}
