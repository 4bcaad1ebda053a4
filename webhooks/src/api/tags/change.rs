//! Renames, recolours or describes a tag.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::ChangeTag;
use crm::{Command, Outcome};
use serde::Deserialize;

use crate::Web;
use crate::extract::{At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// What changes about a tag. What is left out stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TagChange {
    /// Its new name, 1 to 50 characters, without commas.
    #[serde(default)]
    name: Option<String>,
    /// Its new colour, as `#rrggbb`; an empty text takes it away.
    #[serde(default)]
    colour: Option<String>,
    /// What it means, at most 500 characters; an empty text takes it away.
    #[serde(default)]
    about: Option<String>,
}

/// Changes a tag. The filters of segments and views follow its name.
#[utoipa::path(
    patch,
    path = "/tags/{tag}",
    operation_id = "change_tag",
    tag = "tags",
    params(("tag" = String, Path, description = "The tag's id or name")),
    request_body = TagChange,
    responses((status = 200, description = "It is so.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(tag): At<String>,
    Body(asked): Body<TagChange>,
) -> Answer<Outcome> {
    let TagChange { name, colour, about } = asked;
    let command = ChangeTag { tag, name, colour, about };
    Ok(Json(who.run(&web, Command::ChangeTag(command)).await?))
}
