//! What can be asked of proposals: putting one before people, and deciding it.

use serde::{Deserialize, Serialize};

use crate::ids::ProposalId;
use crate::proposals::{CapturedMessage, ProposedLink, ProposedRecord};

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
    /// The stage that new deals enter, by key or name; the first one when left out.
    #[serde(default)]
    pub stage: Option<String>,
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
