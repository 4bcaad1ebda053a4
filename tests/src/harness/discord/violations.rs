//! What came in, and what of it was wrong: against Discord's own description of its API, or against
//! what Tieline promises of everything that it sends. A test asserts at its end that nothing was.

use std::fmt;

use chrono::{DateTime, Utc};
use serde_json::Value;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// Such as `POST`.
    pub method: String,
    /// Its path below `/api/v10`.
    pub path: String,
    /// Its query, as it stands in the address.
    pub query: String,
    /// Its body, `null` without one.
    pub body: Value,
    /// When it came.
    pub at: DateTime<Utc>,
    /// With what status it was answered; `None` when it was not.
    pub status: Option<u16>,
}

/// Something that Discord does not take, or that Tieline must not send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The method of the request; `GATEWAY` for what came over the socket.
    pub method: String,
    /// The path below `/api/v10`, or the operation of the gateway.
    pub path: String,
    /// What is wrong.
    pub what: String,
}

impl Violation {
    pub(super) fn new(method: &str, path: &str, what: impl Into<String>) -> Self {
        Self { method: method.to_owned(), path: path.to_owned(), what: what.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.method, self.path, self.what)
    }
}
