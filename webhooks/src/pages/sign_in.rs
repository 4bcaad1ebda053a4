//! Signing in with a one-time link. Opening the link shows a button and uses nothing up, because
//! chats and mail programs open links on their own; pressing the button does.
//! Passwords, second factors and single sign-on are not here.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::Duration;
use crm::StoreError;
use crm::places::{Session, secret_hash};

use crate::extract::At;
use crate::problem::Problem;
use crate::signed_in::{active, cookie, cookie_secret};
use crate::{Web, html};

/// How long somebody stays signed in.
const SESSION_HOURS: i64 = 24;

/// Offers to sign in.
#[utoipa::path(
    get,
    path = "/sign-in/{code}",
    operation_id = "offer_sign_in",
    tag = "pages",
    security(()),
    params(("code" = String, Path, description = "The one-time code of the link")),
    responses((status = 200, description = "A page with a button.", content_type = "text/html")),
)]
pub(crate) async fn offer() -> Response {
    let body = html::paragraph("This link signs you in to Tieline in this browser, once.")
        + &html::button("Sign in");
    html::page(StatusCode::OK, "Sign in", &body)
}

/// Uses the link up and signs in.
#[utoipa::path(
    post,
    path = "/sign-in/{code}",
    operation_id = "sign_in",
    tag = "pages",
    security(()),
    params(("code" = String, Path, description = "The one-time code of the link")),
    responses(
        (status = 303, description = "Signed in; to the page."),
        (status = 410, description = "The link was used or is too old.", content_type = "text/html"),
    ),
)]
pub(crate) async fn take(
    State(web): State<Arc<Web>>,
    At(code): At<String>,
    headers: HeaderMap,
) -> Response {
    let secure = web.settings.secure_cookies;
    match session(&web, &code).await {
        Ok(Some(secret)) => {
            // A session that was in this browser before ends here.
            if let Some(old) = cookie_secret(&headers, secure)
                && let Err(error) = web.crm.hub().delete_session(&secret_hash(&old)).await
            {
                tracing::warn!(%error, "failed to end the session that was there before");
            }
            let set = cookie(secure, &secret, SESSION_HOURS * 3600);
            html::see_other("/", &[(header::SET_COOKIE, set)])
        }
        Ok(None) => expired(),
        Err(error) => html::problem(&Problem::from(error)).into_response(),
    }
}

/// A fresh session for whom the link was made, if it is worth anything.
async fn session(web: &Web, code: &str) -> Result<Option<String>, StoreError> {
    let (hub, env) = (web.crm.hub(), web.crm.env());
    let Some(taken) = hub.take_sign_in(&secret_hash(code)).await? else { return Ok(None) };
    if taken.expires_at <= env.now() || active(web, &taken).await?.is_none() {
        return Ok(None);
    }
    let secret = env.token() + &env.token();
    let expires_at = env.now() + Duration::hours(SESSION_HOURS);
    hub.insert_session(&secret_hash(&secret), &Session { expires_at, ..taken }).await?;
    Ok(Some(secret))
}

fn expired() -> Response {
    let body = html::paragraph("This link was used before, or it is too old.")
        + &html::paragraph(
            "An administrator of yours can make a new one in Tieline: under “People”, beside \
             your name.",
        )
        + "<p>Whoever runs this Tieline can also make one with <code>tieline sign-in</code>. If \
           you are signed in already, <a href=\"/\">open Tieline</a>.</p>\n";
    html::page(StatusCode::GONE, "This link no longer works", &body)
}
