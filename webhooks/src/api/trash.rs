//! The trash: what is in it, and removing it for good.

pub(super) mod list;
pub(super) mod purge;
