//! Stories that are told twice: short as a test, and at length as a proof.

pub mod crash;
pub mod history;
pub mod migration;
