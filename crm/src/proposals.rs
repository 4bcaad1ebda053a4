//! Proposals: what captured messages would make of themselves, waiting for a person.
//! Every field says which words of which message it was read from.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::chat::{Author, Place};
use crate::ids::{MemberId, ProposalId, RecordId, TaskId};
use crate::records::IdentityKind;

/// How a proposal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProposalStatus {
    /// Waiting for a person.
    Open,
    /// Accepted; its records exist.
    Accepted,
    /// Discarded; nothing came of it.
    Discarded,
}

impl ProposalStatus {
    /// The status as it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Discarded => "discarded",
        }
    }

    /// Reads a status as it is stored.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Open, Self::Accepted, Self::Discarded].into_iter().find(|s| s.as_str() == text)
    }
}

/// A message that was captured, as it read then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CapturedMessage {
    /// Where it stands.
    pub place: Place,
    /// Its id on the network.
    pub message: String,
    /// Who wrote it.
    pub author: Author,
    /// What it says.
    pub text: String,
    /// When it was written.
    pub at: DateTime<Utc>,
    /// A link that opens it.
    pub permalink: Option<String>,
}

/// The words a value was read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SourceSpan {
    /// Which of the captured messages, from 0.
    pub message: usize,
    /// The first character, counted in Unicode scalar values.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// The sentence around it, for people.
    pub sentence: String,
    /// What read it (`email`, `name-beside-address`, or `model` for a language model).
    pub extractor: String,
    /// How sure that was, 0 to 100.
    pub confidence: u8,
    /// Whether the value does not stand there, but was concluded from it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub inferred: bool,
}

/// What a language model is called as an extractor.
pub const MODEL: &str = "model";

impl SourceSpan {
    /// Whether a language model named the value, and no rule found it.
    pub fn is_by_model(&self) -> bool {
        self.extractor == MODEL
    }
}

/// Where a value of a proposed record would go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case", tag = "slot", content = "name")]
pub enum Slot {
    /// The title.
    Title,
    /// A column, by id.
    Column(String),
    /// A channel.
    Identity(IdentityKind),
}

/// What accepting would do with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldEffect {
    /// Make it with the new record.
    Create,
    /// Add it to a record that exists.
    Attach,
    /// It is there already.
    Same,
    /// The record says something else; it is left as it is.
    Conflict,
}

/// One value of a proposed record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ProposedField {
    /// Where it would go.
    pub slot: Slot,
    /// The value, in its normal form.
    #[schema(value_type = Object)]
    pub value: Json,
    /// The words it was read from.
    pub source: SourceSpan,
    /// What accepting would do.
    pub effect: FieldEffect,
}

/// A record that exists and seems to be the one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Match {
    /// The record.
    pub record: RecordId,
    /// Why ("has the e-mail address anna@acme.io").
    pub reason: String,
    /// Certain attaches by itself; otherwise the person is asked.
    pub certain: bool,
}

/// One record that accepting would make or add to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ProposedRecord {
    /// The blueprint's key (`person`).
    pub blueprint: String,
    /// Its title.
    pub title: String,
    /// Its values.
    pub fields: Vec<ProposedField>,
    /// The record that exists and seems to be the one.
    pub existing: Option<Match>,
    /// What somebody should look at before accepting it: a name in letters of another script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warning: Option<String>,
    /// Whether the proposal was accepted without it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub left_out: bool,
}

impl ProposedRecord {
    /// Where its title was read.
    pub fn title_source(&self) -> Option<&SourceSpan> {
        self.fields.iter().find(|field| field.slot == Slot::Title).map(|field| &field.source)
    }
}

/// A relation that accepting would make, between places in the list of records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ProposedLink {
    /// From this one.
    pub from: usize,
    /// To that one.
    pub to: usize,
    /// What kind of relation.
    pub kind: String,
    /// Whether a language model said so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_model: bool,
}

/// Something to do that accepting would make a task of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ProposedTask {
    /// What to do, in the words of the message.
    pub title: String,
    /// The day it is due, in the tenant's time zone.
    pub due_on: Option<NaiveDate>,
    /// The time it is due, when one was told.
    pub due_at: Option<DateTime<Utc>>,
    /// The member who promised it or was asked; none means the pool.
    pub assignee: Option<MemberId>,
    /// What it is about: places in the list of records, the best first. It goes onto the first of
    /// these that is accepted.
    pub about: Vec<usize>,
    /// What accepting would do: create it, or nothing where the same is to be done already.
    pub effect: FieldEffect,
    /// The words that say what to do.
    pub source: SourceSpan,
    /// The words that say by when.
    pub due_source: Option<SourceSpan>,
}

/// What the messages say in short, in their own words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ProposedSummary {
    /// What it says.
    pub text: String,
    /// Where its words stand.
    pub sources: Vec<SourceSpan>,
}

/// What captured messages would make of themselves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Proposal {
    /// Its id.
    pub id: ProposalId,
    /// How it stands.
    pub status: ProposalStatus,
    /// What was captured.
    pub messages: Vec<CapturedMessage>,
    /// What it would make.
    pub records: Vec<ProposedRecord>,
    /// How these would be related.
    pub links: Vec<ProposedLink>,
    /// What there would be to do.
    #[serde(default)]
    pub tasks: Vec<ProposedTask>,
    /// What the messages say in short.
    #[serde(default)]
    pub summary: Option<ProposedSummary>,
    /// Who captured it.
    pub created_by: Option<MemberId>,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Who decided.
    pub decided_by: Option<MemberId>,
    /// When.
    pub decided_at: Option<DateTime<Utc>>,
    /// What accepting made or added to, in the order of those `records` that were not left out.
    pub made: Vec<RecordId>,
    /// The tasks that accepting made.
    #[serde(default)]
    pub made_tasks: Vec<TaskId>,
}

impl Proposal {
    /// Whether it would make nothing: the rules found nothing, and a language model is asked.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty() && self.tasks.is_empty()
    }
}

/// Where a task was read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TaskSource {
    /// The proposal it came by.
    pub proposal: ProposalId,
    /// The words that say what to do.
    pub source: SourceSpan,
    /// The words that say by when.
    pub due: Option<SourceSpan>,
    /// The message they stand in.
    pub message: CapturedMessage,
}

/// Where a value on a record came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Provenance {
    /// The record.
    pub record: RecordId,
    /// Its number on the record, from 1; 0 before it is kept.
    #[serde(default)]
    pub number: i64,
    /// Where on the record.
    pub slot: Slot,
    /// The value.
    #[schema(value_type = Object)]
    pub value: Json,
    /// The proposal it came by.
    pub proposal: ProposalId,
    /// The words it was read from.
    pub source: SourceSpan,
    /// The message they stand in.
    pub message: CapturedMessage,
    /// Who approved it.
    pub approved_by: Option<MemberId>,
    /// When.
    pub at: DateTime<Utc>,
    /// Since when it is known to be wrong.
    #[serde(default)]
    pub wrong_at: Option<DateTime<Utc>>,
}
