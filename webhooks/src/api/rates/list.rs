//! Lists what currencies are worth.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::rates::Rates;

use crate::Web;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Lists what currencies are worth.
#[utoipa::path(
    get,
    path = "/rates",
    operation_id = "list_rates",
    tag = "rates",
    responses((status = 200, description = "The base and the rates to it.", body = Rates), Problem),
)]
pub(crate) async fn handler(State(web): State<Arc<Web>>, who: SignedIn) -> Answer<Rates> {
    Ok(Json(web.crm.read(&who.actor()).await?.rates().await?))
}
