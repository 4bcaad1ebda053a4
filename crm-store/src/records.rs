//! Records, their numbers, and the names by which they are recognised. What is derived from them,
//! so that lists and searches find them, is written with them by `indexing`.

use std::collections::HashSet;

use crm::StoreError;
use crm::blueprints::IndexKey;
use crm::folding::fold;
use crm::ids::RecordId;
use crm::records::{IdentityKind, KnownName, KnownNameKind, Record};

use chrono::{DateTime, Utc};

use crate::blueprints;
use crate::bound::Bound;
use crate::core::{Row, Value, assembled, placeholders, values};
use crate::indexing;

const RECORD: &str = "SELECT * FROM record WHERE tenant = $1 AND id = $2";
const RECORD_BY_KEY: &str = "SELECT * FROM record WHERE tenant = $1 AND key = $2";
const NEXT_RECORD_NUMBER: &str = "\
INSERT INTO record_number (tenant, prefix, number) VALUES ($1, $2, 1)
ON CONFLICT (tenant, prefix) DO UPDATE SET number = record_number.number + 1
RETURNING number";
const INSERT_RECORD: &str = "\
INSERT INTO record (tenant, id, key, blueprint, blueprint_version, space, title, title_folded,
    owner, flow, state, state_since, field_values, version, created_at, updated_at, touched_at,
    trashed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)";
/// As [`INSERT_RECORD`], for as many as follow.
pub(crate) const INSERT_RECORDS: &str = "\
INSERT INTO record (tenant, id, key, blueprint, blueprint_version, space, title, title_folded,
    owner, flow, state, state_since, field_values, version, created_at, updated_at, touched_at,
    trashed_at)";
const UPDATE_RECORD: &str = "\
UPDATE record SET key = $3, blueprint = $4, blueprint_version = $5, space = $6, title = $7,
    title_folded = $8, owner = $9, flow = $10, state = $11, state_since = $12, field_values = $13,
    version = $14, created_at = $15, updated_at = $16, touched_at = $17, trashed_at = $18
WHERE tenant = $1 AND id = $2 AND version = $19";
const TOUCH_RECORD: &str = "\
UPDATE record SET touched_at = $3
WHERE tenant = $1 AND id = $2 AND (touched_at IS NULL OR touched_at < $3)";

const NAMED_RECORDS: &str = "\
SELECT id, key, title, blueprint FROM record WHERE tenant = $1 AND trashed_at IS NULL AND blueprint IN ";
const NAMED_IDENTITIES: &str = "\
SELECT identity.record, identity.kind, identity.value, record.blueprint
FROM identity JOIN record ON record.tenant = identity.tenant AND record.id = identity.record
WHERE identity.tenant = $1 AND record.trashed_at IS NULL
    AND identity.kind IN ('alias', 'domain', 'matrix', 'telegram', 'discord', 'github', 'twitter')
    AND record.blueprint IN ";

pub(crate) fn read_record(row: &Row) -> Result<Record, StoreError> {
    Ok(Record {
        id: row.parsed("id")?,
        key: row.text("key")?,
        blueprint: row.parsed("blueprint")?,
        blueprint_version: row.int("blueprint_version")?,
        space: row.parsed("space")?,
        title: row.text("title")?,
        owner: row.opt_parsed("owner")?,
        flow: row.opt_text("flow")?,
        state: row.opt_text("state")?,
        state_since: row.opt_time("state_since")?,
        values: row.json("field_values")?,
        version: row.int("version")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
        touched_at: row.opt_time("touched_at")?,
        trashed_at: row.opt_time("trashed_at")?,
    })
}

pub(crate) async fn record(tx: &mut Bound, id: &RecordId) -> Result<Option<Record>, StoreError> {
    tx.one(RECORD, values![id], read_record).await
}

pub(crate) async fn record_by_key(tx: &mut Bound, key: &str) -> Result<Option<Record>, StoreError> {
    tx.one(RECORD_BY_KEY, values![key.trim().to_uppercase()], read_record).await
}

pub(crate) async fn known_names(tx: &mut Bound) -> Result<Vec<KnownName>, StoreError> {
    let blueprints = blueprints::blueprints(tx).await?;
    let mentionable: Vec<Value> = blueprints
        .iter()
        .filter(|blueprint| blueprint.mentionable)
        .filter_map(|blueprint| blueprint.id.as_ref().map(Value::from))
        .collect();
    let of_people = blueprints.iter().filter(|blueprint| blueprint.people);
    let of_people = of_people.filter_map(|one| one.id.clone()).collect::<HashSet<_>>();
    let is_person = |row: &Row| Ok(of_people.contains(&row.parsed("blueprint")?));
    let mut names = Vec::new();
    if mentionable.is_empty() {
        return Ok(names);
    }
    let of_these = format!("({})", placeholders(2, mentionable.len()));
    let sql = assembled(format!("{NAMED_RECORDS}{of_these}"));
    tx.each(sql, mentionable.clone(), |row| {
        let record: RecordId = row.parsed("id")?;
        let (title, key) = (row.text("title")?, row.text("key")?);
        let kind = if is_person(&row)? { KnownNameKind::Person } else { KnownNameKind::Name };
        names.push(KnownName { record: record.clone(), text: title, kind });
        names.push(KnownName { record, text: key, kind: KnownNameKind::Key });
        Ok(())
    })
    .await?;
    let sql = assembled(format!("{NAMED_IDENTITIES}{of_these}"));
    tx.each(sql, mentionable, |row| {
        let kind = row.word("kind", IdentityKind::parse)?;
        if let Some(kind) = KnownNameKind::of(kind, is_person(&row)?) {
            names.push(KnownName { record: row.parsed("record")?, text: row.text("value")?, kind });
        }
        Ok(())
    })
    .await?;
    Ok(names)
}

pub(crate) async fn next_record_number(tx: &mut Bound, prefix: &str) -> Result<i64, StoreError> {
    let number = tx.one(NEXT_RECORD_NUMBER, values![prefix], |row| row.int("number")).await?;
    number.ok_or_else(|| StoreError::corrupt("record number", "none came back"))
}

/// The values of `$2` to `$18` in both statements that write a record.
pub(crate) fn columns(record: &Record) -> Result<Vec<Value>, StoreError> {
    let field_values = Value::json(&record.values)?;
    let mut args = values![
        &record.id,
        record.key.to_uppercase(),
        &record.blueprint,
        record.blueprint_version,
        &record.space,
        &record.title,
        fold(&record.title),
        &record.owner,
        &record.flow,
        &record.state,
        record.state_since,
    ];
    args.push(field_values);
    args.extend(values![
        record.version,
        record.created_at,
        record.updated_at,
        record.touched_at,
        record.trashed_at,
    ]);
    Ok(args)
}

pub(crate) async fn insert_record(
    tx: &mut Bound,
    record: &Record,
    keys: &[(String, IndexKey)],
) -> Result<(), StoreError> {
    tx.later(INSERT_RECORD, columns(record)?).await?;
    indexing::insert(tx, record, keys).await
}

pub(crate) async fn update_record(
    tx: &mut Bound,
    record: &Record,
    version_seen: i64,
    keys: &[(String, IndexKey)],
) -> Result<bool, StoreError> {
    let Some(before) = indexing::before(tx, &record.id).await? else { return Ok(false) };
    let mut args = columns(record)?;
    args.push(version_seen.into());
    if tx.execute(UPDATE_RECORD, args).await? == 0 {
        return Ok(false);
    }
    indexing::update(tx, before, record, keys).await?;
    Ok(true)
}

pub(crate) async fn touch_record(
    tx: &mut Bound,
    record: &RecordId,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    tx.later(TOUCH_RECORD, values![record, at]).await
}
