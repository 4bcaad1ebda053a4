//! Brings a blueprint back from the trash, and the records that went there with it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::RestoreBlueprint;
use crm::{Command, Outcome};

use crate::Web;
use crate::extract::At;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Brings a blueprint back. A job brings back the records that went to the trash with it.
#[utoipa::path(
    post,
    path = "/blueprints/{key}/restore",
    operation_id = "restore_blueprint",
    tag = "blueprints",
    params(("key" = String, Path, description = "The blueprint's key")),
    responses((status = 200, description = "It is back.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(key): At<String>,
) -> Answer<Outcome> {
    let command = RestoreBlueprint { blueprint: key };
    Ok(Json(who.run(&web, Command::RestoreBlueprint(command)).await?))
}
