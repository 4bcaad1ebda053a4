//! The stages a record has been in: when it entered each, by whom, and for how many days.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::stages::{self, Stay};
use serde::Serialize;

use super::found;
use crate::Web;
use crate::extract::At;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// The stages of a record.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Stays {
    /// Oldest first; the last is where it is.
    stages: Vec<Stay>,
}

/// The stages a record has been in, with the days it stayed.
#[utoipa::path(
    get,
    path = "/records/{id}/stages",
    operation_id = "record_stages",
    tag = "records",
    params(("id" = String, Path, description = "The record's id or key")),
    responses((status = 200, description = "Oldest first.", body = Stays), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
) -> Answer<Stays> {
    let mut read = web.crm.read(&who.actor()).await?;
    let record = found(read.as_mut(), &given).await?;
    let now = web.crm.env().now();
    Ok(Json(Stays { stages: stages::stays(read.as_mut(), &record, now).await? }))
}
