//! Makes a room louder or quieter.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::chat::Place;
use crm::commands::SetPlaceLevel;
use crm::places::Level;
use crm::{Command, Outcome};
use serde::Deserialize;

use crate::Web;
use crate::extract::{At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// How loud a room is.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlaceChange {
    /// How loud from now on; left out, it stays as it is.
    #[serde(default)]
    level: Option<Level>,
    /// Be silent for so many minutes; zero ends the silence.
    #[serde(default)]
    quiet_minutes: Option<i64>,
}

/// Makes a room louder or quieter.
#[utoipa::path(
    patch,
    path = "/places/{connection}/{room}",
    operation_id = "tune_place",
    tag = "places",
    params(
        ("connection" = String, Path, description = "The connection's name"),
        ("room" = String, Path, description = "The room, as the network names it"),
    ),
    request_body = PlaceChange,
    responses((status = 200, description = "It is so.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At((connection, room)): At<(String, String)>,
    Body(PlaceChange { level, quiet_minutes }): Body<PlaceChange>,
) -> Answer<Outcome> {
    let command = SetPlaceLevel { place: Place::new(connection, room), level, quiet_minutes };
    Ok(Json(who.run(&web, Command::SetPlaceLevel(command)).await?))
}
