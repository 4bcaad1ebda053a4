//! The quarantine: mails from unknown senders that are not worth a person's time until somebody
//! says otherwise, each with the reasons why it is held; and whose mails the team always or never
//! wants. Nothing is dropped: a held mail waits until a person releases or discards it, and stays.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::commands::ProposeRecords;
use crate::errors::Refusal;
use crate::ids::{HeldId, MemberId, ProposalId};
use crate::mails::{Correspondent, HeaderLine, is_domain, normal_address};
use crate::proposals::{CapturedMessage, ProposedRecord};

/// How a held mail stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HeldStatus {
    /// Nobody decided yet.
    Waiting,
    /// Somebody wanted it read.
    Released,
    /// Somebody wanted nothing of it.
    Discarded,
}

impl HeldStatus {
    /// The status as it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Released => "released",
            Self::Discarded => "discarded",
        }
    }

    /// Reads a status as it is stored.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Waiting, Self::Released, Self::Discarded].into_iter().find(|s| s.as_str() == text)
    }
}

/// Why a mail is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The team does not want mails from there.
    Denied,
    /// Whoever wrote it is in the trash.
    Trashed,
    /// It comes from the team itself.
    Own,
    /// A machine wrote it.
    Automatic,
    /// It went to a list.
    List,
    /// Nobody reads what is sent there.
    NoReply,
    /// A mailbox that several people share.
    Role,
    /// Nobody is in it of whom a record could be made.
    Nobody,
}

impl Reason {
    /// The reason as a sentence.
    pub fn says(self) -> &'static str {
        match self {
            Self::Denied => "Your team does not want mails from this sender.",
            Self::Trashed => {
                "Its sender is in the trash. Restore them, and releasing it puts it on their \
                 timeline."
            }
            Self::Own => "It comes from your own team, so it is no lead.",
            Self::Automatic => {
                "A machine wrote it: an automatic answer, or a report about a delivery."
            }
            Self::List => "It went to a list: a newsletter or a mailing list.",
            Self::NoReply => "It comes from a mailbox nobody reads.",
            Self::Role => "It comes from a mailbox that several people share.",
            Self::Nobody => "I found nobody in it to make a record of.",
        }
    }

    /// The reason as a warning about what somebody makes of it all the same.
    pub fn warning(self, sender: &str) -> String {
        let about = match self {
            Self::Denied => "From a sender whose mails your team does not want",
            Self::Trashed => "From somebody who is in the trash",
            Self::Own => "From your own team",
            Self::Automatic => "Written by a machine",
            Self::List => "Sent to a list, such as a newsletter",
            Self::NoReply => "From a mailbox nobody reads",
            Self::Role => "From a mailbox that several people share",
            Self::Nobody => "I found nobody in this mail",
        };
        format!("{about}: {sender}")
    }
}

/// A mail that is held.
#[derive(Debug, Clone, PartialEq)]
pub struct HeldMail {
    /// Its id.
    pub id: HeldId,
    /// Its number in the tenant, for people.
    pub number: i64,
    /// How it stands.
    pub status: HeldStatus,
    /// Who wrote it.
    pub from: Correspondent,
    /// What it is about.
    pub subject: String,
    /// The lines of its header.
    pub headers: Vec<HeaderLine>,
    /// Why it is held, the weightiest first.
    pub reasons: Vec<Reason>,
    /// What it would become, as it was read when it came, with the mail as its message.
    pub proposes: ProposeRecords,
    /// When it was held.
    pub held_at: DateTime<Utc>,
    /// The proposal that releasing it made.
    pub proposal: Option<ProposalId>,
    /// Who decided.
    pub decided_by: Option<MemberId>,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
}

impl HeldMail {
    /// Why it is held, in sentences.
    pub fn says(&self) -> String {
        self.reasons.iter().map(|reason| reason.says()).collect::<Vec<_>>().join(" ")
    }

    /// The mail as a message.
    pub fn message(&self) -> Option<&CapturedMessage> {
        self.proposes.messages.first()
    }

    /// What it is about, for people.
    pub fn about(&self) -> &str {
        if self.subject.is_empty() { "without a subject" } else { &self.subject }
    }
}

/// Whether the mails of a sender are always read, or never.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// They pass, whatever they look like.
    Allow,
    /// They are held, always.
    Deny,
}

impl Verdict {
    /// The verdict as it is stored and typed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        }
    }

    /// Reads a verdict as it is stored and typed.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Allow, Self::Deny].into_iter().find(|v| v.as_str().eq_ignore_ascii_case(text.trim()))
    }
}

/// What a team decided about an address, or about a domain and all below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SenderRule {
    /// The address (`anna@acme.io`) or the domain (`acme.io`).
    pub sender: String,
    /// Whether its mails are always read, or never.
    pub verdict: Verdict,
    /// Who decided.
    pub by: Option<MemberId>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Says on what was read from a message, by its place, what somebody should know before accepting
/// it.
pub fn warn(records: &mut [ProposedRecord], message: usize, warning: &str) {
    let reads =
        |record: &ProposedRecord| record.fields.iter().any(|field| field.source.message == message);
    let Some(record) = records.iter_mut().find(|record| reads(record)) else { return };
    record.warning = Some(match record.warning.take() {
        Some(before) => format!("{before}; {warning}"),
        None => warning.to_owned(),
    });
}

/// An address or a domain in the form in which they are compared.
///
/// # Errors
/// When it is neither, or a domain that belongs to nobody (`com`, `co.uk`).
pub fn normal_sender(given: &str) -> Result<String, Refusal> {
    let given = given.trim().trim_start_matches("mailto:").trim_matches(['<', '>']);
    let given = given.trim_start_matches('@').trim_end_matches('.').to_lowercase();
    if given.contains('@') {
        return normal_address(&given);
    }
    let belongs = idna::domain_to_ascii(&given).ok().is_some_and(|d| psl::domain_str(&d).is_some());
    if given.len() > 253 || !is_domain(&given) || !belongs {
        let shown = given.chars().take(80).collect::<String>();
        return Err(Refusal::invalid(format!(
            "“{shown}” is no sender. Give an address like anna@acme.io, or a domain like acme.io."
        )));
    }
    Ok(given)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_is_an_address_or_a_domain_that_belongs_to_somebody() {
        let check = |given: &str, kept: &str| {
            assert_eq!(normal_sender(given), Ok(kept.to_owned()), "{given}");
        };
        check(" Anna@Acme.IO ", "anna@acme.io");
        check("@acme.io", "acme.io");
        check("<anna@acme.io>", "anna@acme.io");
        check("News.Acme.co.uk.", "news.acme.co.uk");
        check("müller.de", "müller.de");
        for given in ["", "com", "co.uk", "acme", "acme io", "*", "%.io", "a@b"] {
            assert!(normal_sender(given).is_err(), "{given}");
        }
    }

    #[test]
    fn each_reason_is_a_sentence_with_an_end() {
        for reason in [
            Reason::Denied,
            Reason::Trashed,
            Reason::Own,
            Reason::Automatic,
            Reason::List,
            Reason::NoReply,
            Reason::Role,
            Reason::Nobody,
        ] {
            assert!(reason.says().ends_with('.'), "{reason:?}");
            assert!(reason.warning("a@b.io").ends_with(": a@b.io"), "{reason:?}");
        }
    }
}
