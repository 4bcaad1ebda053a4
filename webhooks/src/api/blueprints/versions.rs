//! Lists the versions of a blueprint, each with the steps that led to it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::blueprints::Blueprint;
use serde::Serialize;

use crate::Web;
use crate::api::nothing;
use crate::extract::At;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// All versions of a blueprint.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Versions {
    /// Oldest first.
    versions: Vec<Blueprint>,
}

/// Lists the versions of a blueprint, whether it is in the trash or not.
#[utoipa::path(
    get,
    path = "/blueprints/{key}/versions",
    operation_id = "list_blueprint_versions",
    tag = "blueprints",
    params(("key" = String, Path, description = "The blueprint's key")),
    responses((status = 200, description = "Oldest first.", body = Versions), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(key): At<String>,
) -> Answer<Versions> {
    let mut read = web.crm.read(&who.actor()).await?;
    let there = read.blueprints().await?;
    let trashed = read.trashed_blueprints().await?;
    let mut all = there.iter().chain(trashed.iter().map(|one| &one.blueprint));
    let found = all.find(|one| one.key == key).and_then(|one| one.id.clone());
    let id = found.ok_or_else(|| nothing("blueprint", &key))?;
    let versions = read.blueprint_versions(&id).await?;
    Ok(Json(Versions { versions: versions.iter().map(|one| Blueprint::clone(one)).collect() }))
}
