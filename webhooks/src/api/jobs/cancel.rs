//! Stops work in the background.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::CancelJob;
use crm::{Command, Outcome};

use crate::Web;
use crate::api::id;
use crate::extract::At;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Stops a job. What it did stays done.
#[utoipa::path(
    post,
    path = "/jobs/{id}/cancel",
    operation_id = "cancel_job",
    tag = "blueprints",
    params(("id" = String, Path, description = "The job's id")),
    responses((status = 200, description = "It is stopped.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
) -> Answer<Outcome> {
    let command = CancelJob { job: id(&given, "job")? };
    Ok(Json(who.run(&web, Command::CancelJob(command)).await?))
}
