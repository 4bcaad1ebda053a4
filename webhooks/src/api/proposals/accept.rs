//! Accepts a proposal: its records come into being, or are added to.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::{AcceptProposal, FieldChange, LeftOut, TaskChange};
use crm::{Command, Outcome};
use serde::Deserialize;

use crate::Web;
use crate::api::id;
use crate::extract::{At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// How to accept. Left out, everything is taken as it was proposed.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Acceptance {
    /// Add to the records that probably fit, instead of making new ones.
    #[serde(default)]
    use_probable: bool,
    /// Places in the list of records to leave out, from 0.
    #[serde(default)]
    without: Vec<usize>,
    /// Values to leave out, to take although the record has another one, or to correct.
    #[serde(default)]
    changes: Vec<FieldChange>,
    /// The stage that new deals enter, by key or name; the first one when left out.
    #[serde(default)]
    stage: Option<String>,
    /// Tasks to leave out: `true` for all of them, or their places in the list of tasks, from 0.
    #[serde(default)]
    without_tasks: LeftOut,
    /// What tasks should be instead.
    #[serde(default)]
    task_changes: Vec<TaskChange>,
    /// What the summary should say instead; empty leaves it out.
    #[serde(default)]
    summary: Option<String>,
}

/// Accepts a proposal.
#[utoipa::path(
    post,
    path = "/proposals/{id}/accept",
    operation_id = "accept_proposal",
    tag = "proposals",
    params(("id" = String, Path, description = "The proposal's id")),
    request_body = Acceptance,
    responses((status = 200, description = "Its records exist.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Body(asked): Body<Acceptance>,
) -> Answer<Outcome> {
    let proposal = id(&given, "proposal")?;
    let command = AcceptProposal {
        proposal,
        use_probable: asked.use_probable,
        without: asked.without,
        changes: asked.changes,
        stage: asked.stage,
        without_tasks: asked.without_tasks,
        task_changes: asked.task_changes,
        summary: asked.summary,
    };
    Ok(Json(who.run(&web, Command::AcceptProposal(command)).await?))
}
