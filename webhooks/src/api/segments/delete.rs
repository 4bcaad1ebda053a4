//! Deletes a segment.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::DeleteSegment;
use crm::{Command, Outcome};

use crate::Web;
use crate::extract::At;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Deletes a segment. Its records stay.
#[utoipa::path(
    delete,
    path = "/segments/{segment}",
    operation_id = "delete_segment",
    tag = "segments",
    params(("segment" = String, Path, description = "The segment's id, key or name")),
    responses((status = 200, description = "It is gone.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(segment): At<String>,
) -> Answer<Outcome> {
    Ok(Json(who.run(&web, Command::DeleteSegment(DeleteSegment { segment })).await?))
}
