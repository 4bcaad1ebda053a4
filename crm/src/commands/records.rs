//! What can be asked of records: making, changing, owning and trashing them, their identities
//! and their links. Moving them through a flow is in `flows.rs`.

use serde::{Deserialize, Serialize};

use crate::blueprints::Values;
use crate::ids::{IdentityId, LinkId, MemberId, RecordId};
use crate::records::IdentityKind;

/// An identity that comes with a new record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewIdentity {
    /// What kind of channel.
    pub kind: IdentityKind,
    /// The address, number, domain or account.
    pub value: String,
}

/// Make a record.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRecord {
    /// The key of its blueprint (`deal`).
    pub blueprint: String,
    /// Its title.
    pub title: String,
    /// Its column values, by column id or name.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub values: Values,
    /// Its channels and other names.
    #[serde(default)]
    pub identities: Vec<NewIdentity>,
    /// The pipeline it enters, by key or name; the first one that the maker may use when left
    /// out.
    #[serde(default)]
    pub flow: Option<String>,
    /// The stage it enters, by key or name; the first one when left out.
    #[serde(default)]
    pub state: Option<String>,
    /// The space it stands in, by id or name; left out, the one whose template made its
    /// blueprint.
    #[serde(default)]
    pub space: Option<String>,
    /// Make it nobody's instead of the maker's.
    #[serde(default)]
    pub unclaimed: bool,
}

/// Make a record that is linked to another one from the start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateLinked {
    /// The record to make.
    pub record: CreateRecord,
    /// The record it is linked to.
    pub to: RecordId,
    /// What kind of relation (`customer`, `works_at`).
    pub kind: String,
}

/// Change a record's title or columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateRecord {
    /// Which.
    pub record: RecordId,
    /// The version that was seen; left out, the change applies to whatever is there.
    #[serde(default)]
    pub expected_version: Option<i64>,
    /// The new title.
    #[serde(default)]
    pub title: Option<String>,
    /// New values, by column id or name; null removes one.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub values: Values,
}

/// Give a record to somebody, or to nobody.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignRecord {
    /// Which.
    pub record: RecordId,
    /// Who looks after it from now on.
    pub owner: Option<MemberId>,
    /// The version that was seen; left out, the change applies to whatever is there.
    #[serde(default)]
    pub expected_version: Option<i64>,
}

/// Take a record that is nobody's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClaimRecord {
    /// Which.
    pub record: RecordId,
}

/// Put a record in the trash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrashRecord {
    /// Which.
    pub record: RecordId,
    /// The version that was seen; left out, the change applies to whatever is there.
    #[serde(default)]
    pub expected_version: Option<i64>,
}

/// Bring a record back from the trash.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RestoreRecord {
    /// Which.
    pub record: RecordId,
}

/// Add a channel or another name to a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddIdentity {
    /// To which.
    pub record: RecordId,
    /// What kind of channel.
    pub kind: IdentityKind,
    /// The address, number, domain or account.
    pub value: String,
}

/// Remove a channel or another name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveIdentity {
    /// From which.
    pub record: RecordId,
    /// The channel.
    pub identity: IdentityId,
}

/// Relate two records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkRecords {
    /// From here (a deal).
    pub from: RecordId,
    /// To there (a person).
    pub to: RecordId,
    /// What kind of relation (`contact`, `customer`, `works_at`).
    pub kind: String,
    /// The part that `to` plays ("Champion").
    #[serde(default)]
    pub role: Option<String>,
}

/// Remove a relation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnlinkRecords {
    /// The record it starts from.
    pub from: RecordId,
    /// The link.
    pub link: LinkId,
}
