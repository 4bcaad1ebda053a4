//! Says that two records are different, or that they may be one after all.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::DecideDuplicate;
use crm::{Command, Outcome};

use crate::Web;
use crate::extract::Body;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Says whether two records are different. It can be undone.
#[utoipa::path(
    post,
    path = "/duplicates/decide",
    operation_id = "decide_duplicate",
    tag = "records",
    request_body = DecideDuplicate,
    responses((status = 200, description = "It is noted.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Body(command): Body<DecideDuplicate>,
) -> Answer<Outcome> {
    Ok(Json(who.run(&web, Command::DecideDuplicate(command)).await?))
}
