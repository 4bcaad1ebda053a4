//! Removes the records of a blueprint that are in the trash, for good.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use crm::commands::PurgeTrash;
use crm::{Command, Outcome};

use crate::Web;
use crate::extract::At;
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// Removes the records of a blueprint that are in the trash, for good, in a job.
#[utoipa::path(
    post,
    path = "/blueprints/{key}/purge",
    operation_id = "purge_blueprint",
    tag = "blueprints",
    params(("key" = String, Path, description = "The blueprint's key")),
    responses((status = 202, description = "It has begun.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(key): At<String>,
) -> Result<(StatusCode, Json<Outcome>), Problem> {
    let command = Command::PurgeTrash(PurgeTrash::RecordsOf(key));
    Ok((StatusCode::ACCEPTED, Json(who.run(&web, command).await?)))
}
