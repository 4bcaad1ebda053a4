//! The inbox: what arrived is stored before the network hears that it was read, once however
//! often it arrives, and handled in the order of its lane.
//!
//! A claim leases rows for a while. It takes a row only when every earlier row of the lane that
//! still waits is taken in the same claim, so that two workers are never in one lane. On
//! PostgreSQL claims wait for each other: a claim that did not see another's leases could take
//! the rows behind them. A row that waits for its next try holds its lane; a row that was put
//! aside does not. Whoever runs out of a lease loses it, and settling is what counts.

use chrono::{DateTime, Duration, Utc};
use crm::StoreError;
use crm::chat::{Event, Inbound};
use crm::ports::{ClaimedInbound, Stored};

use crate::bound::Bound;
use crate::core::{Dialect, Value, assembled, parts, placeholders, values};
use crate::transactions::Db;

const INSERT_INBOUND: &str = "\
INSERT INTO inbox (connection, key, lane, is_unknown, stored_at, due_at, attempts, settled_at,
    payload)
VALUES ";
const ONCE: &str = " ON CONFLICT (connection, key) DO NOTHING";
const CURSOR: &str = "SELECT position FROM cursor WHERE connection = $1";
const PUT_CURSOR: &str = "\
INSERT INTO cursor (connection, position, updated_at) VALUES ($1, $2, $3)
ON CONFLICT (connection) DO UPDATE
SET position = excluded.position, updated_at = excluded.updated_at";

/// Claims on PostgreSQL, one after the other. SQLite has one writer anyway.
const ONE_CLAIM_AT_A_TIME: &str = "SELECT pg_advisory_xact_lock(7465656001)";
// `held` is what keeps a lane waiting: rows that are leased, and rows that wait for their next
// try. The conditions stand twice: a row may have been settled while this waited for its lock;
// the second time in words that fit no index but the key's.
const CLAIM: &str = "\
WITH held AS MATERIALIZED (
    SELECT lane, MIN(seq) AS seq FROM inbox
    WHERE settled_at IS NULL AND parked_at IS NULL AND (lease_until IS NOT NULL OR attempts > 0)
        AND (lease_until >= $3 OR (attempts > 0 AND due_at > $3))
    GROUP BY lane
), picked AS MATERIALIZED (
    SELECT candidate.seq FROM inbox AS candidate
    LEFT JOIN held ON held.lane = candidate.lane
    WHERE candidate.settled_at IS NULL AND candidate.parked_at IS NULL
        AND (candidate.attempts = 0 OR candidate.due_at <= $3)
        AND (candidate.lease_until IS NULL OR candidate.lease_until < $3)
        AND (held.seq IS NULL OR held.seq > candidate.seq)
    ORDER BY candidate.seq LIMIT $4
)
UPDATE inbox SET lease_owner = $1, lease_until = $2
WHERE seq IN (SELECT seq FROM picked)
    AND COALESCE(settled_at, parked_at) IS NULL AND (attempts = 0 OR due_at <= $3)
    AND (lease_until IS NULL OR lease_until < $3)
RETURNING seq, attempts, stored_at, payload";

const SETTLE: &str = "\
UPDATE inbox SET settled_at = $2, lease_owner = NULL, lease_until = NULL
WHERE seq = $1 AND settled_at IS NULL";
const SETTLE_IGNORED: &str = "\
UPDATE inbox SET settled_at = $1, lease_owner = NULL, lease_until = NULL
WHERE settled_at IS NULL AND seq IN ";
const RELEASE_LATER: &str = "\
UPDATE inbox SET lease_owner = NULL, lease_until = NULL
WHERE settled_at IS NULL AND parked_at IS NULL AND seq > $1
    AND (lease_until IS NOT NULL OR attempts > 0)
    AND lane = (SELECT lane FROM inbox WHERE seq = $1)
    AND lease_owner = (SELECT lease_owner FROM inbox WHERE seq = $1)";
const RETRY: &str = "\
UPDATE inbox
SET attempts = attempts + 1, due_at = $2, why = $3, lease_owner = NULL, lease_until = NULL
WHERE seq = $1 AND settled_at IS NULL AND parked_at IS NULL";
const PARK: &str = "\
UPDATE inbox SET parked_at = $2, why = $3, lease_owner = NULL, lease_until = NULL
WHERE seq = $1 AND settled_at IS NULL AND parked_at IS NULL";
const FORGET: &str = "\
DELETE FROM inbox WHERE seq IN (
    SELECT seq FROM inbox WHERE settled_at < $1 ORDER BY settled_at LIMIT $2)";

/// Stores a batch and the cursor in one commit. What the connector does not know is kept and
/// counted, and settled at once, because nothing would come of handling it.
pub(crate) async fn store(
    db: &Db,
    batch: &[Inbound],
    cursor: Option<(&str, &str)>,
    now: DateTime<Utc>,
) -> Result<Stored, StoreError> {
    let mut tx = db.write().await?;
    let mut new = 0;
    for these in parts(batch) {
        let mut args = Vec::with_capacity(these.len() * 9);
        for inbound in these {
            let unknown = matches!(inbound.event, Event::Unknown { .. });
            args.extend(values![
                &inbound.connection,
                &inbound.key,
                &inbound.lane,
                unknown,
                now,
                now,
                0_i64,
                unknown.then_some(now),
            ]);
            args.push(Value::json(inbound)?);
        }
        let rows: Vec<_> =
            (0..these.len()).map(|row| format!("({})", placeholders(row * 9 + 1, 9))).collect();
        let sql = format!("{INSERT_INBOUND}{}{ONCE}", rows.join(", "));
        new += tx.execute(assembled(sql), args).await?;
    }
    if let Some((connection, position)) = cursor {
        tx.later(PUT_CURSOR, values![connection, position, now]).await?;
    }
    tx.commit().await?;
    Ok(Stored { new, repeated: (batch.len() as u64).saturating_sub(new) })
}

pub(crate) async fn cursor(db: &Db, connection: &str) -> Result<Option<String>, StoreError> {
    let row = db.row(CURSOR, values![connection]).await?;
    row.map(|row| row.text("position")).transpose()
}

pub(crate) async fn claim(
    db: &Db,
    worker: &str,
    now: DateTime<Utc>,
    lease_seconds: i64,
    limit: i64,
) -> Result<Vec<ClaimedInbound>, StoreError> {
    let mut tx = db.lease().await?;
    if tx.dialect() == Dialect::Postgres {
        tx.rows(ONE_CLAIM_AT_A_TIME, vec![]).await?;
    }
    let until = now + Duration::seconds(lease_seconds);
    let mut claimed = Vec::new();
    for row in tx.rows(CLAIM, values![worker, until, now, limit]).await? {
        let seq = row.int("seq")?;
        match row.json("payload") {
            Ok(inbound) => claimed.push(ClaimedInbound {
                seq,
                inbound,
                attempts: row.int("attempts")?,
                stored_at: row.time("stored_at")?,
            }),
            // One row that does not read must not hold up all the others for ever.
            Err(error) => {
                tracing::error!(inbox.seq = seq, %error, "put an inbox row aside");
                tx.later(PARK, values![seq, now, "its payload does not read"]).await?;
            }
        }
    }
    tx.commit().await?;
    claimed.sort_by_key(|row| row.seq);
    Ok(claimed)
}

pub(crate) async fn settle_inbound(
    tx: &mut Bound,
    seq: i64,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    Ok(tx.execute_unscoped(SETTLE, values![seq, now]).await? == 1)
}

pub(crate) async fn settle_ignored(
    db: &Db,
    seqs: &[i64],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if seqs.is_empty() {
        return Ok(());
    }
    let mut tx = db.write().await?;
    for these in parts(seqs) {
        let mut args = values![now];
        args.extend(these.iter().map(|seq| Value::from(*seq)));
        let sql = format!("{SETTLE_IGNORED}({})", placeholders(2, these.len()));
        tx.later(assembled(sql), args).await?;
    }
    tx.commit().await
}

/// Gives a row back, and with it the rows of its lane that the same worker took behind it: they
/// have to wait for it, and would otherwise wait for their leases as well.
pub(crate) async fn retry(
    db: &Db,
    seq: i64,
    at: DateTime<Utc>,
    why: &str,
) -> Result<(), StoreError> {
    let mut tx = db.write().await?;
    tx.later(RELEASE_LATER, values![seq]).await?;
    tx.later(RETRY, values![seq, at, why]).await?;
    tx.commit().await
}

pub(crate) async fn park(
    db: &Db,
    seq: i64,
    why: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    db.execute(PARK, values![seq, now, why]).await.map(|_| ())
}

/// Forgets at most so many rows that were settled before this.
pub(crate) async fn forget(db: &Db, before: DateTime<Utc>, limit: i64) -> Result<u64, StoreError> {
    db.execute(FORGET, values![before, limit]).await
}
