//! Where a record's values came from: the words of the message that each was read from, and who
//! approved it.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::proposals::Provenance;
use serde::Serialize;

use super::found;
use crate::Web;
use crate::extract::At;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Where values came from.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Origins {
    /// Newest first. A value that somebody typed in has none.
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
    Ok(Json(Origins { provenance: read.provenance(&record.id).await? }))
}
