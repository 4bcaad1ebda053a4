//! What is asked about saved views: making, changing and deleting them, which one somebody sees
//! first, and changing a record through one.

use serde::{Deserialize, Serialize};

use crate::blueprints::Values;
use crate::ids::{RecordId, ViewId};
use crate::views::{Layout, View, ViewColumn};

/// Save a view.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CreateView {
    /// What it shows, and how.
    pub like: ViewLike,
}

/// Change a view. What is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ChangeView {
    /// Which, by id or name.
    pub view: String,
    /// What changes.
    pub like: ViewLike,
}

/// What there is to say about a view.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ViewLike {
    /// The key of the blueprint whose records it shows (`deal`). It cannot change.
    #[serde(default)]
    pub blueprint: Option<String>,
    /// Its name, 1 to 80 characters.
    #[serde(default)]
    pub name: Option<String>,
    /// Whether everybody sees it.
    #[serde(default)]
    pub shared: Option<bool>,
    /// The space whose records it shows, by id or name; an empty text means all.
    #[serde(default)]
    pub space: Option<String>,
    /// Its columns, in order, by id or name, at most 60; `key`, `title`, `owner`, `stage`, `tags`,
    /// `space`, `created`, `updated` and `touched` are always there.
    #[serde(default)]
    pub columns: Option<Vec<ViewColumn>>,
    /// Which records (`value>10000 tag:vip`).
    #[serde(default)]
    pub filter: Option<String>,
    /// In which order (`-value,title`).
    #[serde(default)]
    pub sort: Option<String>,
    /// Whether it begins with what is the looker's own.
    #[serde(default)]
    pub mine: Option<bool>,
    /// Table or board.
    #[serde(default)]
    pub layout: Option<Layout>,
    /// What a board is grouped by: `stage`, a pipeline's key, or a column of options.
    #[serde(default)]
    pub group_by: Option<String>,
    /// The blueprint through whose columns the records are shown, by key; an empty text means
    /// their own.
    #[serde(default)]
    pub through: Option<String>,
    /// For such a view, which own column each of those shows, by id or name. What is left out is
    /// found by name and type.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub mapping: Option<std::collections::BTreeMap<String, String>>,
}

/// Delete a view. Its records stay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteView {
    /// Which.
    pub view: String,
}

/// Put a view back as it was: what undoes changing and deleting it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PutBackView {
    /// As it was.
    pub view: View,
    /// As it was left; none when it was deleted.
    pub seen: Option<View>,
}

/// Say which view one sees first of a blueprint.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetDefaultView {
    /// The blueprint's key.
    pub blueprint: String,
    /// The view; none means no view at all.
    #[serde(default)]
    pub view: Option<ViewId>,
}

/// Change a record in the columns of a view.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeThroughView {
    /// The view.
    pub view: String,
    /// The record.
    pub record: RecordId,
    /// The version that was seen; left out, the change applies to whatever is there.
    #[serde(default)]
    pub expected_version: Option<i64>,
    /// Its new title.
    #[serde(default)]
    pub title: Option<String>,
    /// Values by the columns that the view shows; null removes one.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub values: Values,
}
