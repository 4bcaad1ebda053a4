//! Questions to a language model: one at a time is leased to a worker, the one that has waited
//! longest first. An answer or a decision ends it in its own commit.

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use crm::StoreError;
use crm::ids::ProposalId;
use crm::ports::{Questioning, ReadQuestions, WriteQuestions};
use crm::questions::{ClaimedQuestion, Question};

use crate::Store;
use crate::bound::Bound;
use crate::core::{assembled, text_for, values};

const QUESTION: &str = "SELECT * FROM model_question WHERE tenant = $1 AND proposal = $2";
const ASK: &str = "\
INSERT INTO model_question (tenant, proposal, round, due_at, attempts) VALUES ($1, $2, 1, $3, 0)
ON CONFLICT (tenant, proposal) DO UPDATE SET round = model_question.round + 1, due_at = $3,
    attempts = 0, ended_at = NULL, why = NULL, lease_owner = NULL, lease_until = NULL";
const END: &str = "\
UPDATE model_question SET ended_at = $4, why = $3, lease_owner = NULL, lease_until = NULL
WHERE tenant = $1 AND proposal = $2 AND ended_at IS NULL";

const CLAIM: &str = "\
WITH picked AS MATERIALIZED (
    SELECT tenant, proposal FROM model_question
    WHERE ended_at IS NULL AND due_at <= $3 AND (lease_until IS NULL OR lease_until < $3)
    ORDER BY due_at, tenant, proposal LIMIT 1
    FOR UPDATE SKIP LOCKED -- only: postgres
)
UPDATE model_question SET lease_owner = $1, lease_until = $2
WHERE (tenant, proposal) IN (SELECT tenant, proposal FROM picked)
RETURNING tenant, proposal, round, attempts";
const RETRY: &str = "\
UPDATE model_question
SET due_at = $4, why = $5, attempts = attempts + 1, lease_owner = NULL, lease_until = NULL
WHERE tenant = $1 AND proposal = $2 AND round = $3 AND ended_at IS NULL";

#[async_trait]
impl ReadQuestions for Bound {
    async fn question(&mut self, proposal: &ProposalId) -> Result<Option<Question>, StoreError> {
        self.one(QUESTION, values![proposal], |row| {
            Ok(Question {
                proposal: row.parsed("proposal")?,
                round: row.int("round")?,
                attempts: row.int("attempts")?,
                ended_at: row.opt_time("ended_at")?,
                why: row.opt_text("why")?,
            })
        })
        .await
    }
}

#[async_trait]
impl WriteQuestions for Bound {
    async fn ask_model(
        &mut self,
        proposal: &ProposalId,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.later(ASK, values![proposal, now]).await
    }

    async fn end_question(
        &mut self,
        proposal: &ProposalId,
        why: &str,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.later(END, values![proposal, why, now]).await
    }
}

#[async_trait]
impl Questioning for Store {
    async fn claim_question(
        &self,
        worker: &str,
        now: DateTime<Utc>,
        lease_seconds: i64,
    ) -> Result<Option<ClaimedQuestion>, StoreError> {
        let mut tx = self.shared.db.lease().await?;
        let sql = assembled(text_for(tx.dialect(), CLAIM));
        let until = now + Duration::seconds(lease_seconds);
        let row = tx.row(sql, values![worker, until, now]).await?;
        let claimed = match row {
            None => None,
            Some(row) => Some(ClaimedQuestion {
                tenant: row.parsed("tenant")?,
                proposal: row.parsed("proposal")?,
                round: row.int("round")?,
                attempts: row.int("attempts")?,
            }),
        };
        tx.commit().await?;
        Ok(claimed)
    }

    async fn retry_question(
        &self,
        question: &ClaimedQuestion,
        at: DateTime<Utc>,
        why: &str,
    ) -> Result<(), StoreError> {
        let ClaimedQuestion { tenant, proposal, round, .. } = question;
        let args = values![tenant, proposal, *round, at, why];
        self.shared.db.execute(RETRY, args).await.map(|_| ())
    }
}
