//! Lists, writes, edits, pins and withdraws the notes on a record.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use crm::commands::{AddNote, ChangeNote, WithdrawNote};
use crm::ids::NoteId;
use crm::interactions::{Note, NoteVersion};
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
    /// Pinned ones first, then the newest; withdrawn ones are left out.
    notes: Vec<Note>,
}

/// A note to write.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewNote {
    /// What it says, as markdown.
    body: String,
}

/// What to change about a note. What is left out stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoteChange {
    /// What it says from now on, as markdown.
    #[serde(default)]
    body: Option<String>,
    /// Whether it stands above the others.
    #[serde(default)]
    pinned: Option<bool>,
}

/// What a note said before.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct NoteHistory {
    /// Newest first.
    versions: Vec<NoteVersion>,
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

/// Edits or pins a note. What it said is kept.
#[utoipa::path(
    patch,
    path = "/records/{id}/notes/{note}",
    operation_id = "change_note",
    tag = "records",
    params(
        ("id" = String, Path, description = "The record's id or key"),
        ("note" = String, Path, description = "The note's id"),
    ),
    request_body = NoteChange,
    responses((status = 200, description = "It is changed.", body = Outcome), Problem),
)]
pub(crate) async fn change(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At((given, note)): At<(String, String)>,
    Body(NoteChange { body, pinned }): Body<NoteChange>,
) -> Answer<Outcome> {
    let note = of_record(&web, &who, &given, &note).await?;
    Ok(Json(who.run(&web, Command::ChangeNote(ChangeNote { note, body, pinned })).await?))
}

/// Lists what a note said before it was edited.
#[utoipa::path(
    get,
    path = "/records/{id}/notes/{note}/history",
    operation_id = "note_history",
    tag = "records",
    params(
        ("id" = String, Path, description = "The record's id or key"),
        ("note" = String, Path, description = "The note's id"),
    ),
    responses((status = 200, description = "What it said.", body = NoteHistory), Problem),
)]
pub(crate) async fn history(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At((given, note)): At<(String, String)>,
) -> Answer<NoteHistory> {
    let note = of_record(&web, &who, &given, &note).await?;
    let versions = web.crm.read(&who.actor()).await?.note_versions(&note).await?;
    Ok(Json(NoteHistory { versions }))
}

/// The note, if it stands on the record.
async fn of_record(web: &Web, who: &SignedIn, given: &str, note: &str) -> Result<NoteId, Problem> {
    let found = id(note, "note")?;
    let record = id_of(web, who, given).await?;
    let is = web.crm.read(&who.actor()).await?.note(&found).await?;
    if is.is_none_or(|is| is.record != record) {
        return Err(nothing("note", note));
    }
    Ok(found)
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
    let note = of_record(&web, &who, &given, &note).await?;
    Ok(Json(who.run(&web, Command::WithdrawNote(WithdrawNote { note })).await?))
}
