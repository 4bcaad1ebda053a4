//! What can be asked of notes, tasks and timelines.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::{MemberId, NoteId, NotificationId, RecordId, TaskId};

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

/// Edit or pin a note. What is left out stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeNote {
    /// Which.
    pub note: NoteId,
    /// What it says from now on; what it said is kept as history.
    #[serde(default)]
    pub body: Option<String>,
    /// Whether it stands above the others.
    #[serde(default)]
    pub pinned: Option<bool>,
}

/// Write something that happened onto a timeline by hand: a call, a meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LogActivity {
    /// Of which record.
    pub record: RecordId,
    /// What happened: `call`, `email`, `meeting`, `message`, `platform`, or a type of event that
    /// may be logged.
    pub event: String,
    /// What happened, in a sentence.
    pub summary: String,
    /// More, as markdown.
    #[serde(default)]
    pub details: Option<String>,
    /// How long it took.
    #[serde(default)]
    pub minutes: Option<i64>,
    /// When; now when left out.
    #[serde(default)]
    pub at: Option<DateTime<Utc>>,
    /// More fields of the event (`to`, `message`, `url`, `platform`, `event`, `direction`).
    #[serde(default)]
    #[schema(value_type = Object)]
    pub fields: serde_json::Map<String, serde_json::Value>,
}

/// Take a line off a timeline that was written by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawActivity {
    /// Of which record.
    pub record: RecordId,
    /// The line.
    pub interaction: crate::ids::InteractionId,
}

/// Make a task.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
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
    /// The time it is due, when that is more than a day.
    #[serde(default)]
    pub due_at: Option<DateTime<Utc>>,
    /// More about it, as markdown.
    #[serde(default)]
    pub description: Option<String>,
    /// When to remind of it; left out, in the morning of the day or an hour before the time.
    #[serde(default)]
    pub remind_at: Option<DateTime<Utc>>,
}

impl AddTask {
    /// A task about a record, of which nothing else is said.
    pub fn about(record: RecordId) -> Self {
        Self {
            title: String::new(),
            record: Some(record),
            assignee: None,
            due_on: None,
            due_at: None,
            description: None,
            remind_at: None,
        }
    }
}

/// Change a task. What is left out stays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeTask {
    /// Which.
    pub task: TaskId,
    /// What to do.
    #[serde(default)]
    pub title: Option<String>,
    /// More about it; empty removes it.
    #[serde(default)]
    pub description: Option<String>,
    /// When it is due and reminds.
    #[serde(default)]
    pub due: Option<Due>,
    /// About which record.
    #[serde(default)]
    pub record: Option<RecordId>,
}

/// When a task is due and when it reminds. All of it is replaced.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Due {
    /// The day.
    #[serde(default)]
    pub on: Option<NaiveDate>,
    /// The time.
    #[serde(default)]
    pub at: Option<DateTime<Utc>>,
    /// When to remind; left out, by the rule.
    #[serde(default)]
    pub remind_at: Option<DateTime<Utc>>,
    /// Never remind.
    #[serde(default)]
    pub silent: bool,
}

/// Give a task to somebody, or back to the pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignTask {
    /// Which.
    pub task: TaskId,
    /// To whom; none means the pool.
    pub assignee: Option<MemberId>,
}

/// Take a task from the pool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimTask {
    /// Which.
    pub task: TaskId,
}

/// Be reminded of a task later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SnoozeTask {
    /// Which.
    pub task: TaskId,
    /// In so many minutes, 1 to 525600.
    pub minutes: i64,
}

/// A way to reach members in private: a network and the connection of this process to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Way {
    /// The network (`matrix`).
    pub network: String,
    /// The connection, as the configuration names it.
    pub connection: String,
}

/// Remind of a task whose time has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemindOfTask {
    /// Which.
    pub task: TaskId,
    /// The time that has come; a task that reminds at another one is left alone.
    pub due: DateTime<Utc>,
    /// How members can be reached, the best way first.
    pub ways: Vec<Way>,
}

/// Say to a member what waits for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notify {
    /// What.
    pub notification: NotificationId,
    /// How members can be reached, the best way first.
    pub ways: Vec<Way>,
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
