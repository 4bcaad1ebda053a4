//! Tying rooms and threads to records.

use serde::{Deserialize, Serialize};

use crate::chat::Place;
use crate::ids::RecordId;

/// Say that a room, or a thread in it, is about a record. It may have been about another one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TieRoom {
    /// The room.
    pub place: Place,
    /// The thread in it.
    pub thread: Option<String>,
    /// The record.
    pub record: RecordId,
}

/// Say that a room, or a thread in it, is about nothing in particular any more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UntieRoom {
    /// The room.
    pub place: Place,
    /// The thread in it.
    pub thread: Option<String>,
    /// What it was about; left out, whatever it is about.
    #[serde(default)]
    pub record: Option<RecordId>,
}
