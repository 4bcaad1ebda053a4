//! Segments and who is in them. Which records belong there is not known here.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use crm::StoreError;
use crm::ids::{RecordId, SegmentId};
use crm::ports::{ReadSegments, WriteSegments};
use crm::segments::Segment;

use crate::bound::Bound;
use crate::core::{Value, values};

const SEGMENTS: &str = "SELECT definition FROM segment WHERE tenant = $1";
const SEGMENTS_OF: &str = "SELECT segment FROM segment_member WHERE tenant = $1 AND record = $2";
const MEMBERS: &str = "\
SELECT record FROM segment_member WHERE tenant = $1 AND segment = $2 AND record > $3
ORDER BY record LIMIT $4";
const PUT: &str = "\
INSERT INTO segment (tenant, id, key, definition) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant, id) DO UPDATE SET key = excluded.key, definition = excluded.definition";
const FORGET_MEMBERS: &str = "DELETE FROM segment_member WHERE tenant = $1 AND segment = $2";
const DELETE: &str = "DELETE FROM segment WHERE tenant = $1 AND id = $2";
const JOIN: &str = "\
INSERT INTO segment_member (tenant, segment, record, joined_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant, record, segment) DO NOTHING";
const LEAVE: &str = "DELETE FROM segment_member WHERE tenant = $1 AND segment = $2 AND record = $3";

#[async_trait]
impl ReadSegments for Bound {
    async fn segments(&mut self) -> Result<Vec<Segment>, StoreError> {
        let mut all = self.all(SEGMENTS, vec![], |row| row.json::<Segment>("definition")).await?;
        all.sort_by(|a, b| a.key.cmp(&b.key));
        Ok(all)
    }

    async fn segments_of(&mut self, record: &RecordId) -> Result<Vec<SegmentId>, StoreError> {
        self.all(SEGMENTS_OF, values![record], |row| row.parsed("segment")).await
    }

    async fn segment_members(
        &mut self,
        segment: &SegmentId,
        after: Option<&RecordId>,
        limit: i64,
    ) -> Result<Vec<RecordId>, StoreError> {
        let after = after.map_or("", RecordId::as_str);
        self.all(MEMBERS, values![segment, after, limit], |row| row.parsed("record")).await
    }
}

#[async_trait]
impl WriteSegments for Bound {
    async fn put_segment(&mut self, segment: &Segment) -> Result<(), StoreError> {
        let mut args = values![&segment.id, &segment.key];
        args.push(Value::json(segment)?);
        self.later(PUT, args).await
    }

    async fn delete_segment(&mut self, id: &SegmentId) -> Result<(), StoreError> {
        self.later(FORGET_MEMBERS, values![id]).await?;
        self.later(DELETE, values![id]).await
    }

    async fn join_segment(
        &mut self,
        segment: &SegmentId,
        record: &RecordId,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        Ok(self.execute(JOIN, values![segment, record, at]).await? > 0)
    }

    async fn leave_segment(
        &mut self,
        segment: &SegmentId,
        record: &RecordId,
    ) -> Result<bool, StoreError> {
        Ok(self.execute(LEAVE, values![segment, record]).await? > 0)
    }
}
