//! Questions to Discord's web API: each at its pace, with a time limit, and with answers that are
//! read leniently. serenity knows the addresses and puts the questions together; they are sent
//! here, because what an answer's headers say about the pace is not to be had from its own client
//! (which, besides, cannot be pointed elsewhere while it keeps to the pace).

use std::time::Duration;

use reqwest::header::HeaderMap;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use serenity::http::{LightMethod, Request, Route};

use super::config::DiscordConfig;
use super::failure::Failure;
use super::pace::{Pace, Said};

/// How long an answer may take.
const TIMEOUT: Duration = Duration::from_secs(15);
/// How long a question may wait for its turn; longer, and whoever asks is told to come again.
const TURN_MAX: Duration = Duration::from_secs(12);
/// How often a question that was refused for being too fast is asked again at once.
const TRIES: usize = 3;

/// Discord's web API, as one bot.
pub(super) struct Rest {
    client: reqwest::Client,
    /// What is shown as proof of who asks.
    token: SecretString,
    api: Option<String>,
    pace: Pace,
}

impl Rest {
    /// The API for this bot.
    pub(super) fn new(config: &DiscordConfig) -> Result<Self, String> {
        #[expect(clippy::disallowed_methods, reason = "this module sets the time limits")]
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| error.without_url().to_string())?;
        Ok(Self {
            client,
            token: format!("Bot {}", config.token.expose_secret()).into(),
            api: config.api.as_ref().map(|api| api.as_str().trim_end_matches('/').to_owned()),
            pace: Pace::default(),
        })
    }

    pub(super) async fn get(
        &self,
        route: Route<'_>,
        params: Vec<(&'static str, String)>,
    ) -> Result<Value, Failure> {
        self.ask(LightMethod::Get, route, params, None).await
    }

    pub(super) async fn post(&self, route: Route<'_>, body: &Value) -> Result<Value, Failure> {
        self.ask(LightMethod::Post, route, Vec::new(), Some(body)).await
    }

    pub(super) async fn patch(&self, route: Route<'_>, body: &Value) -> Result<Value, Failure> {
        self.ask(LightMethod::Patch, route, Vec::new(), Some(body)).await
    }

    pub(super) async fn put(&self, route: Route<'_>, body: &Value) -> Result<Value, Failure> {
        self.ask(LightMethod::Put, route, Vec::new(), Some(body)).await
    }

    async fn ask(
        &self,
        method: LightMethod,
        route: Route<'_>,
        params: Vec<(&'static str, String)>,
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let name = method.reqwest_method();
        // What is asked with an interaction's own token is a matter of that interaction alone.
        let kind = match route {
            Route::InteractionResponse { .. }
            | Route::WebhookOriginalInteractionResponse { .. }
            | Route::WebhookFollowupMessage { .. }
            | Route::WebhookFollowupMessages { .. } => format!("{name} {}", route.path()),
            _ => format!("{name} {:?}", route.ratelimiting_bucket()),
        };
        // First answers to presses and commands are outside of what a bot may ask in all.
        let counted = !matches!(route, Route::InteractionResponse { .. });
        let mut tries = 0;
        loop {
            tries += 1;
            let turn = self.pace.turn(&kind, counted, TURN_MAX).await;
            let mut turn = turn.map_err(Failure::Busy)?;
            let mut request = Request::new(route, method);
            if !params.is_empty() {
                request = request.params(Some(params.clone()));
            }
            request = request.body(body.map(|body| body.to_string().into_bytes()));
            let request =
                request.build(&self.client, self.token.expose_secret(), self.api.as_deref());
            let Ok(request) = request else { return Err(Failure::Unreachable) };
            let Ok(answer) = request.send().await else { return Err(Failure::Unreachable) };
            let status = answer.status();
            let after = seconds(answer.headers(), "retry-after");
            let left = left(answer.headers());
            let body = answer.bytes().await;
            if status.is_success() {
                self.pace.answered(&mut turn, Said { left, refused: None });
                // Whatever it said, it was done; only what it said is lost with the connection.
                let body = body.map_err(|_| Failure::Unreachable)?;
                return Ok(serde_json::from_slice(&body).unwrap_or_default());
            }
            let body: Value =
                body.ok().and_then(|b| serde_json::from_slice(&b).ok()).unwrap_or_default();
            let mut failure = Failure::of(status.as_u16(), &body, after);
            if failure == Failure::SignedOut && !counted {
                // An interaction is answered by its own token; the bot's has nothing to do with it.
                failure = Failure::Unreachable;
            }
            // Who stands before Discord answers without JSON, and means everything.
            let is_global = body["global"].as_bool().unwrap_or(!body.is_object());
            let refused = match &failure {
                Failure::Busy(wait) => Some((*wait, is_global)),
                _ => None,
            };
            self.pace.answered(&mut turn, Said { left, refused });
            if let Some((wait, _)) = refused {
                tracing::warn!(route = %name, ?wait, is_global, "Discord asks to slow down");
                if wait <= TURN_MAX && tries < TRIES {
                    continue;
                }
            }
            return Err(failure);
        }
    }
}

/// How many more questions of its kind an answer allows, and for how long.
fn left(headers: &HeaderMap) -> Option<(u32, Duration)> {
    let count = headers.get("x-ratelimit-remaining")?.to_str().ok()?.trim().parse().ok()?;
    Some((count, seconds(headers, "x-ratelimit-reset-after")?))
}

fn seconds(headers: &HeaderMap, name: &str) -> Option<Duration> {
    let told = headers.get(name)?.to_str().ok()?.trim().parse::<f64>().ok()?;
    (0.0..86_400.0).contains(&told).then(|| Duration::from_secs_f64(told))
}
