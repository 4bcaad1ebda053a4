//! Adds a criterion to a product.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use crm::commands::CreateCriterion;
use crm::scoring::{Assessor, Scale};
use crm::{Command, Outcome};
use serde::Deserialize;

use crate::Web;
use crate::extract::{At, Body};
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// A criterion to add.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCriterion {
    /// What it is called, 1 to 80 characters, once in a product.
    name: String,
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
}

/// Adds a criterion; `data.criterion` is its id, and `data.jobs` are those that score anew.
#[utoipa::path(
    post,
    path = "/products/{key}/criteria",
    operation_id = "add_criterion",
    tag = "scoring",
    params(("key" = String, Path, description = "The product's key")),
    request_body = NewCriterion,
    responses((status = 201, description = "It is there.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(product): At<String>,
    Body(asked): Body<NewCriterion>,
) -> Result<(StatusCode, Json<Outcome>), Problem> {
    let command = CreateCriterion {
        product,
        name: asked.name,
        question: asked.question.unwrap_or_default(),
        weight: asked.weight,
        assessor: asked.assessor,
        scale: asked.scale,
        position: asked.position,
    };
    let outcome = who.run(&web, Command::CreateCriterion(command)).await?;
    Ok((StatusCode::CREATED, Json(outcome)))
}
