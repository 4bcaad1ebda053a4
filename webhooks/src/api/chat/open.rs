//! Opens a room of the built-in chat. No code is needed: whoever asks is signed in already.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use crm::commands::OpenRoom;
use crm::{Command, Outcome};
use serde::Deserialize;

use crate::Web;
use crate::extract::Body;
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// A new room.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRoom {
    /// What people call it: a word of at most 40 letters.
    name: String,
}

/// Opens a room of the built-in chat.
#[utoipa::path(
    post,
    path = "/chat/places",
    operation_id = "open_room",
    tag = "chat",
    request_body = NewRoom,
    responses((status = 201, description = "It is open; `data.place` says how to address it.",
        body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Body(NewRoom { name }): Body<NewRoom>,
) -> Result<(StatusCode, Json<Outcome>), Problem> {
    let open = OpenRoom { connection: web.settings.chat_connection.clone(), name };
    let outcome = who.run(&web, Command::OpenRoom(open)).await?;
    Ok((StatusCode::CREATED, Json(outcome)))
}
