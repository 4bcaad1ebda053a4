//! Puts the reminder of a task off.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::SnoozeTask;
use crm::{Command, Outcome};
use serde::Deserialize;

use crate::Web;
use crate::api::id;
use crate::extract::{At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// When to be reminded.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Snooze {
    /// In so many minutes, 1 to 525600.
    minutes: i64,
}

/// Puts the reminder of a task off.
#[utoipa::path(
    post,
    path = "/tasks/{id}/snooze",
    operation_id = "snooze_task",
    tag = "tasks",
    params(("id" = String, Path, description = "The task's id")),
    request_body = Snooze,
    responses((status = 200, description = "It reminds then.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Body(Snooze { minutes }): Body<Snooze>,
) -> Answer<Outcome> {
    let command = SnoozeTask { task: id(&given, "task")?, minutes };
    Ok(Json(who.run(&web, Command::SnoozeTask(command)).await?))
}
