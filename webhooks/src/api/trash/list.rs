//! Lists what is in the trash, by blueprint. Values are not listed; restore a record to see them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use crm::blueprints::Blueprint;
use crm::ids::RecordId;
use crm::records::Record;
use serde::{Deserialize, Serialize};

use crate::Web;
use crate::api::{id, limit};
use crate::extract::Asked;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Which part of the trash.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Of the blueprint with this key; of all when left out.
    blueprint: Option<String>,
    /// Older than this record: `next` of the page before. Only with a blueprint.
    before: Option<String>,
    /// At most this many of each blueprint, 1 to 200; 50 when left out.
    limit: Option<i64>,
}

/// The trash.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Trash {
    /// By key.
    blueprints: Vec<TrashOf>,
}

/// What is in the trash of one blueprint.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct TrashOf {
    /// The blueprint's key.
    key: String,
    /// What several are called.
    name: String,
    /// When the blueprint itself went to the trash; none when it is not there.
    deleted_at: Option<DateTime<Utc>>,
    /// How many records are in the trash.
    count: i64,
    /// Newest first.
    records: Vec<TrashedRecord>,
    /// What to send as `before` for the next page; none when this was the last.
    next: Option<RecordId>,
}

/// A record in the trash.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct TrashedRecord {
    /// Its id.
    id: RecordId,
    /// Its key.
    key: String,
    /// Its title.
    title: String,
    /// When it went there.
    trashed_at: Option<DateTime<Utc>>,
}

impl From<Record> for TrashedRecord {
    fn from(record: Record) -> Self {
        let Record { id, key, title, trashed_at, .. } = record;
        Self { id, key, title, trashed_at }
    }
}

/// Lists what is in the trash, by blueprint.
#[utoipa::path(
    get,
    path = "/trash",
    operation_id = "list_trash",
    tag = "records",
    params(Which),
    responses((status = 200, description = "The trash.", body = Trash), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Asked(asked): Asked<Which>,
) -> Answer<Trash> {
    let before = asked.before.map(|given| id(&given, "record")).transpose()?;
    let limit = limit(asked.limit);
    let mut read = web.crm.read(&who.actor()).await?;
    let trashed = read.trashed_blueprints().await?;
    let there = read.blueprints().await?;
    let counts = read.trash_counts().await?;
    let deleted = trashed.iter().map(|one| (Blueprint::clone(&one.blueprint), Some(one.at)));
    let mut all =
        there.iter().map(|one| (Blueprint::clone(one), None)).chain(deleted).collect::<Vec<_>>();
    all.sort_by(|(a, _), (b, _)| a.key.cmp(&b.key));
    let mut blueprints = Vec::new();
    for (blueprint, deleted_at) in all {
        let Some(own) = &blueprint.id else { continue };
        let count = counts.iter().find(|(of, _)| of == own).map_or(0, |(_, count)| *count);
        let wanted = asked.blueprint.as_ref().is_none_or(|key| *key == blueprint.key);
        if !wanted || (count == 0 && deleted_at.is_none()) {
            continue;
        }
        let records = read.trash(own, before.as_ref(), limit).await?;
        let full = i64::try_from(records.len()).is_ok_and(|count| count >= limit);
        let next = records.last().filter(|_| full).map(|record| record.id.clone());
        let records = records.into_iter().map(TrashedRecord::from).collect();
        let (key, name) = (blueprint.key, blueprint.plural);
        blueprints.push(TrashOf { key, name, deleted_at, count, records, next });
    }
    Ok(Json(Trash { blueprints }))
}
