//! What segments need of a store: their definitions, and who is in them.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::errors::StoreError;
use crate::ids::{RecordId, SegmentId};
use crate::segments::Segment;

/// Reading segments.
#[async_trait]
pub trait ReadSegments: Send {
    /// All segments, by key.
    async fn segments(&mut self) -> Result<Vec<Segment>, StoreError>;
    /// The segments that a record is in, whether it lies in the trash or not.
    async fn segments_of(&mut self, record: &RecordId) -> Result<Vec<SegmentId>, StoreError>;
    /// Who is in a segment, in the trash or not, oldest first, after this one.
    async fn segment_members(
        &mut self,
        segment: &SegmentId,
        after: Option<&RecordId>,
        limit: i64,
    ) -> Result<Vec<RecordId>, StoreError>;
}

/// Writing segments.
#[async_trait]
pub trait WriteSegments: Send {
    /// Adds a segment, or changes it.
    async fn put_segment(&mut self, segment: &Segment) -> Result<(), StoreError>;
    /// Removes a segment and forgets who was in it.
    async fn delete_segment(&mut self, id: &SegmentId) -> Result<(), StoreError>;
    /// Puts a record in. False means that it was there already.
    async fn join_segment(
        &mut self,
        segment: &SegmentId,
        record: &RecordId,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError>;
    /// Takes a record out. False means that it was not there.
    async fn leave_segment(
        &mut self,
        segment: &SegmentId,
        record: &RecordId,
    ) -> Result<bool, StoreError>;
}
