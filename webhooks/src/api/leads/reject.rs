//! Rejects a lead.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::RejectLead;
use crm::{Command, Outcome};
use serde::Deserialize;

use crate::Web;
use crate::api::id;
use crate::extract::{At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Why a lead is rejected.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rejecting {
    /// One of the product's reasons, or other words.
    reason: String,
}

/// Rejects a lead. Who comes second is told what was decided.
#[utoipa::path(
    post,
    path = "/leads/{id}/reject",
    operation_id = "reject_lead",
    tag = "leads",
    params(("id" = String, Path, description = "The lead's id")),
    request_body = Rejecting,
    responses((status = 200, description = "Nothing comes of it.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Body(asked): Body<Rejecting>,
) -> Answer<Outcome> {
    let command = RejectLead { lead: id(&given, "lead")?, reason: asked.reason };
    let outcome = who.run(&web, Command::RejectLead(command)).await?;
    Ok(Json(outcome))
}
