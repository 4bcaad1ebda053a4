//! Signing out: the session is worth nothing from then on, in any browser.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::problem::Problem;
use crate::signed_in::{Visitor, cookie};
use crate::{Web, html};

/// Signs out.
#[utoipa::path(
    post,
    path = "/sign-out",
    operation_id = "sign_out",
    tag = "pages",
    responses(
        (status = 303, description = "Signed out; to the page."),
        (status = 401, description = "Nobody was signed in.", content_type = "text/html"),
    ),
)]
pub(crate) async fn handler(State(web): State<Arc<Web>>, Visitor(who): Visitor) -> Response {
    if let Err(error) = who.sign_out(&web).await {
        return html::problem(&Problem::from(error)).into_response();
    }
    let forget = cookie(web.settings.secure_cookies, "", 0);
    html::see_other("/", &[(header::SET_COOKIE, forget)])
}
