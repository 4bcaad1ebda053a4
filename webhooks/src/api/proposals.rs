//! What captured messages would make of themselves, and a person's answer to it.

pub(super) mod accept;
pub(super) mod discard;
pub(super) mod list;
pub(super) mod show;
