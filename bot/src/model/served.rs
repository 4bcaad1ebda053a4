//! A model on a server that speaks as OpenAI or as Ollama does. It is asked without tools, for the
//! likeliest answer, in the form of the question where the server can keep to one.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use extractors::model::Question;
use rig_core::completion::{CompletionRequest, CompletionResponse};
use rig_core::http_client::StatusCode;
use rig_core::operation::Completion;
use rig_core::providers::ollama::OllamaConfig;
use rig_core::providers::openai::OpenAIConfig;
use rig_core::providers::openai::wire::{Auth, Dialect, Quirks};
use rig_core::schemars::Schema;
use rig_core::{DynModel, ProviderError};
use secrecy::ExposeSecret;

use super::http::Bounded;
use super::{Kind, Model, ModelConfig, Unanswered};

/// The longest answer that is asked for.
const ANSWER_TOKENS_MAX: u64 = 1500;
/// The longest answer to whether it is there.
const CHECK_TOKENS_MAX: u64 = 16;

/// Whatever speaks as OpenAI does, with a key or without one.
const COMPATIBLE: Dialect = {
    let mut quirks = Quirks::openai();
    quirks.auth = Auth::OptionalBearer;
    Dialect::gateway("openai-compatible", "", "").with_quirks(quirks)
};

/// A model on a server.
pub struct Served {
    model: DynModel<Completion>,
    /// Whether the server refused to keep to a form.
    is_plain: AtomicBool,
}

impl Served {
    /// The model that the configuration names.
    ///
    /// # Errors
    /// When this machine has nothing to check a server's identity with.
    pub fn new(config: &ModelConfig) -> Result<Self, Unanswered> {
        let http = Bounded::new(config.timeout()).map_err(|error| Unanswered(error.to_string()))?;
        let url = config.url.as_str().trim_end_matches('/').to_owned();
        let key = config.api_key.as_ref().map_or("", |key| key.expose_secret()).to_owned();
        let name = config.name.clone();
        let model = match config.kind {
            Kind::OpenAi => {
                let server = OpenAIConfig::with_key(&COMPATIBLE, key).with_base_url(url);
                server.connect(http).chat(name).erase()
            }
            Kind::Ollama => {
                let server = OllamaConfig::new().with_base_url(url).with_api_key(key);
                server.connect(http).native_completion(name).erase()
            }
        };
        Ok(Self { model, is_plain: AtomicBool::new(false) })
    }

    async fn call(&self, request: CompletionRequest) -> Result<CompletionResponse, ProviderError> {
        self.model.call(request).await
    }
}

#[async_trait]
impl Model for Served {
    async fn ask(&self, question: &Question) -> Result<String, Unanswered> {
        let plain = CompletionRequest::new(question.messages.clone())
            .preamble(question.task.clone())
            .temperature(0.0)
            .max_tokens(ANSWER_TOKENS_MAX);
        let form = serde_json::from_value::<Schema>(question.schema.clone()).ok();
        let form = form.filter(|_| !self.is_plain.load(Ordering::Relaxed));
        let mut answered = self.call(plain.clone().output_schema(form.clone())).await;
        if form.is_some() && answered.as_ref().err().is_some_and(refuses_the_form) {
            answered = self.call(plain).await;
            self.is_plain.store(answered.is_ok(), Ordering::Relaxed);
        }
        let said = answered.map_err(|error| told(&error))?.text();
        if said.trim().is_empty() {
            Err(Unanswered("it said nothing".to_owned()))
        } else {
            Ok(said)
        }
    }

    async fn check(&self) -> Result<(), Unanswered> {
        let request = CompletionRequest::new("Say yes.").max_tokens(CHECK_TOKENS_MAX);
        self.call(request).await.map(|_| ()).map_err(|error| told(&error))
    }
}

fn status(error: &ProviderError) -> Option<StatusCode> {
    match error {
        ProviderError::Http(error) => error.non_success_status(),
        ProviderError::ProviderResponse(reply) | ProviderError::InvalidAuthentication(reply) => {
            reply.status
        }
        _ => None,
    }
}

/// Whether a server may have refused the question for the form that it asks for.
fn refuses_the_form(error: &ProviderError) -> bool {
    let refusals =
        [StatusCode::BAD_REQUEST, StatusCode::UNPROCESSABLE_ENTITY, StatusCode::NOT_IMPLEMENTED];
    status(error).is_some_and(|status| refusals.contains(&status))
}

/// Why there is no answer. What a server writes about it may quote the question, so it stays out.
fn told(error: &ProviderError) -> Unanswered {
    let why = match (error, status(error)) {
        (ProviderError::InvalidAuthentication(_), _) => "it does not take the key".to_owned(),
        (_, Some(status)) => format!("it answered with {status}"),
        (ProviderError::Http(_), None) => "it cannot be reached, or broke off".to_owned(),
        _ => "what it answered is no answer".to_owned(),
    };
    Unanswered(why)
}
