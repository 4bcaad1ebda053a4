//! Changes a task: what to do, when it is due and reminds, and what it is about.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::{ChangeTask, Due};
use crm::ids::RecordId;
use crm::{Command, Outcome};
use serde::Deserialize;

use crate::Web;
use crate::api::id;
use crate::extract::{At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// What to change about a task. What is left out stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TaskEdit {
    /// What to do.
    #[serde(default)]
    title: Option<String>,
    /// More about it, as markdown; empty removes it.
    #[serde(default)]
    description: Option<String>,
    /// When it is due and reminds; all of it is replaced.
    #[serde(default)]
    due: Option<Due>,
    /// About which record.
    #[serde(default)]
    record: Option<RecordId>,
}

/// Changes a task.
#[utoipa::path(
    patch,
    path = "/tasks/{id}",
    operation_id = "change_task",
    tag = "tasks",
    params(("id" = String, Path, description = "The task's id")),
    request_body = TaskEdit,
    responses((status = 200, description = "It is changed.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Body(TaskEdit { title, description, due, record }): Body<TaskEdit>,
) -> Answer<Outcome> {
    let task = id(&given, "task")?;
    let command = ChangeTask { task, title, description, due, record };
    Ok(Json(who.run(&web, Command::ChangeTask(command)).await?))
}
