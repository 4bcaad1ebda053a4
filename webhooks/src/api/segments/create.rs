//! Makes a segment.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use crm::commands::CreateSegment;
use crm::{Command, Outcome};

use crate::Web;
use crate::extract::Body;
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// Makes a segment: with a blueprint and a filter it follows the records, without it is filled by hand.
#[utoipa::path(
    post,
    path = "/segments",
    operation_id = "create_segment",
    tag = "segments",
    request_body = CreateSegment,
    responses((status = 201, description = "It is there; `data.job` fills it.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Body(asked): Body<CreateSegment>,
) -> Result<(StatusCode, Json<Outcome>), Problem> {
    let outcome = who.run(&web, Command::CreateSegment(asked)).await?;
    Ok((StatusCode::CREATED, Json(outcome)))
}
