//! Where a record's values came from: the words of the message that each was read from, and who
//! approved it; and saying that one was misread.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::blueprints::Classification;
use crm::commands::MarkWrong;
use crm::proposals::{Provenance, Slot};
use crm::{Command, Outcome};
use serde::Serialize;

use super::{found, id_of};
use crate::Web;
use crate::extract::At;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Where values came from.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Origins {
    /// Newest first. A value that somebody typed in has none; sensitive ones are left out.
    provenance: Vec<Provenance>,
}

/// Where a record's values came from.
#[utoipa::path(
    get,
    path = "/records/{id}/provenance",
    operation_id = "record_provenance",
    tag = "records",
    params(("id" = String, Path, description = "The record's id or key")),
    responses((status = 200, description = "Where they came from.", body = Origins), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
) -> Answer<Origins> {
    let mut read = web.crm.read(&who.actor()).await?;
    let record = found(read.as_mut(), &given).await?;
    let blueprint = read.blueprint(&record.blueprint, record.blueprint_version).await?;
    let sensitive = |origin: &Provenance| match (&origin.slot, &blueprint) {
        (Slot::Column(id), Some(blueprint)) => {
            blueprint.column(id).is_some_and(|c| c.classification == Classification::Sensitive)
        }
        _ => false,
    };
    let mut provenance = read.provenance(&record.id).await?;
    provenance.retain(|origin| !sensitive(origin));
    Ok(Json(Origins { provenance }))
}

/// Says that a value was misread: it is taken off every record that it was read onto, from the same
/// words, unless somebody changed it since. It can be undone.
#[utoipa::path(
    post,
    path = "/records/{id}/provenance/{number}/wrong",
    operation_id = "mark_wrong",
    tag = "records",
    params(
        ("id" = String, Path, description = "The record's id or key"),
        ("number" = i64, Path, description = "The source's number on the record")
    ),
    responses((status = 200, description = "It is taken off.", body = Outcome), Problem),
)]
pub(crate) async fn wrong(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At((given, number)): At<(String, i64)>,
) -> Answer<Outcome> {
    let record = id_of(&web, &who, &given).await?;
    Ok(Json(who.run(&web, Command::MarkWrong(MarkWrong { record, number })).await?))
}
