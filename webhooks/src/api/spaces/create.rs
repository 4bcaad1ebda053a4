//! Makes a space from a template, with the blueprints that are not there yet.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use crm::commands::CreateSpace;
use crm::{Command, Outcome};

use crate::Web;
use crate::extract::Body;
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// Makes a space from a template; `data.space` is its id.
#[utoipa::path(
    post,
    path = "/spaces",
    operation_id = "create_space",
    tag = "spaces",
    request_body = CreateSpace,
    responses((status = 201, description = "It is there.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Body(asked): Body<CreateSpace>,
) -> Result<(StatusCode, Json<Outcome>), Problem> {
    let outcome = who.run(&web, Command::CreateSpace(asked)).await?;
    Ok((StatusCode::CREATED, Json(outcome)))
}
