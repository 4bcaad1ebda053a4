//! What references show: the titles of the records they point to, or that one is gone. A
//! reference is followed one step and never further, so that records that refer to each other
//! do no harm.

use crate::blueprints::{Column, ColumnType};
use crate::errors::StoreError;
use crate::ports::Read;

/// A value as a person reads it. A record in the trash, or no longer there, is shown as gone.
///
/// # Errors
/// When the store cannot be reached.
pub async fn shown(
    read: &mut dyn Read,
    column: &Column,
    value: &serde_json::Value,
) -> Result<String, StoreError> {
    if column.kind != ColumnType::Reference {
        return Ok(column.shown(value));
    }
    let mut titles = Vec::new();
    for id in column.referred(value) {
        let there = read.record(&id).await?.filter(|record| record.trashed_at.is_none());
        titles.push(there.map_or_else(|| "gone".to_owned(), |record| record.title));
    }
    Ok(titles.join(", "))
}
