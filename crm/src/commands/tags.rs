//! What is asked about tags: the library, and which records have which.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::{RecordId, TagId};
use crate::segments::Segment;
use crate::tags::Tag;

/// Add a tag to the library.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateTag {
    /// Its name as it is shown, 1 to 50 characters, without commas.
    pub name: String,
    /// Its colour, as `#rrggbb`.
    #[serde(default)]
    pub colour: Option<String>,
    /// What it means, at most 500 characters.
    #[serde(default)]
    pub about: Option<String>,
}

/// Rename, recolour or describe a tag. What is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeTag {
    /// Which, by id or name.
    pub tag: String,
    /// Its new name; filters of segments and views follow.
    #[serde(default)]
    pub name: Option<String>,
    /// Its new colour, as `#rrggbb`; an empty text takes it away.
    #[serde(default)]
    pub colour: Option<String>,
    /// What it means; an empty text takes it away.
    #[serde(default)]
    pub about: Option<String>,
}

/// Take a tag off all records and out of the library.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteTag {
    /// Which, by id or name.
    pub tag: String,
}

/// Give another tag to all records that have this one, and take this one out of the library.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeTags {
    /// The one that goes, by id or name.
    pub from: String,
    /// The one that stays, by id or name.
    pub into: String,
}

/// Put tags on records.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TagRecords {
    /// Which, 1 to 200.
    pub records: Vec<RecordId>,
    /// The tags, by id or name.
    pub tags: Vec<String>,
    /// Whether a name that is not in the library is refused instead of added to it.
    #[serde(default)]
    pub known_only: bool,
}

/// Take tags off records.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UntagRecords {
    /// Which, 1 to 200.
    pub records: Vec<RecordId>,
    /// The tags, by id or name.
    pub tags: Vec<String>,
}

/// Take a tag out of the library while it is on no record: what undoes making it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DropUnusedTag {
    /// Which.
    pub tag: TagId,
}

/// Bring a deleted or merged tag back onto the records that had it: what undoes both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BringTagBack {
    /// As it was.
    pub tag: Tag,
    /// The tag that its records were given instead.
    pub instead: Option<TagId>,
    /// When it went.
    pub gone_at: DateTime<Utc>,
    /// The segments whose filters followed the merge, as they were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<Segment>,
}
