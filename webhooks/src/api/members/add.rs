//! Adds a person. They sign in with a link that an administrator makes for them.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use crm::commands::AddMember;
use crm::{Command, Outcome};

use crate::Web;
use crate::extract::Body;
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// Adds a person who works here.
#[utoipa::path(
    post,
    path = "/members",
    operation_id = "add_member",
    tag = "members",
    request_body = AddMember,
    responses((status = 201, description = "They are a member.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Body(asked): Body<AddMember>,
) -> Result<(StatusCode, Json<Outcome>), Problem> {
    let outcome = who.run(&web, Command::AddMember(asked)).await?;
    Ok((StatusCode::CREATED, Json(outcome)))
}
