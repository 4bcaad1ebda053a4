//! Looks through all records of a kind for those that may be one.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::FindDuplicates;
use crm::{Command, Outcome};

use crate::Web;
use crate::extract::Body;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Looks for duplicates in the background; the answer names the job.
#[utoipa::path(
    post,
    path = "/duplicates/find",
    operation_id = "find_duplicates",
    tag = "records",
    request_body = FindDuplicates,
    responses((status = 200, description = "It has begun.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Body(command): Body<FindDuplicates>,
) -> Answer<Outcome> {
    Ok(Json(who.run(&web, Command::FindDuplicates(command)).await?))
}
