//! Says what a currency is worth, or forgets it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::SetRate;
use crm::{Command, Outcome};

use crate::Web;
use crate::extract::Body;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Says what a currency is worth; without a rate, forgets it.
#[utoipa::path(
    post,
    path = "/rates",
    operation_id = "set_rate",
    tag = "rates",
    request_body = SetRate,
    responses((status = 200, description = "It is so.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Body(asked): Body<SetRate>,
) -> Answer<Outcome> {
    Ok(Json(who.run(&web, Command::SetRate(asked)).await?))
}
