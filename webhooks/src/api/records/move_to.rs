//! Takes a record to another stage, by the stage's or a transition's name, or into another
//! pipeline.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::MoveRecord;
use crm::{Command, Outcome, Refusal};
use serde::Deserialize;

use super::id_of;
use crate::Web;
use crate::extract::{At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Where a record goes. At least one of `to`, `transition` and `flow` is said.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RecordMove {
    /// The stage or the transition, by key or name.
    #[serde(default)]
    to: String,
    /// The transition to take, by key or name.
    #[serde(default)]
    transition: Option<String>,
    /// The pipeline it goes to, by key or name; left out, it stays in its own.
    #[serde(default)]
    flow: Option<String>,
    /// The version that was seen; left out, the move applies to whatever is there.
    #[serde(default)]
    expected_version: Option<i64>,
}

/// Takes a record to another stage.
#[utoipa::path(
    post,
    path = "/records/{id}/move",
    operation_id = "move_record",
    tag = "records",
    params(("id" = String, Path, description = "The record's id or key")),
    request_body = RecordMove,
    responses((status = 200, description = "It is there.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Body(asked): Body<RecordMove>,
) -> Answer<Outcome> {
    let RecordMove { to, transition, flow, expected_version } = asked;
    if to.trim().is_empty() && transition.is_none() && flow.is_none() {
        return Err(Refusal::invalid(
            "Say where it goes: “to” takes a stage or a transition, “flow” another pipeline.",
        )
        .into());
    }
    let record = id_of(&web, &who, &given).await?;
    let command = MoveRecord { record, to, flow, transition, expected_version };
    Ok(Json(who.run(&web, Command::MoveRecord(command)).await?))
}
