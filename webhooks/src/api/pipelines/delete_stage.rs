//! Deletes a stage. When records are in it, the caller says where they go.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::DeleteStage;
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
    /// The stage that its records go to; it must be said when there are any.
    to: Option<String>,
}

/// Deletes a stage, and moves its records to another.
#[utoipa::path(
    delete,
    path = "/pipelines/{key}/stages/{stage}",
    operation_id = "delete_stage",
    tag = "pipelines",
    params(
        ("key" = String, Path, description = "The pipeline's key"),
        ("stage" = String, Path, description = "The stage's key"),
        Whither,
    ),
    responses((status = 200, description = "It is gone.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At((pipeline, stage)): At<(String, String)>,
    Asked(asked): Asked<Whither>,
) -> Answer<Outcome> {
    let command = DeleteStage { pipeline, stage, to: asked.to };
    Ok(Json(who.run(&web, Command::DeleteStage(command)).await?))
}
