//! Lists the library of tags.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::tags::{Tag, is_reserved};
use serde::Serialize;

use crate::Web;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// The library.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Tags {
    /// By key.
    tags: Vec<TagListed>,
}

/// A tag with how it is used.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct TagListed {
    /// The tag.
    #[serde(flatten)]
    tag: Tag,
    /// On how many records it is; those in the trash are not counted.
    uses: i64,
    /// Whether it says what Tieline may do by itself, so that only administrators use it.
    reserved: bool,
}

/// Lists the library of tags.
#[utoipa::path(
    get,
    path = "/tags",
    operation_id = "list_tags",
    tag = "tags",
    responses((status = 200, description = "The library.", body = Tags), Problem),
)]
pub(crate) async fn handler(State(web): State<Arc<Web>>, who: SignedIn) -> Answer<Tags> {
    let mut read = web.crm.read(&who.actor()).await?;
    let uses = read.tag_uses().await?;
    let listed = |tag: Tag| TagListed {
        uses: uses.get(&tag.id).copied().unwrap_or_default(),
        reserved: is_reserved(&tag.key),
        tag,
    };
    Ok(Json(Tags { tags: read.tags().await?.into_iter().map(listed).collect() }))
}
