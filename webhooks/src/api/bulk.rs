//! Does the same with many records: those of a list, or those that a filter finds.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::ChangeMany;
use crm::{Command, Outcome};

use crate::Web;
use crate::extract::Body;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Claims, releases, assigns, changes or trashes many records. Up to a hundred are changed at
/// once, and `data` tells which were left alone and why; for more, `data.job` is the job to look
/// at. Undoing the command takes all of it back.
#[utoipa::path(
    post,
    path = "/bulk",
    operation_id = "change_many",
    tag = "records",
    request_body = ChangeMany,
    responses((status = 200, description = "It is done, or has begun.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Body(asked): Body<ChangeMany>,
) -> Answer<Outcome> {
    Ok(Json(who.run(&web, Command::ChangeMany(asked)).await?))
}
