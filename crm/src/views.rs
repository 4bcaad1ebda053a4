//! Saved views: which records of a blueprint, in which columns and order, as a table or a board.
//! A view is run by the list engine and by nothing else. It outlives what it names: a column, a
//! stage, a tag or a segment that is gone is said, and the rest is shown.
//! A lens is a view that shows the records of one blueprint through the columns of another.
//! Several lists on one page, and what a view looks like, are not here.

mod lens;
mod opening;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::errors::Refusal;
use crate::folding::fold;
use crate::ids::{BlueprintId, MemberId, SpaceId, ViewId};
use crate::lists::shortened;

pub use lens::{Lens, mapped};
pub use opening::{ColumnShown, Lane, LaneOf, Opened};

/// The longest name of a view, in characters.
pub const NAME_CHARS_MAX: usize = 80;
/// The most columns of a view.
pub const COLUMNS_MAX: usize = 60;
/// The widest column, in pixels.
pub const WIDTH_MAX: i64 = 2_000;
/// The most views that one member keeps.
pub const VIEWS_MAX: usize = 200;

/// The columns that every record has, with their names.
pub const STANDARD: [(&str, &str); 9] = [
    ("key", "Key"),
    ("title", "Title"),
    ("owner", "Owner"),
    ("stage", "Stage"),
    ("tags", "Tags"),
    ("space", "Space"),
    ("created", "Created"),
    ("updated", "Changed"),
    ("touched", "Last activity"),
];

/// A saved view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct View {
    /// Its id.
    pub id: ViewId,
    /// Its name.
    pub name: String,
    /// Who made it; none means Tieline itself.
    pub owner: Option<MemberId>,
    /// Whether everybody sees it.
    pub shared: bool,
    /// The blueprint whose records it shows.
    pub blueprint: BlueprintId,
    /// The space whose records it shows; none means all.
    pub space: Option<SpaceId>,
    /// Its columns, in order.
    pub columns: Vec<ViewColumn>,
    /// Which records.
    pub filter: String,
    /// In which order.
    pub sort: String,
    /// Whether it begins with what is the looker's own.
    pub mine: bool,
    /// Table or board.
    pub layout: Layout,
    /// What a board is grouped by: `stage`, a pipeline's key, or the id of a column of options.
    pub group_by: Option<String>,
    /// The columns of another blueprint, through which its records are shown.
    pub lens: Option<Lens>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A column of a view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ViewColumn {
    /// Its id (`value`), or the name of one that every record has (`title`).
    pub column: String,
    /// How wide it is, in pixels, 1 to 2000; left out, as it fits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<i64>,
}

/// How a view shows its records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// A row for each.
    #[default]
    Table,
    /// A card for each, in lanes.
    Board,
}

impl View {
    /// Whether this member sees it.
    pub fn is_seen_by(&self, member: Option<&MemberId>) -> bool {
        self.shared || (member.is_some() && self.owner.as_ref() == member)
    }
}

/// The view that is meant, by id or name; one's own before shared ones.
///
/// # Errors
/// A refusal with those that the member sees.
pub fn named<'v>(
    views: &'v [View],
    member: Option<&MemberId>,
    given: &str,
) -> Result<&'v View, Refusal> {
    let wanted = fold(given.trim());
    let mut seen = views.iter().filter(|view| view.is_seen_by(member)).collect::<Vec<_>>();
    seen.sort_by_key(|view| member.is_none() || view.owner.as_ref() != member);
    let is = |view: &&&View| view.id.as_str() == given.trim() || fold(&view.name) == wanted;
    let begins = |view: &&&View| !wanted.is_empty() && fold(&view.name).starts_with(&wanted);
    if let Some(view) = seen.iter().find(is) {
        return Ok(view);
    }
    let mut fitting = seen.iter().filter(begins);
    if let (Some(only), None) = (fitting.next(), fitting.next()) {
        return Ok(only);
    }
    let names = seen.iter().map(|view| view.name.as_str()).take(20).collect::<Vec<_>>();
    let there = match crate::flows::listed(&names) {
        none if none.is_empty() => "None was saved yet.".to_owned(),
        some => format!("There is {some}."),
    };
    Err(Refusal::not_found(format!("There is no view “{}” here. {there}", shortened(given))))
}

/// The standard column of this name.
pub fn standard(given: &str) -> Option<&'static str> {
    let wanted = fold(given.trim());
    let found = STANDARD.iter().find(|(id, name)| *id == wanted || fold(name) == wanted);
    found.map(|(id, _)| *id)
}
