//! Channels over time, links page by page, what undoing brought back, parts of timelines, what notes
//! said before, and what jobs did with each record.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use crm::StoreError;
use crm::ids::{IdentityId, InteractionId, JobId, NoteId, RecordId};
use crm::interactions::{Interaction, InteractionKind, Note, NoteVersion, TimelineFilter};
use crm::jobs::JobItem;
use crm::ports::{ReadPeople, WritePeople};
use crm::records::{Identity, IdentityKind, Link, LinkCount, LinkFilter, OldHandle};
use crm::timeline::EventType;

use crate::bound::Bound;
use crate::core::{Row, Value, assembled, placeholders, values};
use crate::indexing;
use crate::interactions::read_interaction;
use crate::relations::{read_identity, read_link, site};

const OLD_HANDLES: &str = "\
SELECT identity, value, until_at FROM identity_handle WHERE tenant = $1 AND record = $2
ORDER BY until_at DESC, number DESC";
const INSERT_OLD_HANDLE: &str = "\
INSERT INTO identity_handle (tenant, identity, number, record, value, until_at)
VALUES ($1, $2, (SELECT COALESCE(MAX(number), 0) + 1 FROM identity_handle
    WHERE tenant = $1 AND identity = $2), $3, $4, $5)";
const WITH_STABLE_ID: &str = "\
SELECT identity.* FROM identity
JOIN record ON record.tenant = identity.tenant AND record.id = identity.record
WHERE identity.tenant = $1 AND identity.kind = $2 AND identity.stable_id = $3
    AND record.trashed_at IS NULL
ORDER BY identity.created_at, identity.id";
const AT_SITE: &str = "\
SELECT identity.* FROM identity
JOIN record ON record.tenant = identity.tenant AND record.id = identity.record
WHERE identity.tenant = $1 AND identity.kind = $2 AND identity.site = $3 AND identity.record > $4
    AND record.trashed_at IS NULL
ORDER BY identity.record, identity.id LIMIT $5";
const AT_SITES: &str = "\
SELECT identity.* FROM identity
JOIN record ON record.tenant = identity.tenant AND record.id = identity.record
WHERE identity.tenant = $1 AND identity.kind = $2 AND record.trashed_at IS NULL
    AND identity.site IN ";
const TAKEN: &str = "\
SELECT id FROM identity
WHERE tenant = $1 AND record = $2 AND kind = $3 AND value = $4 AND id <> $5";
const UPDATE_IDENTITY: &str = "\
UPDATE identity SET value = $3, verified = $4, is_primary = $5, label = $6, stable_id = $7,
    bounced_at = $8, site = $9
WHERE tenant = $1 AND id = $2";

const LINK_COUNTS: &str = "\
SELECT link.kind AS kind, CAST(CASE WHEN link.from_record = $2 THEN 1 ELSE 0 END AS BIGINT) AS outward,
    COUNT(*) AS links
FROM link
JOIN record ON record.tenant = link.tenant
    AND record.id = CASE WHEN link.from_record = $2 THEN link.to_record ELSE link.from_record END
WHERE link.tenant = $1 AND (link.from_record = $2 OR link.to_record = $2)
    AND record.trashed_at IS NULL
GROUP BY link.kind, CASE WHEN link.from_record = $2 THEN 1 ELSE 0 END
ORDER BY 1, 2";
const LINKS_PAGE: &str = "\
SELECT link.* FROM link
JOIN record ON record.tenant = link.tenant
    AND record.id = CASE WHEN link.from_record = $2 THEN link.to_record ELSE link.from_record END
WHERE link.tenant = $1 AND record.trashed_at IS NULL AND link.id > $3";
const SAME_LINK: &str = "\
SELECT id FROM link
WHERE tenant = $1 AND from_record = $2 AND to_record = $3 AND kind = $4 AND id <> $5";
const UPDATE_LINK: &str = "UPDATE link SET kind = $3, role = $4 WHERE tenant = $1 AND id = $2";

const STANDS_FOR: &str =
    "SELECT stands_for FROM record_undone WHERE tenant = $1 AND record = $2 AND version = $3";
const PUT_STANDS_FOR: &str = "\
INSERT INTO record_undone (tenant, record, version, stands_for) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant, record, version) DO NOTHING";

const INTERACTION: &str = "SELECT * FROM interaction WHERE tenant = $1 AND id = $2";
const WITHDRAW_INTERACTION: &str = "\
UPDATE interaction SET summary = '', data = 'null', withdrawn_at = $3
WHERE tenant = $1 AND id = $2 AND withdrawn_at IS NULL";

const NOTE_VERSIONS: &str = "\
SELECT body, author, until_at FROM note_version WHERE tenant = $1 AND note = $2
ORDER BY number DESC";
const INSERT_NOTE_VERSION: &str = "\
INSERT INTO note_version (tenant, note, number, record, body, author, until_at)
VALUES ($1, $2, (SELECT COALESCE(MAX(number), 0) + 1 FROM note_version
    WHERE tenant = $1 AND note = $2), $3, $4, $5, $6)";

const JOB_ITEMS: &str = "\
SELECT * FROM job_item WHERE tenant = $1 AND job = $2 AND record > $3 ORDER BY record LIMIT $4";
const LEFT_ALONE: &str = "\
SELECT * FROM job_item WHERE tenant = $1 AND job = $2 AND record > $3 AND why IS NOT NULL
ORDER BY record LIMIT $4";
const INSERT_JOB_ITEM: &str = "\
INSERT INTO job_item (tenant, job, record, why, inverse) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (tenant, job, record) DO NOTHING";
const SETTLE_JOB_ITEM: &str =
    "UPDATE job_item SET why = $4, inverse = $5 WHERE tenant = $1 AND job = $2 AND record = $3";

fn read_job_item(row: &Row) -> Result<JobItem, StoreError> {
    Ok(JobItem {
        record: row.parsed("record")?,
        why: row.opt_text("why")?,
        inverse: row.opt_json("inverse")?,
    })
}

#[async_trait]
impl ReadPeople for Bound {
    async fn old_handles(&mut self, record: &RecordId) -> Result<Vec<OldHandle>, StoreError> {
        self.all(OLD_HANDLES, values![record], |row| {
            Ok(OldHandle {
                identity: row.parsed("identity")?,
                value: row.text("value")?,
                until: row.time("until_at")?,
            })
        })
        .await
    }

    async fn identities_with_stable_id(
        &mut self,
        kind: IdentityKind,
        stable_id: &str,
    ) -> Result<Vec<Identity>, StoreError> {
        self.all(WITH_STABLE_ID, values![kind.as_str(), stable_id], read_identity).await
    }

    async fn identities_at(
        &mut self,
        kind: IdentityKind,
        site: &str,
        after: Option<&RecordId>,
        limit: i64,
    ) -> Result<Vec<Identity>, StoreError> {
        let after = after.map_or("", RecordId::as_str);
        self.all(AT_SITE, values![kind.as_str(), site, after, limit], read_identity).await
    }

    async fn identities_at_any(
        &mut self,
        kind: IdentityKind,
        sites: &[String],
    ) -> Result<Vec<Identity>, StoreError> {
        let sites = sites.iter().map(Value::from).collect::<Vec<_>>();
        self.among(AT_SITES, values![kind.as_str()], &sites, read_identity).await
    }

    async fn links_page(
        &mut self,
        record: &RecordId,
        filter: &LinkFilter,
    ) -> Result<Vec<Link>, StoreError> {
        let after = filter.after.as_ref().map_or("", |id| id.as_str());
        let mut args = values![record, after];
        let mut sql = LINKS_PAGE.to_owned();
        sql.push_str(match filter.outward {
            None => " AND (link.from_record = $2 OR link.to_record = $2)",
            Some(true) => " AND link.from_record = $2",
            Some(false) => " AND link.to_record = $2",
        });
        if let Some(kind) = &filter.kind {
            args.push(Value::from(kind));
            sql.push_str(&format!(" AND link.kind = ${}", args.len() + 1));
        }
        args.push(filter.limit.into());
        sql.push_str(&format!(" ORDER BY link.id LIMIT ${}", args.len() + 1));
        self.all(assembled(sql), args, read_link).await
    }

    async fn link_counts(&mut self, record: &RecordId) -> Result<Vec<LinkCount>, StoreError> {
        self.all(LINK_COUNTS, values![record], |row| {
            Ok(LinkCount {
                kind: row.text("kind")?,
                outward: row.int("outward")? == 1,
                count: row.int("links")?,
            })
        })
        .await
    }

    async fn stands_for(
        &mut self,
        record: &RecordId,
        version: i64,
    ) -> Result<Option<i64>, StoreError> {
        self.one(STANDS_FOR, values![record, version], |row| row.int("stands_for")).await
    }

    async fn timeline(
        &mut self,
        record: &RecordId,
        filter: &TimelineFilter,
    ) -> Result<Vec<Interaction>, StoreError> {
        let mut args = values![record, filter.limit];
        let mut sql = "SELECT * FROM interaction WHERE tenant = $1 AND record = $2".to_owned();
        if let Some(before) = &filter.before {
            args.push(Value::from(before));
            sql.push_str(&format!(
                " AND (at, id) < (SELECT at, id FROM interaction WHERE tenant = $1 AND id = ${})",
                args.len() + 1
            ));
        }
        if !filter.kinds.is_empty() {
            let list = placeholders(args.len() + 2, filter.kinds.len());
            args.extend(
                filter.kinds.iter().map(|kind| Value::from(InteractionKind::as_str(*kind))),
            );
            sql.push_str(&format!(" AND kind IN ({list})"));
        }
        if !filter.events.is_empty() {
            let list = placeholders(args.len() + 2, filter.events.len());
            args.extend(filter.events.iter().map(|event| Value::from(event.as_str())));
            // Older lines do not say their type; they are what their kind is.
            let kinds = filter.events.iter().filter(|event| EventType::of(event.kind()) == **event);
            let kinds = kinds.map(|event| event.kind().as_str()).collect::<Vec<_>>();
            let older = placeholders(args.len() + 2, kinds.len());
            sql.push_str(&match kinds.is_empty() {
                true => format!(" AND event IN ({list})"),
                false => {
                    format!(" AND (event IN ({list}) OR (event IS NULL AND kind IN ({older})))")
                }
            });
            args.extend(kinds.into_iter().map(Value::from));
        }
        sql.push_str(" ORDER BY at DESC, id DESC LIMIT $3");
        self.all(assembled(sql), args, read_interaction).await
    }

    async fn interaction(&mut self, id: &InteractionId) -> Result<Option<Interaction>, StoreError> {
        self.one(INTERACTION, values![id], read_interaction).await
    }

    async fn note_versions(&mut self, note: &NoteId) -> Result<Vec<NoteVersion>, StoreError> {
        self.all(NOTE_VERSIONS, values![note], |row| {
            Ok(NoteVersion {
                body: row.text("body")?,
                author: row.opt_parsed("author")?,
                until: row.time("until_at")?,
            })
        })
        .await
    }

    async fn job_items(
        &mut self,
        job: &JobId,
        only_left_alone: bool,
        after: Option<&RecordId>,
        limit: i64,
    ) -> Result<Vec<JobItem>, StoreError> {
        let sql = if only_left_alone { LEFT_ALONE } else { JOB_ITEMS };
        let after = after.map_or("", RecordId::as_str);
        self.all(sql, values![job, after, limit], read_job_item).await
    }
}

#[async_trait]
impl WritePeople for Bound {
    async fn update_identity(&mut self, identity: &Identity) -> Result<bool, StoreError> {
        let Identity { id, record, kind, value, .. } = identity;
        if self.row(TAKEN, values![record, kind.as_str(), value, id]).await?.is_some() {
            return Ok(false);
        }
        let mut args = values![id, value, identity.verified, identity.primary];
        args.extend(values![&identity.label, &identity.stable_id, identity.bounced_at]);
        args.push(Value::from(&site(*kind, value)));
        self.execute_one("identity", UPDATE_IDENTITY, args).await?;
        indexing::channels_changed(self, record).await?;
        Ok(true)
    }

    async fn insert_old_handle(
        &mut self,
        identity: &IdentityId,
        record: &RecordId,
        value: &str,
        until: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.later(INSERT_OLD_HANDLE, values![identity, record, value, until]).await
    }

    async fn update_link(&mut self, link: &Link) -> Result<bool, StoreError> {
        let same = values![&link.from, &link.to, &link.kind, &link.id];
        if self.row(SAME_LINK, same).await?.is_some() {
            return Ok(false);
        }
        self.execute_one("link", UPDATE_LINK, values![&link.id, &link.kind, &link.role]).await?;
        Ok(true)
    }

    async fn put_stands_for(
        &mut self,
        record: &RecordId,
        version: i64,
        stands_for: i64,
    ) -> Result<(), StoreError> {
        self.later(PUT_STANDS_FOR, values![record, version, stands_for]).await
    }

    async fn withdraw_interaction(
        &mut self,
        id: &InteractionId,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.later(WITHDRAW_INTERACTION, values![id, at]).await
    }

    async fn insert_note_version(
        &mut self,
        note: &Note,
        until: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let args = values![&note.id, &note.record, &note.body, &note.author, until];
        self.later(INSERT_NOTE_VERSION, args).await
    }

    async fn insert_job_item(&mut self, job: &JobId, item: &JobItem) -> Result<(), StoreError> {
        self.later(INSERT_JOB_ITEM, item_args(job, item)?).await
    }

    async fn settle_job_item(&mut self, job: &JobId, item: &JobItem) -> Result<(), StoreError> {
        self.later(SETTLE_JOB_ITEM, item_args(job, item)?).await
    }
}

fn item_args(job: &JobId, item: &JobItem) -> Result<Vec<Value>, StoreError> {
    let mut args = values![job, &item.record, &item.why];
    args.push(Value::opt_json(item.inverse.as_ref())?);
    Ok(args)
}
