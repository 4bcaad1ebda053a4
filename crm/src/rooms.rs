//! Rooms that belong to a record: a channel or a thread about one deal, customer or anything else.
//! What is said there stands on the record's timeline, and a name that several share means what has
//! to do with that record.

use chrono::{DateTime, Utc};

use crate::chat::Place;
use crate::ids::{MemberId, RecordId};

/// A room, or a thread in one, that belongs to a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TiedRoom {
    /// The room.
    pub place: Place,
    /// The thread in it; none is the room itself, with all threads that belong to nothing else.
    pub thread: Option<String>,
    /// The record.
    pub record: RecordId,
    /// Who said so.
    pub by: Option<MemberId>,
    /// When.
    pub at: DateTime<Utc>,
}
