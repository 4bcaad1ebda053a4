//! The people who work here.

pub(super) mod add;
pub(super) mod change;
pub(super) mod list;
pub(super) mod sign_in_link;
