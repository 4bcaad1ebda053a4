//! Linking a chat account: somebody typed "link" in chat and was given this address. The page
//! says exactly which account asks and as whom it would act, and only the signed-in member's own
//! button links it. A forwarded link shows the stranger's account before anything happens.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use crm::Command;
use crm::commands::ConfirmLink;
use crm::places::{LinkRequest, secret_hash};

use crate::extract::At;
use crate::html::escaped;
use crate::problem::Problem;
use crate::signed_in::{SignedIn, Visitor};
use crate::{Web, html};

/// Shows which chat account asks to act as the member.
#[utoipa::path(
    get,
    path = "/link/{code}",
    operation_id = "ask_link",
    tag = "pages",
    params(("code" = String, Path, description = "The one-time code of the link")),
    responses(
        (status = 200, description = "A page with a button.", content_type = "text/html"),
        (status = 401, description = "How to sign in.", content_type = "text/html"),
        (status = 410, description = "The link was used or is too old.", content_type = "text/html"),
    ),
)]
pub(crate) async fn ask(
    State(web): State<Arc<Web>>,
    Visitor(who): Visitor,
    At(code): At<String>,
) -> Response {
    let asked = match waiting(&web, &who, &code).await {
        Ok(asked) => asked,
        Err(problem) => return html::problem(&problem).into_response(),
    };
    let (account, place) = (&asked.account, &asked.place);
    let rows = [
        ("Network", account.network.as_str()),
        ("Calls itself", account.name.as_str()),
        ("Account", account.id.as_str()),
        ("Asked in", place.room.as_str()),
        ("Would act as", who.member.name.as_str()),
        ("With the rights of", who.member.role.as_str()),
    ];
    let rows =
        rows.map(|(name, value)| format!("<dt>{name}</dt><dd>{}</dd>", escaped(value))).join("\n");
    let body = html::paragraph("This chat account asks to act as you:")
        + &format!("<dl>{rows}</dl>\n")
        + &html::paragraph(
            "Go on only if you asked for this yourself a moment ago, and the account is yours. \
             Whoever holds it can do in chat what you can do here.",
        )
        + &html::button("This is my account");
    html::page(StatusCode::OK, "Link a chat account", &body)
}

/// Links the account.
#[utoipa::path(
    post,
    path = "/link/{code}",
    operation_id = "confirm_link",
    tag = "pages",
    params(("code" = String, Path, description = "The one-time code of the link")),
    responses(
        (status = 200, description = "The account is linked.", content_type = "text/html"),
        (status = 401, description = "How to sign in.", content_type = "text/html"),
        (status = 410, description = "The link was used or is too old.", content_type = "text/html"),
    ),
)]
pub(crate) async fn confirm(
    State(web): State<Arc<Web>>,
    Visitor(who): Visitor,
    At(code): At<String>,
) -> Response {
    let linked = async {
        waiting(&web, &who, &code).await?;
        let command = ConfirmLink { code_hash: secret_hash(&code) };
        who.run(&web, Command::ConfirmLink(command)).await
    };
    match linked.await {
        Ok(outcome) => {
            let body = html::paragraph(&outcome.said)
                + &html::paragraph("You can close this page and go back to your chat.");
            html::page(StatusCode::OK, "Linked", &body)
        }
        Err(problem) => html::problem(&problem).into_response(),
    }
}

/// The request behind the code. One of another tenant looks like one that was used.
async fn waiting(web: &Web, who: &SignedIn, code: &str) -> Result<LinkRequest, Problem> {
    let asked = web.crm.hub().link_request(&secret_hash(code)).await?;
    let now = web.crm.env().now();
    asked.filter(|asked| asked.tenant == who.tenant && asked.expires_at > now).ok_or_else(|| {
        crm::Refusal::gone(
            "This link was used before, or it is too old. Type the command “link” in your chat \
             again to get a new one.",
        )
        .into()
    })
}
