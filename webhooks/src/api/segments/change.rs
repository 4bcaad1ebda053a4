//! Renames a segment, or gives it another filter.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::ChangeSegment;
use crm::ids::MemberId;
use crm::{Command, Outcome};
use serde::Deserialize;

use crate::Web;
use crate::extract::{At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// What changes about a segment. What is left out stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SegmentChange {
    /// Its new name, 1 to 80 characters.
    #[serde(default)]
    name: Option<String>,
    /// What it is for, at most 500 characters; an empty text takes it away.
    #[serde(default)]
    about: Option<String>,
    /// Its new filter.
    #[serde(default)]
    filter: Option<String>,
    /// The member who may change it from now on.
    #[serde(default)]
    owner: Option<MemberId>,
}

/// Changes a segment. A new filter is followed in the background.
#[utoipa::path(
    patch,
    path = "/segments/{segment}",
    operation_id = "change_segment",
    tag = "segments",
    params(("segment" = String, Path, description = "The segment's id, key or name")),
    request_body = SegmentChange,
    responses((status = 200, description = "It is so.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(segment): At<String>,
    Body(asked): Body<SegmentChange>,
) -> Answer<Outcome> {
    let SegmentChange { name, about, filter, owner } = asked;
    let command = ChangeSegment { segment, name, about, filter, owner };
    Ok(Json(who.run(&web, Command::ChangeSegment(command)).await?))
}
