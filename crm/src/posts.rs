//! Posts: what Tieline shows in a place, kept as what it should say rather than as text.
//! A change to a record raises the revision of the posts that show it; the outbox then brings
//! each network up to the newest revision, however many changes came between.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::chat::{Place, RemotePost};
use crate::commands::Command;
use crate::ids::{
    EntryId, HeldId, LeadId, MemberId, OutboxId, PostId, ProposalId, RecordId, TaskId, TenantId,
};
use crate::leads::LeadAsks;
use crate::places::Level;

/// How long a record stays quiet in a place after its card was shown.
pub const CARD_QUIET_MINUTES: i64 = 30;
/// The most records that one card shows.
pub const CARD_RECORDS_MAX: usize = 3;
/// How long a button can be pressed.
pub const CHOICE_DAYS: i64 = 7;

/// What a post says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "subject", rename_all = "snake_case")]
pub enum Subject {
    /// Records, as they are now.
    Card {
        /// Which, at most three.
        records: Vec<RecordId>,
        /// How much of them is shown.
        level: Level,
    },
    /// A question: which of these is meant?
    WhichOne {
        /// The name that fits several.
        name: String,
        /// The records it fits.
        records: Vec<RecordId>,
        /// Who asked for something to be done, when that is what the answer decides; nobody
        /// else may answer then.
        asker: Option<MemberId>,
    },
    /// A proposal, as it stands now.
    Proposal {
        /// Which.
        proposal: ProposalId,
    },
    /// A lead, as it stands now.
    Lead {
        /// Which.
        lead: LeadId,
        /// Its record.
        record: RecordId,
        /// What its card asks for.
        asks: LeadAsks,
    },
    /// Two records that are to be one, or are by now.
    Merge {
        /// The one that stays, and the one that becomes part of it.
        records: Vec<RecordId>,
        /// The fields that are taken from the second one.
        take: Vec<String>,
    },
    /// Mails that are held.
    Quarantine {
        /// Which.
        held: Vec<HeldId>,
        /// How many wait, these and others.
        waiting: i64,
    },
    /// A held mail, as it stands now.
    Held {
        /// Which.
        held: HeldId,
    },
    /// A task, as it stands now.
    Task {
        /// Which.
        task: TaskId,
        /// Whether it was posted as a reminder.
        reminder: bool,
    },
    /// A message to a customer, on their own network.
    Letter {
        /// To whom.
        person: RecordId,
        /// What it is about: a deal, or the person.
        about: RecordId,
        /// Who writes, as customers are told.
        by: String,
        /// The words.
        text: String,
    },
    /// What a customer answered in private.
    Answer {
        /// Who.
        person: RecordId,
        /// What it is about: a deal, or the person.
        about: RecordId,
        /// The network.
        network: String,
        /// The words.
        text: String,
    },
    /// An answer in words.
    Text {
        /// The words.
        text: String,
    },
}

/// A line under a card that says what just happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// What happened ("moved to Won by Rosa").
    pub text: String,
    /// The command that did it, while it can be undone.
    pub undo: Option<EntryId>,
}

/// Something Tieline shows in a place, over all of its edits.
#[derive(Debug, Clone, PartialEq)]
pub struct Post {
    /// Its id.
    pub id: PostId,
    /// Where.
    pub place: Place,
    /// The thread's root message.
    pub thread: Option<String>,
    /// The message it answers.
    pub reply_to: Option<String>,
    /// The one account it is meant for.
    pub private_to: Option<String>,
    /// What it says.
    pub subject: Subject,
    /// What just happened.
    pub notice: Option<Notice>,
    /// Rises with each change of what it should say.
    pub revision: i64,
    /// The revision that the network shows; 0 before the first.
    pub sent_revision: i64,
    /// The post as the network knows it.
    pub remote: Option<RemotePost>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A button of a post: a random token that stands for a stored command.
#[derive(Debug, Clone, PartialEq)]
pub struct PostChoice {
    /// The token.
    pub token: String,
    /// The post.
    pub post: PostId,
    /// Its place in the row, from 0.
    pub position: i64,
    /// What stands for it where there are no buttons.
    pub symbol: String,
    /// What it says.
    pub label: String,
    /// What pressing it does.
    pub command: Command,
    /// When it was offered; an earlier press means another state of the card.
    pub created_at: DateTime<Utc>,
    /// False once the card offers something else.
    pub current: bool,
}

/// Which effects of the outbox are wanted.
#[derive(Debug, Clone, Copy)]
pub struct WantedPosts<'a> {
    /// Those of these connections.
    pub connections: &'a [String],
    /// None of these rooms: they have enough to do already.
    pub busy: &'a [String],
}

impl<'a> WantedPosts<'a> {
    /// All of these connections.
    pub fn of(connections: &'a [String]) -> Self {
        Self { connections, busy: &[] }
    }
}

/// One effect that waits in the outbox: bring this post up to date on its network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxItem {
    /// Its id.
    pub id: OutboxId,
    /// The tenant.
    pub tenant: TenantId,
    /// The post.
    pub post: PostId,
    /// The configured account that must send it.
    pub connection: String,
    /// The room that it goes to.
    pub room: String,
    /// How often it was tried.
    pub attempts: i64,
}
