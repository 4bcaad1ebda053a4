//! What there is to do.

pub(super) mod add;
pub(super) mod list;
pub(super) mod set;
