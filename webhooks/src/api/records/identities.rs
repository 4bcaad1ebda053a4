//! Adds and removes the channels and other names of a person or company.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use crm::commands::{AddIdentity, NewIdentity, RemoveIdentity};
use crm::{Command, Outcome};

use super::id_of;
use crate::Web;
use crate::api::id;
use crate::extract::{At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// Adds a channel or another name to a record.
#[utoipa::path(
    post,
    path = "/records/{id}/identities",
    operation_id = "add_identity",
    tag = "records",
    params(("id" = String, Path, description = "The record's id or key")),
    request_body = NewIdentity,
    responses((status = 201, description = "It is there.", body = Outcome), Problem),
)]
pub(crate) async fn add(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Body(NewIdentity { kind, value }): Body<NewIdentity>,
) -> Result<(StatusCode, Json<Outcome>), Problem> {
    let record = id_of(&web, &who, &given).await?;
    let command = AddIdentity { record, kind, value };
    let outcome = who.run(&web, Command::AddIdentity(command)).await?;
    Ok((StatusCode::CREATED, Json(outcome)))
}

/// Removes a channel or another name from a record.
#[utoipa::path(
    delete,
    path = "/records/{id}/identities/{identity}",
    operation_id = "remove_identity",
    tag = "records",
    params(
        ("id" = String, Path, description = "The record's id or key"),
        ("identity" = String, Path, description = "The identity's id"),
    ),
    responses((status = 200, description = "It is gone.", body = Outcome), Problem),
)]
pub(crate) async fn remove(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At((given, identity)): At<(String, String)>,
) -> Answer<Outcome> {
    let identity = id(&identity, "identity")?;
    let record = id_of(&web, &who, &given).await?;
    let command = RemoveIdentity { record, identity };
    Ok(Json(who.run(&web, Command::RemoveIdentity(command)).await?))
}
