//! Gives a lead to somebody to look at.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::AssignLead;
use crm::leads::LeadTo;
use crm::{Command, Outcome};
use serde::Deserialize;

use crate::Web;
use crate::api::id;
use crate::extract::{At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// To whom a lead is given.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Assigning {
    /// `{"member": "mem_…"}`, `"turns"` or `"nobody"`.
    to: LeadTo,
}

/// Assigns a lead to a member, by turns, or to nobody.
#[utoipa::path(
    post,
    path = "/leads/{id}/assign",
    operation_id = "assign_lead",
    tag = "leads",
    params(("id" = String, Path, description = "The lead's id")),
    request_body = Assigning,
    responses((status = 200, description = "It is theirs.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Body(asked): Body<Assigning>,
) -> Answer<Outcome> {
    let command = AssignLead { lead: id(&given, "lead")?, to: asked.to };
    let outcome = who.run(&web, Command::AssignLead(command)).await?;
    Ok(Json(outcome))
}
