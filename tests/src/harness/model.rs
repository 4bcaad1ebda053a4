//! A language model that does as a test tells it: answers, says nonsense, obeys whatever it reads,
//! fails, breaks off, or never answers. It speaks as OpenAI and as Ollama do, and remembers what it
//! was asked. A real small one is [`SmallModel`].

use std::collections::VecDeque;
use std::io;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use futures::stream;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::api::Api;
use super::folder::{self, Folder};
use super::port::free_port;
use super::process::{Process, Program, Signal};

/// What the model does when it is asked.
#[derive(Debug, Clone)]
pub enum Script {
    /// It answers with this.
    Answers(Value),
    /// It says this.
    Says(String),
    /// It answers with whatever a message tells it to answer with.
    Obeys,
    /// It never answers, until it is told to do something else.
    Hangs,
    /// It answers with this status.
    Fails(u16),
    /// It breaks off in the middle of its answer.
    BreaksOff,
    /// It refuses to keep to a form, and answers without one.
    TakesNoForm(Value),
}

/// How it was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The path.
    pub path: &'static str,
    /// What it was shown as a key.
    pub key: Option<String>,
    /// The question.
    pub body: Value,
}

impl Asked {
    /// All that the model read.
    pub fn text(&self) -> String {
        let messages = self.body["messages"].as_array().cloned().unwrap_or_default();
        let all = messages.iter().map(|message| match &message["content"] {
            Value::Array(parts) => {
                parts.iter().filter_map(|part| part["text"].as_str()).collect::<String>()
            }
            other => other.as_str().unwrap_or_default().to_owned(),
        });
        all.collect::<Vec<_>>().join("\n\n")
    }
}

#[derive(Default)]
struct Mind {
    asked: Vec<Asked>,
    /// What it does first; then what it goes on doing.
    next: VecDeque<Script>,
}

struct Shared {
    mind: Mutex<Mind>,
    script: watch::Sender<Script>,
}

impl Shared {
    fn mind(&self) -> MutexGuard<'_, Mind> {
        self.mind.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The scripted model; it ends when dropped.
pub struct ScriptedModel {
    port: u16,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

impl ScriptedModel {
    /// A model that does this.
    ///
    /// # Errors
    /// When there is no port.
    pub async fn start(script: Script) -> Result<Self> {
        let port = free_port()?;
        let shared = Arc::new(Shared {
            mind: Mutex::new(Mind::default()),
            script: watch::Sender::new(script),
        });
        let router = Router::new()
            .route("/v1/chat/completions", post(as_openai))
            .route("/api/chat", post(as_ollama))
            .with_state(shared.clone());
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let serving = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { port, shared, serving })
    }

    /// From now on it does this, also with questions that hang.
    pub fn now(&self, script: Script) {
        self.shared.script.send_replace(script);
    }

    /// It does these first, one after the other.
    pub fn first(&self, scripts: impl IntoIterator<Item = Script>) {
        self.shared.mind().next.extend(scripts);
    }

    /// What it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.shared.mind().asked.clone()
    }

    /// Waits until it was asked so often.
    ///
    /// # Errors
    /// When it is not.
    pub async fn wait_asked(&self, times: usize) -> Result<()> {
        let began = Instant::now();
        while self.asked().len() < times {
            if began.elapsed() > super::PATIENCE {
                bail!("the model was asked {} times and not {times}", self.asked().len());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// What a configuration says of it, when it speaks like this: `openai` or `ollama`.
    pub fn config(&self, kind: &str) -> String {
        let path = if kind == "openai" { "/v1" } else { "" };
        let url = format!("http://127.0.0.1:{}{path}", self.port);
        format!(
            "[model]\nkind = \"{kind}\"\nurl = \"{url}\"\nname = \"scripted\"\n\
             api_key = \"a-key\"\ntimeout_seconds = 20\n"
        )
    }
}

impl Drop for ScriptedModel {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn as_openai(state: State<Arc<Shared>>, headers: HeaderMap, body: String) -> Response {
    let said = |text: &str| {
        json!({
            "id": "1", "object": "chat.completion", "created": 0, "model": "scripted",
            "choices": [{ "index": 0, "finish_reason": "stop",
                "message": { "role": "assistant", "content": text } }],
            "usage": { "prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2 },
        })
    };
    answered(&state, "/v1/chat/completions", &headers, &body, said).await
}

async fn as_ollama(state: State<Arc<Shared>>, headers: HeaderMap, body: String) -> Response {
    let said = |text: &str| {
        json!({
            "model": "scripted", "created_at": "2027-01-10T00:00:00Z", "done": true,
            "done_reason": "stop", "message": { "role": "assistant", "content": text },
        })
    };
    answered(&state, "/api/chat", &headers, &body, said).await
}

async fn answered(
    shared: &Shared,
    path: &'static str,
    headers: &HeaderMap,
    body: &str,
    said: impl Fn(&str) -> Value,
) -> Response {
    let key = headers.get("authorization").and_then(|key| key.to_str().ok()).map(str::to_owned);
    let body = serde_json::from_str::<Value>(body).unwrap_or_default();
    let asked = Asked { path, key, body };
    let first = {
        let mut mind = shared.mind();
        mind.asked.push(asked.clone());
        mind.next.pop_front()
    };
    let mut script = match first {
        Some(script) => script,
        None => shared.script.borrow().clone(),
    };
    let mut told = shared.script.subscribe();
    while matches!(script, Script::Hangs) {
        if told.changed().await.is_err() {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        script = told.borrow().clone();
    }
    let json = |text: &str| axum::Json(said(text)).into_response();
    match script {
        Script::Answers(answer) => json(&answer.to_string()),
        Script::Says(text) => json(&text),
        Script::Obeys => json(ordered(&asked.text())),
        Script::TakesNoForm(answer) => {
            let has_form = asked.body.get("response_format").or(asked.body.get("format")).is_some();
            if has_form {
                (StatusCode::BAD_REQUEST, "unknown field response_format").into_response()
            } else {
                json(&answer.to_string())
            }
        }
        Script::Fails(status) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, "the model is not well").into_response()
        }
        Script::BreaksOff | Script::Hangs => {
            let parts = [Ok("{\"choices\": [{"), Err(io::Error::other("it broke off"))];
            Body::from_stream(stream::iter(parts)).into_response()
        }
    }
}

/// What a message orders the model to answer: what stands in the line after "Answer exactly:".
fn ordered(text: &str) -> &str {
    let order = text.rsplit_once("Answer exactly:").map(|(_, order)| order.trim_start());
    order.and_then(|order| order.lines().next()).unwrap_or("I would obey, but nobody orders me.")
}

/// A real language model, small enough for any machine: it shows that the wire is right, and not
/// what models are able to do. `cargo xtask prove` installs it.
pub struct SmallModel {
    port: u16,
    _server: Process,
    _folder: Folder,
}

impl SmallModel {
    /// Starts it, and waits until it answers.
    ///
    /// # Errors
    /// When it is not installed, or does not start.
    pub async fn start() -> Result<Self> {
        let python = folder::cache()?.join("model/bin/python");
        ensure!(
            python.exists(),
            "{} does not exist: `cargo xtask prove capture` installs a small model there",
            python.display()
        );
        let folder = Folder::new("model")?;
        let port = free_port()?;
        let mut command = Command::new(python);
        command.arg(folder::package().join("python/model.py")).arg(port.to_string());
        let program = Program {
            name: "the small model",
            log: folder.path().join("log"),
            on_orphaned: Signal::Kill,
            user: None,
        };
        let mut server = Process::spawn(program, &command)?;
        let api = Api::new(format!("http://127.0.0.1:{port}"))?;
        let began = Instant::now();
        loop {
            server.ensure_running()?;
            let health = api.send(Method::GET, "/health", None).await;
            if health.is_ok_and(|reply| reply.status == 200) {
                break;
            }
            if began.elapsed() > 4 * super::PATIENCE {
                let tail = server.log_tail();
                return Err(anyhow::anyhow!(tail)).context("the small model was not ready in time");
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(Self { port, _server: server, _folder: folder })
    }

    /// What a configuration says of it.
    pub fn config(&self) -> String {
        let url = format!("http://127.0.0.1:{}/v1", self.port);
        format!(
            "[model]\nkind = \"openai\"\nurl = \"{url}\"\nname = \"small\"\ntimeout_seconds = 300\n"
        )
    }
}
