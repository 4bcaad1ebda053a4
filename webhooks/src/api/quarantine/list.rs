//! Lists held mails, newest first.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::quarantine::HeldStatus;
use serde::{Deserialize, Serialize};

use super::HeldShown;
use crate::Web;
use crate::api::limit;
use crate::extract::Asked;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Which mails.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// How they stand; those that wait when left out.
    #[param(inline)]
    status: Option<HeldStatus>,
    /// Where to go on: `next` of the page before.
    before: Option<i64>,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<i64>,
}

/// A page of held mails.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct HeldMails {
    /// Newest first.
    mails: Vec<HeldShown>,
    /// How many there are of this status.
    count: i64,
    /// What to send as `before` for the next page; none when this was the last.
    next: Option<i64>,
}

/// Lists held mails.
#[utoipa::path(
    get,
    path = "/quarantine",
    operation_id = "list_held_mails",
    tag = "quarantine",
    params(Which),
    responses((status = 200, description = "A page of held mails.", body = HeldMails), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Asked(asked): Asked<Which>,
) -> Answer<HeldMails> {
    let status = asked.status.unwrap_or(HeldStatus::Waiting);
    let limit = limit(asked.limit);
    let mut read = web.crm.read(&who.actor()).await?;
    let mut page = read.held_page(status, asked.before, limit + 1).await?;
    let is_more = i64::try_from(page.len()).is_ok_and(|count| count > limit);
    if is_more {
        page.pop();
    }
    let next = page.last().filter(|_| is_more).map(|mail| mail.number);
    let count = read.held_count(status).await?;
    Ok(Json(HeldMails { mails: page.iter().map(HeldShown::new).collect(), count, next }))
}
