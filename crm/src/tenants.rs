//! Tenants and the people who work in them.
//! Sign-in, invitations and passwords are not here; a member is who someone is once known.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::{MemberId, SpaceId, TenantId};

/// What people who have not linked their chat account may do in bound places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnlinkedPolicy {
    /// Nothing: no card, no answer but the way to link.
    #[default]
    Nothing,
    /// Cards and look-ups, but no change.
    Read,
}

/// One organisation's Tieline. Nothing crosses it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// Its name, for people.
    pub name: String,
    /// Its IANA time zone (`Europe/Berlin`): what "friday" and "today" mean here.
    pub timezone: String,
    /// Its language, as a BCP 47 tag (`en`).
    pub language: String,
    /// Its country (ISO 3166, two letters): how national phone numbers are read.
    pub region: Option<String>,
    /// What people without a linked chat account may do.
    pub unlinked: UnlinkedPolicy,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// What a member may do, from least to most.
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
pub enum Role {
    /// Reads everything, changes nothing.
    Viewer,
    /// Reads everything, changes their own and unclaimed records.
    Member,
    /// Changes every record, members and connections.
    Admin,
    /// As admin, and may make and unmake owners.
    Owner,
}

impl Role {
    /// The role as it is stored and typed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Member => "member",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// Reads a role as it is stored and typed.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Viewer, Self::Member, Self::Admin, Self::Owner]
            .into_iter()
            .find(|role| role.as_str().eq_ignore_ascii_case(text))
    }
}

/// A person who works in a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Member {
    /// Their id.
    pub id: MemberId,
    /// Their name, as shown on cards.
    pub name: String,
    /// Their e-mail address, lower case, unique in the tenant.
    pub email: String,
    /// What they may do.
    pub role: Role,
    /// False once they were removed; their past stays.
    pub active: bool,
    /// When they came.
    pub created_at: DateTime<Utc>,
}

/// A named container of tables, boards and stacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Space {
    /// Its id.
    pub id: SpaceId,
    /// Its name.
    pub name: String,
    /// The template it was made from.
    pub template: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A chat account that acts as a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ChatAccount {
    /// The network (`matrix`).
    pub network: String,
    /// The account's immutable id on it.
    pub account: String,
    /// What it called itself when it was linked.
    pub name: String,
    /// Who it acts as.
    pub member: MemberId,
    /// When it was linked.
    pub linked_at: DateTime<Utc>,
}
