//! The chat accounts that act as members. An account is linked from chat, by its own member.

pub(super) mod list;
pub(super) mod unlink;
