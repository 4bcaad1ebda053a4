//! Lists the records of a segment, as any list: filtered, sorted, in pages.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::lists::{Audience, Condition, Known, List};
use crm::segments;

use crate::Web;
use crate::api::limit;
use crate::api::records::list::{Records, Which, listed};
use crate::extract::{Asked, At};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Lists the records of a segment that are not in the trash.
#[utoipa::path(
    get,
    path = "/segments/{segment}/records",
    operation_id = "list_segment_records",
    tag = "segments",
    params(("segment" = String, Path, description = "The segment's id, key or name"), Which),
    responses((status = 200, description = "A page of records.", body = Records), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Asked(asked): Asked<Which>,
) -> Answer<Records> {
    let mut read = web.crm.read(&who.actor()).await?;
    let me = Some(who.member.id.clone());
    let known = Known::read(read.as_mut(), me, web.crm.env().now(), Audience::Member).await?;
    let segment = segments::named(&known.segments, &given)?.id.clone();
    let mut list = List::written(
        &known,
        asked.filter.as_deref().unwrap_or_default(),
        asked.sort.as_deref().unwrap_or_default(),
        limit(asked.limit),
        asked.after.as_deref(),
    )?;
    list.condition = Condition::Every(vec![Condition::Segment(segment), list.condition]);
    let page = read.list(&list).await?;
    Ok(Json(listed(read.as_mut(), page).await?))
}
