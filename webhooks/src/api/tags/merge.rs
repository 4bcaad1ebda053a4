//! Merges a tag into another.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::MergeTags;
use crm::{Command, Outcome};
use serde::Deserialize;

use crate::Web;
use crate::extract::{At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Which tag stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MergeInto {
    /// Its id or name.
    into: String,
}

/// Gives another tag to all records that have this one. It can be undone.
#[utoipa::path(
    post,
    path = "/tags/{tag}/merge",
    operation_id = "merge_tags",
    tag = "tags",
    params(("tag" = String, Path, description = "The tag's id or name")),
    request_body = MergeInto,
    responses((status = 200, description = "It is so.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(from): At<String>,
    Body(MergeInto { into }): Body<MergeInto>,
) -> Answer<Outcome> {
    let command = MergeTags { from, into };
    Ok(Json(who.run(&web, Command::MergeTags(command)).await?))
}
