//! Accepts a lead: it becomes a deal.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::blueprints::Values;
use crm::commands::AcceptLead;
use crm::leads::LeadTo;
use crm::{Command, Outcome};
use serde::Deserialize;

use crate::Web;
use crate::api::id;
use crate::extract::{At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// What becomes of a lead.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Accepting {
    /// The pipeline, by key or name; left out, the product's, or the first.
    #[serde(default)]
    pipeline: Option<String>,
    /// The stage, by key or name; left out, the first.
    #[serde(default)]
    stage: Option<String>,
    /// The title of the deal; left out, it is made of the record and the product.
    #[serde(default)]
    title: Option<String>,
    /// What the deal holds, by column.
    #[serde(default)]
    #[schema(value_type = Object)]
    values: Values,
    /// Who looks after the deal; left out, the one the lead is assigned to, or the caller.
    #[serde(default)]
    to: Option<LeadTo>,
}

/// Accepts a lead; `data.record` is the deal. Who comes second is told what was decided.
#[utoipa::path(
    post,
    path = "/leads/{id}/accept",
    operation_id = "accept_lead",
    tag = "leads",
    params(("id" = String, Path, description = "The lead's id")),
    request_body = Accepting,
    responses((status = 200, description = "It is a deal.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Body(asked): Body<Accepting>,
) -> Answer<Outcome> {
    let command = AcceptLead {
        lead: id(&given, "lead")?,
        pipeline: asked.pipeline,
        stage: asked.stage,
        title: asked.title,
        values: asked.values,
        to: asked.to,
    };
    let outcome = who.run(&web, Command::AcceptLead(command)).await?;
    Ok(Json(outcome))
}
