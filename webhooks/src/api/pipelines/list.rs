//! Lists the pipelines that the caller may use, with their stages and how much stands in each.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::flows::Flow;
use serde::{Deserialize, Serialize};

use super::may_use;
use crate::Web;
use crate::extract::Asked;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Which pipelines.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Only those of the blueprint with this key.
    blueprint: Option<String>,
}

/// Pipelines.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Pipelines {
    /// By blueprint, in the order in which new records look for one.
    pipelines: Vec<Pipeline>,
}

/// A pipeline.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Pipeline {
    /// The key of the blueprint whose records go through it.
    blueprint: String,
    /// The pipeline itself.
    pipeline: Flow,
    /// How many records stand in each stage, by its key, those in the trash included.
    records: BTreeMap<String, usize>,
}

/// Lists the pipelines that the caller may use.
#[utoipa::path(
    get,
    path = "/pipelines",
    operation_id = "list_pipelines",
    tag = "pipelines",
    params(Which),
    responses((status = 200, description = "The pipelines.", body = Pipelines), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Asked(asked): Asked<Which>,
) -> Answer<Pipelines> {
    let mut read = web.crm.read(&who.actor()).await?;
    let mut pipelines = Vec::new();
    for blueprint in read.blueprints().await? {
        let wanted = asked.blueprint.as_ref().is_none_or(|wanted| blueprint.is_called(wanted));
        let Some(id) = blueprint.id.as_ref().filter(|_| wanted) else { continue };
        for flow in blueprint.flows.iter().filter(|flow| may_use(&who, flow)) {
            let mut records = BTreeMap::new();
            for stage in &flow.stages {
                let there = read.records_in_flow(id, &flow.key, Some(&stage.key)).await?;
                records.insert(stage.key.clone(), there.len());
            }
            let blueprint = blueprint.key.clone();
            pipelines.push(Pipeline { blueprint, pipeline: flow.clone(), records });
        }
    }
    Ok(Json(Pipelines { pipelines }))
}
