//! What happened with and about a record, newest first, with the way back to each message.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::interactions::Interaction;
use serde::{Deserialize, Serialize};

use super::found;
use crate::Web;
use crate::api::limit;
use crate::extract::{Asked, At};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Which part of the timeline.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Before this interaction: `next` of the page before.
    before: Option<String>,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<i64>,
}

/// A page of a timeline.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Timeline {
    /// Newest first.
    interactions: Vec<Interaction>,
    /// What to send as `before` for the next page; none when this was the last.
    next: Option<String>,
}

/// What happened with and about a record.
#[utoipa::path(
    get,
    path = "/records/{id}/timeline",
    operation_id = "record_timeline",
    tag = "records",
    params(("id" = String, Path, description = "The record's id or key"), Which),
    responses((status = 200, description = "A page of its timeline.", body = Timeline), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Asked(asked): Asked<Which>,
) -> Answer<Timeline> {
    let mut read = web.crm.read(&who.actor()).await?;
    let record = found(read.as_mut(), &given).await?;
    let limit = limit(asked.limit);
    let interactions = read.interactions(&record.id, asked.before.as_deref(), limit).await?;
    let full = i64::try_from(interactions.len()).is_ok_and(|count| count >= limit);
    let next = interactions.last().filter(|_| full).map(|one| one.id.to_string());
    Ok(Json(Timeline { interactions, next }))
}
