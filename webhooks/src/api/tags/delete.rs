//! Deletes a tag.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::DeleteTag;
use crm::{Command, Outcome};

use crate::Web;
use crate::extract::At;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Takes a tag off all records and out of the library. It can be undone.
#[utoipa::path(
    delete,
    path = "/tags/{tag}",
    operation_id = "delete_tag",
    tag = "tags",
    params(("tag" = String, Path, description = "The tag's id or name")),
    responses((status = 200, description = "It is gone.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(tag): At<String>,
) -> Answer<Outcome> {
    Ok(Json(who.run(&web, Command::DeleteTag(DeleteTag { tag })).await?))
}
