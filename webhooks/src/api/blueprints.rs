//! Lists what records are made of: blueprints with their columns and the flows that
//! the caller may use.

pub(super) mod change;
pub(super) mod create;
pub(super) mod delete;
pub(super) mod migrate;
pub(super) mod purge;
pub(super) mod restore;
pub(super) mod versions;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::blueprints::Blueprint;
use serde::Serialize;

use crate::Web;
use crate::api::pipelines::may_use;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// The newest version of each blueprint.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Blueprints {
    /// One each.
    blueprints: Vec<Blueprint>,
}

/// Lists what records are made of.
#[utoipa::path(
    get,
    path = "/blueprints",
    operation_id = "list_blueprints",
    tag = "records",
    responses((status = 200, description = "The newest versions.", body = Blueprints), Problem),
)]
pub(crate) async fn handler(State(web): State<Arc<Web>>, who: SignedIn) -> Answer<Blueprints> {
    let blueprints = web.crm.read(&who.actor()).await?.blueprints().await?;
    let mut blueprints = blueprints.iter().map(|one| Blueprint::clone(one)).collect::<Vec<_>>();
    for blueprint in &mut blueprints {
        blueprint.flows.retain(|flow| may_use(&who, flow));
    }
    Ok(Json(Blueprints { blueprints }))
}
