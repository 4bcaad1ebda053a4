//! The description of the API, for programs that write programs.

use std::sync::Arc;

use axum::{Extension, Json};
use utoipa::openapi::OpenApi;

/// What the API takes and gives, as OpenAPI.
#[utoipa::path(
    get,
    path = "/openapi.json",
    operation_id = "openapi",
    tag = "probes",
    security(()),
    responses((status = 200, description = "An OpenAPI document.", body = Object)),
)]
pub(crate) async fn handler(Extension(openapi): Extension<Arc<OpenApi>>) -> Json<OpenApi> {
    Json(OpenApi::clone(&openapi))
}
