//! What is derived from records so that they are found: the folded title, the values that lists
//! compare, the words that searches begin with, and the totals of boards. It is written with the
//! record, in the same transaction; the record is the truth. Of what is in the trash there are no
//! values and no words. When a program derives something else
//! than the last one did, [`rebuild`] writes it all anew as the store opens, one tenant in one
//! commit.

use std::collections::BTreeSet;
use std::sync::Arc;

use crm::StoreError;
use crm::blueprints::IndexKey;
use crm::folding::fold;
use crm::ids::{BlueprintId, RecordId, TenantId};
use crm::lists::searching::{channel_word, title_words};
use crm::ports::NewRecord;
use crm::records::{IdentityKind, Record};

use crate::bound::Bound;
use crate::core::{Row, Value, assembled, parts, scoped_rows, values};
use crate::open::Shared;
use crate::records::read_record;
use crate::scoring;
use crate::totals::Standing;
use crate::{blueprints, interactions, relations, tenants};

/// Raise it when other rows are derived from the same record.
pub(crate) const INDEX_VERSION: i64 = 4;
/// How many records are read at once.
const REBUILD_ROWS: i64 = 500;

/// Where a word stands.
pub(crate) const IN_TITLE: i64 = 1;
pub(crate) const IN_CHANNEL: i64 = 2;

/// A record as it stands, with a row for each value that is indexed, or one without any. Scores
/// are kept there, too, and are no values of the record.
const BEFORE: &str = "\
SELECT r.blueprint, r.flow, r.state, r.trashed_at,
    f.blueprint AS of, f.column_id, f.text_value, f.num_value, f.time_value
FROM record AS r
LEFT JOIN field_index AS f ON f.tenant = r.tenant AND f.record = r.id
    AND f.column_id NOT LIKE 'score.%'
WHERE r.tenant = $1 AND r.id = $2 ORDER BY f.item";
const FORGET_FIELDS: &str = "\
DELETE FROM field_index WHERE tenant = $1 AND record = $2 AND column_id NOT LIKE 'score.%'";
const INSERT_FIELDS: &str = "\
INSERT INTO field_index
    (tenant, blueprint, column_id, item, text_value, num_value, time_value, record)";
const FORGET_ALL_FIELDS: &str = "DELETE FROM field_index WHERE tenant = $1 AND record = $2";

const WORDS: &str =
    "SELECT place, word FROM search_word WHERE tenant = $1 AND record = $2 AND place <> $3";
const FORGET_WORDS: &str = "DELETE FROM search_word WHERE tenant = $1 AND record = $2";
const FORGET_CHANNELS: &str =
    "DELETE FROM search_word WHERE tenant = $1 AND record = $2 AND place = $3";
const INSERT_WORDS: &str = "INSERT INTO search_word (tenant, record, place, word, blueprint)";
const CHANNELS: &str = "SELECT value FROM identity WHERE tenant = $1 AND record = $2";
const LIVE_BLUEPRINT: &str =
    "SELECT blueprint FROM record WHERE tenant = $1 AND id = $2 AND trashed_at IS NULL";

const OUTDATED: &str = "SELECT id FROM tenant WHERE index_version <> $1 ORDER BY id";
const IS_OUTDATED: &str = "SELECT id FROM tenant WHERE id = $1 AND index_version <> $2";
const UP_TO_DATE: &str = "UPDATE tenant SET index_version = $2 WHERE id = $1";
const FORGET_ALL: [&str; 3] = [
    "DELETE FROM field_index WHERE tenant = $1",
    "DELETE FROM search_word WHERE tenant = $1",
    "DELETE FROM stage_total WHERE tenant = $1",
];
const SOME_RECORDS: &str =
    "SELECT * FROM record WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3";
const FOLD_TITLE: &str = "UPDATE record SET title_folded = $3 WHERE tenant = $1 AND id = $2";

const WITH_SITES: &str =
    "SELECT id, kind, value FROM identity WHERE tenant = $1 AND kind IN ('email', 'domain')";
const PUT_SITE: &str = "UPDATE identity SET site = $3 WHERE tenant = $1 AND id = $2";
const DUE_TASKS: &str =
    "SELECT * FROM task WHERE tenant = $1 AND (due_on IS NOT NULL OR due_at IS NOT NULL)";
const PUT_OVERDUE: &str = "UPDATE task SET overdue_at = $3 WHERE tenant = $1 AND id = $2";

/// Derives what there is to derive from a new record.
pub(crate) async fn insert(
    tx: &mut Bound,
    record: &Record,
    keys: &[(String, IndexKey)],
) -> Result<(), StoreError> {
    tx.totals.came(&record.into(), keys);
    insert_fields(tx, record, keys).await?;
    insert_words(tx, record).await
}

/// As [`insert`], for many new records together with their channels.
pub(crate) async fn insert_all(tx: &mut Bound, new: &[NewRecord]) -> Result<(), StoreError> {
    let (mut fields, mut found) = (Vec::new(), Vec::new());
    for NewRecord { record, keys, identities } in new {
        tx.totals.came(&record.into(), keys);
        for (column, item, key) in numbered(listed(record, keys)) {
            let mut row = values![&record.blueprint, column, item];
            row.extend(values![&key.text, key.number, key.time, &record.id]);
            fields.push(row);
        }
        let channels = identities.iter().map(|identity| channel_word(&identity.value));
        let mut words = own_words(record);
        words.extend(channels.map(|word| (IN_CHANNEL, word)));
        for (place, word) in words {
            found.push(values![&record.id, place, word, &record.blueprint]);
        }
    }
    tx.insert_many(INSERT_FIELDS, "", fields).await?;
    tx.insert_many(INSERT_WORDS, "", found).await
}

/// What was derived from a record before it changed.
pub(crate) struct Before {
    standing: Standing,
    keys: Vec<(String, IndexKey)>,
    /// Whether all of it is of the blueprint that the record had.
    is_whole: bool,
}

/// Reads what was derived from a record, before it changes; none when there is no such record.
pub(crate) async fn before(tx: &mut Bound, id: &RecordId) -> Result<Option<Before>, StoreError> {
    let mut before: Option<Before> = None;
    tx.each(BEFORE, values![id], |row| {
        let standing = Standing {
            blueprint: row.parsed("blueprint")?,
            flow: row.opt_text("flow")?,
            state: row.opt_text("state")?,
            trashed_at: row.opt_time("trashed_at")?,
        };
        let before =
            before.get_or_insert_with(|| Before { standing, keys: vec![], is_whole: true });
        if let Some(column) = row.opt_text("column_id")? {
            let key = IndexKey {
                text: row.opt_text("text_value")?,
                number: row.opt_float("num_value")?,
                time: row.opt_int("time_value")?,
            };
            before.is_whole &= row.text("of")? == before.standing.blueprint.as_str();
            before.keys.push((column, key));
        }
        Ok(())
    })
    .await?;
    Ok(before)
}

/// Derives what there is to derive from a changed record, where anything of it changed.
pub(crate) async fn update(
    tx: &mut Bound,
    before: Before,
    record: &Record,
    keys: &[(String, IndexKey)],
) -> Result<(), StoreError> {
    let Before { standing, keys: mut kept, is_whole } = before;
    tx.totals.went(&standing, &kept);
    tx.totals.came(&record.into(), keys);
    kept.sort_by(|a, b| a.0.cmp(&b.0));
    let mut wanted = listed(record, keys).iter().collect::<Vec<_>>();
    wanted.sort_by(|a, b| a.0.cmp(&b.0));
    let same = is_whole && standing.blueprint == record.blueprint && kept.iter().eq(wanted);
    match (standing.trashed_at.is_some(), record.trashed_at.is_some()) {
        (false, true) => tx.later(FORGET_ALL_FIELDS, values![&record.id]).await?,
        (true, false) => {
            insert_fields(tx, record, keys).await?;
            tx.later(scoring::INDEX_RECORD, values![&record.id]).await?;
        }
        _ if same => {}
        _ => {
            tx.later(FORGET_FIELDS, values![&record.id]).await?;
            insert_fields(tx, record, keys).await?;
        }
    }
    let read = |row: &Row| Ok((row.int("place")?, row.text("word")?));
    let kept = tx.all(WORDS, values![&record.id, IN_CHANNEL], read).await?;
    if kept.into_iter().collect::<BTreeSet<_>>() != own_words(record) {
        tx.later(FORGET_WORDS, values![&record.id]).await?;
        insert_words(tx, record).await?;
    }
    Ok(())
}

async fn insert_fields(
    tx: &mut Bound,
    record: &Record,
    keys: &[(String, IndexKey)],
) -> Result<(), StoreError> {
    for part in parts(&numbered(listed(record, keys))) {
        let mut args = Vec::new();
        for (column, item, key) in part {
            args.extend(values![&record.blueprint, *column, *item]);
            args.extend(values![&key.text, key.number, key.time, &record.id]);
        }
        let sql = format!("{INSERT_FIELDS} VALUES {}", scoped_rows(2, 7, part.len()));
        tx.later(assembled(sql), args).await?;
    }
    Ok(())
}

/// The keys by which lists find a record; none while it is in the trash.
fn listed<'k>(record: &Record, keys: &'k [(String, IndexKey)]) -> &'k [(String, IndexKey)] {
    if record.trashed_at.is_some() { &[] } else { keys }
}

/// Each key with its place among those of the same column.
fn numbered(keys: &[(String, IndexKey)]) -> Vec<(&str, i64, &IndexKey)> {
    let mut numbered: Vec<(&str, i64, &IndexKey)> = Vec::with_capacity(keys.len());
    for (column, key) in keys {
        let before = numbered.iter().filter(|(known, ..)| known == column).count();
        numbered.push((column, i64::try_from(before).unwrap_or(i64::MAX), key));
    }
    numbered
}

/// The words of the record itself; none while it is in the trash.
fn own_words(record: &Record) -> BTreeSet<(i64, String)> {
    if record.trashed_at.is_some() {
        return BTreeSet::new();
    }
    title_words(&record.title).into_iter().map(|word| (IN_TITLE, clean(word))).collect()
}

/// As it comes back: no NUL is kept.
fn clean(word: String) -> String {
    if word.contains('\0') { word.replace('\0', "\u{fffd}") } else { word }
}

async fn insert_words(tx: &mut Bound, record: &Record) -> Result<(), StoreError> {
    let words = own_words(record);
    if words.is_empty() {
        return Ok(());
    }
    let words = words.into_iter().collect::<Vec<_>>();
    put_words(tx, &record.id, &record.blueprint, &words).await?;
    insert_channels(tx, &record.id, &record.blueprint).await
}

async fn put_words(
    tx: &mut Bound,
    record: &RecordId,
    blueprint: &BlueprintId,
    words: &[(i64, String)],
) -> Result<(), StoreError> {
    for part in parts(words) {
        let mut args = Vec::new();
        for (place, word) in part {
            args.extend(values![record, *place, word, blueprint]);
        }
        let sql = format!("{INSERT_WORDS} VALUES {}", scoped_rows(2, 4, part.len()));
        tx.later(assembled(sql), args).await?;
    }
    Ok(())
}

async fn insert_channels(
    tx: &mut Bound,
    record: &RecordId,
    blueprint: &BlueprintId,
) -> Result<(), StoreError> {
    let channels = tx.all(CHANNELS, values![record], |row| row.text("value")).await?;
    let words = channels.iter().map(|value| channel_word(value)).collect::<BTreeSet<_>>();
    let words = words.into_iter().map(|word| (IN_CHANNEL, word)).collect::<Vec<_>>();
    put_words(tx, record, blueprint, &words).await
}

/// Derives the words of a record's channels, after one was added or removed.
pub(crate) async fn channels_changed(tx: &mut Bound, record: &RecordId) -> Result<(), StoreError> {
    tx.later(FORGET_CHANNELS, values![record, IN_CHANNEL]).await?;
    let read = |row: &Row| row.parsed::<BlueprintId>("blueprint");
    match tx.one(LIVE_BLUEPRINT, values![record], read).await? {
        Some(blueprint) => insert_channels(tx, record, &blueprint).await,
        None => Ok(()),
    }
}

/// Writes anew what an older program derived. Several programs may do so at once: one does the
/// work and the others find it done.
pub(crate) async fn rebuild(shared: &Arc<Shared>) -> Result<(), StoreError> {
    for row in shared.db.rows(OUTDATED, values![INDEX_VERSION]).await? {
        rebuild_tenant(shared, &row.parsed("id")?).await?;
    }
    Ok(())
}

async fn rebuild_tenant(shared: &Arc<Shared>, tenant: &TenantId) -> Result<(), StoreError> {
    let mut tx = Bound::write(shared, tenant).await?;
    if tx.row(IS_OUTDATED, values![INDEX_VERSION]).await?.is_none() {
        return Ok(());
    }
    for sql in FORGET_ALL {
        tx.later(sql, vec![]).await?;
    }
    let (mut last, mut count) = (String::new(), 0_usize);
    loop {
        let records =
            tx.all(SOME_RECORDS, values![last.as_str(), REBUILD_ROWS], read_record).await?;
        let Some(end) = records.last() else { break };
        last = end.id.to_string();
        count += records.len();
        for record in &records {
            let version = record.blueprint_version;
            let blueprint = blueprints::blueprint(&mut tx, &record.blueprint, version).await?;
            let keys = blueprint.map(|b| b.index_keys(&record.values)).unwrap_or_default();
            tx.later(FOLD_TITLE, values![&record.id, fold(&record.title)]).await?;
            insert(&mut tx, record, &keys).await?;
        }
    }
    tx.later(scoring::INDEX_ALL, vec![]).await?;
    derive_sites(&mut tx).await?;
    derive_overdue(&mut tx).await?;
    tx.later(UP_TO_DATE, vec![Value::from(INDEX_VERSION)]).await?;
    tx.keep().await?;
    if count > 0 {
        tracing::info!(records = count, "what lists and search look at was written anew");
    }
    Ok(())
}

/// What companies are recognised by, of every address and domain.
async fn derive_sites(tx: &mut Bound) -> Result<(), StoreError> {
    let read = |row: &Row| {
        let kind = row.word("kind", IdentityKind::parse)?;
        Ok((row.text("id")?, kind, row.text("value")?))
    };
    for (id, kind, value) in tx.all(WITH_SITES, vec![], read).await? {
        let mut args = values![id];
        args.push(Value::from(&relations::site(kind, &value)));
        tx.later(PUT_SITE, args).await?;
    }
    Ok(())
}

/// When each task that is due on a day is overdue, in the tenant's time zone.
async fn derive_overdue(tx: &mut Bound) -> Result<(), StoreError> {
    let zone = tenants::tenant(tx).await?.timezone;
    for task in tx.all(DUE_TASKS, vec![], interactions::read_task).await? {
        let at = crm::tasks::overdue_in(task.due_on, task.due_at, &zone);
        tx.later(PUT_OVERDUE, values![&task.id, at]).await?;
    }
    Ok(())
}
