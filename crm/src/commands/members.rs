//! What can be asked of members and of the tokens that act for them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::MemberId;
use crate::tenants::Role;

/// Add a person who works here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddMember {
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// What they may do.
    pub role: Role,
}

/// Change what a member may do, or remove them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetRole {
    /// Who.
    pub member: MemberId,
    /// What they may do from now on.
    pub role: Role,
    /// False removes them; their past stays.
    pub active: bool,
}

/// Make a token with which a program acts as a member.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IssueApiToken {
    /// Whom it acts as.
    pub member: MemberId,
    /// What it is for.
    pub name: String,
    /// The hash of the secret; the secret itself is never stored.
    pub secret_hash: String,
    /// After this it is worth nothing.
    pub expires_at: DateTime<Utc>,
}
