//! What a caller is told when a request does not succeed: a status, a kind for programs and a
//! sentence for people. What went wrong inside goes to the log and never to the caller.

use std::any::Any;
use std::collections::BTreeMap;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use crm::{Refusal, RefusalKind, StoreError};
use serde::Serialize;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder};

/// How long a caller should wait before trying again when the store is not there.
const RETRY_AFTER_SECONDS: &str = "5";

/// Why a request did not succeed.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    kind: &'static str,
    pub(crate) message: String,
}

/// What the API answers with.
pub(crate) type Answer<T> = Result<Json<T>, Problem>;

/// The body of every answer that is not a success.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ProblemBody {
    /// What went wrong.
    error: ProblemError,
}

/// What went wrong.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ProblemError {
    /// For programs (`not_found`).
    kind: String,
    /// For people: why, and the way out.
    message: String,
}

impl Problem {
    fn new(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Self { status, kind, message: message.into() }
    }

    /// The request does not read.
    pub(crate) fn unreadable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "unreadable", message)
    }

    /// Nobody is signed in.
    pub(crate) fn sign_in_first() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "sign_in_first",
            "Sign in first, or send a token that is still valid as “Authorization: Bearer …”.",
        )
    }

    /// The caller may not do this in this way.
    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", message)
    }

    /// There is no such thing here, or it may not be seen.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Refusal::not_found(message).into()
    }

    /// The body is larger than the route takes.
    pub(crate) fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "This is more than the route takes in one request. Send less at once.",
        )
    }

    /// The file is larger than this Tieline takes.
    pub(crate) fn file_too_large(bytes_max: u64) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            format!(
                "The file is larger than the {} MiB that are taken here. Split it, or let an \
                 administrator raise import.file_mib_max in the configuration.",
                bytes_max / (1024 * 1024)
            ),
        )
    }

    /// The route takes other methods.
    pub(crate) fn wrong_method() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "wrong_method",
            "This address does not take this method. /api/v1/openapi.json lists what it takes.",
        )
    }

    /// Work cannot be taken on for now.
    pub(crate) fn not_ready(why: &str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", why)
    }

    fn broken() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong inside Tieline, and nothing was changed. Its log says what.",
        )
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let (status, kind) = match refusal.kind {
            RefusalKind::NotFound => (StatusCode::NOT_FOUND, "not_found"),
            RefusalKind::Forbidden => (StatusCode::FORBIDDEN, "forbidden"),
            RefusalKind::Invalid => (StatusCode::UNPROCESSABLE_ENTITY, "invalid"),
            RefusalKind::OutOfDate => (StatusCode::CONFLICT, "out_of_date"),
            RefusalKind::Gone => (StatusCode::GONE, "gone"),
            RefusalKind::Ambiguous => (StatusCode::CONFLICT, "ambiguous"),
        };
        Self::new(status, kind, refusal.message)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        tracing::error!(%error, cause, "the store failed a request");
        match error {
            // Trying again would read the same broken row.
            StoreError::Corrupt { .. } => Self::broken(),
            StoreError::Unavailable(_) | StoreError::Conflict => Self::not_ready(
                "Tieline cannot reach its database for now, and nothing was changed. Try again \
                 in a moment.",
            ),
        }
    }
}

impl From<crm::Error> for Problem {
    fn from(error: crm::Error) -> Self {
        match error {
            crm::Error::Refused(refusal) => refusal.into(),
            crm::Error::Store(error) => error.into(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = ProblemBody {
            error: ProblemError { kind: self.kind.to_owned(), message: self.message },
        };
        let mut response = (self.status, Json(body)).into_response();
        let (name, value) = match self.status {
            StatusCode::SERVICE_UNAVAILABLE => (header::RETRY_AFTER, RETRY_AFTER_SECONDS),
            StatusCode::UNAUTHORIZED => (header::WWW_AUTHENTICATE, "Bearer"),
            _ => return response,
        };
        response.headers_mut().insert(name, HeaderValue::from_static(value));
        response
    }
}

impl utoipa::IntoResponses for Problem {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        [
            ("400", "The request does not read."),
            ("401", "Nobody is signed in, or the token is not valid."),
            ("403", "The member may not do this."),
            ("404", "There is no such thing, or the member may not see it."),
            ("409", "Somebody else changed it first, or it is not clear what is meant."),
            ("410", "It was already done, or is no longer possible."),
            ("422", "The request reads, but makes no sense."),
            ("503", "The database cannot be reached; try again after `Retry-After` seconds."),
        ]
        .into_iter()
        .map(|(status, description)| {
            let body = ContentBuilder::new().schema(Some(Ref::from_schema_name("ProblemBody")));
            let response = ResponseBuilder::new()
                .description(description)
                .content("application/json", body.build());
            (status.to_owned(), response.build().into())
        })
        .collect()
    }
}

/// What is answered when a handler panicked.
pub(crate) fn after_panic(panic: Box<dyn Any + Send + 'static>) -> Response {
    let said = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without a message");
    tracing::error!(panic = said, "a request handler panicked");
    Problem::broken().into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_refusal_has_its_status() {
        let check = |kind, status: u16| {
            let problem = Problem::from(Refusal::new(kind, "No."));
            assert_eq!(problem.into_response().status().as_u16(), status, "{kind:?}");
        };
        check(RefusalKind::NotFound, 404);
        check(RefusalKind::Forbidden, 403);
        check(RefusalKind::Invalid, 422);
        check(RefusalKind::OutOfDate, 409);
        check(RefusalKind::Gone, 410);
        check(RefusalKind::Ambiguous, 409);
    }

    #[test]
    fn an_absent_store_asks_to_try_again_and_says_nothing_of_its_inside() {
        let problem = Problem::from(StoreError::Unavailable("password=hunter2".into()));
        assert!(!problem.message.contains("hunter2"));
        let response = problem.into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(response.headers().contains_key(header::RETRY_AFTER));
    }
}
