//! What can be asked about blueprints: making and changing them, taking records to another
//! version, and what becomes of both in the trash.

use serde::{Deserialize, Serialize};

use crate::blueprints::{Change, Column};
use crate::ids::{JobId, RecordId};

/// Make a blueprint.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateBlueprint {
    /// Its key, unique in the tenant (`delivery`): small letters, digits and underscores.
    pub key: String,
    /// What one record is called ("Delivery").
    pub name: String,
    /// What several are called ("Deliveries").
    pub plural: String,
    /// What record keys start with (`DEL`): capital letters and digits; the key when left out.
    #[serde(default)]
    pub prefix: Option<String>,
    /// What the title column is called; "Title" when left out.
    #[serde(default)]
    pub title: Option<String>,
    /// Whether naming a record in chat is a mention of it.
    #[serde(default)]
    pub mentionable: bool,
    /// Whether records have channels and other names, as people and companies have.
    #[serde(default)]
    pub identities: bool,
    /// Whether records are people, who are named by a part of their name, too.
    #[serde(default)]
    pub people: bool,
    /// Its columns, in order.
    #[serde(default)]
    pub columns: Vec<Column>,
}

/// Change a blueprint. It gets a new version; records stay at theirs until they are migrated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeBlueprint {
    /// Its key.
    pub blueprint: String,
    /// The version that was seen; left out, the change applies to whatever is there.
    #[serde(default)]
    pub expected_version: Option<i64>,
    /// What to change, in order.
    pub steps: Vec<Change>,
}

/// Put a blueprint in the trash, and its records with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteBlueprint {
    /// Its key.
    pub blueprint: String,
    /// The version that was seen; left out, it goes to the trash as it is.
    #[serde(default)]
    pub expected_version: Option<i64>,
}

/// Bring a blueprint back from the trash, and the records that went there with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RestoreBlueprint {
    /// Its key.
    pub blueprint: String,
}

/// Take the records of a blueprint to one of its versions, forward or backward.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MigrateRecords {
    /// The blueprint's key.
    pub blueprint: String,
    /// The version; the newest when left out.
    #[serde(default)]
    pub to_version: Option<i64>,
    /// Only say what it would do.
    #[serde(default)]
    pub dry_run: bool,
}

/// Remove what is in the trash, for good. Nothing brings it back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PurgeTrash {
    /// One record.
    Record(RecordId),
    /// All records of the blueprint with this key that are in the trash.
    RecordsOf(String),
}

/// Do the next part of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WorkOnJob {
    /// Which.
    pub job: JobId,
}

/// Stop a job. What it did stays done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelJob {
    /// Which.
    pub job: JobId,
}

/// Read the sensitive values of a record, which is noted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadSensitive {
    /// Which.
    pub record: RecordId,
}
