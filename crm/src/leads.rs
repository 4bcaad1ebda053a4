//! Leads: a record that may be sold a product, and waits for somebody to look at it. Each ends in
//! an answer, a deal or a reason why not, and keeps its history. The best one for a product is the
//! one with the highest score; among equals the one that more is known of, then the older one.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use crate::errors::Refusal;
use crate::ids::{LeadId, MemberId, PostId, ProductId, RecordId};

/// The most steps that a lead's history keeps; the first one always stays.
const STEPS_MAX: usize = 200;
/// The longest cursor, in bytes.
const CURSOR_BYTES_MAX: usize = 400;

/// A record that waits for review for a product, or was reviewed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Lead {
    /// Its id.
    pub id: LeadId,
    /// The product.
    pub product: ProductId,
    /// The record.
    pub record: RecordId,
    /// How it stands.
    pub status: LeadStatus,
    /// The score of the record; none while nothing is known. It stays as it was at the decision.
    pub score: Option<i64>,
    /// How much of the weight is known, in percent.
    pub coverage: i64,
    /// Who looks at it; none means whoever comes first.
    pub assignee: Option<MemberId>,
    /// Until when it is out of the way.
    pub snoozed_until: Option<DateTime<Utc>>,
    /// Whether a score over the product's threshold made it.
    pub by_rule: bool,
    /// Who made it, or changed the record so that the rule did.
    pub made_by: Option<MemberId>,
    /// Why it was made, in words.
    pub why: Option<String>,
    /// Why it was rejected.
    pub reason: Option<String>,
    /// Who decided.
    pub decided_by: Option<MemberId>,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
    /// What it became.
    pub deal: Option<RecordId>,
    /// Everything that was done with it, oldest first.
    pub history: Vec<LeadStep>,
    /// The card in the place of the product's leads.
    pub post: Option<PostId>,
    /// Rises with each change.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// How a lead stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeadStatus {
    /// It waits.
    Open,
    /// It became a deal.
    Accepted,
    /// Nothing comes of it.
    Rejected,
}

impl LeadStatus {
    /// As it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
        }
    }
}

/// One step of a lead's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LeadStep {
    /// When.
    pub at: DateTime<Utc>,
    /// Who; none means Tieline itself.
    pub member: Option<MemberId>,
    /// What, as a sentence.
    pub what: String,
}

/// Whom a lead or its deal is given to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeadTo {
    /// This member.
    Member(MemberId),
    /// Whoever's turn it is among those of the product.
    Turns,
    /// Nobody in particular.
    Nobody,
}

/// What a lead's card asks for at the moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeadAsks {
    /// What to do with it.
    #[default]
    Decision,
    /// Why it is rejected.
    Reason,
    /// Whom it is given to.
    Assignee,
}

impl Lead {
    /// Whether it waits, and is not out of the way.
    pub fn waits(&self, now: DateTime<Utc>) -> bool {
        self.status == LeadStatus::Open && self.snoozed_until.is_none_or(|until| until <= now)
    }

    /// Adds to the history. A very long one loses its second step.
    pub fn note(&mut self, at: DateTime<Utc>, member: Option<MemberId>, what: impl Into<String>) {
        if self.history.len() >= STEPS_MAX {
            self.history.remove(1);
        }
        self.history.push(LeadStep { at, member, what: what.into() });
    }
}

/// Which leads are wanted, by how they stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LeadsThat {
    /// Those that wait and are not out of the way.
    #[default]
    Wait,
    /// Those that are out of the way for a while.
    Sleep,
    /// Those that became deals.
    WereAccepted,
    /// Those that nothing came of.
    WereRejected,
}

impl LeadsThat {
    /// The status they have.
    pub fn status(self) -> LeadStatus {
        match self {
            Self::Wait | Self::Sleep => LeadStatus::Open,
            Self::WereAccepted => LeadStatus::Accepted,
            Self::WereRejected => LeadStatus::Rejected,
        }
    }
}

/// A page of leads, best first. Leads of records in the trash are left out.
#[derive(Debug, Clone, PartialEq)]
pub struct LeadList {
    /// For this product only.
    pub product: Option<ProductId>,
    /// How they stand.
    pub that: LeadsThat,
    /// Only those of this member.
    pub assignee: Option<MemberId>,
    /// What time it is, for what is out of the way.
    pub now: DateTime<Utc>,
    /// At most this many, 1 to 200.
    pub limit: i64,
    /// Only what comes after this.
    pub after: Option<LeadCursor>,
}

/// Where a page of leads ended. Opaque to whoever carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeadCursor {
    /// The last one's score; -1 where nothing is known.
    pub score: i64,
    /// Its coverage.
    pub coverage: i64,
    /// When it was made, in milliseconds since 1970.
    pub created_at: i64,
    /// The last one.
    pub id: LeadId,
}

impl LeadCursor {
    /// The place of a lead in the order.
    pub fn of(lead: &Lead) -> Self {
        Self {
            score: lead.score.unwrap_or(-1),
            coverage: lead.coverage,
            created_at: lead.created_at.timestamp_millis(),
            id: lead.id.clone(),
        }
    }
}

impl fmt::Display for LeadCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let carried = (self.score, self.coverage, self.created_at, &self.id);
        let text = serde_json::to_string(&carried).map_err(|_| fmt::Error)?;
        f.write_str(&BASE64URL_NOPAD.encode(text.as_bytes()))
    }
}

impl FromStr for LeadCursor {
    type Err = Refusal;

    fn from_str(given: &str) -> Result<Self, Refusal> {
        let unread = || {
            Refusal::invalid(
                "This “after” does not read. Send what a page gave as “next”, unchanged, or leave \
                 it out to begin with the first page.",
            )
        };
        if given.len() > CURSOR_BYTES_MAX {
            return Err(unread());
        }
        let bytes = BASE64URL_NOPAD.decode(given.as_bytes()).map_err(|_| unread())?;
        let (score, coverage, created_at, id) =
            serde_json::from_slice(&bytes).map_err(|_| unread())?;
        Ok(Self { score, coverage, created_at, id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::Env;

    #[test]
    fn a_cursor_reads_back_and_nothing_else_does() {
        let cursor =
            LeadCursor { score: -1, coverage: 3, created_at: 9, id: LeadId::fresh(&Env::system()) };
        assert_eq!(cursor.to_string().parse::<LeadCursor>(), Ok(cursor));
        for wrong in ["", "x", "e30", &"a".repeat(900)] {
            assert!(wrong.parse::<LeadCursor>().is_err(), "{wrong}");
        }
    }
}
