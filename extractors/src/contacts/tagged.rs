//! Joins what the rules found with what the tagger found. Rules know addresses, positions and
//! introductions; the tagger knows how names stand in sentences. Where both find a name, it is
//! surer than either; where they differ about its ends, the surer one wins.

use std::ops::Range;

use super::lexicon::{is_given_name, is_not_a_name, is_of_another_name};
use super::{ContactSource, Draft, Span, SpanKind};
use crate::legal_forms::form_length;
use crate::shelter;
use crate::tagger::{Kind, Name};

/// A person whom the tagger finds as likely as this is right nine times in ten together with the
/// likelier ones, and can be made without asking.
const MADE_FROM: f32 = 0.63;
/// Nobody is made without asking whose name is written in lower case, or holds a word that people
/// are not called.
const DOUBTED: f32 = Span::SURE - 0.05;
/// Names in lower case that are less likely than this are mostly words.
const LOWERED_FROM: f32 = 0.4;
/// From here on the tagger is believed over a rule that found something else.
const BELIEVED: f32 = 0.5;
/// Rules that are surer than this stand against the tagger.
const RULE_STANDS: f32 = 0.85;
/// Companies beside a position are as sure as this; those after "at" or "from" are less.
const TITLED: f32 = 0.7;
/// Rules that are surer than this need no second opinion.
const RULE_ALONE: f32 = 0.82;

/// The people, organisations and places of a text that do not overlap the sorted, disjoint ranges
/// `taken`.
pub(super) fn merged(
    text: &str,
    rules: Vec<Draft>,
    names: Vec<Name>,
    taken: &[Range<usize>],
) -> Vec<Draft> {
    let tagged: Vec<Draft> = names
        .into_iter()
        .map(|name| without_role(text, name))
        .filter(|name| {
            let is_mostly_a_word = name.probability < LOWERED_FROM && is_lowered_person(text, name);
            !shelter::overlaps(taken, &name.range)
                && !is_mostly_a_word
                && !ends_in_a_word(text, name)
                && !is_only_a_form(text, name)
        })
        .map(|name| {
            let kind = match name.kind {
                Kind::Person => SpanKind::Person,
                Kind::Organisation => SpanKind::Organisation,
                Kind::Place => SpanKind::Place,
            };
            let value = text[name.range.clone()].to_owned();
            let confidence = match name.kind {
                Kind::Person if has_another_word(text, &name) || is_lowered_person(text, &name) => {
                    name.probability.min(DOUBTED)
                }
                Kind::Person => confidence_of_person(name.probability),
                Kind::Organisation | Kind::Place => name.probability,
            };
            Draft::new(kind, name.range, value, confidence)
        })
        .collect();
    let mut kept = Vec::with_capacity(rules.len() + tagged.len());
    // What a rule took the place of.
    let mut is_replaced = vec![false; tagged.len()];
    for mut rule in rules {
        if !matches!(rule.kind, SpanKind::Person | SpanKind::Organisation) {
            kept.push(rule);
            continue;
        }
        let first = tagged.partition_point(|draft| draft.range.end <= rule.range.start);
        let count =
            tagged[first..].iter().take_while(|draft| draft.range.start < rule.range.end).count();
        let places = first..first + count;
        let mut rivals =
            places.clone().filter(|&at| !is_replaced[at]).map(|at| &tagged[at]).peekable();
        let is_alone = rivals.peek().is_none();
        let agrees = rivals.clone().find(|one| one.range == rule.range && one.kind == rule.kind);
        if let Some(same) = agrees {
            // Only those of `told` are.
            let is_by_standing = rule.confidence > RULE_ALONE && rule.confidence < Span::SURE;
            rule.confidence = match is_by_standing {
                // The tagger goes by the same, so that it is no second opinion.
                true => rule.confidence.max(same.confidence),
                false => 1.0 - (1.0 - rule.confidence) * (1.0 - same.confidence),
            };
        } else {
            let rival = rivals.map(|one| one.confidence).fold(0.0, f32::max);
            // Rules for companies read what the tagger does not: "at", a position, a legal form.
            let stands = rule.confidence >= RULE_STANDS
                || rule.source != ContactSource::Text
                || rule.kind == SpanKind::Organisation
                    && (rule.confidence >= TITLED || rival < BELIEVED);
            if !stands && (rival >= BELIEVED || is_alone && rule.confidence < RULE_ALONE) {
                continue;
            }
        }
        is_replaced[places].fill(true);
        kept.push(rule);
    }
    let left = tagged.into_iter().zip(is_replaced).filter(|(_, is_replaced)| !is_replaced);
    kept.extend(left.map(|(draft, _)| draft));
    kept
}

/// "Kontakt Bruce Wayne": words before a person's name that nobody is called do not belong to it.
fn without_role(text: &str, mut name: Name) -> Name {
    while name.kind == Kind::Person
        && let Some((first, rest)) = text[name.range.clone()].split_once(' ')
        && is_not_a_name(&first.to_lowercase())
        && !is_given_name(&first.to_lowercase())
    {
        name.range.start = name.range.end - rest.trim_start().len();
    }
    name
}

/// "an AG": a legal form without a name.
fn is_only_a_form(text: &str, name: &Name) -> bool {
    let folded = crate::fold(&text[name.range.clone()]);
    let words: Vec<&str> = folded.split_whitespace().collect();
    name.kind == Kind::Organisation && form_length(&words) == Some(words.len())
}

/// "Sunni Arab", "Delray Gardens": a word in it is not one that people are called.
fn has_another_word(text: &str, name: &Name) -> bool {
    text[name.range.clone()].split_whitespace().any(|word| {
        let word = word.to_lowercase();
        (is_not_a_name(&word) || is_of_another_name(&word)) && !is_given_name(&word)
    })
}

/// "ask will": a person without a capital.
fn is_lowered_person(text: &str, name: &Name) -> bool {
    name.kind == Kind::Person && !text[name.range.clone()].contains(char::is_uppercase)
}

/// Stretches what is likely enough to reach from [`Span::SURE`] to one.
fn confidence_of_person(probability: f32) -> f32 {
    if probability < MADE_FROM {
        probability * Span::SURE / MADE_FROM
    } else {
        Span::SURE + (probability - MADE_FROM) * (1.0 - Span::SURE) / (1.0 - MADE_FROM)
    }
}

/// "Mark Complete": a person whose last name is an everyday word must be quite sure.
fn ends_in_a_word(text: &str, name: &Name) -> bool {
    let last = text[name.range.clone()].rsplit(' ').next().unwrap_or_default().to_lowercase();
    name.kind == Kind::Person
        && name.probability < RULE_STANDS
        && (is_not_a_name(&last) || is_of_another_name(&last))
        && !is_given_name(&last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(range: Range<usize>, confidence: f32) -> Draft {
        Draft::new(SpanKind::Person, range, String::new(), confidence)
    }

    fn tagged(range: Range<usize>, probability: f32) -> Name {
        Name { kind: Kind::Person, range, probability }
    }

    #[test]
    fn what_both_find_is_surer() {
        let found = merged("Jane Roe", vec![rule(0..8, 0.8)], vec![tagged(0..8, 0.5)], &[]);
        assert_eq!(found.len(), 1);
        assert!(found[0].confidence > 0.89);
    }

    #[test]
    fn the_surer_one_wins_where_they_differ() {
        let ends = |rules, names| -> Vec<usize> {
            merged("Jane Roe ok", rules, names, &[]).into_iter().map(|d| d.range.end).collect()
        };
        assert_eq!(ends(vec![rule(0..11, 0.8)], vec![tagged(0..8, 0.9)]), [8]);
        assert_eq!(ends(vec![rule(0..11, 0.9)], vec![tagged(0..8, 0.9)]), [11]);
        assert_eq!(ends(vec![], vec![tagged(0..8, 0.9)]), [8]);
    }

    #[test]
    fn nobody_is_sure_whose_name_holds_another_word() {
        let confidence =
            |text: &str| merged(text, vec![], vec![tagged(0..text.len(), 0.9)], &[])[0].confidence;
        assert!(confidence("Jane Roe") > Span::SURE);
        assert!(confidence("Jane Books") < Span::SURE);
    }

    #[test]
    fn nobody_is_sure_whose_name_is_in_lower_case() {
        let found = |text: &str, probability| {
            merged(text, vec![], vec![tagged(0..text.len(), probability)], &[])
        };
        assert!(found("jane roe", 0.9)[0].confidence < Span::SURE);
        assert!(found("jane roe", 0.3).is_empty() && found("Jane Roe", 0.3).len() == 1);
    }

    #[test]
    fn a_legal_form_alone_is_no_company() {
        let found = |range: Range<usize>| {
            let name = Name { kind: Kind::Organisation, range, probability: 0.9 };
            merged("Roe AG", vec![], vec![name], &[])
        };
        assert!(found(4..6).is_empty());
        assert_eq!(found(0..6).len(), 1);
    }

    #[test]
    fn names_inside_addresses_are_left_out() {
        let whole = 0..8;
        assert!(
            merged("Jane Roe", vec![], vec![tagged(0..4, 0.9)], std::slice::from_ref(&whole))
                .is_empty()
        );
    }
}
