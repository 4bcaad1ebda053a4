//! What `cargo xtask prove` can show, by name.

pub mod spine;

use crate::claims::Set;

/// Every set of claims.
pub const SETS: &[Set] =
    &[Set { name: "spine", about: "the program starts and answers", run: spine::spine }];
