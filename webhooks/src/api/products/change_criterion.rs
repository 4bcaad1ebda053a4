//! Changes, archives or brings back a criterion.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::ChangeCriterion;
use crm::scoring::{Assessor, Scale};
use crm::{Command, Outcome};
use serde::Deserialize;

use crate::Web;
use crate::extract::{At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// What changes about a criterion. What is left out stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CriterionChange {
    /// Its new name.
    #[serde(default)]
    name: Option<String>,
    /// What is asked.
    #[serde(default)]
    question: Option<String>,
    /// How much it counts beside the others, 1 to 100.
    #[serde(default)]
    weight: Option<i64>,
    /// Who answers: a member, or a rule, which says yes for records that are like its filter.
    #[serde(default)]
    assessor: Option<Assessor>,
    /// How the answer is given. Rules answer yes or no.
    #[serde(default)]
    scale: Option<Scale>,
    /// Its place among the others, from 0.
    #[serde(default)]
    position: Option<i64>,
    /// Put it away, or bring it back.
    #[serde(default)]
    archived: Option<bool>,
    /// The version that was seen; left out, the change applies to whatever is there.
    #[serde(default)]
    expected_version: Option<i64>,
}

/// Changes a criterion. What changes scores begins jobs; `data.jobs` are their ids.
#[utoipa::path(
    patch,
    path = "/products/{key}/criteria/{criterion}",
    operation_id = "change_criterion",
    tag = "scoring",
    params(
        ("key" = String, Path, description = "The product's key"),
        ("criterion" = String, Path, description = "The criterion's id or name"),
    ),
    request_body = CriterionChange,
    responses((status = 200, description = "It is so.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At((product, criterion)): At<(String, String)>,
    Body(asked): Body<CriterionChange>,
) -> Answer<Outcome> {
    let command = ChangeCriterion {
        product,
        criterion,
        name: asked.name,
        question: asked.question,
        weight: asked.weight,
        assessor: asked.assessor,
        scale: asked.scale,
        position: asked.position,
        archived: asked.archived,
        expected_version: asked.expected_version,
    };
    let outcome = who.run(&web, Command::ChangeCriterion(command)).await?;
    Ok(Json(outcome))
}
