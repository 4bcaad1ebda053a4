//! Records: one thing of a blueprint, whether a person, a deal or a delivery.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::blueprints::Values;
use crate::ids::{BlueprintId, MemberId, RecordId, SpaceId};

/// One thing of a blueprint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Record {
    /// Its id.
    pub id: RecordId,
    /// The short key that people type (`DEAL-12`).
    pub key: String,
    /// What it is made of.
    pub blueprint: BlueprintId,
    /// The version of the blueprint it was written with.
    pub blueprint_version: i64,
    /// The space it stands in.
    pub space: SpaceId,
    /// Its title.
    pub title: String,
    /// Who looks after it; none means unclaimed.
    pub owner: Option<MemberId>,
    /// The flow it goes through.
    pub flow: Option<String>,
    /// The state it is in.
    pub state: Option<String>,
    /// Since when it is in that state.
    pub state_since: Option<DateTime<Utc>>,
    /// Its column values.
    #[schema(value_type = Object)]
    pub values: Values,
    /// Rises with each change; a change says which one it saw.
    pub version: i64,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When something last happened with or about it.
    pub touched_at: Option<DateTime<Utc>>,
    /// When it went to the trash.
    pub trashed_at: Option<DateTime<Utc>>,
}

/// A channel of a person or company, or another name for it.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum IdentityKind {
    /// An e-mail address, lower case.
    Email,
    /// A phone number in E.164.
    Phone,
    /// A domain name, lower case.
    Domain,
    /// A Matrix account.
    Matrix,
    /// A Telegram account.
    Telegram,
    /// A Discord account.
    Discord,
    /// A GitHub account.
    Github,
    /// A LinkedIn profile.
    Linkedin,
    /// An X account.
    Twitter,
    /// Another name for it; never proof of who it is.
    Alias,
}

impl IdentityKind {
    /// All kinds.
    pub const ALL: [Self; 10] = [
        Self::Email,
        Self::Phone,
        Self::Domain,
        Self::Matrix,
        Self::Telegram,
        Self::Discord,
        Self::Github,
        Self::Linkedin,
        Self::Twitter,
        Self::Alias,
    ];

    /// The kind as it is stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Domain => "domain",
            Self::Matrix => "matrix",
            Self::Telegram => "telegram",
            Self::Discord => "discord",
            Self::Github => "github",
            Self::Linkedin => "linkedin",
            Self::Twitter => "twitter",
            Self::Alias => "alias",
        }
    }

    /// Reads a kind as it is stored.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// An identity with the record it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Identity {
    /// Its id.
    pub id: crate::ids::IdentityId,
    /// Whose it is.
    pub record: RecordId,
    /// What kind of channel.
    pub kind: IdentityKind,
    /// The normal form that is compared.
    pub value: String,
    /// Whether its owner proved that it is theirs.
    pub verified: bool,
    /// The one to use first among its kind.
    pub primary: bool,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// What people call it ("work").
    pub label: Option<String>,
    /// The network's own id of the account, which stays when the handle changes.
    pub stable_id: Option<String>,
    /// Since when nothing that is sent there arrives.
    pub bounced_at: Option<DateTime<Utc>>,
}

/// What an account was called before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct OldHandle {
    /// The account.
    pub identity: crate::ids::IdentityId,
    /// What it was called.
    pub value: String,
    /// Until when.
    pub until: DateTime<Utc>,
}

/// Which links of a record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkFilter {
    /// Only those of this kind.
    pub kind: Option<String>,
    /// Only those that start from the record, or that lead to it.
    pub outward: Option<bool>,
    /// Only what comes after this one.
    pub after: Option<crate::ids::LinkId>,
    /// At most this many.
    pub limit: i64,
}

/// How many links of one kind and direction there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkCount {
    /// The kind.
    pub kind: String,
    /// Whether they start from the record.
    pub outward: bool,
    /// How many.
    pub count: i64,
}

/// A typed relation between two records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Link {
    /// Its id.
    pub id: crate::ids::LinkId,
    /// From here (a deal).
    pub from: RecordId,
    /// To there (a person).
    pub to: RecordId,
    /// What kind of relation (`contact`, `customer`, `works_at`).
    pub kind: String,
    /// The part that `to` plays ("Champion").
    pub role: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A name under which a record is recognised in text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownName {
    /// The record.
    pub record: RecordId,
    /// The name, alias, domain, handle or key.
    pub text: String,
    /// Which of these it is.
    pub kind: KnownNameKind,
}

/// What kind of name it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KnownNameKind {
    /// The title.
    Name,
    /// The title or another name of a person: parts of it and nicknames count, too.
    Person,
    /// Another name.
    Alias,
    /// A domain.
    Domain,
    /// An account name.
    Handle,
    /// The record key.
    Key,
}

impl KnownNameKind {
    /// The kind of name an identity is in running text; none means it never is one. `people` says
    /// whether its record is somebody.
    pub fn of(kind: IdentityKind, people: bool) -> Option<Self> {
        match kind {
            IdentityKind::Alias if people => Some(Self::Person),
            IdentityKind::Alias => Some(Self::Alias),
            IdentityKind::Domain => Some(Self::Domain),
            IdentityKind::Matrix
            | IdentityKind::Telegram
            | IdentityKind::Discord
            | IdentityKind::Github
            | IdentityKind::Twitter => Some(Self::Handle),
            IdentityKind::Email | IdentityKind::Phone | IdentityKind::Linkedin => None,
        }
    }
}
