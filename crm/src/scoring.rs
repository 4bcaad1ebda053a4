//! Scoring: how well a person or a company fits what a team sells. A product has criteria; what
//! somebody, or a rule, found out for one of them is an assessment; and the score of a record is
//! the weighted mean of what is known, beside how much is known at all.
//!
//! A product is no record of a blueprint: it says how records are judged, so that only those who
//! shape the tenant may change it, and its key stands in filters and must never change. What is
//! sold, at which price, can be a blueprint of its own beside it.

mod rules;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::blueprints::IndexKey;
use crate::chat::Place;
use crate::errors::{Refusal, RefusalKind};
use crate::flows::listed;
use crate::ids::{AssessmentId, CriterionId, InteractionId, MemberId, ProductId, RecordId};

pub use rules::{Rule, SCORE_COLUMN, score_column};

/// The most products of a tenant, archived ones not counted.
pub const PRODUCTS_MAX: usize = 50;
/// The most criteria of a product, archived ones not counted.
pub const CRITERIA_MAX: usize = 40;
/// The longest name of a product or criterion, in characters.
pub const NAME_CHARS_MAX: usize = 80;
/// The longest question, reason or description, in characters.
pub const WORDS_CHARS_MAX: usize = 1_000;
/// The most links that one assessment gives as evidence.
pub const EVIDENCE_MAX: usize = 20;
/// The heaviest weight.
pub const WEIGHT_MAX: i64 = 100;

/// What a team sells, as far as scoring goes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Product {
    /// Its id.
    pub id: ProductId,
    /// What filters call it (`annual_plan`); it never changes.
    pub key: String,
    /// What people call it.
    pub name: String,
    /// What it is, for whoever assesses.
    pub about: String,
    /// The keys of the blueprints whose records are assessed for it.
    pub blueprints: Vec<String>,
    /// When a record becomes a lead, and what becomes of it.
    pub leads: LeadRules,
    /// Whether it was put away: nothing is assessed for it any more, and its scores are not shown.
    pub archived: bool,
    /// Rises with each change.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// When a record becomes a lead for a product, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LeadRules {
    /// A score of this or more makes a lead, 1 to 100; none means that people make them.
    pub threshold: Option<i64>,
    /// As long as less than this much of the weight is known, none is made; in percent.
    pub least_coverage: i64,
    /// For how many days after a rejection no rule makes another lead of the same record.
    pub again_after_days: i64,
    /// The key of the blueprint that an accepted lead becomes.
    pub deal: String,
    /// The pipeline it goes into; none means the first that whoever accepts may use.
    pub pipeline: Option<String>,
    /// Why leads are rejected, to choose from.
    pub reasons: Vec<String>,
    /// Who takes turns when a lead is assigned by turns.
    pub turns: Vec<MemberId>,
    /// How many turns were taken.
    pub turn: i64,
    /// Where leads are posted.
    #[schema(value_type = Option<Object>)]
    pub place: Option<Place>,
}

impl Default for LeadRules {
    fn default() -> Self {
        let reasons = ["Does not fit", "Not now", "No budget", "A customer already"];
        Self {
            threshold: None,
            least_coverage: 0,
            again_after_days: 90,
            deal: "deal".to_owned(),
            pipeline: None,
            reasons: reasons.map(str::to_owned).to_vec(),
            turns: Vec::new(),
            turn: 0,
            place: None,
        }
    }
}

/// One thing to find out about a record for a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Criterion {
    /// Its id.
    pub id: CriterionId,
    /// The product.
    pub product: ProductId,
    /// What it is called ("Budget").
    pub name: String,
    /// What is asked ("Is there a budget for this year?").
    pub question: String,
    /// How much it counts beside the others, 1 to [`WEIGHT_MAX`].
    pub weight: i64,
    /// Who answers.
    pub assessor: Assessor,
    /// How the answer is given.
    pub scale: Scale,
    /// Its place among the product's criteria, from 0.
    pub position: i64,
    /// Whether it was put away: it counts no more, and its history stays.
    pub archived: bool,
    /// Rises with each change.
    pub version: i64,
}

/// Who answers a criterion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Assessor {
    /// A member.
    Hand,
    /// A rule, each time that the record changes.
    Rule {
        /// Yes for records that are like this: `industry:software created>2027-01-01`.
        filter: String,
    },
}

/// How an answer is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Yes, which counts 100, or no, which counts 0.
    YesNo,
    /// A whole number from 0 to 100.
    Percent,
}

/// What was found out, once. Assessments are added and never changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Assessment {
    /// Its id; later ones sort behind earlier ones.
    pub id: AssessmentId,
    /// The record.
    pub record: RecordId,
    /// The criterion.
    pub criterion: CriterionId,
    /// Its place in the history of this record and criterion, from 1. The last one counts.
    pub number: i64,
    /// The answer, 0 to 100; none means that it is not known any more.
    pub value: Option<i64>,
    /// Whether a rule answered.
    pub by_rule: bool,
    /// Who answered, or changed the record so that the rule did.
    pub member: Option<MemberId>,
    /// Why.
    pub reason: Option<String>,
    /// What it stands on.
    pub evidence: Vec<Evidence>,
    /// The number of the assessment that this one takes back.
    pub undoes: Option<i64>,
    /// When.
    pub at: DateTime<Utc>,
}

/// What an assessment stands on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Evidence {
    /// A line of the record's timeline.
    Interaction {
        /// Which.
        interaction: InteractionId,
    },
    /// A message.
    Message {
        /// Where.
        #[schema(value_type = Object)]
        place: Place,
        /// Which.
        message: String,
    },
    /// A page.
    Url {
        /// Its address, beginning with `https://` or `http://`.
        url: String,
    },
}

/// How well a record fits a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Score {
    /// The product.
    pub product: ProductId,
    /// The record.
    pub record: RecordId,
    /// The weighted mean of what is known, 0 to 100.
    pub value: i64,
    /// How much of the weight is known, in percent.
    pub coverage: i64,
    /// Since when it is this.
    pub at: DateTime<Utc>,
}

/// One criterion in the explanation of a score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ScoreLine {
    /// The criterion.
    pub criterion: Criterion,
    /// The answer as people read it: `yes`, `70 of 100`, `not known`.
    pub answer: String,
    /// What it adds to the score, of the 100 that all known answers can reach together.
    pub adds: Option<f64>,
    /// The assessment that counts.
    pub assessment: Option<Assessment>,
}

/// The answer to a criterion that counts: the last of its history.
pub type Latest = BTreeMap<CriterionId, Assessment>;

impl Product {
    /// Whether this is its key, name or id; case, spaces, dashes and underscores do not matter.
    pub fn is_called(&self, given: &str) -> bool {
        let wanted = folded(given);
        !wanted.is_empty()
            && (folded(&self.key) == wanted
                || folded(&self.name) == wanted
                || self.id.as_str() == given.trim())
    }

    /// Whether records of the blueprint with this key are assessed for it.
    pub fn takes(&self, blueprint: &str) -> bool {
        self.blueprints.iter().any(|key| key == blueprint)
    }
}

impl Criterion {
    /// Whether this is its name or id.
    pub fn is_called(&self, given: &str) -> bool {
        let wanted = folded(given);
        !wanted.is_empty() && (folded(&self.name) == wanted || self.id.as_str() == given.trim())
    }

    /// The filter of its rule.
    pub fn rule(&self) -> Option<&str> {
        match &self.assessor {
            Assessor::Hand => None,
            Assessor::Rule { filter } => Some(filter),
        }
    }

    /// Reads an answer: a number, yes or no, or nothing for what is not known any more.
    ///
    /// # Errors
    /// A refusal that names the criterion, what was given and an example.
    pub fn answer(&self, given: &Json) -> Result<Option<i64>, Refusal> {
        let text = match given {
            Json::Null => return Ok(None),
            Json::Bool(true) => "yes".to_owned(),
            Json::Bool(false) => "no".to_owned(),
            Json::String(text) => text.trim().to_lowercase(),
            other => other.to_string(),
        };
        let number = text.trim_end_matches('%').trim().parse::<i64>().ok();
        let read = match (self.scale, text.as_str()) {
            (_, "unknown" | "?" | "not known") => return Ok(None),
            (_, "yes" | "true" | "y") => Some(100),
            (_, "no" | "false" | "n") => Some(0),
            (Scale::YesNo, _) => number.filter(|number| matches!(number, 0 | 100)),
            (Scale::Percent, _) => number.filter(|number| (0..=100).contains(number)),
        };
        let takes = match self.scale {
            Scale::YesNo => "yes or no",
            Scale::Percent => "a whole number from 0 to 100, like 70",
        };
        read.map(Some).ok_or_else(|| {
            let given = text.chars().take(60).collect::<String>();
            Refusal::invalid(format!(
                "{} takes {takes}, and “{given}” is not. Say unknown to take an answer back.",
                self.name
            ))
        })
    }

    /// An answer as people read it.
    pub fn shown(&self, value: Option<i64>) -> String {
        match (self.scale, value) {
            (_, None) => "not known".to_owned(),
            (Scale::YesNo, Some(100)) => "yes".to_owned(),
            (Scale::YesNo, Some(0)) => "no".to_owned(),
            (_, Some(value)) => format!("{value} of 100"),
        }
    }
}

/// The score and its coverage that the answers to these criteria come to; none while nothing is
/// known. Criteria that are archived do not count.
pub fn score_of(criteria: &[&Criterion], latest: &Latest) -> Option<(i64, i64)> {
    let (mut all, mut known, mut sum) = (0, 0, 0);
    for criterion in criteria.iter().filter(|criterion| !criterion.archived) {
        all += criterion.weight;
        if let Some(value) = latest.get(&criterion.id).and_then(|assessment| assessment.value) {
            known += criterion.weight;
            sum += criterion.weight * value;
        }
    }
    if known == 0 {
        return None;
    }
    // Half a point counts up; only what is known whole is known whole.
    Some(((2 * sum + known) / (2 * known), 100 * known / all))
}

/// What a score is made of, criterion by criterion, in their order.
pub fn explained(criteria: &[&Criterion], latest: &Latest) -> Vec<ScoreLine> {
    let live = criteria.iter().filter(|criterion| !criterion.archived).collect::<Vec<_>>();
    let value = |criterion: &Criterion| latest.get(&criterion.id).and_then(|one| one.value);
    let known = live.iter().filter(|c| value(c).is_some()).map(|c| c.weight).sum::<i64>();
    let line = |criterion: &&&Criterion| {
        let assessment = latest.get(&criterion.id).cloned();
        let adds = value(criterion).map(|value| {
            let tenths = (10 * criterion.weight * value + known / 2) / known.max(1);
            f64::from(i32::try_from(tenths).unwrap_or_default()) / 10.0
        });
        ScoreLine {
            criterion: (**criterion).clone(),
            answer: criterion.shown(value(criterion)),
            adds,
            assessment,
        }
    };
    live.iter().map(line).collect()
}

/// What lists keep of a score.
pub fn index_key(score: &Score) -> IndexKey {
    let value = i32::try_from(score.value).map_or(0.0, f64::from);
    IndexKey { number: Some(value), ..IndexKey::default() }
}

/// The product that is called so among these, or the only one there is.
///
/// # Errors
/// A refusal with the products there are.
pub fn product_called<'p>(all: &'p [Product], given: &str) -> Result<&'p Product, Refusal> {
    let live = all.iter().filter(|product| !product.archived).collect::<Vec<_>>();
    if given.trim().is_empty() {
        return match live.as_slice() {
            [only] => Ok(only),
            [] => Err(Refusal::not_found(
                "There is no product yet. An administrator can make one, with its criteria.",
            )),
            several => Err(Refusal::new(
                RefusalKind::Ambiguous,
                format!("For which product? There is {}.", listed(&keys(several))),
            )),
        };
    }
    if let Some(found) = live.iter().find(|product| product.is_called(given)) {
        return Ok(found);
    }
    let given = given.trim().chars().take(60).collect::<String>();
    if all.iter().any(|product| product.is_called(&given)) {
        return Err(Refusal::gone(format!(
            "The product “{given}” is archived. An administrator can bring it back."
        )));
    }
    let there = match keys(&live) {
        none if none.is_empty() => "There is none yet; an administrator can make one".to_owned(),
        some => format!("There is {}", listed(&some)),
    };
    Err(Refusal::not_found(format!("There is no product “{given}” here. {there}.")))
}

fn keys(products: &[&Product]) -> Vec<String> {
    products.iter().map(|product| format!("{} ({})", product.name, product.key)).collect()
}

/// As names are compared.
fn folded(text: &str) -> String {
    let spaced = text.trim().to_lowercase().replace(['_', '-'], " ");
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
