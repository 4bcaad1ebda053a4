//! The stand-in's questions to a language model: there are none.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use crm::StoreError;
use crm::ids::ProposalId;
use crm::ports::{Questioning, ReadQuestions};
use crm::questions::{ClaimedQuestion, Question};

use super::{Stub, StubRead, away};

#[async_trait]
impl ReadQuestions for StubRead {
    async fn question(&mut self, _: &ProposalId) -> Result<Option<Question>, StoreError> {
        away()
    }
}

#[async_trait]
impl Questioning for Stub {
    async fn claim_question(
        &self,
        _: &str,
        _: DateTime<Utc>,
        _: i64,
    ) -> Result<Option<ClaimedQuestion>, StoreError> {
        away()
    }
    async fn retry_question(
        &self,
        _: &ClaimedQuestion,
        _: DateTime<Utc>,
        _: &str,
    ) -> Result<(), StoreError> {
        away()
    }
}
