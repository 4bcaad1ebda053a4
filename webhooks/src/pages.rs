//! What a browser opens: the page itself, sign-in, linking a chat account, record links and
//! files. The page gets everything that it shows from the API.

mod assets;
mod home;
mod link;
mod record;
mod sign_in;
mod sign_out;

use std::sync::Arc;

use axum::extract::DefaultBodyLimit;
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::Problem;
use crate::{Web, html};

/// These forms have a button and nothing else.
const FORM_BYTES_MAX: usize = 4 * 1024;

/// The routes of this folder.
pub(crate) fn routes() -> OpenApiRouter<Arc<Web>> {
    OpenApiRouter::default()
        .routes(routes!(home::handler))
        .routes(routes!(home::chat))
        .routes(routes!(assets::handler))
        .routes(routes!(record::handler))
        .routes(routes!(sign_in::offer, sign_in::take))
        .routes(routes!(sign_out::handler))
        .routes(routes!(link::ask, link::confirm))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
}

/// What is answered where nothing is.
pub(crate) async fn not_found(uri: Uri) -> Response {
    let nothing = Problem::not_found("There is nothing at this address. Check it and try again.");
    if uri.path().starts_with("/api/") {
        return nothing.into_response();
    }
    html::problem(&nothing).into_response()
}

/// What is answered where something is, but not for this method.
pub(crate) async fn method_not_allowed() -> Problem {
    Problem::wrong_method()
}
