//! Says in which currency sums and forecasts are told.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::SetBaseCurrency;
use crm::{Command, Outcome};

use crate::Web;
use crate::extract::Body;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Says in which currency sums and forecasts are told.
#[utoipa::path(
    post,
    path = "/rates/base",
    operation_id = "set_base_currency",
    tag = "rates",
    request_body = SetBaseCurrency,
    responses((status = 200, description = "It is so.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Body(asked): Body<SetBaseCurrency>,
) -> Answer<Outcome> {
    Ok(Json(who.run(&web, Command::SetBaseCurrency(asked)).await?))
}
