//! What questions to a language model need of a store.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::errors::{Result, StoreError};
use crate::ids::ProposalId;
use crate::questions::{ClaimedQuestion, Question};

/// Reading questions.
#[async_trait]
pub trait ReadQuestions: Send {
    /// What a model is or was asked about a proposal.
    async fn question(&mut self, proposal: &ProposalId) -> Result<Option<Question>, StoreError>;
}

/// Writing questions.
#[async_trait]
pub trait WriteQuestions: Send {
    /// Has a model asked about a proposal, in the place of what it was asked before.
    async fn ask_model(
        &mut self,
        proposal: &ProposalId,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;
    /// Ends the question about a proposal, if one is open.
    async fn end_question(
        &mut self,
        proposal: &ProposalId,
        why: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError>;
}

/// The questions of every tenant, for whoever asks them.
#[async_trait]
pub trait Questioning: Send + Sync {
    /// Leases the question that has waited longest, of any tenant.
    async fn claim_question(
        &self,
        worker: &str,
        now: DateTime<Utc>,
        lease_seconds: i64,
    ) -> Result<Option<ClaimedQuestion>, StoreError>;
    /// Gives a question back that was asked in vain, to be asked again at this time.
    async fn retry_question(
        &self,
        question: &ClaimedQuestion,
        at: DateTime<Utc>,
        why: &str,
    ) -> Result<(), StoreError>;
}
