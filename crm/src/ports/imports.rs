//! What imports and exports need of a store: files in pieces, what became of their rows, and
//! looking up and writing many records with one statement.

use async_trait::async_trait;

use crate::blueprints::IndexKey;
use crate::errors::{Result, StoreError};
use crate::ids::{BlueprintId, ImportId, RecordId};
use crate::imports::{Import, ImportChange, RefusedRow};
use crate::interactions::{Interaction, Note};
use crate::records::{Identity, IdentityKind, Link, Record};

/// A new record with what stands around it from the beginning.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRecord {
    /// The record.
    pub record: Record,
    /// What indexes keep of its values, by column id.
    pub keys: Vec<(String, IndexKey)>,
    /// Its identities.
    pub identities: Vec<Identity>,
}

/// Reading what imports and exports need.
#[async_trait]
pub trait ReadImports: Send {
    /// An import.
    async fn import(&mut self, id: &ImportId) -> Result<Option<Import>, StoreError>;
    /// Imports, newest first.
    async fn imports(&mut self, limit: i64) -> Result<Vec<Import>, StoreError>;
    /// A piece of a file, from 0.
    async fn import_chunk(
        &mut self,
        id: &ImportId,
        number: i64,
    ) -> Result<Option<Vec<u8>>, StoreError>;
    /// Rows that were not taken, in their order, after this one.
    async fn refused_rows(
        &mut self,
        id: &ImportId,
        is_dry: bool,
        after: i64,
        limit: i64,
    ) -> Result<Vec<RefusedRow>, StoreError>;
    /// Which of these a dry run has seen, with the row where.
    async fn rows_seen(
        &mut self,
        id: &ImportId,
        keys: &[String],
    ) -> Result<Vec<(String, i64)>, StoreError>;
    /// What an import did, by record, after this one.
    async fn import_changes(
        &mut self,
        id: &ImportId,
        after: Option<&RecordId>,
        limit: i64,
    ) -> Result<Vec<ImportChange>, StoreError>;
    /// What an import did to these records.
    async fn import_changes_of(
        &mut self,
        id: &ImportId,
        records: &[RecordId],
    ) -> Result<Vec<ImportChange>, StoreError>;
    /// How many records an import made or changed.
    async fn count_import_changes(&mut self, id: &ImportId) -> Result<i64, StoreError>;

    /// Records with these ids, in the trash or not.
    async fn records_among(&mut self, ids: &[RecordId]) -> Result<Vec<Record>, StoreError>;
    /// Records with these keys, in capitals, that are not in the trash.
    async fn records_with_keys(&mut self, keys: &[String]) -> Result<Vec<Record>, StoreError>;
    /// Records of a blueprint with these folded titles, that are not in the trash.
    async fn records_titled(
        &mut self,
        blueprint: &BlueprintId,
        titles: &[String],
    ) -> Result<Vec<Record>, StoreError>;
    /// Identities with exactly these values, on records that are not in the trash.
    async fn identities_among(
        &mut self,
        kind: IdentityKind,
        values: &[String],
    ) -> Result<Vec<Identity>, StoreError>;
    /// The identities of these records, oldest first.
    async fn identities_of(&mut self, records: &[RecordId]) -> Result<Vec<Identity>, StoreError>;
    /// The links of this kind that go out from these records, oldest first.
    async fn links_from(
        &mut self,
        records: &[RecordId],
        kind: &str,
    ) -> Result<Vec<Link>, StoreError>;
}

/// Writing what imports need.
#[async_trait]
pub trait WriteImports: Send {
    /// Adds an import.
    async fn insert_import(&mut self, import: &Import) -> Result<(), StoreError>;
    /// Changes an import.
    async fn update_import(&mut self, import: &Import) -> Result<(), StoreError>;
    /// Keeps a piece of a file, in base 64.
    async fn put_import_chunk(
        &mut self,
        id: &ImportId,
        number: i64,
        content: &str,
    ) -> Result<(), StoreError>;
    /// Keeps rows that were not taken.
    async fn insert_refused_rows(
        &mut self,
        id: &ImportId,
        is_dry: bool,
        rows: &[RefusedRow],
    ) -> Result<(), StoreError>;
    /// Remembers what a dry run has seen.
    async fn insert_rows_seen(
        &mut self,
        id: &ImportId,
        seen: &[(String, i64)],
    ) -> Result<(), StoreError>;
    /// Forgets what a dry run saw, and which rows it refused.
    async fn forget_dry_run(&mut self, id: &ImportId) -> Result<(), StoreError>;
    /// Keeps what an import did to records of which nothing is kept for it yet.
    async fn insert_import_changes(
        &mut self,
        id: &ImportId,
        changes: &[ImportChange],
    ) -> Result<(), StoreError>;
    /// Keeps what an import did, in the place of what is known of the same record.
    async fn put_import_change(
        &mut self,
        id: &ImportId,
        change: &ImportChange,
    ) -> Result<(), StoreError>;
    /// Forgets what an import did to a record, which was taken back.
    async fn delete_import_change(
        &mut self,
        id: &ImportId,
        record: &RecordId,
    ) -> Result<(), StoreError>;

    /// Takes so many numbers for record keys of this prefix, and gives the first.
    async fn take_record_numbers(&mut self, prefix: &str, count: i64) -> Result<i64, StoreError>;
    /// Adds records.
    async fn insert_records(&mut self, records: &[NewRecord]) -> Result<(), StoreError>;
    /// Adds links that are not there.
    async fn insert_links(&mut self, links: &[Link]) -> Result<(), StoreError>;
    /// Adds to timelines what came from no message.
    async fn insert_interactions(&mut self, interactions: &[Interaction])
    -> Result<(), StoreError>;
    /// Adds notes.
    async fn insert_notes(&mut self, notes: &[Note]) -> Result<(), StoreError>;

    /// Marks where the transaction is, so that what follows can be forgotten.
    async fn mark(&mut self) -> Result<(), StoreError>;
    /// Forgets what was written since the mark.
    async fn back_to_mark(&mut self) -> Result<(), StoreError>;
}
