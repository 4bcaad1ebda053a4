//! Lets a held mail through: it becomes a proposal, or stands on a timeline.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::ReleaseHeld;
use crm::{Command, Outcome};
use serde::Deserialize;

use crate::Web;
use crate::api::id;
use crate::extract::{At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// How to let it through.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HeldRelease {
    /// Whether its sender's mails pass from now on, which only an administrator decides.
    #[serde(default)]
    allow_sender: bool,
}

/// Lets a held mail through.
#[utoipa::path(
    post,
    path = "/quarantine/{id}/release",
    operation_id = "release_held_mail",
    tag = "quarantine",
    params(("id" = String, Path, description = "The mail's id")),
    request_body = HeldRelease,
    responses(
        (status = 200, description = "It is a proposal, or on a timeline.", body = Outcome),
        Problem,
    ),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Body(HeldRelease { allow_sender }): Body<HeldRelease>,
) -> Answer<Outcome> {
    let command = ReleaseHeld { held: id(&given, "held mail")?, allow_sender };
    Ok(Json(who.run(&web, Command::ReleaseHeld(command)).await?))
}
