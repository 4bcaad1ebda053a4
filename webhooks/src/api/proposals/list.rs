//! Lists proposals of one status, newest first.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::proposals::{Proposal, ProposalStatus};
use serde::{Deserialize, Serialize};

use crate::Web;
use crate::api::limit;
use crate::extract::Asked;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Which proposals.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// How they stand; open ones when left out.
    #[param(inline)]
    status: Option<ProposalStatus>,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<i64>,
}

/// Proposals.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Proposals {
    /// Newest first.
    proposals: Vec<Proposal>,
}

/// Lists proposals.
#[utoipa::path(
    get,
    path = "/proposals",
    operation_id = "list_proposals",
    tag = "proposals",
    params(Which),
    responses((status = 200, description = "Newest first.", body = Proposals), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Asked(asked): Asked<Which>,
) -> Answer<Proposals> {
    let status = asked.status.unwrap_or(ProposalStatus::Open);
    let mut read = web.crm.read(&who.actor()).await?;
    Ok(Json(Proposals { proposals: read.proposals(status, limit(asked.limit)).await? }))
}
