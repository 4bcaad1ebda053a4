//! What the open records of a pipeline are worth, stage by stage, in the base currency.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::blueprints::{Blueprint, ColumnType, Money};
use crm::flows::{self, Stage, StageKind};
use crm::rates::Forecast;
use crm::records::Record;
use serde::Serialize;

use super::may_use;
use crate::Web;
use crate::extract::At;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// What a pipeline is worth.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct PipelineForecast {
    /// What all open stages are worth.
    open: Forecast,
    /// Each stage, in order.
    stages: Vec<StageForecast>,
}

/// What a stage is worth.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct StageForecast {
    /// The stage's key.
    stage: String,
    /// How many records stand in it.
    records: usize,
    /// What they are worth: their own first amount, or the value that the stage estimates.
    #[serde(flatten)]
    worth: Forecast,
}

/// What the records of a pipeline are worth, stage by stage.
#[utoipa::path(
    get,
    path = "/pipelines/{key}/forecast",
    operation_id = "pipeline_forecast",
    tag = "pipelines",
    params(("key" = String, Path, description = "The pipeline's key")),
    responses(
        (status = 200, description = "In the base currency.", body = PipelineForecast),
        Problem,
    ),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
) -> Answer<PipelineForecast> {
    let mut read = web.crm.read(&who.actor()).await?;
    let blueprints = read.blueprints().await?;
    let (blueprint, place) = flows::pipeline(&blueprints, &given, |flow| may_use(&who, flow))?;
    let (flow, rates) = (&blueprint.flows[place], read.rates().await?);
    let (mut stages, mut open) = (Vec::new(), Vec::new());
    for stage in &flow.stages {
        let mut amounts = Vec::new();
        let mut records = 0;
        let ids = match &blueprint.id {
            Some(id) => read.records_in_flow(id, &flow.key, Some(&stage.key)).await?,
            None => Vec::new(),
        };
        for id in ids {
            let Some(record) = read.record(&id).await?.filter(|r| r.trashed_at.is_none()) else {
                continue;
            };
            records += 1;
            amounts
                .extend(worth(blueprint, &record, stage).map(|money| (money, stage.probability)));
        }
        let worth = rates.forecast(amounts.iter().map(|(money, chance)| (money, *chance)))?;
        if stage.kind == StageKind::Open {
            open.extend(amounts);
        }
        stages.push(StageForecast { stage: stage.key.clone(), records, worth });
    }
    let open = rates.forecast(open.iter().map(|(money, chance)| (money, *chance)))?;
    Ok(Json(PipelineForecast { open, stages }))
}

/// What a record is worth: the first amount that it holds, or what its stage estimates.
fn worth(blueprint: &Blueprint, record: &Record, stage: &Stage) -> Option<Money> {
    let amounts = blueprint.columns.iter().filter(|column| column.kind == ColumnType::Money);
    let mut held = amounts.filter_map(|column| record.values.get(&column.id));
    let own = held.find_map(|value| serde_json::from_value(value.clone()).ok());
    own.or_else(|| stage.value.clone())
}
