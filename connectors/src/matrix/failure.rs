//! What an error of the SDK or of the homeserver means for us: wait, give up, or ask a person.
//! The words are for people and carry no addresses, tokens or bodies.

use std::time::Duration;

use matrix_sdk::HttpError;
use matrix_sdk::ruma::api::error::{ErrorKind, RetryAfter};

use crate::SendError;

/// What an error means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// The homeserver no longer knows our session.
    SignedOut,
    /// The homeserver asks us to wait.
    Busy(Option<Duration>),
    /// The homeserver will not do it.
    Refused(String),
    /// We have sent this reaction before.
    Duplicate,
    /// The network or the homeserver does not work right now.
    Unreachable,
    /// The SDK's own state is not what it should be.
    Internal(String),
}

impl Failure {
    pub(super) fn of(error: &matrix_sdk::Error) -> Self {
        match error {
            matrix_sdk::Error::Http(error) => Self::of_http(error),
            matrix_sdk::Error::AuthenticationRequired => Self::SignedOut,
            matrix_sdk::Error::Timeout => Self::Unreachable,
            matrix_sdk::Error::WrongRoomState(_) => Self::Refused("not in this room".to_owned()),
            other => Self::Internal(name_of(other)),
        }
    }

    pub(super) fn of_http(error: &HttpError) -> Self {
        if let HttpError::Cached(error) = error {
            return Self::of_http(error);
        }
        let Some(answer) = error.as_client_api_error() else {
            return Self::Unreachable;
        };
        match answer.error_kind() {
            Some(ErrorKind::LimitExceeded(limit)) => Self::Busy(match limit.retry_after {
                Some(RetryAfter::Delay(delay)) => Some(delay),
                _ => None,
            }),
            Some(ErrorKind::UnknownToken(_) | ErrorKind::MissingToken) => Self::SignedOut,
            Some(ErrorKind::UserDeactivated) => Self::SignedOut,
            Some(ErrorKind::DuplicateAnnotation) => Self::Duplicate,
            Some(kind) if !answer.status_code.is_server_error() => {
                Self::Refused(kind.errcode().to_string())
            }
            _ if answer.status_code.as_u16() == 429 => Self::Busy(None),
            _ => Self::Unreachable,
        }
    }

    /// What it means for a post.
    pub(super) fn for_a_post(self) -> SendError {
        let never = |why: String| SendError::Never { why };
        let later = |why: &str, after| SendError::Later { why: why.to_owned(), after };
        match self {
            Self::Refused(code) if code == "M_FORBIDDEN" || code == "not in this room" => never(
                "Tieline may not write in this Matrix room; invite it again, or let it send messages."
                    .to_owned(),
            ),
            Self::Refused(code) => never(format!("The homeserver refused the message ({code}).")),
            Self::Duplicate => never("The homeserver has this already.".to_owned()),
            Self::Busy(after) => later("The homeserver asks to send more slowly.", after),
            Self::SignedOut => later("The homeserver no longer accepts the session.", None),
            Self::Unreachable => later("The homeserver cannot be reached.", None),
            Self::Internal(what) => {
                later(&format!("The Matrix client could not send it ({what})."), None)
            }
        }
    }

    /// What to say while it lasts.
    pub(super) fn why(&self) -> String {
        match self {
            Self::SignedOut => "the homeserver no longer accepts the session".to_owned(),
            Self::Busy(_) => "the homeserver asks to slow down".to_owned(),
            Self::Refused(code) => format!("the homeserver refuses ({code})"),
            Self::Duplicate => "the homeserver has it already".to_owned(),
            Self::Unreachable => "the homeserver cannot be reached".to_owned(),
            Self::Internal(what) => format!("the Matrix client failed ({what})"),
        }
    }
}

/// The name of an error without what it carries, which may be anything.
fn name_of(error: &matrix_sdk::Error) -> String {
    let debug = format!("{error:?}");
    debug.chars().take_while(|c| c.is_alphanumeric()).collect()
}
