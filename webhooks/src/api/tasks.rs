//! What there is to do.

pub(super) mod add;
pub(super) mod assign;
pub(super) mod change;
pub(super) mod list;
pub(super) mod set;
pub(super) mod snooze;
