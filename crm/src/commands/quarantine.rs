//! What can be asked about mails and their senders: taking a mail in, deciding one that is held,
//! and saying whose mails are always or never wanted.

use serde::{Deserialize, Serialize};

use super::ProposeRecords;
use crate::chat::Place;
use crate::ids::{HeldId, InteractionId, PostId, RecordId};
use crate::mails::{Correspondent, HeaderLine, Mail};
use crate::quarantine::{Reason, Verdict};

/// Take a mail in: onto the timeline of whoever wrote it, into the quarantine, or before people as
/// a proposal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReceiveMail {
    /// The mail.
    pub mail: Mail,
    /// Why the gate would hold it, the weightiest first.
    pub reasons: Vec<Reason>,
    /// What it would become, with the mail as its message.
    pub proposes: ProposeRecords,
    /// What it would become together with earlier mails of its sender, in the place of the open
    /// proposal of these.
    pub joined: Option<ProposeRecords>,
}

/// Put a message in which nobody was found into the quarantine, where the gate would have put it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HoldMessage {
    /// Who wrote it.
    pub from: Correspondent,
    /// What it is about.
    pub subject: String,
    /// The lines of its header.
    pub headers: Vec<HeaderLine>,
    /// Why it is held, the weightiest first.
    pub reasons: Vec<Reason>,
    /// What it would become, with the message that it came as.
    pub proposes: ProposeRecords,
}

/// Let a held mail through: it becomes a proposal, or stands on the timeline of whoever wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseHeld {
    /// Which.
    pub held: HeldId,
    /// Whether its sender's mails pass from now on, which only an administrator decides.
    #[serde(default)]
    pub allow_sender: bool,
}

/// Say that nothing comes of a held mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DiscardHeld {
    /// Which.
    pub held: HeldId,
}

/// Let a mail that was decided wait again, without what releasing it made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutBackHeld {
    /// Which.
    pub held: HeldId,
    /// The lines that it got on timelines.
    pub lines: Vec<(RecordId, InteractionId)>,
}

/// Show the mails that are held, or one of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShowHeld {
    /// Only this one.
    pub held: Option<HeldId>,
    /// Those with smaller numbers.
    pub before: Option<i64>,
    /// The post that shows it instead of what it showed.
    pub post: Option<PostId>,
}

/// Say whether a sender's mails are always or never wanted; without a verdict, as the gate sees
/// them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JudgeSender {
    /// An address, or a domain with all below it.
    pub sender: String,
    /// What holds for it.
    pub verdict: Option<Verdict>,
}

/// Show proposals that are made of mails in a place, or nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostMails {
    /// Where.
    pub place: Option<Place>,
}
