//! Changes a record in the columns of a view. Through a lens, a column is written where it shows one
//! column of the record alone; anything else is refused.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::blueprints::Values;
use crm::commands::ChangeThroughView;
use crm::{Command, Outcome};
use serde::Deserialize;

use crate::Web;
use crate::api::records::id_of;
use crate::extract::{At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// What changes.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ViewWrite {
    /// Its new title.
    #[serde(default)]
    title: Option<String>,
    /// Values by the id or name of the columns that the view shows; null removes one.
    #[serde(default)]
    #[schema(value_type = Object)]
    values: Values,
    /// The version that was seen; left out, the change applies to whatever is there.
    #[serde(default)]
    expected_version: Option<i64>,
}

/// Changes a record in the columns that a view shows.
#[utoipa::path(
    patch,
    path = "/views/{view}/records/{id}",
    operation_id = "change_through_view",
    tag = "views",
    params(("view" = String, Path, description = "The view's id or name"), ("id" = String, Path, description = "The record's id or key")),
    request_body = ViewWrite,
    responses((status = 200, description = "It is so.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At((view, given)): At<(String, String)>,
    Body(asked): Body<ViewWrite>,
) -> Answer<Outcome> {
    let record = id_of(&web, &who, &given).await?;
    let ViewWrite { title, values, expected_version } = asked;
    let command = ChangeThroughView { view, record, expected_version, title, values };
    Ok(Json(who.run(&web, Command::ChangeThroughView(command)).await?))
}
