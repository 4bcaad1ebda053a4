//! What people, companies, their channels and links, and undoing step by step need of a store.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::errors::{Result, StoreError};
use crate::ids::{IdentityId, InteractionId, JobId, NoteId, RecordId};
use crate::interactions::{Interaction, Note, NoteVersion, TimelineFilter};
use crate::jobs::JobItem;
use crate::records::{Identity, IdentityKind, Link, LinkCount, LinkFilter, OldHandle};

/// Reading channels, links, notes and timelines.
#[async_trait]
pub trait ReadPeople: Send {
    /// What the accounts of a record were called before, newest first.
    async fn old_handles(&mut self, record: &RecordId) -> Result<Vec<OldHandle>, StoreError>;
    /// Identities with this id on their network, on records that are not in the trash.
    async fn identities_with_stable_id(
        &mut self,
        kind: IdentityKind,
        stable_id: &str,
    ) -> Result<Vec<Identity>, StoreError>;
    /// Identities of a kind whose value belongs to this site, as [`crate::domains::site_of`]
    /// gives it, on records that are not in the trash, by record, after this one.
    async fn identities_at(
        &mut self,
        kind: IdentityKind,
        site: &str,
        after: Option<&RecordId>,
        limit: i64,
    ) -> Result<Vec<Identity>, StoreError>;
    /// Identities of a kind whose value belongs to one of these sites, as
    /// [`crate::domains::site_of`] gives them, on records that are not in the trash.
    async fn identities_at_any(
        &mut self,
        kind: IdentityKind,
        sites: &[String],
    ) -> Result<Vec<Identity>, StoreError>;
    /// A page of a record's links to what is not in the trash, oldest first.
    async fn links_page(
        &mut self,
        record: &RecordId,
        filter: &LinkFilter,
    ) -> Result<Vec<Link>, StoreError>;
    /// How many links of each kind and direction a record has to what is not in the trash.
    async fn link_counts(&mut self, record: &RecordId) -> Result<Vec<LinkCount>, StoreError>;
    /// The earlier version that this one stands for, when an undo made it.
    async fn stands_for(
        &mut self,
        record: &RecordId,
        version: i64,
    ) -> Result<Option<i64>, StoreError>;
    /// A part of a timeline, newest first.
    async fn timeline(
        &mut self,
        record: &RecordId,
        filter: &TimelineFilter,
    ) -> Result<Vec<Interaction>, StoreError>;
    /// A line of a timeline.
    async fn interaction(&mut self, id: &InteractionId) -> Result<Option<Interaction>, StoreError>;
    /// What a note said before, newest first.
    async fn note_versions(&mut self, note: &NoteId) -> Result<Vec<NoteVersion>, StoreError>;
    /// What a job did with records, by record, after this one; only those that it left alone
    /// when asked so.
    async fn job_items(
        &mut self,
        job: &JobId,
        only_left_alone: bool,
        after: Option<&RecordId>,
        limit: i64,
    ) -> Result<Vec<JobItem>, StoreError>;
}

/// Writing channels, links and notes.
#[async_trait]
pub trait WritePeople: Send {
    /// Changes an identity. False means that the record has another one with this value.
    async fn update_identity(&mut self, identity: &Identity) -> Result<bool, StoreError>;
    /// Remembers what an account was called until now.
    async fn insert_old_handle(
        &mut self,
        identity: &IdentityId,
        record: &RecordId,
        value: &str,
        until: DateTime<Utc>,
    ) -> Result<(), StoreError>;
    /// Changes a link's kind and role. False means that the two are linked in this way already.
    async fn update_link(&mut self, link: &Link) -> Result<bool, StoreError>;
    /// Takes a line off a timeline, and forgets its words.
    async fn withdraw_interaction(
        &mut self,
        id: &InteractionId,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError>;
    /// Says that a version holds what an earlier one held.
    async fn put_stands_for(
        &mut self,
        record: &RecordId,
        version: i64,
        stands_for: i64,
    ) -> Result<(), StoreError>;
    /// Remembers what a note said until now.
    async fn insert_note_version(
        &mut self,
        note: &Note,
        until: DateTime<Utc>,
    ) -> Result<(), StoreError>;
    /// Remembers what a job did with a record.
    async fn insert_job_item(&mut self, job: &JobId, item: &JobItem) -> Result<(), StoreError>;
    /// Forgets what takes a record back, once that was done or tried.
    async fn settle_job_item(&mut self, job: &JobId, item: &JobItem) -> Result<(), StoreError>;
}
