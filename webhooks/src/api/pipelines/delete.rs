//! Deletes a pipeline. When records are in it, the caller says where they go.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::DeletePipeline;
use crm::{Command, Outcome};
use serde::Deserialize;

use crate::Web;
use crate::extract::{Asked, At};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Where its records go.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Whither {
    /// The pipeline that its records go to; it must be said when there are any.
    to: Option<String>,
    /// The stage that they go to; the first one when left out.
    stage: Option<String>,
}

/// Deletes a pipeline, and moves its records to another.
#[utoipa::path(
    delete,
    path = "/pipelines/{key}",
    operation_id = "delete_pipeline",
    tag = "pipelines",
    params(("key" = String, Path, description = "The pipeline's key"), Whither),
    responses((status = 200, description = "It is gone.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(pipeline): At<String>,
    Asked(asked): Asked<Whither>,
) -> Answer<Outcome> {
    let command = DeletePipeline { pipeline, to: asked.to, stage: asked.stage };
    Ok(Json(who.run(&web, Command::DeletePipeline(command)).await?))
}
