//! Proposals, and where accepted values came from.

use chrono::{DateTime, Utc};
use crm::StoreError;
use crm::ids::{ProposalId, RecordId};
use crm::proposals::{Proposal, ProposalStatus, Provenance};

use crate::bound::Bound;
use crate::core::{Row, Value, values};

const PROPOSAL: &str = "SELECT * FROM proposal WHERE tenant = $1 AND id = $2";
const PROPOSALS: &str = "\
SELECT * FROM proposal WHERE tenant = $1 AND status = $2
ORDER BY created_at DESC, id DESC LIMIT $3";
const INSERT_PROPOSAL: &str = "\
INSERT INTO proposal (tenant, id, status, messages, records, links, made, created_by, created_at,
    decided_by, decided_at, tasks, summary, made_tasks)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
const UPDATE_PROPOSAL: &str = "\
UPDATE proposal SET status = $3, messages = $4, records = $5, links = $6, made = $7,
    created_by = $8, created_at = $9, decided_by = $10, decided_at = $11, tasks = $12,
    summary = $13, made_tasks = $14
WHERE tenant = $1 AND id = $2";

const PROVENANCE: &str =
    "SELECT * FROM provenance WHERE tenant = $1 AND record = $2 ORDER BY number DESC";
const PROVENANCE_OF: &str = "\
SELECT * FROM provenance WHERE tenant = $1 AND proposal = $2 ORDER BY record, number";
const MARK_PROVENANCE: &str = "\
UPDATE provenance SET wrong_at = $4 WHERE tenant = $1 AND record = $2 AND number = $3";
const INSERT_PROVENANCE: &str = "\
INSERT INTO provenance (tenant, record, number, slot, value, proposal, source, message,
    approved_by, at)
SELECT $1, $2, COALESCE(MAX(number), 0) + 1, $3, $4, $5, $6, $7, $8, $9
FROM provenance WHERE tenant = $1 AND record = $2";

fn read_proposal(row: &Row) -> Result<Proposal, StoreError> {
    Ok(Proposal {
        id: row.parsed("id")?,
        status: row.word("status", ProposalStatus::parse)?,
        messages: row.json("messages")?,
        records: row.json("records")?,
        links: row.json("links")?,
        tasks: row.opt_json("tasks")?.unwrap_or_default(),
        summary: row.opt_json("summary")?,
        created_by: row.opt_parsed("created_by")?,
        created_at: row.time("created_at")?,
        decided_by: row.opt_parsed("decided_by")?,
        decided_at: row.opt_time("decided_at")?,
        made: row.json("made")?,
        made_tasks: row.opt_json("made_tasks")?.unwrap_or_default(),
    })
}

fn read_provenance(row: &Row) -> Result<Provenance, StoreError> {
    Ok(Provenance {
        record: row.parsed("record")?,
        number: row.int("number")?,
        slot: row.json("slot")?,
        value: row.json("value")?,
        proposal: row.parsed("proposal")?,
        source: row.json("source")?,
        message: row.json("message")?,
        approved_by: row.opt_parsed("approved_by")?,
        at: row.time("at")?,
        wrong_at: row.opt_time("wrong_at")?,
    })
}

pub(crate) async fn proposal(
    tx: &mut Bound,
    id: &ProposalId,
) -> Result<Option<Proposal>, StoreError> {
    tx.one(PROPOSAL, values![id], read_proposal).await
}

pub(crate) async fn proposals(
    tx: &mut Bound,
    status: ProposalStatus,
    limit: i64,
) -> Result<Vec<Proposal>, StoreError> {
    tx.all(PROPOSALS, values![status.as_str(), limit], read_proposal).await
}

/// The values of `$2` to `$14` in both statements that write a proposal.
fn columns(proposal: &Proposal) -> Result<Vec<Value>, StoreError> {
    Ok(vec![
        Value::from(&proposal.id),
        proposal.status.as_str().into(),
        Value::json(&proposal.messages)?,
        Value::json(&proposal.records)?,
        Value::json(&proposal.links)?,
        Value::json(&proposal.made)?,
        Value::from(&proposal.created_by),
        proposal.created_at.into(),
        Value::from(&proposal.decided_by),
        proposal.decided_at.into(),
        Value::json(&proposal.tasks)?,
        Value::opt_json(proposal.summary.as_ref())?,
        Value::json(&proposal.made_tasks)?,
    ])
}

pub(crate) async fn insert_proposal(tx: &mut Bound, proposal: &Proposal) -> Result<(), StoreError> {
    tx.later(INSERT_PROPOSAL, columns(proposal)?).await
}

pub(crate) async fn update_proposal(tx: &mut Bound, proposal: &Proposal) -> Result<(), StoreError> {
    tx.execute_one("proposal", UPDATE_PROPOSAL, columns(proposal)?).await
}

pub(crate) async fn provenance(
    tx: &mut Bound,
    record: &RecordId,
) -> Result<Vec<Provenance>, StoreError> {
    tx.all(PROVENANCE, values![record], read_provenance).await
}

pub(crate) async fn provenance_of(
    tx: &mut Bound,
    proposal: &ProposalId,
) -> Result<Vec<Provenance>, StoreError> {
    tx.all(PROVENANCE_OF, values![proposal], read_provenance).await
}

pub(crate) async fn mark_provenance(
    tx: &mut Bound,
    record: &RecordId,
    number: i64,
    wrong_at: Option<DateTime<Utc>>,
) -> Result<(), StoreError> {
    tx.later(MARK_PROVENANCE, values![record, number, wrong_at]).await
}

pub(crate) async fn insert_provenance(
    tx: &mut Bound,
    provenance: &Provenance,
) -> Result<(), StoreError> {
    let args = vec![
        Value::from(&provenance.record),
        Value::json(&provenance.slot)?,
        Value::json(&provenance.value)?,
        Value::from(&provenance.proposal),
        Value::json(&provenance.source)?,
        Value::json(&provenance.message)?,
        Value::from(&provenance.approved_by),
        provenance.at.into(),
    ];
    tx.later(INSERT_PROVENANCE, args).await
}
