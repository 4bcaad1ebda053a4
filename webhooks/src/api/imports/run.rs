//! Imports an uploaded file, or says what importing it would do.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use crm::commands::StartImport;
use crm::imports::Plan;
use crm::{Command, Outcome};
use serde::Deserialize;

use crate::Web;
use crate::api::id;
use crate::extract::{At, Body};
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// How to import.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Run {
    /// How; left out, as it was said before.
    #[serde(default)]
    plan: Option<Plan>,
    /// Only say what it would do.
    #[serde(default)]
    dry_run: bool,
}

/// Begins an import or its dry run in the background; `data.job` is the work, `data.mapping`
/// where the columns go. Showing the import tells how far it is. What was stopped goes on.
#[utoipa::path(
    post,
    path = "/imports/{id}/run",
    operation_id = "run_import",
    tag = "imports",
    params(("id" = String, Path, description = "The import's id")),
    request_body = Run,
    responses((status = 202, description = "It has begun.", body = Outcome), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    At(given): At<String>,
    Body(asked): Body<Run>,
) -> Result<(StatusCode, Json<Outcome>), Problem> {
    let start =
        StartImport { import: id(&given, "import")?, plan: asked.plan, dry_run: asked.dry_run };
    Ok((StatusCode::ACCEPTED, Json(who.run(&web, Command::StartImport(start)).await?)))
}
