//! Says which view the caller sees first of a blueprint.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::commands::SetDefaultView;
use crm::ids::ViewId;
use crm::{Command, Outcome};
use serde::Deserialize;

use crate::Web;
use crate::extract::{At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Which view.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DefaultView {
    /// The view's id; null or left out means none.
    #[serde(default)]
    view: Option<ViewId>,
}

/// Says which view the caller sees first of a blueprint; null means none.
#[utoipa::path(
    put,
    path = "/blueprints/{key}/default-view",
    operation_id = "set_default_view",
    tag = "views",
    params(("key" = String, Path, description = "The blueprint's key")),
    request_body = DefaultView,
    responses((status = 200, description = "It is so.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(blueprint): At<String>,
    Body(DefaultView { view }): Body<DefaultView>,
) -> Answer<Outcome> {
    let command = SetDefaultView { blueprint, view };
    Ok(Json(who.run(&web, Command::SetDefaultView(command)).await?))
}
