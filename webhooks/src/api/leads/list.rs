//! Lists leads, best first: by score, then by how much is known, then by age.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::leads::{LeadList, LeadsThat};
use crm::scoring::product_called;
use serde::{Deserialize, Serialize};

use super::{LeadShown, shown};
use crate::Web;
use crate::api::{id, limit};
use crate::extract::Asked;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Which leads.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Only for the product with this key or name.
    product: Option<String>,
    /// How they stand; those that wait when left out.
    #[param(inline)]
    that: Option<LeadsThat>,
    /// Only those assigned to this member: `me`, or an id.
    assignee: Option<String>,
    /// Where to go on: `next` of the page before, with the same choice.
    after: Option<String>,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<i64>,
}

/// A page of leads.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Leads {
    /// Best first.
    leads: Vec<LeadShown>,
    /// What to send as `after` for the next page; none when this was the last.
    next: Option<String>,
}

/// Lists leads, best first. Those of records in the trash are left out.
#[utoipa::path(
    get,
    path = "/leads",
    operation_id = "list_leads",
    tag = "leads",
    params(Which),
    responses((status = 200, description = "A page of leads.", body = Leads), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Asked(asked): Asked<Which>,
) -> Answer<Leads> {
    let mut read = web.crm.read(&who.actor()).await?;
    let product = match &asked.product {
        Some(given) => Some(product_called(&read.products().await?, given)?.id.clone()),
        None => None,
    };
    let assignee = match asked.assignee.as_deref() {
        Some("me") => Some(who.member.id.clone()),
        Some(given) => Some(id(given, "member")?),
        None => None,
    };
    let list = LeadList {
        product,
        that: asked.that.unwrap_or_default(),
        assignee,
        now: web.crm.env().now(),
        limit: limit(asked.limit),
        after: asked.after.as_deref().map(str::parse).transpose()?,
    };
    let (leads, next) = read.leads(&list).await?;
    let leads = shown(read.as_mut(), leads).await?;
    Ok(Json(Leads { leads, next: next.map(|next| next.to_string()) }))
}
