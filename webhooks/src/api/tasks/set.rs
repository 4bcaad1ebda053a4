//! Says that a task is done, open again or dropped.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::{SetTask, TaskStatus};
use crm::{Command, Outcome};
use serde::Deserialize;

use crate::Web;
use crate::api::id;
use crate::extract::{At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// What becomes of a task.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TaskChange {
    /// Done, open or dropped.
    status: TaskStatus,
}

/// Says that a task is done, open again or dropped.
#[utoipa::path(
    post,
    path = "/tasks/{id}",
    operation_id = "set_task",
    tag = "tasks",
    params(("id" = String, Path, description = "The task's id")),
    request_body = TaskChange,
    responses((status = 200, description = "It is so.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Body(TaskChange { status }): Body<TaskChange>,
) -> Answer<Outcome> {
    let task = id(&given, "task")?;
    Ok(Json(who.run(&web, Command::SetTask(SetTask { task, status })).await?))
}
