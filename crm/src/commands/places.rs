//! What can be asked of places and chat accounts: binding, loudness, and who acts for whom.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::chat::{Author, Place};
use crate::places::Level;

/// Make a place louder or quieter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPlaceLevel {
    /// Which.
    pub place: Place,
    /// How loud from now on; left out, it stays as it is.
    #[serde(default)]
    pub level: Option<Level>,
    /// Be silent for so many minutes; zero ends the silence.
    #[serde(default)]
    pub quiet_minutes: Option<i64>,
}

/// Take a one-time code that binds the place in which it is redeemed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IssueBindCode {
    /// The hash of the code; the code itself is never stored.
    pub code_hash: String,
}

/// Redeem a code: the place belongs to the tenant from now on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BindPlace {
    /// Which place.
    pub place: Place,
    /// What people call it.
    pub name: String,
    /// The hash of the code.
    pub code_hash: String,
    /// Read what was said there since then, where the network gives that.
    #[serde(default)]
    pub since: Option<DateTime<Utc>>,
}

/// Open a room of the built-in chat, which belongs to the tenant from the start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenRoom {
    /// The built-in chat's connection.
    pub connection: String,
    /// What people call it.
    pub name: String,
}

/// Make a place mute again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnbindPlace {
    /// Which.
    pub place: Place,
}

/// Ask that a chat account act as a member, which a signed-in page must confirm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AskToLink {
    /// The account that asks.
    pub account: Author,
    /// Where it asked.
    pub place: Place,
    /// The hash of the code in the page's address.
    pub code_hash: String,
    /// The page's address, said to that account alone.
    pub url: String,
}

/// Confirm, as the signed-in member, that the account that asked is one's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConfirmLink {
    /// The hash of the code.
    pub code_hash: String,
}

/// Let a chat account act for nobody.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Unlink {
    /// The network.
    pub network: String,
    /// The account.
    pub account: String,
}
