//! What `cargo xtask prove` can show, by name.

pub mod capture;
pub mod discord;
pub mod records;
pub mod spine;

use crate::claims::Set;

/// Every set of claims.
pub const SETS: &[Set] = &[
    Set {
        name: "spine",
        about: "killed or not, every message counts once, and fast",
        run: spine::spine,
    },
    Set {
        name: "records",
        about: "lists that are right, migrations that come back, imports, and speed in a large workspace",
        run: records::records,
    },
    Set {
        name: "capture",
        about: "what a language model adds to captures, and what it can never do",
        run: capture::capture,
    },
    Set {
        name: "discord",
        about: "acknowledged in time, at Discord's pace, and once, whatever dies or is missed",
        run: discord::discord,
    },
];
