//! The short link of a record, as cards and people paste it. It shows nothing to whoever is not
//! signed in, and a record of somebody else's Tieline looks like one that never was.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::api::records::found;
use crate::extract::At;
use crate::signed_in::Visitor;
use crate::{Web, html};

/// Leads to a record.
#[utoipa::path(
    get,
    path = "/r/{id}",
    operation_id = "record_link",
    tag = "pages",
    params(("id" = String, Path, description = "The record's id or key")),
    responses(
        (status = 303, description = "To the record."),
        (status = 401, description = "How to sign in.", content_type = "text/html"),
        (status = 404, description = "There is no such record here.", content_type = "text/html"),
    ),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    Visitor(who): Visitor,
    At(id): At<String>,
) -> Response {
    let key = async {
        let mut read = web.crm.read(&who.actor()).await?;
        found(read.as_mut(), &id).await.map(|record| record.key)
    };
    match key.await {
        Ok(key) => html::see_other(&format!("/#/records/{key}"), &[]),
        Err(problem) => html::problem(&problem).into_response(),
    }
}
