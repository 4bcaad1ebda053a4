//! Puts tags on a record and takes them off. A name that is not in the library is added to it,
//! unless the caller wants only known ones.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::{TagRecords, UntagRecords};
use crm::{Command, Outcome};
use serde::Deserialize;

use super::id_of;
use crate::Web;
use crate::extract::{Asked, At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Several tags.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTags {
    /// By id or name.
    tags: Vec<String>,
    /// Whether a name that is not in the library is refused instead of added to it.
    #[serde(default)]
    known_only: bool,
}

/// How a tag is put on.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct How {
    /// Whether a name that is not in the library is refused instead of added to it.
    #[serde(default)]
    known_only: bool,
}

/// Puts several tags on a record.
#[utoipa::path(
    post,
    path = "/records/{id}/tags",
    operation_id = "tag_record_with",
    tag = "tags",
    params(("id" = String, Path, description = "The record's id or key")),
    request_body = NewTags,
    responses((status = 200, description = "It has them.", body = Outcome), Problem),
)]
pub(crate) async fn add(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Body(NewTags { tags, known_only }): Body<NewTags>,
) -> Answer<Outcome> {
    let records = vec![id_of(&web, &who, &given).await?];
    let command = TagRecords { records, tags, known_only };
    Ok(Json(who.run(&web, Command::TagRecords(command)).await?))
}

/// Puts a tag on a record.
#[utoipa::path(
    put,
    path = "/records/{id}/tags/{tag}",
    operation_id = "tag_record",
    tag = "tags",
    params(
        ("id" = String, Path, description = "The record's id or key"),
        ("tag" = String, Path, description = "The tag's id or name"),
        How,
    ),
    responses((status = 200, description = "It has it.", body = Outcome), Problem),
)]
pub(crate) async fn put(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At((given, tag)): At<(String, String)>,
    Asked(How { known_only }): Asked<How>,
) -> Answer<Outcome> {
    let records = vec![id_of(&web, &who, &given).await?];
    let command = TagRecords { records, tags: vec![tag], known_only };
    Ok(Json(who.run(&web, Command::TagRecords(command)).await?))
}

/// Takes a tag off a record.
#[utoipa::path(
    delete,
    path = "/records/{id}/tags/{tag}",
    operation_id = "untag_record",
    tag = "tags",
    params(
        ("id" = String, Path, description = "The record's id or key"),
        ("tag" = String, Path, description = "The tag's id or name"),
    ),
    responses((status = 200, description = "It has it no longer.", body = Outcome), Problem),
)]
pub(crate) async fn remove(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At((given, tag)): At<(String, String)>,
) -> Answer<Outcome> {
    let records = vec![id_of(&web, &who, &given).await?];
    let command = UntagRecords { records, tags: vec![tag] };
    Ok(Json(who.run(&web, Command::UntagRecords(command)).await?))
}
