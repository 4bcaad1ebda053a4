//! Renames, reorders or changes a stage, its rules included.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::blueprints::Money;
use crm::commands::ChangeStage;
use crm::flows::{StageKind, StageRules};
use crm::{Command, Outcome};
use serde::Deserialize;

use crate::Web;
use crate::extract::{At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// What changes about a stage. What is left out stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StageChange {
    /// Its new name, 1 to 80 characters.
    #[serde(default)]
    name: Option<String>,
    /// Whether it still needs work.
    #[serde(default)]
    kind: Option<StageKind>,
    /// The chance to win from here, in percent, 0 to 100.
    #[serde(default)]
    probability: Option<u8>,
    /// Its colour, as `#rrggbb`; empty text takes it away.
    #[serde(default)]
    colour: Option<String>,
    /// What a record here is worth while it holds no amount of its own; 0 takes it away.
    #[serde(default)]
    value: Option<Money>,
    /// How many days a record may stay here; 0 means any number.
    #[serde(default)]
    days: Option<i64>,
    /// Columns that must hold a value before a record may enter.
    #[serde(default)]
    requires: Option<Vec<String>>,
    /// What happens when a record enters.
    #[serde(default)]
    rules: Option<StageRules>,
    /// Its place among the stages, from 0.
    #[serde(default)]
    position: Option<usize>,
}

/// Changes a stage, for every record at once.
#[utoipa::path(
    patch,
    path = "/pipelines/{key}/stages/{stage}",
    operation_id = "change_stage",
    tag = "pipelines",
    params(
        ("key" = String, Path, description = "The pipeline's key"),
        ("stage" = String, Path, description = "The stage's key"),
    ),
    request_body = StageChange,
    responses((status = 200, description = "It is so.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At((pipeline, stage)): At<(String, String)>,
    Body(asked): Body<StageChange>,
) -> Answer<Outcome> {
    let command = ChangeStage {
        pipeline,
        stage,
        name: asked.name,
        kind: asked.kind,
        probability: asked.probability,
        colour: asked.colour,
        value: asked.value,
        days: asked.days,
        requires: asked.requires,
        rules: asked.rules,
        position: asked.position,
    };
    Ok(Json(who.run(&web, Command::ChangeStage(command)).await?))
}
