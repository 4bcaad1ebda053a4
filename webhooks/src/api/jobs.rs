//! Work that goes on in the background.

pub(super) mod cancel;
pub(super) mod items;
pub(super) mod show;
