//! Puts a blueprint in the trash, and its records with it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::DeleteBlueprint;
use crm::{Command, Outcome};
use serde::Deserialize;

use crate::Web;
use crate::extract::{Asked, At};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// What was seen.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Seen {
    /// The version that was seen; left out, it goes to the trash as it is.
    expected_version: Option<i64>,
}

/// Puts a blueprint in the trash. A job puts its records there, too.
#[utoipa::path(
    delete,
    path = "/blueprints/{key}",
    operation_id = "delete_blueprint",
    tag = "blueprints",
    params(("key" = String, Path, description = "The blueprint's key"), Seen),
    responses((status = 200, description = "It is in the trash.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(key): At<String>,
    Asked(Seen { expected_version }): Asked<Seen>,
) -> Answer<Outcome> {
    let command = DeleteBlueprint { blueprint: key, expected_version };
    Ok(Json(who.run(&web, Command::DeleteBlueprint(command)).await?))
}
