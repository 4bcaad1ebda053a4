//! What can be asked of records: making, changing, owning and trashing them, their identities
//! and their links. Moving them through a flow is in `flows.rs`.

use serde::{Deserialize, Serialize};

use crate::blueprints::Values;
use crate::commands::Command;
use crate::ids::{IdentityId, JobId, LinkId, MemberId, RecordId};
use crate::records::{Identity, IdentityKind};

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
    /// What people call it ("work").
    #[serde(default)]
    pub label: Option<String>,
    /// The network's own id of the account. Where the record has an account with this id, its
    /// handle is changed and the old one is kept as history.
    #[serde(default)]
    pub stable_id: Option<String>,
}

/// Change a channel. What is left out stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeIdentity {
    /// Of which record.
    pub record: RecordId,
    /// The channel.
    pub identity: IdentityId,
    /// The new address, number or handle; the old one is kept as history.
    #[serde(default)]
    pub value: Option<String>,
    /// What people call it; empty removes the label.
    #[serde(default)]
    pub label: Option<String>,
    /// Whether it is the first among its kind. Another one of the kind steps back.
    #[serde(default)]
    pub primary: Option<bool>,
    /// Whether its owner proved that it is theirs.
    #[serde(default)]
    pub verified: Option<bool>,
    /// Whether nothing that is sent there arrives.
    #[serde(default)]
    pub bounced: Option<bool>,
    /// The network's own id of the account.
    #[serde(default)]
    pub stable_id: Option<String>,
}

impl ChangeIdentity {
    /// A change that changes nothing yet.
    pub fn of(record: RecordId, identity: IdentityId) -> Self {
        Self {
            record,
            identity,
            value: None,
            label: None,
            primary: None,
            verified: None,
            bounced: None,
            stable_id: None,
        }
    }
}

/// Put channels back as they were: those that are there are changed, others come back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PutBackIdentities {
    /// Of which record.
    pub record: RecordId,
    /// As they were.
    pub identities: Vec<Identity>,
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
    /// The link that it was, when one is put back that was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<LinkId>,
}

/// Change what a link says: its kind, or the part that is played in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeLink {
    /// The record it starts from.
    pub from: RecordId,
    /// The link.
    pub link: LinkId,
    /// The kind from now on (`customer`, `partner`); left out, it stays.
    #[serde(default)]
    pub kind: Option<String>,
    /// The part from now on; empty means none; left out, it stays.
    #[serde(default)]
    pub role: Option<String>,
}

/// What is done with each of many records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum ManyChange {
    /// Take those that are nobody's.
    Claim,
    /// Give them back to the pool.
    Release,
    /// Give them to somebody.
    Assign {
        /// To whom.
        owner: MemberId,
    },
    /// Set columns.
    Set {
        /// New values, by column id or name; null removes one.
        #[schema(value_type = Object)]
        values: Values,
    },
    /// Put them in the trash.
    Trash,
}

/// Do the same with many records: those of a list, or those that a filter finds. A few are changed
/// at once; more by a job. It is undone in one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeMany {
    /// What.
    pub change: ManyChange,
    /// With these.
    #[serde(default)]
    pub records: Vec<RecordId>,
    /// With those that this finds (`stage:open owner:none`).
    #[serde(default)]
    pub filter: Option<String>,
}

/// Take back what was done with many records, each by itself: what somebody changed since is left
/// alone, and told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TakeBackMany {
    /// What a job did.
    #[serde(default)]
    pub job: Option<JobId>,
    /// What takes back each of a few, and whose it is.
    #[serde(default)]
    pub each: Vec<(RecordId, Command)>,
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
