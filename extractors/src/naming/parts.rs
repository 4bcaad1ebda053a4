//! A person's name as title, given, middle and family name, suffix and nickname.

use super::NameParts;
use crate::census::{is_family, is_given};
use crate::contacts::is_given_name;
use crate::contacts::lexicon::word_lists;
use crate::folding::fold;

/// Words before a name. After one that belongs to a given name, a lone word is a given name.
const TITLES: &str = "\
mr mrs ms miss mx dr doctor prof professor rev reverend fr father pastor rabbi imam bishop cardinal sister \
brother hon honorable judge justice magistrate magistrate-judge mag-judge senator sen representative rep \
congressman congresswoman governor gov lt lieutenant gen general col colonel maj major capt captain sgt \
sergeant cpl pvt adm admiral cmdr commander mayor president secretary minister ambassador chancellor coach \
lord excellency majesty highness right rt district us u.s lt.gen lt.gov lt.col maj.gen brig.gen \
herr frau state associate monsieur madame mme mlle signor signora señor señora sr.a dipl-ing ing mag doctors atty attorney";
const TITLES_OF_GIVEN_NAMES: &str =
    "sir dame king queen prince princess lady sheikh shaikh maestro aunt uncle";
/// Words that join titles: "Lord of the Universe".
const JOINING: &str = "of the and & his her";
const SUFFIXES: &str = "\
jr sr ii iii iv vi vii viii 2nd 3rd esq esquire phd ph.d md m.d dds d.d.s dmd dvm jd j.d mba cpa rn bsn \
lncc do qc gri mdsc aia-csi realtor trustee architect attorney atty q.c mp m.p kc obe cbe mbe msc msc.ed bsc ba ma bs ms med m.ed edd ed.d llm llb aia csi faia pe \
p.e leed cfa cfp pmp np pa-c facs faap pa ret usn usmc usaf junior senior";
/// Suffixes that are family names, too: only after a comma, or written with full stops.
const ALSO_NAMES: &str = "ma do ba bs ms med ed pa pe np junior senior rn kc";
const PARTICLES: &str = "\
de da di du del della dalla degli dei dos das do den der des van von vom vander vande zu zur la le lo las los \
el al bin ibn ben bint abu ter ten te st st. saint san santa mc mac d' l' dela delos af av 't op auf zum vai \
abd bon santo ste heer vel";
/// Words that are no given name when they stand first.
const CONJUNCTIONS: &str = "and & or of the";

word_lists! {
    /// Whether a word stands before names.
    is_before_names = TITLES;
    /// Whether a word stands before given names.
    is_before_given_names = TITLES_OF_GIVEN_NAMES;
    /// Whether a word joins titles.
    joins_titles = JOINING;
    /// Whether a word stands after names.
    is_after_names = SUFFIXES;
    /// Whether a word after a name may be a family name.
    may_be_a_name = ALSO_NAMES;
    /// Whether a word is a part of family names.
    is_particle = PARTICLES;
    /// Whether a word is no given name when it stands first.
    is_conjunction = CONJUNCTIONS;
}

fn is_in(list: &str, word: &str) -> bool {
    !word.is_empty() && list.split_ascii_whitespace().any(|one| one == word)
}

/// Takes a person's name apart.
///
/// ```
/// let parts = extractors::naming::parts_of("von Bergen, Dr. Jane \"Jay\" Q., Jr.");
/// assert_eq!((parts.given.as_str(), parts.family.as_str()), ("Jane", "von Bergen"));
/// assert_eq!((parts.suffix.as_str(), parts.nickname.as_str()), ("Jr.", "Jay"));
/// ```
pub fn parts_of(name: &str) -> NameParts {
    let mut parts = NameParts::default();
    let plain = without_nicknames(name, &mut parts.nickname);
    let mut pieces = plain.split(',').map(words).filter(|words| !words.is_empty());
    let Some(mut first) = pieces.next() else { return parts };
    let mut suffixes: Vec<&str> = Vec::new();
    let mut second: Vec<&str> = Vec::new();
    for piece in pieces {
        let is_suffix = piece.iter().all(|word| is_suffix(word, true));
        if second.is_empty() && !is_suffix {
            second = piece;
        } else {
            suffixes.extend(piece);
        }
    }
    let own = take_suffixes(&mut first, second.is_empty());
    if second.is_empty() {
        take_titles(&mut first, &mut parts.title);
        match first[..] {
            // "Dr King", "Andrews, MD": who has a title is called by the family name.
            [family] if !suffixes.is_empty() || is_called_by_family_name(&parts.title) => {
                family.clone_into(&mut parts.family);
            }
            _ => fill(&first, &mut parts),
        }
    } else {
        let more = take_suffixes(&mut second, false);
        suffixes.splice(0..0, more);
        take_titles(&mut second, &mut parts.title);
        parts.family = first.join(" ");
        fill_given(&second, &mut parts);
    }
    suffixes.splice(0..0, own);
    parts.suffix = suffixes.join(", ");
    parts
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().filter(|word| !word.chars().all(is_emoji)).collect()
}

fn is_emoji(c: char) -> bool {
    matches!(c, '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{fe0f}' | '\u{200d}')
}

/// A word as the lists have it.
fn bare(word: &str) -> String {
    fold(word.trim_end_matches(['.', ',']))
}

fn is_suffix(word: &str, after_comma: bool) -> bool {
    let bare = bare(word);
    let solid = bare.replace('.', "");
    let is_known = is_after_names(&bare) || is_after_names(&solid) || solid == "v" || solid == "i";
    let is_doubtful = may_be_a_name(&solid) || solid == "v" || solid == "i";
    if bare.contains('.') && matches!(solid.as_str(), "jr" | "sr") {
        return false; // initials
    }
    let is_degree = bare.contains('.') && solid.len() <= 5 && is_after_names(&solid);
    is_known && (after_comma || !is_doubtful || is_degree)
        || after_comma && matches!(bare.as_str(), "ph" | "d" | "g.r.i")
}

/// Takes suffixes off the end; two words are left when the name has no comma.
fn take_suffixes<'t>(words: &mut Vec<&'t str>, is_whole: bool) -> Vec<&'t str> {
    let mut taken = Vec::new();
    if let [rest @ .., at, law] = words.as_slice()
        && !rest.is_empty()
        && at.eq_ignore_ascii_case("at")
        && law.eq_ignore_ascii_case("law")
    {
        taken.extend([*at, *law]);
        words.truncate(words.len() - 2);
    }
    while let [rest @ .., last] = words.as_slice() {
        let Some(before) = rest.last() else { break };
        let folded = bare(last);
        let is_numeral = matches!(folded.as_str(), "v" | "i")
            && !last.ends_with('.')
            && (rest.len() > 2 || (rest.len() == 2 && bare(before).chars().count() > 1));
        let is_taken = is_suffix(last, false) || is_numeral && is_whole;
        let leaves_name = rest.len() > 1 || !is_whole || !may_be_a_name(&folded);
        if !(is_taken && leaves_name) {
            break;
        }
        taken.insert(0, *last);
        words.pop();
    }
    taken
}

fn take_titles(words: &mut Vec<&str>, title: &mut String) {
    let is_title = |word: &str| {
        let bare = bare(word);
        is_before_names(&bare) || is_before_given_names(&bare)
    };
    // "Lord of the Universe and Queen of the World": titles reach to the last word that follows
    // "of", as long as they are joined.
    let mut end = 0;
    let mut at = 0;
    while at < words.len() {
        if is_title(words[at]) {
            end = at + 1;
        } else if end > 0 && bare(words[at]) == "of" {
            at += 1;
            while at < words.len() && joins_titles(&bare(words[at])) {
                at += 1;
            }
            end = (at + 1).min(words.len());
            // "of the Queen's Bench Division"
            if words.get(at).is_some_and(|word| word.ends_with("'s") || word.ends_with("’s")) {
                end = words.len();
            }
            at = end;
            continue;
        } else if !joins_titles(&bare(words[at])) {
            break;
        }
        at += 1;
    }
    if end == 0 || (end == words.len() && words.len() > 1 && !joins_titles(&bare(words[1]))) {
        // Nothing but titles: the last is the name ("Father Major"), unless it is one long title.
        end = end.saturating_sub(1);
        if end == 0 {
            return;
        }
    }
    *title = words[..end].join(" ");
    words.drain(..end);
}

fn is_called_by_family_name(title: &str) -> bool {
    title
        .split(' ')
        .next_back()
        .is_some_and(|last| !last.is_empty() && !is_before_given_names(&bare(last)))
}

/// Given, middle and family name of words in their usual order.
fn fill(words: &[&str], parts: &mut NameParts) {
    let count = words.len();
    if count == 0 {
        return;
    }
    if count == 1 {
        if parts.nickname.is_empty() {
            parts.given = words[0].to_owned();
        } else {
            parts.family = words[0].to_owned();
        }
        return;
    }
    if is_family_first(words) {
        parts.family = words[0].to_owned();
        parts.given = words[1].to_owned();
        parts.middle = words[2..].join(" ");
        return;
    }
    // What is joined by "and" is one: "John and Jane Smith".
    let mut given_end = 1;
    while given_end < count && is_conjunction(&bare(words[given_end - 1])) && given_end + 1 < count
    {
        given_end += 1;
    }
    while given_end + 2 < count && is_in("and & or of", &bare(words[given_end])) {
        given_end += 2;
    }
    let family_start = family_start(words, given_end);
    parts.given = words[..given_end].join(" ");
    parts.middle = words[given_end..family_start].join(" ");
    parts.family = words[family_start..].join(" ");
}

/// Where the family name begins: at the particles before the last word, or after a "y".
fn family_start(words: &[&str], given_end: usize) -> usize {
    let mut last = words.len() - 1;
    // "Jon Dough and": what is left over belongs to the name.
    while last > given_end && is_in("and & or of the", &bare(words[last])) {
        last -= 1;
    }
    // The first particle after the given name begins the family name when only particles and
    // names follow that are not themselves begun anew: "von Bergen Wessels", "de la dos Vega".
    let particle = |word: &str| is_particle(&bare(word));
    let mut start = last;
    if start > given_end + 1 && words[start - 1] == "y" {
        start -= 2;
    }
    while start > given_end && particle(words[start - 1]) {
        start -= 1;
    }
    if start == last {
        let opens = |&at: &usize| is_in("von van vom zu del", &bare(words[at])) && at + 2 == last;
        start = (given_end..last).find(opens).unwrap_or(start);
    }
    // "Alex Ben Johnson": a lone Ben between two names is a name.
    if start < last
        && start == last - 1
        && bare(words[start]) == "ben"
        && words[start].starts_with('B')
    {
        start = last;
    }
    start.max(given_end.min(words.len() - 1))
}

/// `Doe Jane`, `Doe Jane Q.`: nothing but lists of names tells.
fn is_family_first(words: &[&str]) -> bool {
    let can_be_given = |word: &str| is_given(&bare(word)) || is_given_name(&bare(word));
    match words {
        [first, second] => {
            !can_be_given(first) && can_be_given(second) && !is_family(&bare(second))
        }
        [first, second, initial] => {
            bare(initial).chars().count() == 1
                && bare(first).chars().count() > 1
                && can_be_given(second)
                && !is_given_name(&bare(first))
        }
        _ => false,
    }
}

fn fill_given(words: &[&str], parts: &mut NameParts) {
    let mut end = usize::from(!words.is_empty());
    while end + 1 < words.len() && is_in("and & or", &bare(words[end])) {
        end += 2;
    }
    parts.given = words[..end].join(" ");
    let mut middle = end;
    // "Vega, Juan de la": particles after the given name open the family name.
    while middle < words.len() && !is_particle(&bare(words[middle])) {
        middle += 1;
    }
    let is_particle_end =
        middle < words.len() && words[middle..].iter().all(|word| is_particle(&bare(word)));
    if is_particle_end {
        parts.family = format!("{} {}", words[middle..].join(" "), parts.family);
        parts.middle = words[end..middle].join(" ");
    } else {
        parts.middle = words[end..].join(" ");
    }
}

/// The name without what stands in brackets or quotes, which is kept as the nickname.
fn without_nicknames(name: &str, nickname: &mut String) -> String {
    let mut plain = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(c) = rest.chars().next() {
        let opens = plain.is_empty() || plain.ends_with(char::is_whitespace);
        let closing: &[&str] = match c {
            '(' => &[")"],
            '[' => &["]"],
            '"' if opens => &["\""],
            '\\' if opens && rest.starts_with("\\\"") => &["\\\""],
            '“' | '„' => &["”", "“"],
            '\'' if opens => &["'"],
            '‘' if opens => &["’"],
            '«' => &["»"],
            _ => &[],
        };
        let skip = if rest.starts_with("\\\"") { 2 } else { c.len_utf8() };
        // A nickname is short, so that unclosed marks cost nothing.
        let inner = rest[skip..]
            .char_indices()
            .nth(40)
            .map_or(&rest[skip..], |(end, _)| &rest[skip..skip + end]);
        let found = closing.iter().find_map(|mark| inner.find(mark).map(|at| (at, mark.len())));
        match found {
            Some((at, length)) if !inner[..at].trim().is_empty() => {
                if nickname.is_empty() {
                    inner[..at].trim().clone_into(nickname);
                }
                rest = &rest[skip + at + length..];
            }
            _ => {
                plain.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Title, given, middle, family, suffix, nickname.
    fn check(name: &str, expected: [&str; 6]) {
        let p = parts_of(name);
        let found = [p.title, p.given, p.middle, p.family, p.suffix, p.nickname];
        assert_eq!(found, expected, "{name:?}");
    }

    #[test]
    fn names_come_apart_in_either_order() {
        check("Jane Doe", ["", "Jane", "", "Doe", "", ""]);
        check("Doe, Jane Q.", ["", "Jane", "Q.", "Doe", "", ""]);
        check("Dr. Jane Mary Doe, PhD", ["Dr.", "Jane", "Mary", "Doe", "PhD", ""]);
        check("Doe Sr., John", ["", "John", "", "Doe", "Sr.", ""]);
        check("J. Doe", ["", "J.", "", "Doe", "", ""]);
        check("Jane", ["", "Jane", "", "", "", ""]);
        check("Dr. Doe", ["Dr.", "", "", "Doe", "", ""]);
    }

    #[test]
    fn particles_belong_to_the_family_name() {
        check("Vincent van Loon", ["", "Vincent", "", "van Loon", "", ""]);
        check("Maria de la Cruz", ["", "Maria", "", "de la Cruz", "", ""]);
        check("Van Nguyen", ["", "Van", "", "Nguyen", "", ""]);
        check("Pat O’Brien", ["", "Pat", "", "O’Brien", "", ""]);
    }

    #[test]
    fn nicknames_stand_in_quotes_or_brackets() {
        check("Robert \"Bob\" Brown", ["", "Robert", "", "Brown", "", "Bob"]);
        check("Xiu (Helen) Wu", ["", "Xiu", "", "Wu", "", "Helen"]);
        check("Pat (unclosed", ["", "Pat", "", "(unclosed", "", ""]);
    }

    #[test]
    fn nothing_has_no_parts() {
        check("", ["", "", "", "", "", ""]);
        check(" , ,", ["", "", "", "", "", ""]);
    }
}
