//! What tags need of a store: the library, which records have which tag, and a shelf from which a
//! deleted or merged tag comes back.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::errors::StoreError;
use crate::ids::{RecordId, TagId};
use crate::tags::Tag;

/// Reading tags.
#[async_trait]
pub trait ReadTags: Send {
    /// The library, by key.
    async fn tags(&mut self) -> Result<Vec<Tag>, StoreError>;
    /// A tag with when it was deleted or merged, if it was.
    async fn tag(&mut self, id: &TagId)
    -> Result<Option<(Tag, Option<DateTime<Utc>>)>, StoreError>;
    /// On how many records outside the trash each tag is; tags on none are left out.
    async fn tag_uses(&mut self) -> Result<BTreeMap<TagId, i64>, StoreError>;
    /// The tags of these records, by name. Records without any are left out.
    async fn tags_of(
        &mut self,
        records: &[RecordId],
    ) -> Result<BTreeMap<RecordId, Vec<Tag>>, StoreError>;
    /// The records that have a tag, in the trash or not, oldest first, at most so many.
    async fn tagged(&mut self, tag: &TagId, limit: i64) -> Result<Vec<RecordId>, StoreError>;
}

/// Writing tags.
#[async_trait]
pub trait WriteTags: Send {
    /// Adds a tag, or changes it; one that was gone is there again.
    async fn put_tag(&mut self, tag: &Tag) -> Result<(), StoreError>;
    /// Puts a tag on a record. False means that it has it already.
    async fn tag_record(
        &mut self,
        record: &RecordId,
        tag: &TagId,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError>;
    /// Puts tags on records that have none of them.
    async fn insert_record_tags(
        &mut self,
        tags: &[(RecordId, TagId)],
        at: DateTime<Utc>,
    ) -> Result<(), StoreError>;
    /// Takes a tag off a record. False means that it had none.
    async fn untag_record(&mut self, record: &RecordId, tag: &TagId) -> Result<bool, StoreError>;
    /// Takes a tag off all records, gives those another one instead, and takes it out of the
    /// library; all of it is remembered. What was remembered before `forget` is forgotten.
    async fn shelve_tag(
        &mut self,
        tag: &TagId,
        instead: Option<&TagId>,
        at: DateTime<Utc>,
        forget: DateTime<Utc>,
    ) -> Result<(), StoreError>;
    /// Puts a tag back on the records that had it when it was shelved, and takes off what they
    /// were given instead.
    async fn unshelve_tag(
        &mut self,
        tag: &TagId,
        instead: Option<&TagId>,
    ) -> Result<(), StoreError>;
}
