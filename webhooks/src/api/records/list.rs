//! Lists records: filtered, sorted, in pages. Full-text search in notes and messages is not here.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::StoreError;
use crm::lists::{Audience, Known, List, Page};
use crm::ports::Read;
use crm::records::Record;
use crm::tags::Tag;
use serde::{Deserialize, Serialize};

use crate::Web;
use crate::api::limit;
use crate::extract::Asked;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Which records, in which order.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// What they are like: `blueprint:deal stage:negotiating owner:me value>10000 -city:Berlin`,
    /// or `score.annual_plan>60` for how well they fit a product.
    /// Everything when left out.
    pub(crate) filter: Option<String>,
    /// Up to three columns, separated by commas, `-` for the largest first: `-value,title`. The
    /// newest first when left out.
    pub(crate) sort: Option<String>,
    /// Where to go on: `next` of the page before, with the same filter and sort.
    pub(crate) after: Option<String>,
    /// At most this many, 1 to 200; 50 when left out.
    pub(crate) limit: Option<i64>,
}

/// A page of records.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Records {
    /// In the order that was asked for.
    records: Vec<ListedRecord>,
    /// What to send as `after` for the next page; none when this was the last.
    next: Option<String>,
}

/// A record with its tags.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ListedRecord {
    /// The record.
    #[serde(flatten)]
    record: Record,
    /// Its tags, by key.
    tags: Vec<Tag>,
}

/// Lists records that are not in the trash. Each is shown once, whatever is added meanwhile.
#[utoipa::path(
    get,
    path = "/records",
    operation_id = "list_records",
    tag = "records",
    params(Which),
    responses((status = 200, description = "A page of records.", body = Records), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Asked(asked): Asked<Which>,
) -> Answer<Records> {
    let mut read = web.crm.read(&who.actor()).await?;
    let me = Some(who.member.id.clone());
    let known = Known::read(read.as_mut(), me, web.crm.env().now(), Audience::Member).await?;
    let list = List::written(
        &known,
        asked.filter.as_deref().unwrap_or_default(),
        asked.sort.as_deref().unwrap_or_default(),
        limit(asked.limit),
        asked.after.as_deref(),
    )?;
    let page = read.list(&list).await?;
    Ok(Json(listed(read.as_mut(), page).await?))
}

/// A page as callers see it: with tags, and without sensitive values, which are shown one record
/// at a time, and that is noted.
pub(crate) async fn listed(read: &mut dyn Read, page: Page) -> Result<Records, StoreError> {
    let ids = page.records.iter().map(|record| record.id.clone()).collect::<Vec<_>>();
    let mut tags = read.tags_of(&ids).await?;
    let mut records = Vec::new();
    for mut record in page.records {
        let blueprint = read.blueprint(&record.blueprint, record.blueprint_version).await?;
        if let Some(blueprint) = blueprint {
            record.values = blueprint.without_sensitive(std::mem::take(&mut record.values));
        }
        records.push(ListedRecord { tags: tags.remove(&record.id).unwrap_or_default(), record });
    }
    Ok(Records { records, next: page.next.map(|next| next.to_string()) })
}
