//! What a view shows as a board: its lanes, with the first records of each. A lane goes on as a
//! list of records, with its filter and from its `next`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::flows::StageKind;
use crm::views::{LaneOf, View};
use serde::Serialize;

use super::{Besides, ViewColumnShown, ViewRow, columns, opened, rows};
use crate::Web;
use crate::api::pipelines::may_use;
use crate::extract::{Asked, At};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// The most records that are shown of a lane.
const FIRST_MAX: i64 = 50;

/// A view as a board.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ViewBoard {
    /// The view.
    view: View,
    /// Its columns, in order.
    columns: Vec<ViewColumnShown>,
    /// What it names and is gone, in sentences.
    missing: Vec<String>,
    /// Its lanes, in order.
    lanes: Vec<ViewLane>,
}

/// A lane of a view.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ViewLane {
    /// The stage's key, or the option; none holds the records without an option.
    key: Option<String>,
    /// The stage's name, or the option.
    name: String,
    /// Whether the stage still needs work; none where the lane is no stage.
    kind: Option<StageKind>,
    /// How many records are in it.
    count: i64,
    /// The first of them.
    rows: Vec<ViewRow>,
    /// The filter that lists this lane.
    filter: String,
    /// What to send as `after`, with that filter and the same sort, for the rest.
    next: Option<String>,
}

/// Shows a view as a board, whatever its layout.
#[utoipa::path(
    get,
    path = "/views/{view}/board",
    operation_id = "view_board",
    tag = "views",
    params(("view" = String, Path, description = "The view's id or name"), Besides),
    responses((status = 200, description = "The lanes.", body = ViewBoard), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Asked(asked): Asked<Besides>,
) -> Answer<ViewBoard> {
    let mut read = web.crm.read(&who.actor()).await?;
    let read = read.as_mut();
    let (view, mut opened) = opened(&web, &who, read, &given, &asked).await?;
    let first = asked.limit.unwrap_or(10).clamp(1, FIRST_MAX);
    let found = opened.board(read, first, &|flow| may_use(&who, flow)).await?;
    let mut lanes = Vec::new();
    for lane in found {
        let filter = opened.filter_of(&lane.of).to_string();
        let (key, name, kind) = match lane.of {
            LaneOf::Stage { key, name, kind, .. } => (Some(key), name, Some(kind)),
            LaneOf::Option { name } => (Some(name.clone()), name, None),
            LaneOf::Nothing => (None, "None".to_owned(), None),
        };
        lanes.push(ViewLane {
            key,
            name,
            kind,
            count: lane.count,
            rows: rows(read, &opened, lane.page.records).await?,
            filter,
            next: lane.page.next.map(|next| next.to_string()),
        });
    }
    let (columns, missing) = (columns(&opened), opened.missing.clone());
    Ok(Json(ViewBoard { view, columns, missing, lanes }))
}
