//! Segments: named sets of records, filled by hand or by a filter.

pub(super) mod change;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod list;
pub(super) mod members;
pub(super) mod records;
