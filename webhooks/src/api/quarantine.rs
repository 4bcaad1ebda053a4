//! Mails from unknown senders that are held, and what a person decides about them.

pub(super) mod discard;
pub(super) mod list;
pub(super) mod release;
pub(super) mod show;

use chrono::{DateTime, Utc};
use crm::ids::{HeldId, MemberId, ProposalId};
use crm::mails::{Correspondent, words_of};
use crm::quarantine::{HeldMail, HeldStatus, Reason};
use serde::Serialize;

/// How much of a mail's text a list gives, in characters.
const CHARS_LISTED_MAX: usize = 280;

/// Why a mail is held.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct HeldWhy {
    /// The reason, for programs.
    reason: Reason,
    /// The reason as a sentence.
    says: &'static str,
}

/// A mail that is or was held.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct HeldShown {
    /// Its id.
    id: HeldId,
    /// Its number, as people say it.
    number: i64,
    /// How it stands.
    status: HeldStatus,
    /// Who wrote it.
    from: Correspondent,
    /// What it is about.
    subject: String,
    /// How it begins.
    begins: String,
    /// Why it is held, the weightiest first.
    reasons: Vec<HeldWhy>,
    /// When it arrived.
    received_at: Option<DateTime<Utc>>,
    /// When it was held.
    held_at: DateTime<Utc>,
    /// The proposal that releasing it made.
    proposal: Option<ProposalId>,
    /// Who decided.
    decided_by: Option<MemberId>,
    /// When.
    decided_at: Option<DateTime<Utc>>,
}

impl HeldShown {
    fn new(mail: &HeldMail) -> Self {
        let why = |reason: &Reason| HeldWhy { reason: *reason, says: reason.says() };
        let words = mail.message().map(words_of).unwrap_or_default();
        Self {
            id: mail.id.clone(),
            number: mail.number,
            status: mail.status,
            from: mail.from.clone(),
            subject: mail.subject.clone(),
            begins: words.chars().take(CHARS_LISTED_MAX).collect(),
            reasons: mail.reasons.iter().map(why).collect(),
            received_at: mail.message().map(|message| message.at),
            held_at: mail.held_at,
            proposal: mail.proposal.clone(),
            decided_by: mail.decided_by.clone(),
            decided_at: mail.decided_at,
        }
    }
}
