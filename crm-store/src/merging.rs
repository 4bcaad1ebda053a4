//! Records that became one: what hangs on a record moves in whole statements, however much there
//! is, and each row remembers with which record it came. What both have stays with the merged
//! record, where nothing finds it until they are taken apart.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use crm::StoreError;
use crm::ids::{InteractionId, NoteId, RecordId, TaskId};
use crm::merging::{Duplicate, Merge};
use crm::ports::{ReadMerges, WriteMerges};

use crate::bound::Bound;
use crate::core::{Row, Value, assembled, parts, placeholders, values};
use crate::indexing;

const MERGE_OF: &str = "SELECT * FROM merge WHERE tenant = $1 AND other = $2";
const MERGED_INTO: &str = "SELECT * FROM merge WHERE tenant = $1 AND kept = $2 ORDER BY at, other";
const INSERT_MERGE: &str = "\
INSERT INTO merge (tenant, other, kept, at, by_member, took, names, tags, segments)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const DELETE_MERGE: &str = "DELETE FROM merge WHERE tenant = $1 AND other = $2";

/// From `$2` to `$3`, in this order.
const MOVE: &[&str] = &[
    "UPDATE identity SET record = $3, came_from = COALESCE(came_from, $2),
        is_primary = CASE WHEN EXISTS (SELECT 1 FROM identity AS k
            WHERE k.tenant = $1 AND k.record = $3 AND k.kind = identity.kind AND k.is_primary = 1)
            THEN 0 ELSE is_primary END
    WHERE tenant = $1 AND record = $2 AND NOT EXISTS (SELECT 1 FROM identity AS k
        WHERE k.tenant = $1 AND k.record = $3 AND k.kind = identity.kind
            AND k.value = identity.value)",
    HANDLES_FOLLOW,
    "UPDATE link SET from_record = $3, from_came_from = COALESCE(from_came_from, $2)
    WHERE tenant = $1 AND from_record = $2 AND to_record <> $3 AND NOT EXISTS (
        SELECT 1 FROM link AS k WHERE k.tenant = $1 AND k.from_record = $3
            AND k.to_record = link.to_record AND k.kind = link.kind)",
    "UPDATE link SET to_record = $3, to_came_from = COALESCE(to_came_from, $2)
    WHERE tenant = $1 AND to_record = $2 AND from_record <> $3 AND NOT EXISTS (
        SELECT 1 FROM link AS k WHERE k.tenant = $1 AND k.from_record = link.from_record
            AND k.to_record = $3 AND k.kind = link.kind)",
    "UPDATE interaction SET record = $3, came_from = COALESCE(came_from, $2)
    WHERE tenant = $1 AND record = $2 AND NOT EXISTS (SELECT 1 FROM interaction AS k
        WHERE k.tenant = $1 AND k.record = $3 AND k.connection = interaction.connection
            AND k.room = interaction.room AND k.message = interaction.message
            AND k.kind = interaction.kind)",
    "UPDATE note SET record = $3, came_from = COALESCE(came_from, $2)
    WHERE tenant = $1 AND record = $2",
    VERSIONS_FOLLOW,
    "UPDATE task SET record = $3, came_from = COALESCE(came_from, $2)
    WHERE tenant = $1 AND record = $2",
];
/// What accounts were called goes where the accounts are.
const HANDLES_FOLLOW: &str = "\
UPDATE identity_handle SET record = $3
WHERE tenant = $1 AND record = $2 AND identity IN
    (SELECT id FROM identity WHERE tenant = $1 AND record = $3)";
/// What notes said goes where the notes are.
const VERSIONS_FOLLOW: &str = "\
UPDATE note_version SET record = $3
WHERE tenant = $1 AND record = $2 AND note IN
    (SELECT id FROM note WHERE tenant = $1 AND record = $3)";
const LAST_SOURCE: &str = "\
SELECT COALESCE(MAX(number), 0) AS number FROM provenance WHERE tenant = $1 AND record = $2";
const MOVE_SOURCES: &str = "\
UPDATE provenance SET record = $3, number = number + $4, came_from = COALESCE(came_from, $2)
WHERE tenant = $1 AND record = $2";

/// Tables whose rows go back, with the columns of the record and of where they came from.
const GO_BACK: &[(&str, &str, &str)] = &[
    ("identity", "record", "came_from"),
    ("link", "from_record", "from_came_from"),
    ("link", "to_record", "to_came_from"),
    ("interaction", "record", "came_from"),
    ("note", "record", "came_from"),
    ("task", "record", "came_from"),
];
const MOVE_SOURCES_BACK: &str = "\
UPDATE provenance SET record = $3, number = number + $4, came_from = NULLIF(came_from, $3)
WHERE tenant = $1 AND record = $2 AND came_from IN ";

const DUPLICATES: &str = "\
SELECT d.one AS one, d.other AS other, d.score AS score, d.why AS why
FROM duplicate AS d
JOIN record AS a ON a.tenant = d.tenant AND a.id = d.one AND a.trashed_at IS NULL
JOIN record AS b ON b.tenant = d.tenant AND b.id = d.other AND b.trashed_at IS NULL
WHERE d.tenant = $1 AND d.different_since IS NULL
ORDER BY d.score DESC, d.one, d.other LIMIT $2";
const DUPLICATES_OF: &str = "\
SELECT d.one AS one, d.other AS other, d.score AS score, d.why AS why
FROM (SELECT * FROM duplicate WHERE tenant = $1 AND one = $3
    UNION ALL SELECT * FROM duplicate WHERE tenant = $1 AND other = $3) AS d
JOIN record AS a ON a.tenant = d.tenant AND a.id = d.one AND a.trashed_at IS NULL
JOIN record AS b ON b.tenant = d.tenant AND b.id = d.other AND b.trashed_at IS NULL
WHERE d.different_since IS NULL
ORDER BY d.score DESC, d.one, d.other LIMIT $2";
const DUPLICATE: &str = "\
SELECT one, other, score, why, different_since FROM duplicate
WHERE tenant = $1 AND one = $2 AND other = $3";
const PUT_DUPLICATE: &str = "\
INSERT INTO duplicate (tenant, one, other, score, why, found_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant, one, other) DO UPDATE SET score = excluded.score, why = excluded.why";
const DECIDE_DUPLICATE: &str = "\
INSERT INTO duplicate (tenant, one, other, score, why, found_at, different_since)
VALUES ($1, $2, $3, $4, $5, 0, $6)
ON CONFLICT (tenant, one, other) DO UPDATE SET different_since = excluded.different_since";

fn read_merge(row: &Row) -> Result<Merge, StoreError> {
    Ok(Merge {
        other: row.parsed("other")?,
        kept: row.parsed("kept")?,
        at: row.time("at")?,
        by: row.opt_parsed("by_member")?,
        took: row.json("took")?,
        names: row.json("names")?,
        tags: row.json("tags")?,
        segments: row.json("segments")?,
    })
}

fn read_duplicate(row: &Row) -> Result<Duplicate, StoreError> {
    let score = u8::try_from(row.int("score")?).unwrap_or(100);
    Ok(Duplicate {
        one: row.parsed("one")?,
        other: row.parsed("other")?,
        score,
        why: row.text("why")?,
    })
}

impl Bound {
    async fn last_source(&mut self, record: &RecordId) -> Result<i64, StoreError> {
        let last = self.one(LAST_SOURCE, values![record], |row| row.int("number")).await?;
        Ok(last.unwrap_or_default())
    }
}

#[async_trait]
impl ReadMerges for Bound {
    async fn merge_of(&mut self, other: &RecordId) -> Result<Option<Merge>, StoreError> {
        self.one(MERGE_OF, values![other], read_merge).await
    }

    async fn merged_into(&mut self, kept: &RecordId) -> Result<Vec<Merge>, StoreError> {
        self.all(MERGED_INTO, values![kept], read_merge).await
    }

    async fn duplicates(
        &mut self,
        of: Option<&RecordId>,
        limit: i64,
    ) -> Result<Vec<Duplicate>, StoreError> {
        match of {
            Some(record) => self.all(DUPLICATES_OF, values![limit, record], read_duplicate).await,
            None => self.all(DUPLICATES, values![limit], read_duplicate).await,
        }
    }

    async fn duplicate(
        &mut self,
        one: &RecordId,
        other: &RecordId,
    ) -> Result<Option<(Duplicate, Option<DateTime<Utc>>)>, StoreError> {
        let (one, other) = if one <= other { (one, other) } else { (other, one) };
        let read = |row: &Row| Ok((read_duplicate(row)?, row.opt_time("different_since")?));
        self.one(DUPLICATE, values![one, other], read).await
    }
}

#[async_trait]
impl WriteMerges for Bound {
    async fn insert_merge(&mut self, merge: &Merge) -> Result<(), StoreError> {
        let mut args = values![&merge.other, &merge.kept, merge.at, &merge.by];
        args.push(Value::json(&merge.took)?);
        args.push(Value::json(&merge.names)?);
        args.push(Value::json(&merge.tags)?);
        args.push(Value::json(&merge.segments)?);
        self.later(INSERT_MERGE, args).await
    }

    async fn delete_merge(&mut self, other: &RecordId) -> Result<(), StoreError> {
        self.later(DELETE_MERGE, values![other]).await
    }

    async fn move_belongings(&mut self, from: &RecordId, to: &RecordId) -> Result<(), StoreError> {
        for sql in MOVE {
            self.later(*sql, values![from, to]).await?;
        }
        let last = self.last_source(to).await?;
        self.later(MOVE_SOURCES, values![from, to, last]).await?;
        indexing::channels_changed(self, from).await?;
        indexing::channels_changed(self, to).await
    }

    async fn move_back(
        &mut self,
        from: &RecordId,
        to: &RecordId,
        origins: &[RecordId],
    ) -> Result<(), StoreError> {
        for origins in parts(origins) {
            let args = |more: Vec<Value>| {
                let mut args = values![from, to];
                args.extend(more);
                args.extend(origins.iter().map(Value::from));
                args
            };
            let among = format!("({})", placeholders(4, origins.len()));
            for (table, record, came_from) in GO_BACK {
                let sql = format!(
                    "UPDATE {table} SET {record} = $3, {came_from} = NULLIF({came_from}, $3) \
                     WHERE tenant = $1 AND {record} = $2 AND {came_from} IN {among}"
                );
                self.later(assembled(sql), args(vec![])).await?;
            }
            let last = self.last_source(to).await?;
            let among = format!("({})", placeholders(5, origins.len()));
            let sql = assembled(format!("{MOVE_SOURCES_BACK}{among}"));
            self.later(sql, args(values![last])).await?;
        }
        self.later(HANDLES_FOLLOW, values![from, to]).await?;
        self.later(VERSIONS_FOLLOW, values![from, to]).await?;
        indexing::channels_changed(self, from).await?;
        indexing::channels_changed(self, to).await
    }

    async fn move_written(
        &mut self,
        lines: &[InteractionId],
        notes: &[NoteId],
        tasks: &[TaskId],
        to: &RecordId,
    ) -> Result<(), StoreError> {
        for id in lines {
            self.later(
                "UPDATE interaction SET record = $3 WHERE tenant = $1 AND id = $2
                AND NOT EXISTS (SELECT 1 FROM interaction AS k
                    WHERE k.tenant = $1 AND k.record = $3
                        AND k.connection = interaction.connection AND k.room = interaction.room
                        AND k.message = interaction.message AND k.kind = interaction.kind)",
                values![id, to],
            )
            .await?;
        }
        for id in notes {
            let sql = "UPDATE note SET record = $3 WHERE tenant = $1 AND id = $2";
            self.later(sql, values![id, to]).await?;
            let sql = "UPDATE note_version SET record = $3 WHERE tenant = $1 AND note = $2";
            self.later(sql, values![id, to]).await?;
        }
        for id in tasks {
            let sql = "UPDATE task SET record = $3 WHERE tenant = $1 AND id = $2";
            self.later(sql, values![id, to]).await?;
        }
        Ok(())
    }

    async fn put_duplicate(
        &mut self,
        pair: &Duplicate,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let score = i64::from(pair.score);
        self.later(PUT_DUPLICATE, values![&pair.one, &pair.other, score, &pair.why, at]).await
    }

    async fn decide_duplicate(
        &mut self,
        pair: &Duplicate,
        different_since: Option<DateTime<Utc>>,
    ) -> Result<(), StoreError> {
        let score = i64::from(pair.score);
        let args = values![&pair.one, &pair.other, score, &pair.why, different_since];
        self.later(DECIDE_DUPLICATE, args).await
    }
}
