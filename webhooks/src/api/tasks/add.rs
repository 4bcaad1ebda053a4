//! Makes a task.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use crm::commands::AddTask;
use crm::{Command, Outcome};

use crate::Web;
use crate::extract::Body;
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// Makes a task.
#[utoipa::path(
    post,
    path = "/tasks",
    operation_id = "add_task",
    tag = "tasks",
    request_body = AddTask,
    responses((status = 201, description = "It is to be done.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Body(asked): Body<AddTask>,
) -> Result<(StatusCode, Json<Outcome>), Problem> {
    let outcome = who.run(&web, Command::AddTask(asked)).await?;
    Ok((StatusCode::CREATED, Json(outcome)))
}
