//! Takes the records of a blueprint to one of its versions, or says what that would do.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use crm::commands::MigrateRecords;
use crm::{Command, Outcome};
use serde::Deserialize;

use crate::Web;
use crate::extract::{At, Body};
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// Where records go.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Migration {
    /// The version, newer or older than theirs; the newest when left out.
    #[serde(default)]
    to_version: Option<i64>,
    /// Only say what it would do.
    #[serde(default)]
    dry_run: bool,
}

/// Takes the records of a blueprint to one of its versions, in a job, whose report says what it did.
#[utoipa::path(
    post,
    path = "/blueprints/{key}/migrations",
    operation_id = "migrate_records",
    tag = "blueprints",
    params(("key" = String, Path, description = "The blueprint's key")),
    request_body = Migration,
    responses((status = 202, description = "It has begun; `data.job` is the job.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(key): At<String>,
    Body(Migration { to_version, dry_run }): Body<Migration>,
) -> Result<(StatusCode, Json<Outcome>), Problem> {
    let command = MigrateRecords { blueprint: key, to_version, dry_run };
    let outcome = who.run(&web, Command::MigrateRecords(command)).await?;
    Ok((StatusCode::ACCEPTED, Json(outcome)))
}
