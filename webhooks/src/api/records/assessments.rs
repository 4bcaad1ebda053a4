//! Says what was found out about a record, and shows the history of that.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use crm::commands::AssessRecord;
use crm::scoring::{Assessment, Evidence};
use crm::{Command, Outcome};
use serde::{Deserialize, Serialize};

use super::{found, id_of};
use crate::Web;
use crate::api::{id, limit};
use crate::extract::{Asked, At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Which part of the history.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Which {
    /// Only of the criterion with this id.
    criterion: Option<String>,
    /// Before this assessment: `next` of the page before.
    before: Option<String>,
    /// At most this many, 1 to 200; 50 when left out.
    limit: Option<i64>,
}

/// A page of the history of what was found out about a record.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Assessments {
    /// Newest first. Nothing in it ever changes.
    assessments: Vec<Assessment>,
    /// What to send as `before` for the next page; none when this was the last.
    next: Option<String>,
}

/// Something that was found out.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAssessment {
    /// The product, by key or name; left out where there is only one.
    #[serde(default)]
    product: String,
    /// The criterion, by id or name.
    criterion: String,
    /// The answer: true or false, or 0 to 100; null when it is not known any more.
    #[schema(value_type = Object)]
    value: serde_json::Value,
    /// Why.
    #[serde(default)]
    reason: Option<String>,
    /// What it stands on, at most 20 links.
    #[serde(default)]
    evidence: Vec<Evidence>,
}

/// The history of what was found out about a record.
#[utoipa::path(
    get,
    path = "/records/{id}/assessments",
    operation_id = "list_assessments",
    tag = "scoring",
    params(("id" = String, Path, description = "The record's id or key"), Which),
    responses((status = 200, description = "A page of it.", body = Assessments), Problem),
)]
pub(crate) async fn list(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Asked(asked): Asked<Which>,
) -> Answer<Assessments> {
    let mut read = web.crm.read(&who.actor()).await?;
    let record = found(read.as_mut(), &given).await?;
    let criterion = match &asked.criterion {
        Some(criterion) => Some(id(criterion, "criterion")?),
        None => None,
    };
    let limit = limit(asked.limit);
    let before = asked.before.as_deref();
    let assessments = read.assessments(&record.id, criterion.as_ref(), before, limit).await?;
    let full = i64::try_from(assessments.len()).is_ok_and(|count| count >= limit);
    let next = assessments.last().filter(|_| full).map(|one| one.id.to_string());
    Ok(Json(Assessments { assessments, next }))
}

/// Says what was found out about a record for a criterion that members answer.
#[utoipa::path(
    post,
    path = "/records/{id}/assessments",
    operation_id = "assess_record",
    tag = "scoring",
    params(("id" = String, Path, description = "The record's id or key")),
    request_body = NewAssessment,
    responses((status = 201, description = "It is kept, and the record scored.", body = Outcome), Problem),
)]
pub(crate) async fn add(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Body(asked): Body<NewAssessment>,
) -> Result<(StatusCode, Json<Outcome>), Problem> {
    let command = AssessRecord {
        record: id_of(&web, &who, &given).await?,
        product: asked.product,
        criterion: asked.criterion,
        value: asked.value,
        reason: asked.reason,
        evidence: asked.evidence,
    };
    let outcome = who.run(&web, Command::AssessRecord(command)).await?;
    Ok((StatusCode::CREATED, Json(outcome)))
}
