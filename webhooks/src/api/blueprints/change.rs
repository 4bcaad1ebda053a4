//! Changes a blueprint, which gives it a new version.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::blueprints::Change;
use crm::commands::ChangeBlueprint;
use crm::{Command, Outcome};
use serde::Deserialize;

use crate::Web;
use crate::extract::{At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// What changes about a blueprint.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BlueprintChange {
    /// The version that was seen; left out, the change applies to whatever is there.
    #[serde(default)]
    expected_version: Option<i64>,
    /// What to change, in order.
    steps: Vec<Change>,
}

/// Changes a blueprint. Its records stay at their version until they are migrated.
#[utoipa::path(
    patch,
    path = "/blueprints/{key}",
    operation_id = "change_blueprint",
    tag = "blueprints",
    params(("key" = String, Path, description = "The blueprint's key")),
    request_body = BlueprintChange,
    responses((status = 200, description = "It has a new version.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(key): At<String>,
    Body(asked): Body<BlueprintChange>,
) -> Answer<Outcome> {
    let BlueprintChange { expected_version, steps } = asked;
    let command = ChangeBlueprint { blueprint: key, expected_version, steps };
    Ok(Json(who.run(&web, Command::ChangeBlueprint(command)).await?))
}
