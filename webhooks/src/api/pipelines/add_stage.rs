//! Adds a stage to a pipeline.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use crm::commands::AddStage;
use crm::flows::Stage;
use crm::{Command, Outcome};
use serde::Deserialize;

use crate::Web;
use crate::extract::{At, Body};
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// A stage to add.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewStage {
    /// The stage.
    stage: Stage,
    /// Its place among the stages, from 0; left out, before the first that is won or lost.
    #[serde(default)]
    position: Option<usize>,
}

/// Adds a stage; it is there for every record at once, and `data.stage` is its key.
#[utoipa::path(
    post,
    path = "/pipelines/{key}/stages",
    operation_id = "add_stage",
    tag = "pipelines",
    params(("key" = String, Path, description = "The pipeline's key")),
    request_body = NewStage,
    responses((status = 201, description = "It is there.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(pipeline): At<String>,
    Body(asked): Body<NewStage>,
) -> Result<(StatusCode, Json<Outcome>), Problem> {
    let command = AddStage { pipeline, stage: asked.stage, position: asked.position };
    let outcome = who.run(&web, Command::AddStage(command)).await?;
    Ok((StatusCode::CREATED, Json(outcome)))
}
