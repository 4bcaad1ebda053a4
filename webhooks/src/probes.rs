//! What whoever runs Tieline asks it: does it live, can it work, and what has it counted?
//! No answer names a tenant, a member or a record, so none of them needs a secret.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Web;
use crate::problem::Problem;

/// The routes of this file.
pub(crate) fn routes() -> OpenApiRouter<Arc<Web>> {
    OpenApiRouter::default()
        .routes(routes!(healthz))
        .routes(routes!(readyz))
        .routes(routes!(metrics))
}

/// Whether the program lives.
#[utoipa::path(
    get,
    path = "/healthz",
    operation_id = "healthz",
    tag = "probes",
    security(()),
    responses((status = 200, description = "It lives.", body = String)),
)]
async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether it can take on work.
#[utoipa::path(
    get,
    path = "/readyz",
    operation_id = "readyz",
    tag = "probes",
    security(()),
    responses(
        (status = 200, description = "It can.", body = String),
        (status = 503, description = "Why it cannot.", body = String),
    ),
)]
async fn readyz(State(web): State<Arc<Web>>) -> Response {
    match web.readiness.ready().await {
        Ok(()) => "ready\n".into_response(),
        Err(why) => Problem::not_ready(&why).into_response(),
    }
}

/// What was counted, for Prometheus.
#[utoipa::path(
    get,
    path = "/metrics",
    operation_id = "metrics",
    tag = "probes",
    security(()),
    responses((status = 200, description = "OpenMetrics text.", body = String)),
)]
async fn metrics(State(web): State<Arc<Web>>) -> Response {
    // The counters are worth having while the database is away.
    match web.crm.hub().backlog().await {
        Ok(backlog) => web.metrics.backlog(&backlog),
        Err(error) => tracing::warn!(%error, "failed to count the backlog"),
    }
    match web.metrics.text() {
        Ok(text) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], text).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "failed to write the counters");
            Problem::not_ready("The counters cannot be written for now.").into_response()
        }
    }
}
