//! Interactions: everything that happened with or about a record, append-only, with the way
//! back to where it happened. The timeline is nothing but these.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::chat::Place;
use crate::ids::{InteractionId, MemberId, NoteId, RecordId, TaskId};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InteractionKind {
    /// It was named in chat.
    Mention,
    /// A message was captured onto it.
    Message,
    /// It was made.
    Created,
    /// Its title or columns changed.
    Changed,
    /// It went to another stage.
    Moved,
    /// Its owner changed.
    Owner,
    /// A channel was added or removed.
    Identity,
    /// It was linked to another record, or unlinked.
    Linked,
    /// A note was written or withdrawn.
    Note,
    /// A task was made, done or dropped.
    Task,
    /// A rule of a stage added a line.
    Activity,
    /// It went to the trash or came back.
    Trash,
    /// A row of a file was imported onto it.
    Imported,
}

impl InteractionKind {
    /// All kinds.
    pub const ALL: [Self; 13] = [
        Self::Mention,
        Self::Message,
        Self::Created,
        Self::Changed,
        Self::Moved,
        Self::Owner,
        Self::Identity,
        Self::Linked,
        Self::Note,
        Self::Task,
        Self::Activity,
        Self::Trash,
        Self::Imported,
    ];

    /// The kind as it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mention => "mention",
            Self::Message => "message",
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Moved => "moved",
            Self::Owner => "owner",
            Self::Identity => "identity",
            Self::Linked => "linked",
            Self::Note => "note",
            Self::Task => "task",
            Self::Activity => "activity",
            Self::Trash => "trash",
            Self::Imported => "imported",
        }
    }

    /// Reads a kind as it is stored.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Where an interaction came from, when it came from a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Source {
    /// The place.
    pub place: Place,
    /// The message.
    pub message: String,
    /// A link that opens the message.
    pub permalink: Option<String>,
}

/// One thing that happened with or about a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Interaction {
    /// Its id.
    pub id: InteractionId,
    /// The record it happened with or about.
    pub record: RecordId,
    /// What happened.
    pub kind: InteractionKind,
    /// What happened, as a sentence or the message's text.
    pub summary: String,
    /// The member who did it.
    pub member: Option<MemberId>,
    /// The name of whoever did it, as known then.
    pub author: String,
    /// The message it came from.
    pub source: Option<Source>,
    /// More, by kind.
    #[schema(value_type = Object)]
    pub data: serde_json::Value,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// When the message behind it was taken back.
    pub withdrawn_at: Option<DateTime<Utc>>,
}

/// A note on a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Note {
    /// Its id.
    pub id: NoteId,
    /// The record.
    pub record: RecordId,
    /// What it says, as markdown.
    pub body: String,
    /// Who wrote it.
    pub author: Option<MemberId>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<DateTime<Utc>>,
}

/// Something to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// The record it is about.
    pub record: Option<RecordId>,
    /// What to do.
    pub title: String,
    /// Who does it; none means the pool.
    pub assignee: Option<MemberId>,
    /// The day it is due, in the tenant's time zone.
    pub due_on: Option<chrono::NaiveDate>,
    /// When it was done.
    pub done_at: Option<DateTime<Utc>>,
    /// When it was dropped.
    pub dropped_at: Option<DateTime<Utc>>,
    /// Who asked for it.
    pub created_by: Option<MemberId>,
    /// When.
    pub created_at: DateTime<Utc>,
}
