//! Changes a saved view.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::{ChangeView, ViewLike};
use crm::{Command, Outcome};

use crate::Web;
use crate::extract::{At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Changes a view. What is left out stays.
#[utoipa::path(
    patch,
    path = "/views/{view}",
    operation_id = "change_view",
    tag = "views",
    params(("view" = String, Path, description = "The view's id or name")),
    request_body = ViewLike,
    responses((status = 200, description = "It is so.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(view): At<String>,
    Body(like): Body<ViewLike>,
) -> Answer<Outcome> {
    Ok(Json(who.run(&web, Command::ChangeView(ChangeView { view, like })).await?))
}
