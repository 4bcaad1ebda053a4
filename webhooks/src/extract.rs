//! Reading requests: bodies, addresses and queries, each refused with a sentence that says what
//! to send instead.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// A JSON body. An empty body reads as an empty object.
pub(crate) struct Body<T>(pub(crate) T);

/// The variable parts of the address.
pub(crate) struct At<T>(pub(crate) T);

/// What stands after the question mark.
pub(crate) struct Asked<T>(pub(crate) T);

/// Whether the request says that its body is JSON.
pub(crate) fn says_json(headers: &HeaderMap) -> bool {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = given.and_then(|value| value.split(';').next()).unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/json")
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let json = says_json(request.headers());
        let bytes = Bytes::from_request(request, state).await.map_err(unread)?;
        if bytes.is_empty() {
            return read(b"{}").map(Self);
        }
        if !json {
            return Err(Problem::unreadable(
                "Send the body as JSON, with the header “Content-Type: application/json”.",
            ));
        }
        read(&bytes).map(Self)
    }
}

fn unread(rejection: BytesRejection) -> Problem {
    match rejection.into_response().status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(),
        _ => Problem::unreadable("The body of the request broke off. Send it again."),
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if holds_nul(bytes) {
        return Err(Problem::unreadable(
            "This request holds the character U+0000, which cannot be kept. Take it out.",
        ));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        Problem::unreadable(format!(
            "The JSON of this request does not read: {error}. /api/v1/openapi.json says what the \
             route takes."
        ))
    })
}

/// Whether some text in the JSON holds a NUL, which one of the two databases cannot keep. JSON
/// can only write it as an escape.
fn holds_nul(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        rest = &rest[at + 1..];
        if rest.starts_with(b"u0000") {
            return true;
        }
        // What follows is escaped, and may itself be a backslash.
        rest = rest.get(1..).unwrap_or_default();
    }
    false
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for At<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let nothing =
            || Problem::not_found("There is nothing at this address. Check it and try again.");
        if parts.uri.path().contains("%00") {
            return Err(nothing());
        }
        let read = Path::<T>::from_request_parts(parts, state).await;
        read.map(|Path(inner)| Self(inner)).map_err(|_| nothing())
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let unreadable = |why: &str| {
            let why = why.trim_end_matches('.');
            Problem::unreadable(format!(
                "What stands after the question mark does not read: {why}."
            ))
        };
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            return Err(unreadable("it holds the character U+0000, which nothing has"));
        }
        let read = Query::<T>::from_request_parts(parts, state).await;
        read.map(|Query(inner)| Self(inner)).map_err(|rejection| unreadable(&rejection.body_text()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Move {
        #[expect(dead_code, reason = "only whether it reads is looked at")]
        to: String,
    }

    #[test]
    fn json_that_does_not_fit_is_answered_with_the_field_that_is_wrong() {
        let check = |json: &str, part: &str| {
            let problem = read::<Move>(json.as_bytes()).expect_err("does not fit");
            assert_eq!(problem.status, StatusCode::BAD_REQUEST);
            assert!(problem.message.contains(part), "{}", problem.message);
        };
        check("{}", "missing field `to`");
        check(r#"{"to": "won", "role": "owner"}"#, "unknown field `role`");
        check(r#"{"to": 5}"#, "expected a string");
        check("to=won", "expected");
    }

    #[test]
    fn a_nul_is_refused_before_it_meets_a_database() {
        let check =
            |json: &str, expected| assert_eq!(holds_nul(json.as_bytes()), expected, "{json}");
        check(r#"{"to": "won\u0000"}"#, true);
        check(r#"{"to": "\\\u0000"}"#, true);
        check(r#"{"to": "\\u0000"}"#, false);
        check(r#"{"to": "won\n"}"#, false);
        check(r#"{"to": "won\"#, false);
    }

    #[test]
    fn json_is_known_by_its_content_type_with_or_without_a_charset() {
        let check = |value: &'static str, expected| {
            let headers = HeaderMap::from_iter([(
                header::CONTENT_TYPE,
                axum::http::HeaderValue::from_static(value),
            )]);
            assert_eq!(says_json(&headers), expected, "{value}");
        };
        check("application/json", true);
        check("Application/JSON; charset=utf-8", true);
        check("text/plain; application/json", false);
        check("application/x-www-form-urlencoded", false);
        assert!(!says_json(&HeaderMap::new()));
    }
}
