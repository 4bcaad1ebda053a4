//! Places and accounts: which room belongs to which tenant, how loud it may be, and which chat
//! account acts as which member. A place is mute until a one-time code is redeemed in it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::chat::{Author, Place};
use crate::ids::{MemberId, TenantId};

/// How long a code that binds a place or links an account can be used.
pub const CODE_MINUTES: i64 = 10;

/// How much Tieline says about a mention by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Nothing; mentions are logged.
    Off,
    /// Nothing but a way to ask for the card.
    Button,
    /// The title alone.
    Name,
    /// The whole card.
    #[default]
    Full,
}

impl Level {
    /// All levels, from silent to whole.
    pub const ALL: [Self; 4] = [Self::Off, Self::Button, Self::Name, Self::Full];

    /// The level as it is stored and typed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Button => "button",
            Self::Name => "name",
            Self::Full => "full",
        }
    }

    /// Reads a level as it is stored and typed.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.as_str().eq_ignore_ascii_case(text.trim()))
    }
}

/// A place that belongs to a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BoundPlace {
    /// The place.
    pub place: Place,
    /// What people call it.
    pub name: String,
    /// How loud Tieline may be.
    pub level: Level,
    /// Silent until then.
    pub quiet_until: Option<DateTime<Utc>>,
    /// Whose code bound it.
    pub bound_by: Option<MemberId>,
    /// When.
    pub bound_at: DateTime<Utc>,
    /// From when on what is said there is read, when that is earlier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_from: Option<DateTime<Utc>>,
}

/// A code that an administrator took, waiting to be redeemed in a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindCode {
    /// The tenant the place would belong to.
    pub tenant: TenantId,
    /// The administrator who took it.
    pub member: MemberId,
    /// After this it is worth nothing.
    pub expires_at: DateTime<Utc>,
}

/// A chat account that asks to act as a member, waiting for one to confirm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct LinkRequest {
    /// The tenant it asks in.
    pub tenant: TenantId,
    /// The account that asks.
    pub account: Author,
    /// Where it asked.
    pub place: Place,
    /// After this it is worth nothing.
    pub expires_at: DateTime<Utc>,
}

/// Somebody who is signed in, or a program with a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The tenant.
    pub tenant: TenantId,
    /// The member.
    pub member: MemberId,
    /// After this it is worth nothing.
    pub expires_at: DateTime<Utc>,
}

/// What is stored instead of a secret: its SHA-256, in hexadecimal.
pub fn secret_hash(secret: &str) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(secret.trim().as_bytes()))
}
