//! What follows from a message or a press in chat: logging it, showing cards, asking which one
//! is meant. What arrives in a place that is not bound never becomes one of these.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::chat::{Message, Place};
use crate::commands::Command;
use crate::ids::{MemberId, PostId, RecordId};

/// What a name in a message means.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// The words in the message.
    pub text: String,
    /// The records they may mean; more than one is a question.
    pub candidates: Vec<RecordId>,
    /// Whether it was written as a reference (`[[Acme]]`, `DEAL-12`), which always shows a card.
    pub explicit: bool,
    /// Whether it is only a part of a person's name (`Jane`), which counts where the place makes
    /// clear who is meant.
    #[serde(default)]
    pub part: bool,
}

/// Take in what somebody said in a bound place: keep it, log whom it names, and show cards
/// where the place wants them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogMessage {
    /// The message.
    pub message: Message,
    /// The member its author is linked to.
    pub member: Option<MemberId>,
    /// Whom it names.
    pub named: Vec<Named>,
    /// Whether cards may be shown to this author.
    pub cards: bool,
    /// Whether it is a command, which is kept and is nothing that was said about anybody.
    #[serde(default)]
    pub command: bool,
}

/// Take in a changed message. Only what is new in it is acted upon.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EditMessage {
    /// The message, with its new text.
    pub message: Message,
    /// The member its author is linked to.
    pub member: Option<MemberId>,
    /// Whom it names that it did not name before.
    pub named: Vec<Named>,
    /// Whether cards may be shown to this author.
    pub cards: bool,
}

/// Take in that a message was taken back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeleteMessage {
    /// Where.
    pub place: Place,
    /// Which.
    pub message: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Show a record's card, whatever was shown before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShowCard {
    /// The records, at most three.
    pub records: Vec<RecordId>,
    /// Turn this post into the card; none makes a new one where the answer goes.
    pub post: Option<PostId>,
}

/// Ask which of several records a name means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AskWhichOne {
    /// The name.
    pub name: String,
    /// What each choice does, with the record it names.
    pub options: Vec<(RecordId, Command)>,
}

/// Say something, and change nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Say {
    /// What to say; empty says nothing.
    pub text: String,
}

/// Press a button.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PressChoice {
    /// The button's token.
    pub token: String,
    /// Where it was pressed; it must be where it was offered.
    pub place: Place,
    /// When it was pressed, as the network says.
    pub at: DateTime<Utc>,
    /// Whether a symbol or a word stood for the button, which says less than its token.
    #[serde(default)]
    pub by_symbol: bool,
    /// What whoever pressed wrote, where the button asks for words.
    #[serde(default)]
    pub text: Option<String>,
}
