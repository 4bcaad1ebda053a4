//! Whose mails are always or never wanted.

pub(super) mod forget;
pub(super) mod judge;
pub(super) mod list;
