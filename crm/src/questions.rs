//! Questions to a language model: about which open proposals it is still to be asked. A question
//! is noted in the commit of its proposal, so that it is asked however often Tieline dies, and
//! each round of it is answered once. Who asks, and how, is not decided here.

use chrono::{DateTime, Utc};

use crate::ids::{ProposalId, TenantId};

/// What a model is asked about a proposal, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The proposal.
    pub proposal: ProposalId,
    /// Which question about it, from 1; each further capture that joins it asks anew.
    pub round: i64,
    /// How often it was given back, to be asked again.
    pub attempts: i64,
    /// When it was answered, given up, or no longer of use.
    pub ended_at: Option<DateTime<Utc>>,
    /// How it ended, or why the last try failed.
    pub why: Option<String>,
}

/// A question that is leased to one worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedQuestion {
    /// Whose.
    pub tenant: TenantId,
    /// About which proposal.
    pub proposal: ProposalId,
    /// Which question about it.
    pub round: i64,
    /// How often it was given back, to be asked again.
    pub attempts: i64,
}

impl ClaimedQuestion {
    /// What its answer is caused by, the same however often it is asked.
    pub fn cause(&self) -> String {
        format!("model:{}:{}", self.proposal, self.round)
    }
}
