//! Work in the background: one part of one job at a time is leased to a worker, the job that has
//! waited longest first, so that no tenant's long job holds up another's short one. How far a job
//! is moves in the commit of its part; giving it back only frees it.

use chrono::{DateTime, Duration, Utc};
use crm::StoreError;
use crm::ids::JobId;
use crm::jobs::{ClaimedJob, Job, JobStatus};

use crate::bound::Bound;
use crate::core::{Row, Value, assembled, text_for, values};
use crate::transactions::Db;

const JOB: &str = "SELECT * FROM job WHERE tenant = $1 AND id = $2";
const OPEN_JOBS: &str =
    "SELECT * FROM job WHERE tenant = $1 AND ended_at IS NULL ORDER BY created_at, id";
const INSERT_JOB: &str = "\
INSERT INTO job (tenant, id, kind, spec, status, position, done, total, report, why, created_by,
    created_at, updated_at, ended_at, due_at, attempts)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $12, 0)";
const UPDATE_JOB: &str = "\
UPDATE job SET status = $3, position = $4, done = $5, total = $6, report = $7, why = $8,
    updated_at = $9, ended_at = $10, attempts = 0
WHERE tenant = $1 AND id = $2";

const CLAIM: &str = "\
WITH picked AS MATERIALIZED (
    SELECT tenant, id FROM job
    WHERE ended_at IS NULL AND due_at <= $3 AND (lease_until IS NULL OR lease_until < $3)
    ORDER BY due_at, id LIMIT 1
    FOR UPDATE SKIP LOCKED -- only: postgres
)
UPDATE job SET lease_owner = $1, lease_until = $2
WHERE (tenant, id) IN (SELECT tenant, id FROM picked)
RETURNING tenant, id, position, attempts";
const GIVE_BACK: &str = "\
UPDATE job SET due_at = $3, lease_owner = NULL, lease_until = NULL WHERE tenant = $1 AND id = $2";
const TRIED_IN_VAIN: &str = "\
UPDATE job
SET due_at = $3, why = $4, attempts = attempts + 1, lease_owner = NULL, lease_until = NULL
WHERE tenant = $1 AND id = $2 AND ended_at IS NULL";
const FAIL: &str = "\
UPDATE job
SET status = 'failed', why = $4, updated_at = $3, ended_at = $3, lease_owner = NULL,
    lease_until = NULL
WHERE tenant = $1 AND id = $2 AND ended_at IS NULL";

fn read_job(row: &Row) -> Result<Job, StoreError> {
    Ok(Job {
        id: row.parsed("id")?,
        spec: row.json("spec")?,
        status: row.word("status", JobStatus::parse)?,
        cursor: row.opt_text("position")?,
        done: row.int("done")?,
        total: row.int("total")?,
        report: row.json("report")?,
        why: row.opt_text("why")?,
        created_by: row.opt_parsed("created_by")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
        ended_at: row.opt_time("ended_at")?,
    })
}

pub(crate) async fn job(tx: &mut Bound, id: &JobId) -> Result<Option<Job>, StoreError> {
    tx.one(JOB, values![id], read_job).await
}

pub(crate) async fn open_jobs(tx: &mut Bound) -> Result<Vec<Job>, StoreError> {
    tx.all(OPEN_JOBS, vec![], read_job).await
}

pub(crate) async fn insert_job(tx: &mut Bound, job: &Job) -> Result<(), StoreError> {
    let args = vec![
        Value::from(&job.id),
        job.spec.kind().into(),
        Value::json(&job.spec)?,
        job.status.as_str().into(),
        Value::from(&job.cursor),
        job.done.into(),
        job.total.into(),
        Value::json(&job.report)?,
        Value::from(&job.why),
        Value::from(&job.created_by),
        job.created_at.into(),
        job.updated_at.into(),
        job.ended_at.into(),
    ];
    tx.later(INSERT_JOB, args).await
}

pub(crate) async fn update_job(tx: &mut Bound, job: &Job) -> Result<(), StoreError> {
    let args = vec![
        Value::from(&job.id),
        job.status.as_str().into(),
        Value::from(&job.cursor),
        job.done.into(),
        job.total.into(),
        Value::json(&job.report)?,
        Value::from(&job.why),
        job.updated_at.into(),
        job.ended_at.into(),
    ];
    tx.execute_one("job", UPDATE_JOB, args).await
}

pub(crate) async fn claim(
    db: &Db,
    worker: &str,
    now: DateTime<Utc>,
    lease_seconds: i64,
) -> Result<Option<ClaimedJob>, StoreError> {
    let mut tx = db.lease().await?;
    let sql = assembled(text_for(tx.dialect(), CLAIM));
    let until = now + Duration::seconds(lease_seconds);
    let row = tx.row(sql, values![worker, until, now]).await?;
    let claimed = match row {
        None => None,
        Some(row) => Some(ClaimedJob {
            tenant: row.parsed("tenant")?,
            job: row.parsed("id")?,
            cursor: row.opt_text("position")?,
            attempts: row.int("attempts")?,
        }),
    };
    tx.commit().await?;
    Ok(claimed)
}

pub(crate) async fn give_back(
    db: &Db,
    job: &ClaimedJob,
    at: DateTime<Utc>,
    why: Option<&str>,
) -> Result<(), StoreError> {
    if let Some(why) = why {
        let args = values![&job.tenant, &job.job, at, why];
        return db.execute(TRIED_IN_VAIN, args).await.map(|_| ());
    }
    let mut tx = db.lease().await?;
    tx.execute(GIVE_BACK, values![&job.tenant, &job.job, at]).await?;
    tx.commit().await
}

pub(crate) async fn fail(
    db: &Db,
    job: &ClaimedJob,
    why: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    db.execute(FAIL, values![&job.tenant, &job.job, now, why]).await.map(|_| ())
}
