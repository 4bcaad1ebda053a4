//! The log of commands, and the facts that they made true.
//! Facts are numbered from the tenant's own row: whoever takes numbers holds that row until the
//! commit, so that no fact can be seen before an earlier one.

use crm::StoreError;
use crm::facts::Fact;
use crm::ids::{EntryId, MemberId};
use crm::ports::Entry;

use crate::bound::Bound;
use crate::core::{Row, Value, assembled, parts, scoped_rows, values};

const ENTRY_BY_CAUSE: &str = "SELECT * FROM entry WHERE tenant = $1 AND cause = $2";
const ENTRY: &str = "SELECT * FROM entry WHERE tenant = $1 AND id = $2";
const LAST_UNDOABLE: &str = "\
SELECT * FROM entry
WHERE tenant = $1 AND member = $2 AND inverse IS NOT NULL AND undone_by IS NULL
ORDER BY fact_seq DESC, id DESC LIMIT 1";
const INSERT_ENTRY: &str = "\
INSERT INTO entry (tenant, id, cause, member, command, outcome, inverse, undone_by, at, fact_seq)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, (SELECT fact_seq FROM tenant WHERE id = $1))";
const MARK_UNDONE: &str = "UPDATE entry SET undone_by = $3 WHERE tenant = $1 AND id = $2";

const FACTS: &str = "SELECT * FROM fact WHERE tenant = $1 AND seq > $2 ORDER BY seq LIMIT $3";
const NEWEST_FACTS: &str = "SELECT * FROM fact WHERE tenant = $1 ORDER BY seq DESC LIMIT $2";
const TAKE_FACT_SEQS: &str =
    "UPDATE tenant SET fact_seq = fact_seq + $2 WHERE id = $1 RETURNING fact_seq";
const INSERT_FACTS: &str = "INSERT INTO fact (tenant, seq, entry, at, member, body)";

/// As many are inserted with the largest statements.
const MANY_FACTS: usize = 64;

pub(crate) fn read_entry(row: &Row) -> Result<Entry, StoreError> {
    Ok(Entry {
        id: row.parsed("id")?,
        cause: row.text("cause")?,
        member: row.opt_parsed("member")?,
        command: row.text("command")?,
        outcome: row.json("outcome")?,
        inverse: row.opt_json("inverse")?,
        undone_by: row.opt_parsed("undone_by")?,
        at: row.time("at")?,
    })
}

fn read_fact(row: &Row) -> Result<Fact, StoreError> {
    Ok(Fact {
        tenant: row.parsed("tenant")?,
        seq: row.int("seq")?,
        entry: row.parsed("entry")?,
        at: row.time("at")?,
        member: row.opt_parsed("member")?,
        body: row.json("body")?,
    })
}

pub(crate) async fn entry_by_cause(
    tx: &mut Bound,
    cause: &str,
) -> Result<Option<Entry>, StoreError> {
    tx.one(ENTRY_BY_CAUSE, values![cause], read_entry).await
}

pub(crate) async fn entry(tx: &mut Bound, id: &EntryId) -> Result<Option<Entry>, StoreError> {
    tx.one(ENTRY, values![id], read_entry).await
}

pub(crate) async fn last_undoable(
    tx: &mut Bound,
    member: &MemberId,
) -> Result<Option<Entry>, StoreError> {
    tx.one(LAST_UNDOABLE, values![member], read_entry).await
}

pub(crate) async fn insert_entry(tx: &mut Bound, entry: &Entry) -> Result<(), StoreError> {
    let args = vec![
        Value::from(&entry.id),
        Value::from(&entry.cause),
        Value::from(&entry.member),
        Value::from(&entry.command),
        Value::json(&entry.outcome)?,
        Value::opt_json(entry.inverse.as_ref())?,
        Value::from(&entry.undone_by),
        entry.at.into(),
    ];
    tx.later(INSERT_ENTRY, args).await
}

pub(crate) async fn mark_undone(
    tx: &mut Bound,
    id: &EntryId,
    by: &EntryId,
) -> Result<(), StoreError> {
    tx.execute_one("entry", MARK_UNDONE, values![id, by]).await
}

pub(crate) async fn facts(
    tx: &mut Bound,
    after_seq: i64,
    limit: i64,
) -> Result<Vec<Fact>, StoreError> {
    tx.all(FACTS, values![after_seq, limit], read_fact).await
}

pub(crate) async fn newest_facts(tx: &mut Bound, limit: i64) -> Result<Vec<Fact>, StoreError> {
    tx.all(NEWEST_FACTS, values![limit], read_fact).await
}

pub(crate) async fn take_fact_seqs(tx: &mut Bound, count: i64) -> Result<i64, StoreError> {
    let last = tx.one(TAKE_FACT_SEQS, values![count], |row| row.int("fact_seq")).await?;
    match last {
        Some(last) => Ok(last - count + 1),
        None => Err(StoreError::corrupt("tenant", "there is none with this id")),
    }
}

pub(crate) async fn insert_facts(tx: &mut Bound, facts: &[Fact]) -> Result<(), StoreError> {
    if facts.len() > MANY_FACTS {
        let mut rows = Vec::with_capacity(facts.len());
        for fact in facts {
            let mut row = values![fact.seq, &fact.entry, fact.at, &fact.member];
            row.push(Value::json(&fact.body)?);
            rows.push(row);
        }
        return tx.insert_many(INSERT_FACTS, "", rows).await;
    }
    for these in parts(facts) {
        let mut args = Vec::with_capacity(these.len() * 5);
        for fact in these {
            args.extend(values![fact.seq, &fact.entry, fact.at, &fact.member]);
            args.push(Value::json(&fact.body)?);
        }
        let sql = format!("{INSERT_FACTS} VALUES {}", scoped_rows(2, 5, these.len()));
        tx.later(assembled(sql), args).await?;
    }
    Ok(())
}
