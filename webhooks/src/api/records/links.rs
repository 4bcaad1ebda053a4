//! Adds and removes relations between records.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use crm::commands::{LinkRecords, UnlinkRecords};
use crm::{Command, Outcome};
use serde::Deserialize;

use super::id_of;
use crate::Web;
use crate::api::id;
use crate::extract::{At, Body};
use crate::problem::{Answer, Problem};
use crate::signed_in::SignedIn;

/// A relation to add.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewLink {
    /// To this record, by id or key.
    to: String,
    /// What kind of relation (`contact`, `customer`, `works_at`).
    kind: String,
    /// The part that `to` plays ("Champion").
    #[serde(default)]
    role: Option<String>,
}

/// Relates a record to another.
#[utoipa::path(
    post,
    path = "/records/{id}/links",
    operation_id = "add_link",
    tag = "records",
    params(("id" = String, Path, description = "The record's id or key")),
    request_body = NewLink,
    responses((status = 201, description = "They are related.", body = Outcome), Problem),
)]
pub(crate) async fn add(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Body(NewLink { to, kind, role }): Body<NewLink>,
) -> Result<(StatusCode, Json<Outcome>), Problem> {
    let from = id_of(&web, &who, &given).await?;
    let to = id_of(&web, &who, &to).await?;
    let command = LinkRecords { from, to, kind, role };
    let outcome = who.run(&web, Command::LinkRecords(command)).await?;
    Ok((StatusCode::CREATED, Json(outcome)))
}

/// Removes a relation.
#[utoipa::path(
    delete,
    path = "/records/{id}/links/{link}",
    operation_id = "remove_link",
    tag = "records",
    params(
        ("id" = String, Path, description = "The id or key of the record it starts from"),
        ("link" = String, Path, description = "The link's id"),
    ),
    responses((status = 200, description = "It is gone.", body = Outcome), Problem),
)]
pub(crate) async fn remove(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At((given, link)): At<(String, String)>,
) -> Answer<Outcome> {
    let link = id(&link, "link")?;
    let from = id_of(&web, &who, &given).await?;
    let command = UnlinkRecords { from, link };
    Ok(Json(who.run(&web, Command::UnlinkRecords(command)).await?))
}
