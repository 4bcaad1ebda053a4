//! Saves a view.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use crm::commands::{CreateView, ViewLike};
use crm::{Command, Outcome};

use crate::Web;
use crate::extract::Body;
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// Saves a view: one blueprint, columns, a filter, a sort, a table or a board.
#[utoipa::path(
    post,
    path = "/views",
    operation_id = "create_view",
    tag = "views",
    request_body = ViewLike,
    responses((status = 201, description = "It is saved.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Body(like): Body<ViewLike>,
) -> Result<(StatusCode, Json<Outcome>), Problem> {
    let outcome = who.run(&web, Command::CreateView(CreateView { like })).await?;
    Ok((StatusCode::CREATED, Json(outcome)))
}
