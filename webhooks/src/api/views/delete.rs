//! Deletes a saved view.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::DeleteView;
use crm::{Command, Outcome};

use crate::Web;
use crate::extract::At;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Deletes a view. Its records stay.
#[utoipa::path(
    delete,
    path = "/views/{view}",
    operation_id = "delete_view",
    tag = "views",
    params(("view" = String, Path, description = "The view's id or name")),
    responses((status = 200, description = "It is gone.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(view): At<String>,
) -> Answer<Outcome> {
    Ok(Json(who.run(&web, Command::DeleteView(DeleteView { view })).await?))
}
