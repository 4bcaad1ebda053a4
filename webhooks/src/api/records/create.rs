//! Makes a record.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use crm::commands::CreateRecord;
use crm::{Command, Outcome};

use crate::Web;
use crate::extract::Body;
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// Makes a record.
#[utoipa::path(
    post,
    path = "/records",
    operation_id = "create_record",
    tag = "records",
    request_body = CreateRecord,
    responses(
        (status = 201, description = "It exists; `Location` says where.", body = Outcome),
        Problem,
    ),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Body(asked): Body<CreateRecord>,
) -> Result<(StatusCode, HeaderMap, Json<Outcome>), Problem> {
    let outcome = who.run(&web, Command::CreateRecord(asked)).await?;
    let mut headers = HeaderMap::new();
    if let Some(Ok(at)) = outcome.records.first().map(|id| format!("/api/v1/records/{id}").parse())
    {
        headers.insert(header::LOCATION, at);
    }
    Ok((StatusCode::CREATED, headers, Json(outcome)))
}
