//! Saved views: which records of a blueprint, in which columns and order, as a table or a board;
//! and what they show now.

pub(super) mod board;
pub(super) mod change;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod list;
pub(super) mod records;
pub(super) mod set_default;
pub(super) mod write;

use crm::blueprints::{ColumnType, Values};
use crm::lists::{Audience, Known};
use crm::ports::Read;
use crm::records::Record;
use crm::tags::Tag;
use crm::views::{self, Opened, View};
use serde::{Deserialize, Serialize};

use crate::Web;
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// What is asked for besides the view.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Besides {
    /// What the records are like besides: `value>10000 -tag:vip`.
    filter: Option<String>,
    /// In which order, instead of the view's.
    sort: Option<String>,
    /// `true` for one's own records, `false` for all; left out, as the view says.
    mine: Option<bool>,
    /// Where to go on: `next` of the page before, with everything else the same.
    after: Option<String>,
    /// At most this many records, or in each lane; 50 for a table and 10 for a board when left
    /// out.
    limit: Option<i64>,
}

/// A column as a view shows it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ViewColumnShown {
    /// Its id, or the name of one that every record has (`title`).
    column: String,
    /// Its name.
    name: String,
    /// What it holds; none for those that every record has.
    kind: Option<ColumnType>,
    /// How wide it is, in pixels; none means as it fits.
    width: Option<i64>,
    /// Through a lens, the records' own column that stands in it.
    own: Option<String>,
}

/// A record in the columns of a view.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ViewRow {
    /// The record as it is.
    record: Record,
    /// Its tags.
    tags: Vec<Tag>,
    /// Its values by the columns that the view shows.
    #[schema(value_type = Object)]
    values: Values,
}

/// Opens a view for the caller.
async fn opened(
    web: &Web,
    who: &SignedIn,
    read: &mut dyn Read,
    given: &str,
    asked: &Besides,
) -> Result<(View, Opened), Problem> {
    let me = Some(who.member.id.clone());
    let all = read.views().await?;
    let view = views::named(&all, me.as_ref(), given)?.clone();
    let known = Known::read(read, me, web.crm.env().now(), Audience::Member).await?;
    let extra = asked.filter.as_deref().unwrap_or_default();
    let mut opened = Opened::new(&known, &view, extra, asked.mine)?;
    if let Some(sort) = &asked.sort {
        opened.sorted(&known, sort)?;
    }
    Ok((view, opened))
}

fn columns(opened: &Opened) -> Vec<ViewColumnShown> {
    let shown = |column: &views::ColumnShown| ViewColumnShown {
        column: column.column.clone(),
        name: column.name.clone(),
        kind: column.kind,
        width: column.width,
        own: column.own.clone(),
    };
    opened.columns.iter().map(shown).collect()
}

/// Records as rows, without what is sensitive.
async fn rows(
    read: &mut dyn Read,
    opened: &Opened,
    records: Vec<Record>,
) -> Result<Vec<ViewRow>, Problem> {
    let ids = records.iter().map(|record| record.id.clone()).collect::<Vec<_>>();
    let mut tags = read.tags_of(&ids).await?;
    let mut rows = Vec::new();
    for mut record in records {
        let blueprint = read.blueprint(&record.blueprint, record.blueprint_version).await?;
        if let Some(blueprint) = blueprint {
            record.values = blueprint.without_sensitive(std::mem::take(&mut record.values));
        }
        let tags = tags.remove(&record.id).unwrap_or_default();
        rows.push(ViewRow { values: opened.seen(&record), tags, record });
    }
    Ok(rows)
}
