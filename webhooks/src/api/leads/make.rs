//! Puts a record into the queue of a product.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use crm::commands::MakeLead;
use crm::{Command, Outcome};

use crate::Web;
use crate::extract::Body;
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// Makes a lead; `data.lead` is its id. One that waits already is given back.
#[utoipa::path(
    post,
    path = "/leads",
    operation_id = "make_lead",
    tag = "leads",
    request_body = MakeLead,
    responses((status = 201, description = "It waits.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Body(asked): Body<MakeLead>,
) -> Result<(StatusCode, Json<Outcome>), Problem> {
    let command = asked;
    let outcome = who.run(&web, Command::MakeLead(command)).await?;
    Ok((StatusCode::CREATED, Json(outcome)))
}
