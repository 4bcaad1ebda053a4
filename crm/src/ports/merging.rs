//! What merging records needs of a store: who is part of whom, moving what hangs on a record, and
//! the pairs that may be one.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::errors::StoreError;
use crate::ids::{InteractionId, NoteId, RecordId, TaskId};
use crate::merging::{Duplicate, Merge};

/// Reading merges.
#[async_trait]
pub trait ReadMerges: Send {
    /// How a record became part of another one, if it is.
    async fn merge_of(&mut self, other: &RecordId) -> Result<Option<Merge>, StoreError>;
    /// What was merged into a record itself, oldest first.
    async fn merged_into(&mut self, kept: &RecordId) -> Result<Vec<Merge>, StoreError>;
    /// The pairs that may be one and are not decided, the likeliest first; of one record, when
    /// asked so. Neither is in the trash.
    async fn duplicates(
        &mut self,
        of: Option<&RecordId>,
        limit: i64,
    ) -> Result<Vec<Duplicate>, StoreError>;
    /// A pair, with when it was said that they are different, if it was.
    async fn duplicate(
        &mut self,
        one: &RecordId,
        other: &RecordId,
    ) -> Result<Option<(Duplicate, Option<DateTime<Utc>>)>, StoreError>;
}

/// Writing merges.
#[async_trait]
pub trait WriteMerges: Send {
    /// Keeps how a record became part of another one.
    async fn insert_merge(&mut self, merge: &Merge) -> Result<(), StoreError>;
    /// Forgets it.
    async fn delete_merge(&mut self, other: &RecordId) -> Result<(), StoreError>;
    /// Moves what hangs on a record to another one: channels, links, lines of the timeline, notes,
    /// tasks, and where values came from. What the other one has as well stays. Everything that
    /// moves remembers where it came from.
    async fn move_belongings(&mut self, from: &RecordId, to: &RecordId) -> Result<(), StoreError>;
    /// Moves back what came to a record with one of `origins`, of which `to` is the first.
    async fn move_back(
        &mut self,
        from: &RecordId,
        to: &RecordId,
        origins: &[RecordId],
    ) -> Result<(), StoreError>;
    /// Moves lines of a timeline, notes and tasks to another record.
    async fn move_written(
        &mut self,
        lines: &[InteractionId],
        notes: &[NoteId],
        tasks: &[TaskId],
        to: &RecordId,
    ) -> Result<(), StoreError>;
    /// Keeps a pair that may be one. What was decided about it stays.
    async fn put_duplicate(
        &mut self,
        pair: &Duplicate,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError>;
    /// Says since when two records are known to be different; none means that they may be one.
    async fn decide_duplicate(
        &mut self,
        pair: &Duplicate,
        different_since: Option<DateTime<Utc>>,
    ) -> Result<(), StoreError>;
}
