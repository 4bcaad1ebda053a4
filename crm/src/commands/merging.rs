//! What can be asked of two records that are one: merging them, taking them apart, and deciding
//! about those that may be one.

use serde::{Deserialize, Serialize};

use crate::ids::{JobId, PostId, RecordId};
use crate::merging::Duplicate;

/// Make two records of one kind one. What hangs on the other one moves to the kept one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MergeRecords {
    /// The record that stays.
    pub keep: RecordId,
    /// The record that becomes part of it.
    pub other: RecordId,
    /// The fields whose values are taken from the other one although the kept one has some, by
    /// column id or name; `title` and `owner` for these.
    #[serde(default)]
    pub take: Vec<String>,
    /// The version of the kept record that was seen; left out, whatever is there.
    #[serde(default)]
    pub expected_version: Option<i64>,
}

/// Show what merging two records would give, with buttons that decide.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskToMerge {
    /// The record that would stay.
    pub keep: RecordId,
    /// The record that would become part of it.
    pub other: RecordId,
    /// The fields that would be taken from the other one.
    pub take: Vec<String>,
    /// The post that shows them already, turned the other way round.
    pub post: Option<PostId>,
}

/// Take a record out of the one that it was merged into. What came with it goes back with it, and
/// what was written since goes where it belongs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnmergeRecords {
    /// The record that was merged.
    pub record: RecordId,
}

/// Look through all records of a kind for those that may be one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FindDuplicates {
    /// The key or name of the blueprint (`person`).
    pub blueprint: String,
}

/// Keep what was found about records that may be one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuggestDuplicates {
    /// The pairs. Those that were decided before stay decided.
    pub pairs: Vec<Duplicate>,
    /// The job that looked for them, which has ended with this.
    pub job: Option<JobId>,
}

/// Say that two records are not one, or that they may be after all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideDuplicate {
    /// One of them.
    pub one: RecordId,
    /// The other one.
    pub other: RecordId,
    /// Whether they are different.
    pub different: bool,
}
