//! Shows a lead with its history.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;

use super::{LeadShown, shown};
use crate::Web;
use crate::api::{id, nothing};
use crate::extract::At;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Shows a lead with its history.
#[utoipa::path(
    get,
    path = "/leads/{id}",
    operation_id = "show_lead",
    tag = "leads",
    params(("id" = String, Path, description = "The lead's id")),
    responses((status = 200, description = "The lead.", body = LeadShown), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
) -> Answer<LeadShown> {
    let mut read = web.crm.read(&who.actor()).await?;
    let lead = read.lead(&id(&given, "lead")?).await?;
    let lead = lead.ok_or_else(|| nothing("lead", &given))?;
    let shown = shown(read.as_mut(), vec![lead]).await?.pop();
    Ok(Json(shown.ok_or_else(|| nothing("lead", &given))?))
}
