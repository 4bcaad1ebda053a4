//! Tags: the library, and which records have which. Deleting and merging are whole statements,
//! however many records there are; what they did is kept on a shelf for whoever undoes them.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use crm::StoreError;
use crm::ids::{RecordId, TagId};
use crm::ports::{ReadTags, WriteTags};
use crm::tags::Tag;

use crate::bound::Bound;
use crate::core::{Row, Value, assembled, parts, placeholders, values};

const TAGS: &str = "SELECT * FROM tag WHERE tenant = $1 AND gone_at IS NULL";
const TAG: &str = "SELECT * FROM tag WHERE tenant = $1 AND id = $2";
const USES: &str = "\
SELECT t.tag AS tag, COUNT(*) AS uses
FROM record_tag AS t JOIN record AS r ON r.tenant = t.tenant AND r.id = t.record
WHERE t.tenant = $1 AND r.trashed_at IS NULL GROUP BY t.tag";
const TAGS_OF: &str = "\
SELECT t.record AS record, g.* FROM record_tag AS t
JOIN tag AS g ON g.tenant = t.tenant AND g.id = t.tag
WHERE t.tenant = $1 AND t.record IN ";
const TAGGED: &str =
    "SELECT record FROM record_tag WHERE tenant = $1 AND tag = $2 ORDER BY record LIMIT $3";
const PUT_TAG: &str = "\
INSERT INTO tag (tenant, id, name, key, colour, about, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (tenant, id) DO UPDATE
SET name = excluded.name, key = excluded.key, colour = excluded.colour, about = excluded.about,
    gone_at = NULL";
const TAG_RECORD: &str = "\
INSERT INTO record_tag (tenant, record, tag, tagged_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant, record, tag) DO NOTHING";
const TAG_RECORDS: &str = "INSERT INTO record_tag (tenant, record, tag, tagged_at)";
const UNTAG_RECORD: &str = "DELETE FROM record_tag WHERE tenant = $1 AND record = $2 AND tag = $3";
const FORGET_SHELVED: &str = "\
DELETE FROM shelved_tag WHERE tenant = $1 AND tag IN
    (SELECT id FROM tag WHERE tenant = $1 AND gone_at IS NOT NULL AND gone_at < $2)";
const SHELVE: &str = "\
INSERT INTO shelved_tag (tenant, tag, record, tagged_at, moved)
SELECT t.tenant, t.tag, t.record, t.tagged_at,
    CASE WHEN $3 = '' OR EXISTS (SELECT 1 FROM record_tag AS o
        WHERE o.tenant = t.tenant AND o.record = t.record AND o.tag = $3) THEN 0 ELSE 1 END
FROM record_tag AS t WHERE t.tenant = $1 AND t.tag = $2";
const GIVE_INSTEAD: &str = "\
INSERT INTO record_tag (tenant, record, tag, tagged_at)
SELECT tenant, record, $3, tagged_at FROM shelved_tag
WHERE tenant = $1 AND tag = $2 AND moved = 1";
const TAKE_OFF: &str = "DELETE FROM record_tag WHERE tenant = $1 AND tag = $2";
const GONE: &str = "UPDATE tag SET gone_at = $3 WHERE tenant = $1 AND id = $2";
const TAKE_BACK_INSTEAD: &str = "\
DELETE FROM record_tag WHERE tenant = $1 AND tag = $3 AND record IN
    (SELECT record FROM shelved_tag WHERE tenant = $1 AND tag = $2 AND moved = 1)";
const PUT_BACK: &str = "\
INSERT INTO record_tag (tenant, record, tag, tagged_at)
SELECT tenant, record, tag, tagged_at FROM shelved_tag WHERE tenant = $1 AND tag = $2";
const OFF_THE_SHELF: &str = "DELETE FROM shelved_tag WHERE tenant = $1 AND tag = $2";

fn read_tag(row: &Row) -> Result<Tag, StoreError> {
    Ok(Tag {
        id: row.parsed("id")?,
        name: row.text("name")?,
        key: row.text("key")?,
        colour: row.opt_text("colour")?,
        about: row.opt_text("about")?,
        created_at: row.time("created_at")?,
    })
}

#[async_trait]
impl ReadTags for Bound {
    async fn tags(&mut self) -> Result<Vec<Tag>, StoreError> {
        let mut tags = self.all(TAGS, vec![], read_tag).await?;
        // The databases do not order text alike.
        tags.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(tags)
    }

    async fn tag(
        &mut self,
        id: &TagId,
    ) -> Result<Option<(Tag, Option<DateTime<Utc>>)>, StoreError> {
        self.one(TAG, values![id], |row| Ok((read_tag(row)?, row.opt_time("gone_at")?))).await
    }

    async fn tag_uses(&mut self) -> Result<BTreeMap<TagId, i64>, StoreError> {
        let read = |row: &Row| Ok((row.parsed("tag")?, row.int("uses")?));
        Ok(self.all(USES, vec![], read).await?.into_iter().collect())
    }

    async fn tags_of(
        &mut self,
        records: &[RecordId],
    ) -> Result<BTreeMap<RecordId, Vec<Tag>>, StoreError> {
        let mut all = BTreeMap::<RecordId, Vec<Tag>>::new();
        for part in parts(records) {
            let sql = format!("{TAGS_OF}({})", placeholders(2, part.len()));
            let args = part.iter().map(Value::from).collect();
            self.each(assembled(sql), args, |row| {
                all.entry(row.parsed("record")?).or_default().push(read_tag(&row)?);
                Ok(())
            })
            .await?;
        }
        for tags in all.values_mut() {
            tags.sort_by(|a, b| a.key.cmp(&b.key));
        }
        Ok(all)
    }

    async fn tagged(&mut self, tag: &TagId, limit: i64) -> Result<Vec<RecordId>, StoreError> {
        self.all(TAGGED, values![tag, limit], |row| row.parsed("record")).await
    }
}

#[async_trait]
impl WriteTags for Bound {
    async fn put_tag(&mut self, tag: &Tag) -> Result<(), StoreError> {
        let args = values![&tag.id, &tag.name, &tag.key, &tag.colour, &tag.about, tag.created_at];
        self.later(PUT_TAG, args).await
    }

    async fn tag_record(
        &mut self,
        record: &RecordId,
        tag: &TagId,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        Ok(self.execute(TAG_RECORD, values![record, tag, at]).await? > 0)
    }

    async fn insert_record_tags(
        &mut self,
        tags: &[(RecordId, TagId)],
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let rows = tags.iter().map(|(record, tag)| values![record, tag, at]).collect();
        self.insert_many(TAG_RECORDS, "", rows).await
    }

    async fn untag_record(&mut self, record: &RecordId, tag: &TagId) -> Result<bool, StoreError> {
        Ok(self.execute(UNTAG_RECORD, values![record, tag]).await? > 0)
    }

    async fn shelve_tag(
        &mut self,
        tag: &TagId,
        instead: Option<&TagId>,
        at: DateTime<Utc>,
        forget: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.later(FORGET_SHELVED, values![forget]).await?;
        let other = instead.map_or("", TagId::as_str);
        self.later(SHELVE, values![tag, other]).await?;
        self.later(TAKE_OFF, values![tag]).await?;
        if let Some(instead) = instead {
            self.later(GIVE_INSTEAD, values![tag, instead]).await?;
        }
        self.execute_one("tag", GONE, values![tag, at]).await
    }

    async fn unshelve_tag(
        &mut self,
        tag: &TagId,
        instead: Option<&TagId>,
    ) -> Result<(), StoreError> {
        if let Some(instead) = instead {
            self.later(TAKE_BACK_INSTEAD, values![tag, instead]).await?;
        }
        self.later(PUT_BACK, values![tag]).await?;
        self.later(OFF_THE_SHELF, values![tag]).await
    }
}
