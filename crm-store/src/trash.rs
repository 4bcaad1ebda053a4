//! The trash: which blueprints are in it, listing records by blueprint, and removing a record for
//! good. A table that refers to records has its line in [`HANGS_ON`]; the contract suite reads
//! the schema and fails when one is forgotten.
//!
//! The log of commands and facts keeps its rows and their order, without what the record held.
//! What people said in chat is theirs and stays, as do the timelines of other records.

use chrono::{DateTime, Utc};
use crm::StoreError;
use crm::blueprints::Shelf;
use crm::facts::FactBody;
use crm::ids::{BlueprintId, EntryId, MemberId, ProposalId, RecordId};
use crm::ports::{KeptRecord, TrashedBlueprint};
use crm::proposals::Proposal;
use crm::records::Record;

use crate::bound::Bound;
use crate::core::{Row, Value, assembled, values};
use crate::records::read_record;
use crate::{blueprints, entries, proposals, quarantine};

const TRASHED: &str = "SELECT * FROM trashed_blueprint WHERE tenant = $1";
const TRASH: &str = "\
INSERT INTO trashed_blueprint (tenant, blueprint, trashed_at, trashed_by)
VALUES ($1, $2, $3, $4) ON CONFLICT (tenant, blueprint) DO NOTHING";
const RESTORE: &str = "DELETE FROM trashed_blueprint WHERE tenant = $1 AND blueprint = $2";

const RECORDS_OF: &str = "\
SELECT * FROM record WHERE tenant = $1 AND blueprint = $2 AND id > $3 ORDER BY id LIMIT $4";
const COUNT_RECORDS_OF: &str =
    "SELECT COUNT(*) AS records FROM record WHERE tenant = $1 AND blueprint = $2";
const TRASH_COUNTS: &str = "\
SELECT blueprint, COUNT(*) AS records FROM record
WHERE tenant = $1 AND trashed_at IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM merge WHERE merge.tenant = $1 AND merge.other = record.id)
GROUP BY blueprint ORDER BY blueprint";
const TRASHED_RECORDS: &str = "\
SELECT * FROM record
WHERE tenant = $1 AND blueprint = $2 AND trashed_at IS NOT NULL AND id < $3
    AND NOT EXISTS (SELECT 1 FROM merge WHERE merge.tenant = $1 AND merge.other = record.id)
ORDER BY id DESC LIMIT $4";
const PUT_ASIDE: &str =
    "UPDATE record SET shelf = $3, with_blueprint = $4 WHERE tenant = $1 AND id = $2";

/// What hangs on a record: a table, and its column that names the record.
const HANGS_ON: &[(&str, &str)] = &[
    ("field_index", "record"),
    ("search_word", "record"),
    ("identity_handle", "record"),
    ("identity", "record"),
    ("link", "from_record"),
    ("link", "to_record"),
    ("interaction", "record"),
    ("note_version", "record"),
    ("note", "record"),
    ("notification", "record"),
    ("record_undone", "record"),
    ("job_item", "record"),
    ("task", "record"),
    ("provenance", "record"),
    ("post_record", "record"),
    ("tied_room", "record"),
    ("conversation", "person"),
    ("conversation", "about"),
    ("record_tag", "record"),
    ("shelved_tag", "record"),
    ("segment_member", "record"),
    ("assessment", "record"),
    ("score", "record"),
    ("lead", "record"),
    ("import_change", "record"),
    ("merge", "other"),
    ("merge", "kept"),
    ("duplicate", "one"),
    ("duplicate", "other"),
    ("record", "id"),
];
/// What a card of it said besides.
const FORGET_NOTICES: &str = "\
UPDATE post SET notice = NULL
WHERE tenant = $1 AND id IN (SELECT post FROM post_record WHERE tenant = $1 AND record = $2)";
/// A conversation about it goes on with the person.
const ABOUT_THE_PERSON: &str =
    "UPDATE conversation SET about = person WHERE tenant = $1 AND about = $2";
const FORGET_CHOICES: &str = "DELETE FROM choice WHERE tenant = $1 AND command LIKE $2";
const ENTRIES_ABOUT: &str = "\
SELECT * FROM entry
WHERE tenant = $1 AND (outcome LIKE $2 OR inverse LIKE $2
    OR id IN (SELECT entry FROM fact WHERE tenant = $1 AND body LIKE $2))";
const FORGET_ENTRY: &str =
    "UPDATE entry SET outcome = $3, inverse = NULL WHERE tenant = $1 AND id = $2";
const FORGET_FACTS: &str = "UPDATE fact SET body = $3 WHERE tenant = $1 AND body LIKE $2";
const PROPOSALS_OF: &str = "SELECT id FROM proposal WHERE tenant = $1 AND made LIKE $2";

/// After every id, however a database compares text.
const LAST: &str = "rec_zzzzzzzzzzzzzzzzz";

pub(crate) async fn trashed_blueprints(
    tx: &mut Bound,
) -> Result<Vec<TrashedBlueprint>, StoreError> {
    let read = |row: &Row| {
        let at = row.time("trashed_at")?;
        Ok((row.parsed::<BlueprintId>("blueprint")?, at, row.opt_parsed::<MemberId>("trashed_by")?))
    };
    let mut trashed = Vec::new();
    for (id, at, by) in tx.all(TRASHED, vec![], read).await? {
        if let Some(blueprint) = blueprints::versions(tx, &id).await?.pop() {
            trashed.push(TrashedBlueprint { blueprint, at, by });
        }
    }
    trashed.sort_by(|a, b| a.blueprint.key.cmp(&b.blueprint.key));
    Ok(trashed)
}

pub(crate) async fn trash_blueprint(
    tx: &mut Bound,
    id: &BlueprintId,
    by: Option<&MemberId>,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    tx.later(TRASH, values![id, at, &by.cloned()]).await
}

pub(crate) async fn restore_blueprint(tx: &mut Bound, id: &BlueprintId) -> Result<(), StoreError> {
    tx.later(RESTORE, values![id]).await
}

pub(crate) async fn records_of(
    tx: &mut Bound,
    blueprint: &BlueprintId,
    after: Option<&RecordId>,
    limit: i64,
) -> Result<Vec<KeptRecord>, StoreError> {
    let after = after.map_or("", RecordId::as_str);
    tx.all(RECORDS_OF, values![blueprint, after, limit], |row| {
        Ok(KeptRecord {
            record: read_record(row)?,
            shelf: row.opt_json("shelf")?.unwrap_or_default(),
            with_blueprint: row.flag("with_blueprint")?,
        })
    })
    .await
}

pub(crate) async fn count_records_of(
    tx: &mut Bound,
    blueprint: &BlueprintId,
) -> Result<i64, StoreError> {
    let count = tx.one(COUNT_RECORDS_OF, values![blueprint], |row| row.int("records")).await?;
    Ok(count.unwrap_or_default())
}

pub(crate) async fn trash_counts(tx: &mut Bound) -> Result<Vec<(BlueprintId, i64)>, StoreError> {
    tx.all(TRASH_COUNTS, vec![], |row| Ok((row.parsed("blueprint")?, row.int("records")?))).await
}

pub(crate) async fn trash(
    tx: &mut Bound,
    blueprint: &BlueprintId,
    before: Option<&RecordId>,
    limit: i64,
) -> Result<Vec<Record>, StoreError> {
    let before = before.map_or(LAST, RecordId::as_str);
    tx.all(TRASHED_RECORDS, values![blueprint, before, limit], read_record).await
}

pub(crate) async fn put_aside(
    tx: &mut Bound,
    record: &RecordId,
    shelf: &Shelf,
    with_blueprint: bool,
) -> Result<(), StoreError> {
    let shelf = Value::opt_json(Some(shelf).filter(|shelf| !shelf.is_empty()))?;
    let args = vec![Value::from(record), shelf, with_blueprint.into()];
    tx.execute_one("record", PUT_ASIDE, args).await
}

pub(crate) async fn purge_record(tx: &mut Bound, id: &RecordId) -> Result<(), StoreError> {
    tx.later(FORGET_NOTICES, values![id]).await?;
    quarantine::forget_mails_of(tx, id).await?;
    tx.later(ABOUT_THE_PERSON, values![id]).await?;
    for (table, column) in HANGS_ON {
        let sql = format!("DELETE FROM {table} WHERE tenant = $1 AND {column} = $2");
        tx.later(assembled(sql), values![id]).await?;
    }
    let anywhere = format!("%\"{id}\"%");
    tx.later(FORGET_CHOICES, values![&anywhere]).await?;
    forget_in_entries(tx, &anywhere).await?;
    let about = format!("%\"record\":\"{id}\"%");
    let gone = Value::json(&FactBody::RecordPurged { record: id.clone() })?;
    tx.later(FORGET_FACTS, vec![about.into(), gone]).await?;
    forget_in_proposals(tx, id, &anywhere).await
}

/// What commands said of it, and what would undo them. A task or a link of it is found by the
/// facts that the command made true, so this comes before they are forgotten.
async fn forget_in_entries(tx: &mut Bound, anywhere: &str) -> Result<(), StoreError> {
    let about = tx.all(ENTRIES_ABOUT, values![anywhere], entries::read_entry).await?;
    for entry in about {
        let mut outcome = entry.outcome;
        outcome.said.clear();
        outcome.data = serde_json::Value::Null;
        outcome.undo = false;
        let id: EntryId = entry.id;
        let args = vec![Value::from(&id), Value::json(&outcome)?];
        tx.execute_one("entry", FORGET_ENTRY, args).await?;
    }
    Ok(())
}

/// What proposals would have made it of. The messages they were read from were said in chat.
async fn forget_in_proposals(
    tx: &mut Bound,
    record: &RecordId,
    anywhere: &str,
) -> Result<(), StoreError> {
    let read = |row: &Row| row.parsed::<ProposalId>("id");
    for id in tx.all(PROPOSALS_OF, values![anywhere], read).await? {
        let Some(mut proposal) = proposals::proposal(tx, &id).await? else { continue };
        let Proposal { made, records, tasks, summary, .. } = &mut proposal;
        let accepted = records.iter_mut().filter(|proposed| !proposed.left_out);
        for (made, proposed) in made.iter().zip(accepted) {
            if made == record {
                proposed.title.clear();
                proposed.fields.clear();
            }
        }
        // Who knows whom they speak of.
        tasks.clear();
        *summary = None;
        proposals::update_proposal(tx, &proposal).await?;
    }
    Ok(())
}
