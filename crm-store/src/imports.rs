//! Imports: files in pieces, what became of their rows, and what takes them back; and looking up
//! and writing many records with one statement. Files are kept in the database, in base 64 since
//! the only columns are text and numbers: so every process finds them, a backup has them, and a
//! piece is on disk when its command has run.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use crm::StoreError;
use crm::ids::{BlueprintId, ImportId, RecordId};
use crm::imports::{Import, ImportChange, RefusedRow};
use crm::interactions::{Interaction, Note};
use crm::ports::{NewRecord, ReadImports, WriteImports};
use crm::records::{Identity, IdentityKind, Link, Record};
use data_encoding::BASE64;

use crate::bound::Bound;
use crate::core::{Row, Value, values};
use crate::records::read_record;
use crate::relations::{read_identity, read_link};
use crate::{indexing, interactions, records, relations};

const IMPORT: &str = "SELECT * FROM import WHERE tenant = $1 AND id = $2";
const IMPORTS: &str = "SELECT * FROM import WHERE tenant = $1 ORDER BY id DESC LIMIT $2";
const INSERT_IMPORT: &str = "\
INSERT INTO import (tenant, id, name, upload, plan, check_job, run_job, revert_job, created_by,
    created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
const UPDATE_IMPORT: &str = "\
UPDATE import SET name = $3, upload = $4, plan = $5, check_job = $6, run_job = $7,
    revert_job = $8, created_by = $9, created_at = $10, updated_at = $11
WHERE tenant = $1 AND id = $2";
const CHUNK: &str =
    "SELECT content FROM import_chunk WHERE tenant = $1 AND import = $2 AND number = $3";
const PUT_CHUNK: &str = "\
INSERT INTO import_chunk (tenant, import, number, content) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant, import, number) DO UPDATE SET content = excluded.content";
const REFUSED: &str = "\
SELECT line, starts_at, bytes, reason FROM import_refused
WHERE tenant = $1 AND import = $2 AND is_dry = $3 AND line > $4 ORDER BY line LIMIT $5";
const INSERT_REFUSED: &str =
    "INSERT INTO import_refused (tenant, import, is_dry, line, starts_at, bytes, reason)";
const FORGET_REFUSED: &str =
    "DELETE FROM import_refused WHERE tenant = $1 AND import = $2 AND is_dry = 1";
const SEEN: &str =
    "SELECT key, line FROM import_seen WHERE tenant = $1 AND import = $2 AND key IN ";
const INSERT_SEEN: &str = "INSERT INTO import_seen (tenant, import, key, line)";
const ON_SEEN: &str = " ON CONFLICT (tenant, import, key) DO NOTHING";
const FORGET_SEEN: &str = "DELETE FROM import_seen WHERE tenant = $1 AND import = $2";
const CHANGES: &str = "\
SELECT record, line, is_made, version, inverse, at FROM import_change
WHERE tenant = $1 AND import = $2 AND record > $3 ORDER BY record LIMIT $4";
const CHANGES_OF: &str = "\
SELECT record, line, is_made, version, inverse, at FROM import_change
WHERE tenant = $1 AND import = $2 AND record IN ";
const COUNT_CHANGES: &str =
    "SELECT COUNT(*) AS changes FROM import_change WHERE tenant = $1 AND import = $2";
const INSERT_CHANGES: &str = "\
INSERT INTO import_change (tenant, import, record, line, is_made, version, inverse, at)";
const ON_CHANGE: &str = "
ON CONFLICT (tenant, import, record) DO UPDATE SET line = excluded.line,
    is_made = excluded.is_made, version = excluded.version, inverse = excluded.inverse,
    at = excluded.at";
const DELETE_CHANGE: &str =
    "DELETE FROM import_change WHERE tenant = $1 AND import = $2 AND record = $3";

const RECORDS_AMONG: &str = "SELECT * FROM record WHERE tenant = $1 AND id IN ";
const RECORDS_WITH_KEYS: &str =
    "SELECT * FROM record WHERE tenant = $1 AND trashed_at IS NULL AND key IN ";
const RECORDS_TITLED: &str = "\
SELECT * FROM record
WHERE tenant = $1 AND blueprint = $2 AND trashed_at IS NULL AND title_folded IN ";
const IDENTITIES_AMONG: &str = "\
SELECT identity.* FROM identity
JOIN record ON record.tenant = identity.tenant AND record.id = identity.record
WHERE identity.tenant = $1 AND identity.kind = $2 AND record.trashed_at IS NULL
    AND identity.value IN ";
const IDENTITIES_OF: &str = "SELECT * FROM identity WHERE tenant = $1 AND record IN ";
const LINKS_FROM: &str = "SELECT * FROM link WHERE tenant = $1 AND kind = $2 AND from_record IN ";

const TAKE_NUMBERS: &str = "\
INSERT INTO record_number (tenant, prefix, number) VALUES ($1, $2, $3)
ON CONFLICT (tenant, prefix) DO UPDATE SET number = record_number.number + $3
RETURNING number";
const INSERT_LINKS: &str =
    "INSERT INTO link (tenant, id, from_record, to_record, kind, role, created_at)";
const ON_LINK: &str = " ON CONFLICT (tenant, from_record, to_record, kind) DO NOTHING";

fn read_import(row: &Row) -> Result<Import, StoreError> {
    Ok(Import {
        id: row.parsed("id")?,
        name: row.text("name")?,
        upload: row.opt_json("upload")?,
        plan: row.opt_json("plan")?,
        check_job: row.opt_parsed("check_job")?,
        run_job: row.opt_parsed("run_job")?,
        revert_job: row.opt_parsed("revert_job")?,
        created_by: row.opt_parsed("created_by")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

fn columns(import: &Import) -> Result<Vec<Value>, StoreError> {
    Ok(vec![
        Value::from(&import.id),
        Value::from(&import.name),
        Value::opt_json(import.upload.as_ref())?,
        Value::opt_json(import.plan.as_ref())?,
        Value::from(&import.check_job),
        Value::from(&import.run_job),
        Value::from(&import.revert_job),
        Value::from(&import.created_by),
        import.created_at.into(),
        import.updated_at.into(),
    ])
}

fn change_columns(id: &ImportId, change: &ImportChange) -> Result<Vec<Value>, StoreError> {
    let mut row = values![id, &change.record, change.row, change.is_made, change.version];
    row.push(Value::json(&change.inverse)?);
    row.push(change.at.into());
    Ok(row)
}

fn read_change(row: &Row) -> Result<ImportChange, StoreError> {
    Ok(ImportChange {
        record: row.parsed("record")?,
        row: row.int("line")?,
        is_made: row.flag("is_made")?,
        version: row.int("version")?,
        inverse: row.json("inverse")?,
        at: row.time("at")?,
    })
}

fn texts(all: &[String]) -> Vec<Value> {
    all.iter().map(Value::from).collect()
}

fn ids(all: &[RecordId]) -> Vec<Value> {
    all.iter().map(Value::from).collect()
}

#[async_trait]
impl ReadImports for Bound {
    async fn import(&mut self, id: &ImportId) -> Result<Option<Import>, StoreError> {
        self.one(IMPORT, values![id], read_import).await
    }

    async fn imports(&mut self, limit: i64) -> Result<Vec<Import>, StoreError> {
        self.all(IMPORTS, values![limit], read_import).await
    }

    async fn import_chunk(
        &mut self,
        id: &ImportId,
        number: i64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let content = self.one(CHUNK, values![id, number], |row| row.text("content")).await?;
        content
            .map(|content| {
                BASE64
                    .decode(content.as_bytes())
                    .map_err(|error| StoreError::corrupt("import_chunk", error))
            })
            .transpose()
    }

    async fn refused_rows(
        &mut self,
        id: &ImportId,
        is_dry: bool,
        after: i64,
        limit: i64,
    ) -> Result<Vec<RefusedRow>, StoreError> {
        self.all(REFUSED, values![id, is_dry, after, limit], |row| {
            Ok(RefusedRow {
                row: row.int("line")?,
                starts_at: row.int("starts_at")?,
                bytes: row.int("bytes")?,
                reason: row.text("reason")?,
            })
        })
        .await
    }

    async fn rows_seen(
        &mut self,
        id: &ImportId,
        keys: &[String],
    ) -> Result<Vec<(String, i64)>, StoreError> {
        let read = |row: &Row| Ok((row.text("key")?, row.int("line")?));
        self.among(SEEN, values![id], &texts(keys), read).await
    }

    async fn import_changes(
        &mut self,
        id: &ImportId,
        after: Option<&RecordId>,
        limit: i64,
    ) -> Result<Vec<ImportChange>, StoreError> {
        let after = after.map_or("", RecordId::as_str);
        self.all(CHANGES, values![id, after, limit], read_change).await
    }

    async fn import_changes_of(
        &mut self,
        id: &ImportId,
        records: &[RecordId],
    ) -> Result<Vec<ImportChange>, StoreError> {
        self.among(CHANGES_OF, values![id], &ids(records), read_change).await
    }

    async fn count_import_changes(&mut self, id: &ImportId) -> Result<i64, StoreError> {
        let count = self.one(COUNT_CHANGES, values![id], |row| row.int("changes")).await?;
        Ok(count.unwrap_or_default())
    }

    async fn records_among(&mut self, wanted: &[RecordId]) -> Result<Vec<Record>, StoreError> {
        let wanted =
            wanted.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>();
        self.among(RECORDS_AMONG, vec![], &ids(&wanted), read_record).await
    }

    async fn records_with_keys(&mut self, keys: &[String]) -> Result<Vec<Record>, StoreError> {
        self.among(RECORDS_WITH_KEYS, vec![], &texts(keys), read_record).await
    }

    async fn records_titled(
        &mut self,
        blueprint: &BlueprintId,
        titles: &[String],
    ) -> Result<Vec<Record>, StoreError> {
        self.among(RECORDS_TITLED, values![blueprint], &texts(titles), read_record).await
    }

    async fn identities_among(
        &mut self,
        kind: IdentityKind,
        wanted: &[String],
    ) -> Result<Vec<Identity>, StoreError> {
        self.among(IDENTITIES_AMONG, values![kind.as_str()], &texts(wanted), read_identity).await
    }

    async fn identities_of(&mut self, records: &[RecordId]) -> Result<Vec<Identity>, StoreError> {
        let mut found = self.among(IDENTITIES_OF, vec![], &ids(records), read_identity).await?;
        found.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        found.dedup_by(|a, b| a.id == b.id);
        Ok(found)
    }

    async fn links_from(
        &mut self,
        records: &[RecordId],
        kind: &str,
    ) -> Result<Vec<Link>, StoreError> {
        let mut found = self.among(LINKS_FROM, values![kind], &ids(records), read_link).await?;
        found.sort_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)));
        found.dedup_by(|a, b| a.id == b.id);
        Ok(found)
    }
}

#[async_trait]
impl WriteImports for Bound {
    async fn insert_import(&mut self, import: &Import) -> Result<(), StoreError> {
        self.later(INSERT_IMPORT, columns(import)?).await
    }

    async fn update_import(&mut self, import: &Import) -> Result<(), StoreError> {
        self.execute_one("import", UPDATE_IMPORT, columns(import)?).await
    }

    async fn put_import_chunk(
        &mut self,
        id: &ImportId,
        number: i64,
        content: &str,
    ) -> Result<(), StoreError> {
        self.later(PUT_CHUNK, values![id, number, content]).await
    }

    async fn insert_refused_rows(
        &mut self,
        id: &ImportId,
        is_dry: bool,
        rows: &[RefusedRow],
    ) -> Result<(), StoreError> {
        let row =
            |row: &RefusedRow| values![id, is_dry, row.row, row.starts_at, row.bytes, &row.reason];
        self.insert_many(INSERT_REFUSED, "", rows.iter().map(row).collect()).await
    }

    async fn insert_rows_seen(
        &mut self,
        id: &ImportId,
        seen: &[(String, i64)],
    ) -> Result<(), StoreError> {
        // One key twice in a statement would be a conflict with itself.
        let seen = seen.iter().rev().map(|(key, row)| (key, *row)).collect::<BTreeMap<_, _>>();
        let rows = seen.into_iter().map(|(key, row)| values![id, key, row]).collect();
        self.insert_many(INSERT_SEEN, ON_SEEN, rows).await
    }

    async fn forget_dry_run(&mut self, id: &ImportId) -> Result<(), StoreError> {
        self.later(FORGET_REFUSED, values![id]).await?;
        self.later(FORGET_SEEN, values![id]).await
    }

    async fn insert_import_changes(
        &mut self,
        id: &ImportId,
        changes: &[ImportChange],
    ) -> Result<(), StoreError> {
        let rows = changes.iter().map(|change| change_columns(id, change));
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        self.insert_many(INSERT_CHANGES, "", rows).await
    }

    async fn put_import_change(
        &mut self,
        id: &ImportId,
        change: &ImportChange,
    ) -> Result<(), StoreError> {
        let rows = vec![change_columns(id, change)?];
        self.insert_many(INSERT_CHANGES, ON_CHANGE, rows).await
    }

    async fn delete_import_change(
        &mut self,
        id: &ImportId,
        record: &RecordId,
    ) -> Result<(), StoreError> {
        self.later(DELETE_CHANGE, values![id, record]).await
    }

    async fn take_record_numbers(&mut self, prefix: &str, count: i64) -> Result<i64, StoreError> {
        let last = self.one(TAKE_NUMBERS, values![prefix, count], |row| row.int("number")).await?;
        match last {
            Some(last) => Ok(last - count + 1),
            None => Err(StoreError::corrupt("record number", "none came back")),
        }
    }

    async fn insert_records(&mut self, new: &[NewRecord]) -> Result<(), StoreError> {
        let rows = new.iter().map(|one| records::columns(&one.record));
        let rows = rows.collect::<Result<Vec<_>, _>>()?;
        self.insert_many(records::INSERT_RECORDS, "", rows).await?;
        let identities = new.iter().flat_map(|one| &one.identities);
        let rows = identities.map(relations::columns).collect();
        self.insert_many(relations::INSERT_IDENTITIES, "", rows).await?;
        indexing::insert_all(self, new).await
    }

    async fn insert_links(&mut self, links: &[Link]) -> Result<(), StoreError> {
        let row = |link: &Link| {
            values![&link.id, &link.from, &link.to, &link.kind, &link.role, link.created_at]
        };
        self.insert_many(INSERT_LINKS, ON_LINK, links.iter().map(row).collect()).await
    }

    async fn insert_interactions(&mut self, all: &[Interaction]) -> Result<(), StoreError> {
        let rows = all.iter().map(interactions::columns).collect::<Result<Vec<_>, _>>()?;
        self.insert_many(interactions::INSERT_INTERACTIONS, "", rows).await
    }

    async fn insert_notes(&mut self, notes: &[Note]) -> Result<(), StoreError> {
        for note in notes {
            interactions::insert_note(self, note).await?;
        }
        Ok(())
    }

    async fn mark(&mut self) -> Result<(), StoreError> {
        self.marked_totals = self.totals.clone();
        self.execute_unscoped("SAVEPOINT one_row", vec![]).await.map(|_| ())
    }

    async fn back_to_mark(&mut self) -> Result<(), StoreError> {
        self.totals = self.marked_totals.clone();
        self.execute_unscoped("ROLLBACK TO SAVEPOINT one_row", vec![]).await.map(|_| ())
    }
}
