//! What can be asked of proposals: putting one before people, and deciding it.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::ids::{MemberId, ProposalId, RecordId};
use crate::proposals::{
    CapturedMessage, ProposedField, ProposedLink, ProposedRecord, ProposedSummary, ProposedTask,
};

/// Put a proposal before people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProposeRecords {
    /// What was captured.
    pub messages: Vec<CapturedMessage>,
    /// What it would make.
    pub records: Vec<ProposedRecord>,
    /// How these would be related.
    pub links: Vec<ProposedLink>,
    /// What there would be to do.
    #[serde(default)]
    pub tasks: Vec<ProposedTask>,
    /// What the messages say in short.
    #[serde(default)]
    pub summary: Option<ProposedSummary>,
    /// Put it in the place of this open proposal, whose post then shows it.
    #[serde(default)]
    pub instead_of: Option<ProposalId>,
    /// Ask the language model afterwards what else there is.
    #[serde(default)]
    pub ask_model: bool,
}

/// Add what a language model found to an open proposal. It only adds: what is proposed already
/// stays as it is, and so does a proposal that somebody decided or captured more for meanwhile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImproveProposal {
    /// Which.
    pub proposal: ProposalId,
    /// Which of the questions about it this answers.
    pub round: i64,
    /// Values for records that are proposed already, with their places in the list.
    pub fields: Vec<(usize, ProposedField)>,
    /// Further records.
    pub records: Vec<ProposedRecord>,
    /// Further relations; their places go on from the proposed records to the further ones.
    pub links: Vec<ProposedLink>,
    /// Further things to do, about places that go on likewise.
    #[serde(default)]
    pub tasks: Vec<ProposedTask>,
    /// Why nothing came of asking, where nothing did and nobody asks again.
    #[serde(default)]
    pub given_up: Option<String>,
}

/// Accept a proposal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptProposal {
    /// Which.
    pub proposal: ProposalId,
    /// Add to the records that probably fit, instead of making new ones.
    #[serde(default)]
    pub use_probable: bool,
    /// Places in the list of records to leave out.
    #[serde(default)]
    pub without: Vec<usize>,
    /// Values to leave out, to take although the record has another one, or to correct.
    #[serde(default)]
    pub changes: Vec<FieldChange>,
    /// The stage that new deals enter, by key or name; the first one when left out.
    #[serde(default)]
    pub stage: Option<String>,
    /// Tasks to leave out.
    #[serde(default)]
    pub without_tasks: LeftOut,
    /// What tasks should be instead.
    #[serde(default)]
    pub task_changes: Vec<TaskChange>,
    /// What the summary should say instead; empty leaves it out.
    #[serde(default)]
    pub summary: Option<String>,
}

/// Which tasks of a proposal are left out: all of them, or those at these places in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum LeftOut {
    /// All of them, or none.
    All(bool),
    /// Those at these places, from 0.
    Places(Vec<usize>),
}

impl Default for LeftOut {
    fn default() -> Self {
        Self::All(false)
    }
}

impl LeftOut {
    /// Whether the task at this place is left out.
    pub fn has(&self, place: usize) -> bool {
        match self {
            Self::All(all) => *all,
            Self::Places(places) => places.contains(&place),
        }
    }
}

/// What a proposed task should be instead. It takes the place of what was proposed as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskChange {
    /// The task's place in the list of tasks.
    pub task: usize,
    /// What to do.
    pub title: String,
    /// The day it is due, in the tenant's time zone; left out with the time, it is never due.
    #[serde(default)]
    pub due_on: Option<NaiveDate>,
    /// The time it is due, when that is more than a day.
    #[serde(default)]
    pub due_at: Option<DateTime<Utc>>,
    /// Who does it; left out, it waits in the pool.
    #[serde(default)]
    pub assignee: Option<MemberId>,
}

/// What somebody changed of a proposed value before accepting it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FieldChange {
    /// The record's place in the list of records.
    pub record: usize,
    /// The value's place in the record's list of values.
    pub field: usize,
    /// What it should be; null leaves it out. The proposed value takes it although the record has
    /// another one.
    #[schema(value_type = Object)]
    pub value: Json,
}

/// Say that a value is wrong. It is taken off every record that it was read onto, from the same
/// words, unless somebody changed it since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MarkWrong {
    /// The record.
    pub record: RecordId,
    /// Which of its sources, by number.
    pub number: i64,
}

/// Take back that values are wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkRight {
    /// The records with the numbers of their sources.
    pub sources: Vec<(RecordId, i64)>,
}

/// Discard a proposal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DiscardProposal {
    /// Which.
    pub proposal: ProposalId,
}

/// Put a proposal that was decided before people again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReopenProposal {
    /// Which.
    pub proposal: ProposalId,
}
