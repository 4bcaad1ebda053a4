//! What is asked about scoring: products and their criteria, and what was found out about a
//! record for one of them.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::chat::Place;
use crate::ids::{CriterionId, MemberId, RecordId};
use crate::scoring::{Assessor, Criterion, Evidence, LeadRules, Product, Scale};

/// Make a product.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateProduct {
    /// What people call it, 1 to 80 characters.
    pub name: String,
    /// What it is, for whoever assesses.
    #[serde(default)]
    pub about: String,
    /// The keys of the blueprints whose records are assessed for it; left out, those of people and
    /// companies.
    #[serde(default)]
    pub blueprints: Vec<String>,
    /// When a record becomes a lead, and what becomes of it.
    #[serde(default)]
    pub leads: LeadRules,
}

/// Change a product. What is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeProduct {
    /// Which, by key or name.
    pub product: String,
    /// Its new name; its key stays.
    #[serde(default)]
    pub name: Option<String>,
    /// What it is.
    #[serde(default)]
    pub about: Option<String>,
    /// The keys of the blueprints whose records are assessed for it.
    #[serde(default)]
    pub blueprints: Option<Vec<String>>,
    /// When a record becomes a lead; all of it.
    #[serde(default)]
    pub leads: Option<LeadRules>,
    /// Put it away, or bring it back.
    #[serde(default)]
    pub archived: Option<bool>,
    /// The version that was seen; left out, the change applies to whatever is there.
    #[serde(default)]
    pub expected_version: Option<i64>,
}

/// Make a criterion of a product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateCriterion {
    /// The product, by key or name.
    pub product: String,
    /// What it is called, 1 to 80 characters, once in a product.
    pub name: String,
    /// What is asked.
    #[serde(default)]
    pub question: String,
    /// How much it counts beside the others, 1 to 100; 1 when left out.
    #[serde(default)]
    pub weight: Option<i64>,
    /// Who answers; a member when left out.
    #[serde(default)]
    pub assessor: Option<Assessor>,
    /// How the answer is given; yes or no when left out. Rules answer yes or no.
    #[serde(default)]
    pub scale: Option<Scale>,
    /// Its place among the others, from 0; behind them when left out.
    #[serde(default)]
    pub position: Option<i64>,
}

/// Change a criterion. What is left out stays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeCriterion {
    /// The product, by key or name.
    pub product: String,
    /// Which, by id or name.
    pub criterion: String,
    /// Its new name.
    #[serde(default)]
    pub name: Option<String>,
    /// What is asked.
    #[serde(default)]
    pub question: Option<String>,
    /// How much it counts, 1 to 100.
    #[serde(default)]
    pub weight: Option<i64>,
    /// Who answers.
    #[serde(default)]
    pub assessor: Option<Assessor>,
    /// How the answer is given.
    #[serde(default)]
    pub scale: Option<Scale>,
    /// Its place among the others, from 0.
    #[serde(default)]
    pub position: Option<i64>,
    /// Put it away, or bring it back.
    #[serde(default)]
    pub archived: Option<bool>,
    /// The version that was seen; left out, the change applies to whatever is there.
    #[serde(default)]
    pub expected_version: Option<i64>,
}

/// Put a product back as it was: what undoes a change of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PutBackProduct {
    /// As it was.
    pub product: Product,
    /// The version that the change left.
    pub expected_version: i64,
}

/// Put a criterion back as it was: what undoes a change of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PutBackCriterion {
    /// As it was.
    pub criterion: Criterion,
    /// The version that the change left.
    pub expected_version: i64,
}

/// Choose where leads for a product are posted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PostLeads {
    /// The product, by key or name.
    pub product: String,
    /// The place, which must be bound; none means that they are not posted.
    #[schema(value_type = Option<Object>)]
    pub place: Option<Place>,
}

/// Say what was found out about a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssessRecord {
    /// Which record.
    pub record: RecordId,
    /// The product, by key or name; left out where there is only one.
    #[serde(default)]
    pub product: String,
    /// The criterion, by id or name.
    pub criterion: String,
    /// The answer: yes or no, or 0 to 100; nothing when it is not known any more.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub value: Json,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
    /// What it stands on, at most 20 links.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
}

/// Take an assessment back: what undoes one. The history gets one more line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TakeBackAssessment {
    /// The record.
    pub record: RecordId,
    /// The criterion.
    pub criterion: CriterionId,
    /// The number of the assessment, which must be the last.
    pub number: i64,
    /// The answer before.
    pub value: Option<i64>,
    /// Whether a rule had given it.
    pub by_rule: bool,
    /// Who had given it.
    pub member: Option<MemberId>,
}
