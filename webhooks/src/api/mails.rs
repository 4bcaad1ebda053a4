//! Mails that programs hand in.

pub(super) mod receive;
