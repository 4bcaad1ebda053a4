//! Spaces, and the templates that they are made from.

pub(super) mod create;
pub(super) mod list;
pub(super) mod templates;
