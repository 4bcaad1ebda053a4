//! What is asked about pipelines and money: making and changing a pipeline and its stages,
//! moving a record between stages, and what an amount of one currency is worth in another.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::blueprints::{Money, Values};
use crate::flows::{Flow, Stage, StageKind, StageRules, Transition};
use crate::ids::{BlueprintId, MemberId, RecordId};

/// Take a record to another stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveRecord {
    /// Which.
    pub record: RecordId,
    /// The stage or the transition, by key or name. Empty means the first stage of `flow`, or
    /// wherever `transition` leads.
    #[serde(default)]
    pub to: String,
    /// The pipeline it goes to, by key or name; left out, it stays in its own.
    #[serde(default)]
    pub flow: Option<String>,
    /// The transition to take, by key or name; left out, the first that leads to `to`.
    #[serde(default)]
    pub transition: Option<String>,
    /// The version that was seen; left out, the move applies to whatever is there.
    #[serde(default)]
    pub expected_version: Option<i64>,
}

impl MoveRecord {
    /// A move to a stage or by a transition, whichever has this key or name.
    pub fn to(record: RecordId, to: impl Into<String>) -> Self {
        Self { record, to: to.into(), flow: None, transition: None, expected_version: None }
    }
}

/// Put a record back where it was before a move: what undoes one. No rule runs, and no guard
/// holds, because it was there before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PutBack {
    /// Which.
    pub record: RecordId,
    /// The version that the move left.
    pub expected_version: i64,
    /// The pipeline it was in.
    pub flow: Option<String>,
    /// The stage it was in.
    pub state: Option<String>,
    /// Since when.
    pub state_since: Option<DateTime<Utc>>,
    /// Who looked after it.
    pub owner: Option<MemberId>,
    /// What the columns held that were set; null means nothing.
    pub values: Values,
}

/// Make a pipeline.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreatePipeline {
    /// The key of the blueprint whose records go through it (`deal`).
    pub blueprint: String,
    /// Its name, 1 to 80 characters.
    pub name: String,
    /// Its stages, in order, 1 to 50; left out, Open, Won and Lost.
    #[serde(default)]
    pub stages: Vec<Stage>,
    /// Its named transitions. Without any, a record goes from each stage to each other.
    #[serde(default)]
    pub transitions: Vec<Transition>,
    /// The member who may change it, besides administrators.
    #[serde(default)]
    pub owner: Option<MemberId>,
    /// The members who may use it; empty means everybody.
    #[serde(default)]
    pub shared_with: Vec<MemberId>,
}

/// Rename, reorder, share or hand over a pipeline, or change its transitions. What is left out
/// stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePipeline {
    /// Which, by key or name.
    pub pipeline: String,
    /// Its new name.
    #[serde(default)]
    pub name: Option<String>,
    /// Its place among the blueprint's pipelines, from 0. New records enter the first.
    #[serde(default)]
    pub position: Option<usize>,
    /// The member who may change it from now on.
    #[serde(default)]
    pub owner: Option<MemberId>,
    /// The members who may use it from now on; empty means everybody.
    #[serde(default)]
    pub shared_with: Option<Vec<MemberId>>,
    /// Its named transitions from now on.
    #[serde(default)]
    pub transitions: Option<Vec<Transition>>,
    /// The keys of all of its stages, in their new order.
    #[serde(default)]
    pub stages: Option<Vec<String>>,
}

/// Delete a pipeline.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeletePipeline {
    /// Which, by key or name.
    pub pipeline: String,
    /// The pipeline that its records go to, by key or name. It must be said when there are any.
    #[serde(default)]
    pub to: Option<String>,
    /// The stage that they go to, by key or name; the first one when left out.
    #[serde(default)]
    pub stage: Option<String>,
}

/// Add a stage to a pipeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddStage {
    /// To which, by key or name.
    pub pipeline: String,
    /// The stage.
    pub stage: Stage,
    /// Its place among the stages, from 0; left out, before the first that is won or lost.
    #[serde(default)]
    pub position: Option<usize>,
}

/// Rename, reorder or change a stage. What is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeStage {
    /// In which pipeline, by key or name.
    pub pipeline: String,
    /// Which, by key or name.
    pub stage: String,
    /// Its new name.
    #[serde(default)]
    pub name: Option<String>,
    /// Whether it still needs work.
    #[serde(default)]
    pub kind: Option<StageKind>,
    /// The chance to win from here, in percent, 0 to 100.
    #[serde(default)]
    pub probability: Option<u8>,
    /// Its colour, as `#rrggbb`; empty text takes it away.
    #[serde(default)]
    pub colour: Option<String>,
    /// What a record here is worth while it holds no amount of its own; 0 takes it away.
    #[serde(default)]
    pub value: Option<Money>,
    /// How many days a record may stay here; 0 means any number.
    #[serde(default)]
    pub days: Option<i64>,
    /// Columns that must hold a value before a record may enter.
    #[serde(default)]
    pub requires: Option<Vec<String>>,
    /// What happens when a record enters.
    #[serde(default)]
    pub rules: Option<StageRules>,
    /// Its place among the stages, from 0.
    #[serde(default)]
    pub position: Option<usize>,
}

/// Delete a stage.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteStage {
    /// In which pipeline, by key or name.
    pub pipeline: String,
    /// Which, by key or name.
    pub stage: String,
    /// The stage that its records go to, by key or name. It must be said when there are any.
    #[serde(default)]
    pub to: Option<String>,
}

/// Put a pipeline back as it was: what undoes a change to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PutBackPipeline {
    /// Of which blueprint.
    pub blueprint: BlueprintId,
    /// How the change left it; none means that it was deleted.
    pub seen: Option<Flow>,
    /// How it was before; none means that it was not there.
    pub was: Option<Flow>,
    /// Its place among the blueprint's pipelines then, from 0.
    pub position: usize,
}

/// Say what a currency is worth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetRate {
    /// ISO 4217, three capital letters.
    pub currency: String,
    /// How much of it one unit of the base currency buys, above 0, as decimal text; left out,
    /// the rate is forgotten.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub per_base: Option<Decimal>,
}

/// Say in which currency sums and forecasts are told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetBaseCurrency {
    /// ISO 4217, three capital letters. The other rates are turned into rates to it.
    pub currency: String,
}
