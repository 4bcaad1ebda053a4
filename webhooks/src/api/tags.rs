//! Tags: the library, with how many records have each. A tag is named by its id or its name.

pub(super) mod change;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod list;
pub(super) mod merge;
