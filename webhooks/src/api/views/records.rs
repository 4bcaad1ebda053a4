//! What a view shows as a table: a page of its records in its columns.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::views::View;
use serde::Serialize;

use super::{Besides, ViewColumnShown, ViewRow, columns, opened, rows};
use crate::Web;
use crate::api::limit;
use crate::extract::{Asked, At};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// A page of a view.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ViewRecords {
    /// The view.
    view: View,
    /// Its columns, in order.
    columns: Vec<ViewColumnShown>,
    /// What it names and is gone, in sentences.
    missing: Vec<String>,
    /// All of it as one filter.
    filter: String,
    /// Its records, in its order.
    rows: Vec<ViewRow>,
    /// What to send as `after` for the next page; none when this was the last.
    next: Option<String>,
}

/// Shows a page of a view's records, whatever its layout.
#[utoipa::path(
    get,
    path = "/views/{view}/records",
    operation_id = "list_view_records",
    tag = "views",
    params(("view" = String, Path, description = "The view's id or name"), Besides),
    responses((status = 200, description = "A page.", body = ViewRecords), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Asked(asked): Asked<Besides>,
) -> Answer<ViewRecords> {
    let mut read = web.crm.read(&who.actor()).await?;
    let read = read.as_mut();
    let (view, opened) = opened(&web, &who, read, &given, &asked).await?;
    let page = opened.page(read, limit(asked.limit), asked.after.as_deref()).await?;
    let rows = rows(read, &opened, page.records).await?;
    Ok(Json(ViewRecords {
        view,
        columns: columns(&opened),
        missing: opened.missing.clone(),
        filter: opened.filter.to_string(),
        rows,
        next: page.next.map(|next| next.to_string()),
    }))
}
