//! Makes a one-time code. Typed in a room, it binds the room here; the code itself is never
//! stored, and shown this once.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Duration, Utc};
use crm::commands::IssueBindCode;
use crm::places::{CODE_MINUTES, secret_hash};
use crm::{Command, Refusal};
use serde::Serialize;

use crate::Web;
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// A one-time code.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct BindCodeIssued {
    /// The code.
    code: String,
    /// What to type in the room.
    say: String,
    /// After this it is worth nothing.
    expires_at: DateTime<Utc>,
}

/// Makes a one-time code that binds the room in which it is typed.
#[utoipa::path(
    post,
    path = "/places/bind-codes",
    operation_id = "issue_bind_code",
    tag = "places",
    responses((status = 201, description = "The code.", body = BindCodeIssued), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
) -> Result<(StatusCode, Json<BindCodeIssued>), Problem> {
    let env = web.crm.env();
    let code = env.token();
    let command = IssueBindCode { code_hash: secret_hash(&code) };
    let outcome = who.run(&web, Command::IssueBindCode(command)).await?;
    if outcome.repeated {
        let gone = "The code of this request was shown before and cannot be shown again. Ask \
                    with another Idempotency-Key for a new one.";
        return Err(Refusal::gone(gone).into());
    }
    let issued = BindCodeIssued {
        say: format!("{} bind {code}", web.settings.prefix),
        code,
        expires_at: env.now() + Duration::minutes(CODE_MINUTES),
    };
    Ok((StatusCode::CREATED, Json(issued)))
}
