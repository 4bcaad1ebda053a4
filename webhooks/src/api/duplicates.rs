//! Records that may be one: the pairs that wait for a decision, looking for more, and deciding.

pub(super) mod decide;
pub(super) mod find;
pub(crate) mod list;
