//! Lists records, newest first, in pages. Filters on columns and full-text search are not here
//! yet; `q` looks at the beginning of titles.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::flows::listed;
use crm::ports::Read;
use crm::records::{Record, RecordFilter};
use crm::{Refusal, StoreError};
use serde::{Deserialize, Serialize};

use crate::Web;
use crate::api::{id, limit};
use crate::extract::Asked;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Which records.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Of the blueprint with this key (`deal`).
    blueprint: Option<String>,
    /// In the stage with this key (`negotiating`).
    state: Option<String>,
    /// Of this member; `me` means the caller.
    owner: Option<String>,
    /// Whose title begins with this, in any case.
    q: Option<String>,
    /// Older than this record: `next` of the page before.
    before: Option<String>,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<i64>,
}

/// A page of records.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Records {
    /// Newest first.
    records: Vec<Record>,
    /// What to send as `before` for the next page; none when this was the last.
    next: Option<String>,
}

/// Lists records that are not in the trash, newest first.
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
    let blueprint = match asked.blueprint {
        None => None,
        Some(key) => {
            let all = read.blueprints().await?;
            let found = all.iter().find(|one| one.key == key).and_then(|one| one.id.clone());
            Some(found.ok_or_else(|| {
                let keys = all.iter().map(|one| one.key.as_str()).collect::<Vec<_>>();
                Refusal::not_found(format!(
                    "There is no blueprint “{key}”. There is {}.",
                    listed(&keys)
                ))
            })?)
        }
    };
    let owner = match asked.owner.as_deref() {
        None => None,
        Some("me") => Some(who.member.id.clone()),
        Some(given) => Some(id(given, "member")?),
    };
    let title_starts = asked.q.map(|q| q.trim().to_lowercase()).filter(|q| !q.is_empty());
    let before = asked.before.map(|given| id(&given, "record")).transpose()?;
    let limit = limit(asked.limit);
    let filter = RecordFilter { blueprint, state: asked.state, owner, title_starts, before, limit };
    let mut records = read.records(&filter).await?;
    without_sensitive(read.as_mut(), &mut records).await?;
    let full = i64::try_from(records.len()).is_ok_and(|count| count >= limit);
    let next = records.last().filter(|_| full).map(|record| record.id.to_string());
    Ok(Json(Records { records, next }))
}

/// Takes sensitive values out. They are shown one record at a time, which is noted.
async fn without_sensitive(read: &mut dyn Read, records: &mut [Record]) -> Result<(), StoreError> {
    for record in records {
        let blueprint = read.blueprint(&record.blueprint, record.blueprint_version).await?;
        if let Some(blueprint) = blueprint {
            record.values = blueprint.without_sensitive(std::mem::take(&mut record.values));
        }
    }
    Ok(())
}
