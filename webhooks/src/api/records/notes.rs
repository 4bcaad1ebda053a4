//! Lists, writes and withdraws the notes on a record.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use crm::commands::{AddNote, WithdrawNote};
use crm::interactions::Note;
use crm::{Command, Outcome};
use serde::{Deserialize, Serialize};

use super::{found, id_of};
use crate::Web;
use crate::api::{id, nothing};
use crate::extract::{At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// The notes on a record.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Notes {
    /// Newest first; withdrawn ones are left out.
    notes: Vec<Note>,
}

/// A note to write.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewNote {
    /// What it says, as markdown.
    body: String,
}

/// Lists the notes on a record.
#[utoipa::path(
    get,
    path = "/records/{id}/notes",
    operation_id = "list_notes",
    tag = "records",
    params(("id" = String, Path, description = "The record's id or key")),
    responses((status = 200, description = "Its notes.", body = Notes), Problem),
)]
pub(crate) async fn list(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
) -> Answer<Notes> {
    let mut read = web.crm.read(&who.actor()).await?;
    let record = found(read.as_mut(), &given).await?;
    Ok(Json(Notes { notes: read.notes(&record.id).await? }))
}

/// Writes a note on a record.
#[utoipa::path(
    post,
    path = "/records/{id}/notes",
    operation_id = "add_note",
    tag = "records",
    params(("id" = String, Path, description = "The record's id or key")),
    request_body = NewNote,
    responses((status = 201, description = "It is written.", body = Outcome), Problem),
)]
pub(crate) async fn add(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Body(NewNote { body }): Body<NewNote>,
) -> Result<(StatusCode, Json<Outcome>), Problem> {
    let record = id_of(&web, &who, &given).await?;
    let outcome = who.run(&web, Command::AddNote(AddNote { record, body })).await?;
    Ok((StatusCode::CREATED, Json(outcome)))
}

/// Withdraws a note.
#[utoipa::path(
    delete,
    path = "/records/{id}/notes/{note}",
    operation_id = "withdraw_note",
    tag = "records",
    params(
        ("id" = String, Path, description = "The record's id or key"),
        ("note" = String, Path, description = "The note's id"),
    ),
    responses((status = 200, description = "It is withdrawn.", body = Outcome), Problem),
)]
pub(crate) async fn withdraw(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At((given, note)): At<(String, String)>,
) -> Answer<Outcome> {
    let found = id(&note, "note")?;
    let record = id_of(&web, &who, &given).await?;
    let is = web.crm.read(&who.actor()).await?.note(&found).await?;
    if is.is_none_or(|is| is.record != record) {
        return Err(nothing("note", &note));
    }
    Ok(Json(who.run(&web, Command::WithdrawNote(WithdrawNote { note: found })).await?))
}
