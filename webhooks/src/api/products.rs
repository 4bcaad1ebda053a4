//! Products and their criteria: how records are scored. A product is named by its key.

pub(super) mod add_criterion;
pub(super) mod change;
pub(super) mod change_criterion;
pub(super) mod create;
pub(super) mod list;
pub(super) mod show;
