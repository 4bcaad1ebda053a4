//! Gives a task to somebody or back to the pool, or takes it from there.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::{AssignTask, ClaimTask};
use crm::ids::MemberId;
use crm::{Command, Outcome};
use serde::Deserialize;

use crate::Web;
use crate::api::id;
use crate::extract::{At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Who does a task.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TaskAssignment {
    /// The member; null puts it back into the pool.
    assignee: Option<MemberId>,
}

/// Gives a task to somebody, or back to the pool.
#[utoipa::path(
    post,
    path = "/tasks/{id}/assign",
    operation_id = "assign_task",
    tag = "tasks",
    params(("id" = String, Path, description = "The task's id")),
    request_body = TaskAssignment,
    responses((status = 200, description = "It is theirs.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Body(TaskAssignment { assignee }): Body<TaskAssignment>,
) -> Answer<Outcome> {
    let command = AssignTask { task: id(&given, "task")?, assignee };
    Ok(Json(who.run(&web, Command::AssignTask(command)).await?))
}

/// Takes a task from the pool.
#[utoipa::path(
    post,
    path = "/tasks/{id}/claim",
    operation_id = "claim_task",
    tag = "tasks",
    params(("id" = String, Path, description = "The task's id")),
    responses((status = 200, description = "It is the caller's.", body = Outcome), Problem),
)]
pub(crate) async fn claim(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
) -> Answer<Outcome> {
    let command = ClaimTask { task: id(&given, "task")? };
    Ok(Json(who.run(&web, Command::ClaimTask(command)).await?))
}
