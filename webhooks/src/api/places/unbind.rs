//! Makes a room mute again. What was said in it stays.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use crm::chat::Place;
use crm::commands::UnbindPlace;
use crm::{Command, Outcome};

use crate::Web;
use crate::extract::At;
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Makes a room mute again.
#[utoipa::path(
    delete,
    path = "/places/{connection}/{room}",
    operation_id = "unbind_place",
    tag = "places",
    params(
        ("connection" = String, Path, description = "The connection's name"),
        ("room" = String, Path, description = "The room, as the network names it"),
    ),
    responses((status = 200, description = "It belongs to nobody now.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At((connection, room)): At<(String, String)>,
) -> Answer<Outcome> {
    let command = UnbindPlace { place: Place::new(connection, room) };
    Ok(Json(who.run(&web, Command::UnbindPlace(command)).await?))
}
