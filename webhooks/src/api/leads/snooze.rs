//! Puts a lead off for a while.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use crm::commands::SnoozeLead;
use crm::{Command, Outcome};
use serde::Deserialize;

use crate::Web;
use crate::api::id;
use crate::extract::{At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// For how long a lead is put off.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Snoozing {
    /// Until when, within a year; left out, it is brought back at once.
    #[serde(default)]
    until: Option<DateTime<Utc>>,
}

/// Puts a lead off, or brings it back.
#[utoipa::path(
    post,
    path = "/leads/{id}/snooze",
    operation_id = "snooze_lead",
    tag = "leads",
    params(("id" = String, Path, description = "The lead's id")),
    request_body = Snoozing,
    responses((status = 200, description = "It is out of the way.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Body(asked): Body<Snoozing>,
) -> Answer<Outcome> {
    let command = SnoozeLead { lead: id(&given, "lead")?, until: asked.until };
    let outcome = who.run(&web, Command::SnoozeLead(command)).await?;
    Ok(Json(outcome))
}
