//! Adds a tag to the library.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use crm::commands::CreateTag;
use crm::{Command, Outcome};

use crate::Web;
use crate::extract::Body;
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// Adds a tag to the library. Tagging a record with a new name does so, too.
#[utoipa::path(
    post,
    path = "/tags",
    operation_id = "create_tag",
    tag = "tags",
    request_body = CreateTag,
    responses((status = 201, description = "It is there.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Body(asked): Body<CreateTag>,
) -> Result<(StatusCode, Json<Outcome>), Problem> {
    let outcome = who.run(&web, Command::CreateTag(asked)).await?;
    Ok((StatusCode::CREATED, Json(outcome)))
}
