//! What is asked about segments: making, changing and deleting them, and filling static ones.

use serde::{Deserialize, Serialize};

use crate::ids::{MemberId, RecordId, SegmentId};
use crate::segments::Segment;

/// Make a segment.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateSegment {
    /// Its name, 1 to 80 characters.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub about: Option<String>,
    /// The blueprint of its records, by key, where a filter fills it.
    #[serde(default)]
    pub blueprint: Option<String>,
    /// The filter that fills it (`value>10000 tag:vip`); left out, people do.
    #[serde(default)]
    pub filter: Option<String>,
}

/// Rename or describe a segment, or give a dynamic one another filter. What is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeSegment {
    /// Which, by id, key or name.
    pub segment: String,
    /// Its new name.
    #[serde(default)]
    pub name: Option<String>,
    /// What it is for; an empty text takes it away.
    #[serde(default)]
    pub about: Option<String>,
    /// Its new filter.
    #[serde(default)]
    pub filter: Option<String>,
    /// The member who may change it from now on.
    #[serde(default)]
    pub owner: Option<MemberId>,
}

/// Delete a segment. Its records stay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteSegment {
    /// Which, by id, key or name.
    pub segment: String,
}

/// Bring a deleted segment back: what undoes its deletion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BringSegmentBack {
    /// As it was.
    pub segment: Segment,
    /// Who was in it, when people fill it.
    pub records: Vec<RecordId>,
}

/// Put records into a static segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JoinSegment {
    /// Which segment, by id, key or name.
    pub segment: String,
    /// Which records, 1 to 200.
    pub records: Vec<RecordId>,
}

/// Take records out of a static segment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeaveSegment {
    /// Which segment, by id, key or name.
    pub segment: String,
    /// Which records, 1 to 200.
    pub records: Vec<RecordId>,
}

/// Read the filters anew that mean something else as time passes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FollowClock {
    /// The segments that are due.
    pub segments: Vec<SegmentId>,
}
