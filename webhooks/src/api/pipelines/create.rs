//! Makes a pipeline.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use crm::commands::CreatePipeline;
use crm::{Command, Outcome};

use crate::Web;
use crate::extract::Body;
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// Makes a pipeline; `data.pipeline` is its key.
#[utoipa::path(
    post,
    path = "/pipelines",
    operation_id = "create_pipeline",
    tag = "pipelines",
    request_body = CreatePipeline,
    responses((status = 201, description = "It is there.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Body(asked): Body<CreatePipeline>,
) -> Result<(StatusCode, Json<Outcome>), Problem> {
    let outcome = who.run(&web, Command::CreatePipeline(asked)).await?;
    Ok((StatusCode::CREATED, Json(outcome)))
}
