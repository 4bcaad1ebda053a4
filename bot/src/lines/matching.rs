//! `tieline match`: people and companies in; who is sure to be one, and who may be and why, out.
//! With `--pairs`, names in twos: whether both are names of one.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};

use anyhow::Result;
use extractors::identities::{Identity, Kind, merge, with_suggestions};
use extractors::naming::{compare_organisations, compare_other, compare_people};
use serde::{Deserialize, Serialize};

use super::{Id, Stats};

/// How many suggestions are named for one record, the likeliest first.
const REVIEW_MAX: usize = 20;

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ItemKind {
    #[default]
    Person,
    Organisation,
    Other,
}

/// One person or company.
#[derive(Debug, Deserialize)]
struct Item {
    id: Id,
    #[serde(default)]
    kind: ItemKind,
    name: Option<String>,
    given_name: Option<String>,
    family_name: Option<String>,
    #[serde(default)]
    emails: Vec<String>,
    #[serde(default)]
    phones: Vec<String>,
    #[serde(default)]
    handles: Vec<String>,
    company: Option<String>,
    address: Option<String>,
    city: Option<String>,
    postcode: Option<String>,
    state: Option<String>,
    birth_date: Option<String>,
    birth_place: Option<String>,
    gender: Option<String>,
    occupation: Option<String>,
    identifier: Option<String>,
}

/// The group of a record: records with one cluster are merged.
#[derive(Debug, Serialize)]
struct Answer {
    id: Id,
    cluster: usize,
    review: Vec<Review>,
}

/// Another record that may be of the same one.
#[derive(Debug, Serialize)]
struct Review {
    id: Id,
    score: f32,
    why: String,
}

/// Two names.
#[derive(Debug, Deserialize)]
struct Pair {
    id: Id,
    #[serde(deserialize_with = "super::text")]
    a: String,
    #[serde(deserialize_with = "super::text")]
    b: String,
    #[serde(default)]
    kind: ItemKind,
}

/// Whether both are names of one.
#[derive(Debug, Serialize)]
struct PairAnswer {
    id: Id,
    score: f32,
    #[serde(rename = "match")]
    is_match: bool,
}

/// Compares all records with each other. With `merges_review`, likely suggestions are merged, too.
///
/// # Errors
/// As [`super::together`].
pub fn run(input: impl BufRead, output: impl Write, merges_review: bool) -> Result<Stats> {
    super::together(input, output, |items: Vec<Item>| answers(items, merges_review))
}

/// Compares the names of each pair.
///
/// # Errors
/// As [`super::each`].
pub fn run_pairs(input: impl BufRead, output: impl Write) -> Result<Stats> {
    super::each(input, output, |pair: Pair| {
        let likeness = match pair.kind {
            ItemKind::Person => compare_people(&pair.a, &pair.b),
            ItemKind::Organisation => compare_organisations(&pair.a, &pair.b),
            ItemKind::Other => compare_other(&pair.a, &pair.b),
        };
        PairAnswer { id: pair.id, score: likeness.score, is_match: likeness.is_same() }
    })
}

fn answers(items: Vec<Item>, merges_review: bool) -> Vec<Answer> {
    let (ids, identities): (Vec<Id>, Vec<Identity>) = items.into_iter().map(identity).unzip();
    let merged = merge(&identities);
    let clusters = if merges_review { with_suggestions(&merged) } else { merged.groups };
    let mut reviews: BTreeMap<usize, Vec<Review>> = BTreeMap::new();
    for suggestion in merged.suggestions {
        let why: Vec<String> = suggestion.why.into_iter().map(|reason| reason.text).collect();
        let why = why.join("; ");
        for (number, other) in
            [(suggestion.one, suggestion.other), (suggestion.other, suggestion.one)]
        {
            reviews.entry(number).or_default().push(Review {
                id: ids[other].clone(),
                score: suggestion.score,
                why: why.clone(),
            });
        }
    }
    ids.iter()
        .zip(clusters)
        .enumerate()
        .map(|(number, (id, cluster))| {
            let mut review = reviews.remove(&number).unwrap_or_default();
            review.sort_by(|a, b| b.score.total_cmp(&a.score));
            review.truncate(REVIEW_MAX);
            Answer { id: id.clone(), cluster, review }
        })
        .collect()
}

fn identity(item: Item) -> (Id, Identity) {
    let kind = match item.kind {
        ItemKind::Person => Kind::Person,
        ItemKind::Organisation | ItemKind::Other => Kind::Organisation,
    };
    let identity = Identity {
        kind,
        name: item.name,
        given_name: item.given_name,
        family_name: item.family_name,
        emails: item.emails,
        phones: item.phones,
        handles: item.handles,
        company: item.company,
        address: item.address,
        city: item.city,
        postcode: item.postcode,
        state: item.state,
        birth_date: item.birth_date,
        birth_place: item.birth_place,
        gender: item.gender,
        occupation: item.occupation,
        identifier: item.identifier,
    };
    (item.id, identity)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sure_is_merged_and_what_may_be_is_suggested() {
        let input = "{\"id\":\"a\",\"name\":\"Jane Roe\",\"emails\":[\"jane@acme.io\"]}\n\
                     {\"id\":\"b\",\"name\":\"Jane\",\"emails\":[\"Jane@acme.io\"]}\n\
                     {\"id\":\"c\",\"name\":\"Jane Roe\",\"emails\":[\"jroe@web.de\"]}\n";
        let answered = |merges_review| -> Vec<serde_json::Value> {
            let mut output = Vec::new();
            run(input.as_bytes(), &mut output, merges_review).expect("stats");
            let text = String::from_utf8(output).expect("text");
            text.lines().map(|line| serde_json::from_str(line).expect("an answer")).collect()
        };
        let sure = answered(false);
        assert_eq!(sure[0]["cluster"], sure[1]["cluster"]);
        assert_ne!(sure[0]["cluster"], sure[2]["cluster"]);
        assert_eq!(sure[2]["review"][0]["id"], "a");
        let all = answered(true);
        assert_eq!(all[0]["cluster"], all[2]["cluster"]);
    }

    #[test]
    fn names_in_twos_are_compared() {
        let mut output = Vec::new();
        let input = "{\"id\":1,\"a\":\"Bob Brown\",\"b\":\"Robert Brown\",\"kind\":\"person\"}\n";
        run_pairs(input.as_bytes(), &mut output).expect("stats");
        let answer: serde_json::Value = serde_json::from_slice(&output).expect("an answer");
        assert_eq!(answer["match"], true);
    }
}
