//! Interactions: everything that happened with or about a record, append-only, with the way
//! back to where it happened. The timeline is nothing but these.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::chat::{Message, Place};
use crate::ids::{EntryId, InteractionId, MemberId, NoteId, RecordId, TaskId};
use crate::proposals::TaskSource;
use crate::timeline::EventType;

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
    /// Another record became part of it, or it of another; or that was taken back.
    Merged,
    /// Somebody called.
    Call,
    /// An e-mail was sent, opened, answered or came back.
    Email,
    /// People met.
    Meeting,
    /// Something happened on a connected platform.
    Platform,
    /// Something was sent or answered on LinkedIn.
    Linkedin,
    /// Something was sent or answered on Telegram.
    Telegram,
    /// A tag was put on it or taken off.
    Tag,
    /// It joined a segment or left it.
    Segment,
    /// A bot answered or handed over to people.
    Bot,
    /// It was scored.
    Scored,
    /// It became a lead, or its lead was decided.
    Lead,
    /// A row of a file was imported onto it.
    Imported,
}

impl InteractionKind {
    /// All kinds.
    pub const ALL: [Self; 25] = [
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
        Self::Merged,
        Self::Call,
        Self::Email,
        Self::Meeting,
        Self::Platform,
        Self::Linkedin,
        Self::Telegram,
        Self::Tag,
        Self::Segment,
        Self::Bot,
        Self::Scored,
        Self::Lead,
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
            Self::Merged => "merged",
            Self::Call => "call",
            Self::Email => "email",
            Self::Meeting => "meeting",
            Self::Platform => "platform",
            Self::Linkedin => "linkedin",
            Self::Telegram => "telegram",
            Self::Tag => "tag",
            Self::Segment => "segment",
            Self::Bot => "bot",
            Self::Scored => "scored",
            Self::Lead => "lead",
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

impl Source {
    /// A message as a source.
    pub fn of(message: &Message) -> Self {
        Self {
            place: message.place.clone(),
            message: message.id.clone(),
            permalink: message.permalink.clone(),
        }
    }
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
    /// The type of the event, which says what `data` holds.
    #[schema(value_type = String, example = "call.logged")]
    pub event: EventType,
    /// What happened, as a sentence or the message's text.
    pub summary: String,
    /// The member who did it.
    pub member: Option<MemberId>,
    /// The name of whoever did it, as known then.
    pub author: String,
    /// The message it came from.
    pub source: Option<Source>,
    /// More, as the type of the event has it.
    #[schema(value_type = Object)]
    pub data: serde_json::Value,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// When the message behind it was taken back.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// The command that logged it.
    pub entry: Option<EntryId>,
}

/// Which part of a timeline.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TimelineFilter {
    /// Only these kinds; all when empty.
    pub kinds: Vec<InteractionKind>,
    /// Only these types of events; all when empty.
    pub events: Vec<EventType>,
    /// Only what stands before this one.
    pub before: Option<InteractionId>,
    /// At most this many.
    pub limit: i64,
}

/// Whom and what a note mentions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Mentions {
    /// Members.
    #[serde(default)]
    pub members: Vec<MemberId>,
    /// Records.
    #[serde(default)]
    pub records: Vec<RecordId>,
}

/// What a note said before it was edited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NoteVersion {
    /// What it said.
    pub body: String,
    /// Who had written it.
    pub author: Option<MemberId>,
    /// Until when.
    pub until: DateTime<Utc>,
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
    /// Whether it stands above the others.
    pub pinned: bool,
    /// When it was last edited.
    pub edited_at: Option<DateTime<Utc>>,
    /// Whom and what it mentions.
    pub mentions: Mentions,
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
    /// More about it, as markdown.
    pub description: Option<String>,
    /// Who does it; none means the pool.
    pub assignee: Option<MemberId>,
    /// The day it is due, in the tenant's time zone.
    pub due_on: Option<chrono::NaiveDate>,
    /// The time it is due, when that is more than a day.
    pub due_at: Option<DateTime<Utc>>,
    /// When it is due at the latest, for lists: after this it is overdue.
    pub overdue_at: Option<DateTime<Utc>>,
    /// When it reminds next.
    pub remind_at: Option<DateTime<Utc>>,
    /// When it was done.
    pub done_at: Option<DateTime<Utc>>,
    /// Who did it.
    pub done_by: Option<MemberId>,
    /// When it was dropped.
    pub dropped_at: Option<DateTime<Utc>>,
    /// Who asked for it.
    pub created_by: Option<MemberId>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Where it was made, when that was in chat.
    pub place: Option<Place>,
    /// The words it was read from, when it was captured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<TaskSource>,
}
