//! The port to a language model. Whoever implements it takes one question and gives one answer, as
//! text; it has no tools, knows nothing of records, and cannot change anything. Tieline is whole
//! without one: what a model says is only ever added to what was proposed already.

mod http;
mod served;

use std::time::Duration;

use async_trait::async_trait;
use extractors::model::Question;
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

pub use self::served::Served;

/// Why there is no answer, in words without addresses or secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unanswered(pub String);

/// A language model.
#[async_trait]
pub trait Model: Send + Sync {
    /// Asks, and gives what it said. Waiting too long is the caller's matter.
    ///
    /// # Errors
    /// When there is no answer; it may be asked again.
    async fn ask(&self, question: &Question) -> Result<String, Unanswered>;

    /// Whether it answers at all, for `tieline doctor`.
    ///
    /// # Errors
    /// When it does not.
    async fn check(&self) -> Result<(), Unanswered>;
}

/// Where a language model is and how it is asked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelConfig {
    /// How it is spoken to.
    pub kind: Kind,
    /// Where it is: up to `/v1` for OpenAI's way of speaking.
    pub url: Url,
    /// Which model.
    pub name: String,
    /// What it wants to be shown.
    #[serde(default)]
    pub api_key: Option<SecretString>,
    /// How long an answer may take.
    #[serde(default = "timeout_seconds")]
    pub timeout_seconds: u64,
}

/// How a model is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// As OpenAI does; most servers can.
    OpenAi,
    /// As Ollama does.
    Ollama,
}

fn timeout_seconds() -> u64 {
    60
}

impl ModelConfig {
    /// How long an answer may take.
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout_seconds)
    }

    /// Whether what it is asked can be read on the way.
    pub fn is_open_on_the_way(&self) -> bool {
        let host = self.url.host_str().unwrap_or_default();
        let is_here = host == "localhost" || host.starts_with("127.") || host == "[::1]";
        self.url.scheme() == "http" && !is_here
    }
}
