//! Writing to customers on their networks, and what comes of it.

use serde::{Deserialize, Serialize};

use crate::chat::Message;
use crate::ids::{IdentityId, PostId, RecordId};

/// Write to somebody on a network that is connected.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SendMessage {
    /// The person, or what it is about: a deal or a company with one person who can be reached.
    pub record: RecordId,
    /// The person, where the record is not one.
    #[serde(default)]
    pub person: Option<RecordId>,
    /// The channel; left out, the first one that can be used.
    #[serde(default)]
    pub channel: Option<IdentityId>,
    /// What to say, at most 1,500 characters. A button leaves it out, and asks whoever presses.
    #[serde(default)]
    pub text: String,
    /// Show what they answer to this account alone, where it was asked in private.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_to: Option<String>,
}

/// Take in what a customer answered in private.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TakeAnswer {
    /// What they said.
    pub message: Message,
}

/// Take in that a message to a customer will never arrive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoteUndelivered {
    /// The post that was to carry it.
    pub post: PostId,
    /// Why, as a sentence.
    pub why: String,
}
