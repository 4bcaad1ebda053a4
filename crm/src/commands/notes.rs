//! What can be asked of notes and tasks.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::ids::{MemberId, NoteId, RecordId, TaskId};

/// Write a note on a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddNote {
    /// On which.
    pub record: RecordId,
    /// What it says, as markdown.
    pub body: String,
}

/// Withdraw a note.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawNote {
    /// Which.
    pub note: NoteId,
}

/// Make a task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddTask {
    /// What to do.
    pub title: String,
    /// About which record.
    #[serde(default)]
    pub record: Option<RecordId>,
    /// Who does it; left out, it waits in the pool.
    #[serde(default)]
    pub assignee: Option<MemberId>,
    /// The day it is due, in the tenant's time zone.
    #[serde(default)]
    pub due_on: Option<NaiveDate>,
}

/// What becomes of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskStatus {
    /// To be done.
    Open,
    /// Done.
    Done,
    /// Not to be done after all.
    Dropped,
}

/// Say that a task is done, open again or dropped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetTask {
    /// Which.
    pub task: TaskId,
    /// What becomes of it.
    pub status: TaskStatus,
}
