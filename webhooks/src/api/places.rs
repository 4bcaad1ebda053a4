//! The rooms that belong here, on any network. A room is mute until a code is typed in it.

pub(super) mod issue_bind_code;
pub(super) mod list;
pub(super) mod tune;
pub(super) mod unbind;
