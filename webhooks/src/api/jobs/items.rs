//! Lists what a job did with each record, and which it left alone.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::ids::RecordId;
use serde::{Deserialize, Serialize};

use crate::Web;
use crate::api::{id, limit, nothing};
use crate::extract::{Asked, At};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Which records.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Only those that were left alone.
    #[serde(default)]
    left_alone: bool,
    /// Where to go on: `next` of the page before.
    after: Option<RecordId>,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<i64>,
}

/// What a job did with records.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct JobItems {
    /// By record.
    items: Vec<JobItemShown>,
    /// What to send as `after` for the next page; none when this was the last.
    next: Option<RecordId>,
}

/// What a job did with one record.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct JobItemShown {
    /// The record.
    record: RecordId,
    /// Its key.
    key: Option<String>,
    /// Its title.
    title: Option<String>,
    /// Why it was left alone; none means that it was changed.
    why: Option<String>,
}

/// Lists what a job did with each record.
#[utoipa::path(
    get,
    path = "/jobs/{id}/items",
    operation_id = "list_job_items",
    tag = "blueprints",
    params(("id" = String, Path, description = "The job's id"), Which),
    responses((status = 200, description = "A page of records.", body = JobItems), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Asked(asked): Asked<Which>,
) -> Answer<JobItems> {
    let mut read = web.crm.read(&who.actor()).await?;
    let job = read.job(&id(&given, "job")?).await?.ok_or_else(|| nothing("job", &given))?;
    let limit = limit(asked.limit);
    let found = read.job_items(&job.id, asked.left_alone, asked.after.as_ref(), limit).await?;
    let full = i64::try_from(found.len()).is_ok_and(|count| count >= limit);
    let next = found.last().filter(|_| full).map(|item| item.record.clone());
    let mut items = Vec::new();
    for item in found {
        let (key, title) = read.record(&item.record).await?.map(|r| (r.key, r.title)).unzip();
        items.push(JobItemShown { record: item.record, key, title, why: item.why });
    }
    Ok(Json(JobItems { items, next }))
}
