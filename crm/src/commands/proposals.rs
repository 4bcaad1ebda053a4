//! What can be asked of proposals: putting one before people, and deciding it.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::ids::{ProposalId, RecordId};
use crate::proposals::{CapturedMessage, ProposedField, ProposedLink, ProposedRecord};

/// Put a proposal before people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProposeRecords {
    /// What was captured.
    pub messages: Vec<CapturedMessage>,
    /// What it would make.
    pub records: Vec<ProposedRecord>,
    /// How these would be related.
    pub links: Vec<ProposedLink>,
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
