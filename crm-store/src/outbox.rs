//! The outbox: "bring this post up to date", written in the commit of whatever made it
//! necessary, leased, tried again when it fails, in order per room. What fails again and again loses
//! its turn: it keeps its room waiting for its first tries alone.
//!
//! A row that waits untouched stands for any number of changes, because whoever sends reads the
//! post as it is then. A row that was ever leased may have read already, so a change after that
//! gets a row of its own. The lock that `enqueue_post` takes on the waiting row keeps a claim on
//! PostgreSQL from leasing it before the change is there to be read.

use chrono::{DateTime, Duration, Utc};
use crm::StoreError;
use crm::ids::OutboxId;
use crm::ports::Delivery;
use crm::posts::{OutboxItem, Post, WantedPosts};

use crate::bound::Bound;
use crate::core::{Row, Value, assembled, placeholders, text_for, values};
use crate::transactions::Db;

const TOUCH_WAITING: &str = "\
UPDATE outbox SET created_at = created_at
WHERE tenant = $1 AND post = $2 AND done_at IS NULL AND dead_at IS NULL AND lease_owner IS NULL";
const ENQUEUE: &str = "\
INSERT INTO outbox (tenant, id, post, connection, room, created_at, due_at, attempts)
VALUES ($1, $2, $3, $4, $5, $6, $6, 0)";

// The oldest come first by the index of what waits (`outbox_open`), so that no more is looked at than
// is taken; a connection is only checked, in a form that fits no index. On PostgreSQL two claims may
// run at once: a row that another claim or a change has locked is
// passed over, and the rows behind it are not free while it waits.
const CLAIM: &str = "\
WITH picked AS MATERIALIZED (
    SELECT candidate.tenant, candidate.id FROM outbox AS candidate
    WHERE candidate.done_at IS NULL AND candidate.dead_at IS NULL AND candidate.due_at <= $3
        AND (candidate.lease_until IS NULL OR candidate.lease_until < $3)
        AND (candidate.connection || '') IN (connections)
        AND (not busy)
        AND NOT EXISTS (
            SELECT 1 FROM outbox AS other
            WHERE other.tenant = candidate.tenant AND other.post = candidate.post
                AND other.done_at IS NULL AND other.dead_at IS NULL
                AND (other.created_at < candidate.created_at
                    OR (other.created_at = candidate.created_at AND other.id < candidate.id)
                    OR (other.lease_until >= $3 AND other.id <> candidate.id)))
        AND NOT EXISTS (
            SELECT 1 FROM outbox AS earlier
            WHERE earlier.connection = candidate.connection AND earlier.room = candidate.room
                AND earlier.done_at IS NULL AND earlier.dead_at IS NULL
                AND earlier.created_at <= candidate.created_at
                AND (earlier.created_at < candidate.created_at
                    OR (earlier.created_at = candidate.created_at AND earlier.id < candidate.id))
                AND (earlier.attempts BETWEEN 1 AND $5
                    OR (earlier.lease_until >= $3 AND earlier.lease_owner <> $1)))
    ORDER BY candidate.created_at, candidate.id LIMIT $4
    FOR UPDATE OF candidate SKIP LOCKED -- only: postgres
)
UPDATE outbox SET lease_owner = $1, lease_until = $2
WHERE (tenant, id) IN (SELECT tenant, id FROM picked)
RETURNING tenant, id, post, connection, room, attempts, created_at";
/// For so many tries a post that fails keeps those behind it waiting.
const HOLDS_TRIES: i64 = 3;

const GIVE_BACK: &str = "\
UPDATE outbox SET lease_owner = NULL, lease_until = NULL
WHERE tenant = $1 AND id = $2 AND lease_owner = $3 AND done_at IS NULL AND dead_at IS NULL";

const SENT: &str = "\
UPDATE outbox SET done_at = $3, why = NULL, lease_owner = NULL, lease_until = NULL
WHERE tenant = $1 AND id = $2 AND done_at IS NULL AND dead_at IS NULL";
const POST_SENT: &str = "\
UPDATE post SET remote = $3, remote_id = $4,
    sent_revision = CASE WHEN sent_revision > $5 THEN sent_revision ELSE $5 END
WHERE tenant = $1 AND id = $2";
const RETRY: &str = "\
UPDATE outbox
SET attempts = attempts + 1, due_at = $3, why = $4, lease_owner = NULL, lease_until = NULL
WHERE tenant = $1 AND id = $2 AND done_at IS NULL AND dead_at IS NULL";
const DEAD: &str = "\
UPDATE outbox SET dead_at = $3, why = $4, lease_owner = NULL, lease_until = NULL
WHERE tenant = $1 AND id = $2 AND done_at IS NULL AND dead_at IS NULL";
const FORGET: &str = "\
DELETE FROM outbox WHERE (tenant, id) IN (
    SELECT tenant, id FROM outbox WHERE done_at < $1 ORDER BY done_at LIMIT $2)";

fn read_item(row: &Row) -> Result<(DateTime<Utc>, OutboxItem), StoreError> {
    let item = OutboxItem {
        id: row.parsed("id")?,
        tenant: row.parsed("tenant")?,
        post: row.parsed("post")?,
        connection: row.text("connection")?,
        room: row.text("room")?,
        attempts: row.int("attempts")?,
    };
    Ok((row.time("created_at")?, item))
}

pub(crate) async fn enqueue_post(
    tx: &mut Bound,
    id: &OutboxId,
    post: &Post,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if tx.execute(TOUCH_WAITING, values![&post.id]).await? > 0 {
        return Ok(());
    }
    let args = values![id, &post.id, &post.place.connection, &post.place.room, now];
    tx.later(ENQUEUE, args).await
}

pub(crate) async fn claim(
    db: &Db,
    wanted: WantedPosts<'_>,
    worker: &str,
    now: DateTime<Utc>,
    lease_seconds: i64,
    limit: i64,
) -> Result<Vec<OutboxItem>, StoreError> {
    let WantedPosts { connections, busy } = wanted;
    if connections.is_empty() {
        return Ok(Vec::new());
    }
    let mut tx = db.lease().await?;
    let sql = text_for(tx.dialect(), CLAIM)
        .replace("(connections)", &format!("({})", placeholders(6, connections.len())))
        .replace("(not busy)", &in_none_of("candidate.room", 6 + connections.len(), busy.len()));
    let until = now + Duration::seconds(lease_seconds);
    let mut args = values![worker, until, now, limit, HOLDS_TRIES];
    args.extend(connections.iter().chain(busy).map(Value::from));
    let rows = tx.rows(assembled(sql), args).await?;
    let mut claimed = rows.iter().map(read_item).collect::<Result<Vec<_>, _>>()?;
    tx.commit().await?;
    claimed.sort_by(|(at, item), (other_at, other)| (at, &item.id).cmp(&(other_at, &other.id)));
    Ok(claimed.into_iter().map(|(_, item)| item).collect())
}

/// Gives back what was leased and not begun.
pub(crate) async fn give_back(
    db: &Db,
    items: &[OutboxItem],
    worker: &str,
) -> Result<(), StoreError> {
    let mut tx = db.lease().await?;
    for item in items {
        tx.execute(GIVE_BACK, values![&item.tenant, &item.id, worker]).await?;
    }
    tx.commit().await
}

/// That a column is none of so many values, from this one on.
fn in_none_of(column: &str, first: usize, count: usize) -> String {
    if count == 0 {
        return "TRUE".to_owned();
    }
    format!("{column} NOT IN ({})", placeholders(first, count))
}

/// Says how a try ended. Of a row that ended already, whoever comes later says nothing new.
pub(crate) async fn settle(
    db: &Db,
    item: &OutboxItem,
    delivery: &Delivery,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut tx = db.write().await?;
    match delivery {
        Delivery::Sent { remote, revision } => {
            if tx.execute(SENT, values![&item.tenant, &item.id, now]).await? == 1 {
                let args = vec![
                    Value::from(&item.tenant),
                    Value::from(&item.post),
                    Value::json(remote)?,
                    Value::from(&remote.id),
                    (*revision).into(),
                ];
                tx.later(POST_SENT, args).await?;
            }
        }
        Delivery::Retry { at, why } => {
            tx.later(RETRY, values![&item.tenant, &item.id, *at, why]).await?;
        }
        Delivery::Dead { why } => {
            tx.later(DEAD, values![&item.tenant, &item.id, now, why]).await?;
        }
    }
    tx.commit().await
}

/// Forgets at most so many rows that were sent before this.
pub(crate) async fn forget(db: &Db, before: DateTime<Utc>, limit: i64) -> Result<u64, StoreError> {
    db.execute(FORGET, values![before, limit]).await
}
