//! Renames, reorders, shares or hands over a pipeline, or changes its transitions.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::ChangePipeline;
use crm::flows::Transition;
use crm::ids::MemberId;
use crm::{Command, Outcome};
use serde::Deserialize;

use crate::Web;
use crate::extract::{At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// What changes about a pipeline. What is left out stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PipelineChange {
    /// Its new name, 1 to 80 characters.
    #[serde(default)]
    name: Option<String>,
    /// Its place among the blueprint's pipelines, from 0. New records enter the first.
    #[serde(default)]
    position: Option<usize>,
    /// The member who may change it, besides administrators.
    #[serde(default)]
    owner: Option<MemberId>,
    /// The members who may use it; empty means everybody.
    #[serde(default)]
    shared_with: Option<Vec<MemberId>>,
    /// Its named transitions.
    #[serde(default)]
    transitions: Option<Vec<Transition>>,
    /// The keys of all of its stages, in their new order.
    #[serde(default)]
    stages: Option<Vec<String>>,
}

/// Changes a pipeline.
#[utoipa::path(
    patch,
    path = "/pipelines/{key}",
    operation_id = "change_pipeline",
    tag = "pipelines",
    params(("key" = String, Path, description = "The pipeline's key")),
    request_body = PipelineChange,
    responses((status = 200, description = "It is so.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(pipeline): At<String>,
    Body(asked): Body<PipelineChange>,
) -> Answer<Outcome> {
    let PipelineChange { name, position, owner, shared_with, transitions, stages } = asked;
    let command =
        ChangePipeline { pipeline, name, position, owner, shared_with, transitions, stages };
    Ok(Json(who.run(&web, Command::ChangePipeline(command)).await?))
}
