//! Makes a blueprint.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use crm::commands::CreateBlueprint;
use crm::{Command, Outcome};

use crate::Web;
use crate::extract::Body;
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// Makes a blueprint, of which records can be made at once.
#[utoipa::path(
    post,
    path = "/blueprints",
    operation_id = "create_blueprint",
    tag = "blueprints",
    request_body = CreateBlueprint,
    responses((status = 201, description = "It exists.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Body(asked): Body<CreateBlueprint>,
) -> Result<(StatusCode, Json<Outcome>), Problem> {
    let outcome = who.run(&web, Command::CreateBlueprint(asked)).await?;
    Ok((StatusCode::CREATED, Json(outcome)))
}
