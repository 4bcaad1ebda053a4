//! Puts records into a static segment and takes them out.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::{JoinSegment, LeaveSegment};
use crm::{Command, Outcome};
use serde::Deserialize;

use crate::Web;
use crate::api::records::id_of;
use crate::extract::{At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Which records.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMembers {
    /// By id or key, 1 to 200.
    records: Vec<String>,
}

/// Puts records into a segment that is filled by hand.
#[utoipa::path(
    post,
    path = "/segments/{segment}/records",
    operation_id = "join_segment",
    tag = "segments",
    params(("segment" = String, Path, description = "The segment's id, key or name")),
    request_body = NewMembers,
    responses((status = 200, description = "They are in it.", body = Outcome), Problem),
)]
pub(crate) async fn add(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(segment): At<String>,
    Body(NewMembers { records: given }): Body<NewMembers>,
) -> Answer<Outcome> {
    let mut records = Vec::new();
    // One too many is enough to be refused.
    for given in given.iter().take(crm::segments::BY_HAND_MAX + 1) {
        records.push(id_of(&web, &who, given).await?);
    }
    let command = JoinSegment { segment, records };
    Ok(Json(who.run(&web, Command::JoinSegment(command)).await?))
}

/// Takes a record out of a segment that is filled by hand.
#[utoipa::path(
    delete,
    path = "/segments/{segment}/records/{id}",
    operation_id = "leave_segment",
    tag = "segments",
    params(
        ("segment" = String, Path, description = "The segment's id, key or name"),
        ("id" = String, Path, description = "The record's id or key"),
    ),
    responses((status = 200, description = "It is not in it.", body = Outcome), Problem),
)]
pub(crate) async fn remove(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At((segment, given)): At<(String, String)>,
) -> Answer<Outcome> {
    let records = vec![id_of(&web, &who, &given).await?];
    let command = LeaveSegment { segment, records };
    Ok(Json(who.run(&web, Command::LeaveSegment(command)).await?))
}
