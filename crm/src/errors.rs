//! What can go wrong, in the only two kinds the domain knows: a [`Refusal`], written for the
//! person who asked and saying the way out, and a [`StoreError`], for whoever runs Tieline.
//! The third kind, a post that could not be delivered, lives with the outbox.

use serde::{Deserialize, Serialize};

/// Why a refusal was made, for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefusalKind {
    /// What was asked for does not exist, or may not be seen.
    NotFound,
    /// The actor may not do this.
    Forbidden,
    /// The input makes no sense as given.
    Invalid,
    /// Somebody else changed it first.
    OutOfDate,
    /// It was already done, or is no longer possible.
    Gone,
    /// Several things fit; the person has to say which.
    Ambiguous,
}

/// A no, in a full sentence with the way out. It is shown to people as it stands.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error, utoipa::ToSchema,
)]
#[error("{message}")]
pub struct Refusal {
    /// Why, for programs.
    pub kind: RefusalKind,
    /// Why and the way out, for people.
    pub message: String,
}

impl Refusal {
    /// A refusal of this kind.
    pub fn new(kind: RefusalKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }

    /// What was asked for does not exist, or may not be seen.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::NotFound, message)
    }

    /// The actor may not do this.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::Forbidden, message)
    }

    /// The input makes no sense as given.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::Invalid, message)
    }

    /// Somebody else changed it first.
    pub fn out_of_date(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::OutOfDate, message)
    }

    /// It was already done, or is no longer possible.
    pub fn gone(message: impl Into<String>) -> Self {
        Self::new(RefusalKind::Gone, message)
    }
}

/// The store could not do its work. Nothing of the transaction was kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database is unreachable, full or broken; trying again later may help.
    #[error("database is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Stored data does not read as what it should be.
    #[error("stored {what} does not read")]
    Corrupt {
        /// What was being read.
        what: &'static str,
        /// Why it does not read.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Another writer got there first; the same call may succeed now.
    #[error("a concurrent change won")]
    Conflict,
}

impl StoreError {
    /// Stored data that does not read.
    pub fn corrupt(
        what: &'static str,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Corrupt { what, source: source.into() }
    }
}

/// How a command ends when it does not succeed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A no, for the person who asked.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed; nothing was changed.
    #[error("failed to reach the store")]
    Store(#[from] StoreError),
}

/// The domain's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;
