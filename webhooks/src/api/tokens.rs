//! Makes a token with which a program acts as the caller. Only its hash is stored, and the token
//! is shown this once.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Duration, Utc};
use crm::commands::IssueApiToken;
use crm::places::secret_hash;
use crm::{Command, Refusal};
use serde::{Deserialize, Serialize};

use crate::Web;
use crate::extract::Body;
use crate::problem::Problem;
use crate::signed_in::SignedIn;

/// How long a token can be used when nothing is said.
const DAYS: i64 = 90;
/// The longest that a token can be used.
const DAYS_MAX: i64 = 3650;
/// The longest name.
const NAME_CHARS_MAX: usize = 100;

/// A token to make.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewToken {
    /// What it is for: 1 to 100 characters.
    name: String,
    /// How many days it can be used, 1 to 3650; 90 when left out.
    #[serde(default)]
    days: Option<i64>,
}

/// A token.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct TokenIssued {
    /// The token itself, for `Authorization: Bearer …`.
    secret: String,
    /// After this it is worth nothing.
    expires_at: DateTime<Utc>,
}

/// Makes a token with which a program acts as the caller.
#[utoipa::path(
    post,
    path = "/tokens",
    operation_id = "issue_token",
    tag = "members",
    request_body = NewToken,
    responses((status = 201, description = "The token.", body = TokenIssued), Problem),
)]
pub(crate) async fn handler(
    State(web): State<Arc<Web>>,
    who: SignedIn,
    Body(asked): Body<NewToken>,
) -> Result<(StatusCode, Json<TokenIssued>), Problem> {
    who.in_browser()?;
    let (name, days) = checked(&asked)?;
    let env = web.crm.env();
    let secret = format!("tl_{}{}", env.token(), env.token());
    let expires_at = env.now() + Duration::days(days);
    let command = IssueApiToken {
        member: who.member.id.clone(),
        name,
        secret_hash: secret_hash(&secret),
        expires_at,
    };
    let outcome = who.run(&web, Command::IssueApiToken(command)).await?;
    if outcome.repeated {
        let gone = "The token of this request was shown before and cannot be shown again. Ask \
                    with another Idempotency-Key for a new one.";
        return Err(Refusal::gone(gone).into());
    }
    Ok((StatusCode::CREATED, Json(TokenIssued { secret, expires_at })))
}

fn checked(asked: &NewToken) -> Result<(String, i64), Refusal> {
    let name = asked.name.trim();
    if !(1..=NAME_CHARS_MAX).contains(&name.chars().count()) {
        return Err(Refusal::invalid(format!(
            "Say in 1 to {NAME_CHARS_MAX} characters what the token is for."
        )));
    }
    let days = asked.days.unwrap_or(DAYS);
    if !(1..=DAYS_MAX).contains(&days) {
        return Err(Refusal::invalid(format!(
            "A token can be used for 1 to {DAYS_MAX} days. Choose a number between."
        )));
    }
    Ok((name.to_owned(), days))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_says_what_it_is_for_and_ends_some_day() {
        let check = |name: &str, days, expected: Option<i64>| {
            let checked = checked(&NewToken { name: name.to_owned(), days });
            assert_eq!(checked.ok().map(|(_, days)| days), expected, "{name} {days:?}");
        };
        check(" reports ", None, Some(DAYS));
        check("reports", Some(1), Some(1));
        check("reports", Some(0), None);
        check("reports", Some(i64::MAX), None);
        check("  ", None, None);
        check(&"é".repeat(NAME_CHARS_MAX + 1), None, None);
    }
}
