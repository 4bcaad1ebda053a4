//! The HTTP face: every request is written down, checked against Discord's own description,
//! counted, and answered, in the order in which Discord does that. Left out: files in requests,
//! which Tieline does not send.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, RawQuery, Request, State, WebSocketUpgrade};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use serde_json::Value;
use tokio::sync::watch;

use super::faults::{Fault, failure, too_many};
use super::gateway;
use super::ids::Clock;
use super::line::Line;
use super::refusal::{FormError, Refusal};
use super::routes::{Access, Call, Missing, Reply, find};
use super::schema::Schema;
use super::state::World;
use super::violations::{Request as Asked, Violation};

/// The most bytes of a request.
const REQUEST_BYTES_MAX: usize = 25 * 1024 * 1024;

/// What everything here works on.
pub(super) struct Shared {
    world: Mutex<World>,
    pub(super) clock: Arc<Clock>,
    /// Told when requests that hang may go on.
    pub(super) held: watch::Sender<()>,
}

impl Shared {
    pub(super) fn new(clock: Arc<Clock>, world: World) -> Self {
        Self { world: Mutex::new(world), clock, held: watch::Sender::new(()) }
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new().route("/", any(connect)).fallback(rest).with_state(shared)
}

/// The gateway is where its address says: at the root.
async fn connect(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
    upgrade: WebSocketUpgrade,
) -> Response {
    let query = query.unwrap_or_default();
    upgrade.on_upgrade(move |socket| gateway::serve(shared, socket, query))
}

/// What is known of a request before anybody answers it.
struct Came {
    number: usize,
    method: String,
    /// Below `/api/v10`.
    path: String,
    query: String,
    headers: HeaderMap,
    bytes: Vec<u8>,
}

async fn rest(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, REQUEST_BYTES_MAX).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let path = parts.uri.path();
    let came = Came {
        number: 0,
        method: parts.method.as_str().to_owned(),
        path: path.strip_prefix("/api/v10").unwrap_or(path).to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        bytes: bytes.to_vec(),
    };
    let is_v10 = path.starts_with("/api/v10/");
    let (came, fault) = {
        let mut world = shared.world();
        let number = world.write_down(&came);
        let route = find(&came.method, &came.path).ok().filter(|_| is_v10);
        let fault = route.and_then(|(route, _)| world.faults.next(route.method, route.path));
        (Came { number, ..came }, fault)
    };
    let done = match fault {
        None | Some(Fault::BreaksAfter) => shared.world().answer(&came, is_v10),
        Some(Fault::Fails(status)) => Err(failure(status)).into(),
        Some(Fault::Refuses { status, code }) => {
            Err(Refusal::new(status, code, "It was told to refuse.")).into()
        }
        Some(Fault::TooMany { retry_after, shared: is_shared }) => {
            let scope = if is_shared { "shared" } else { "user" };
            Err(too_many(retry_after, scope)).into()
        }
        Some(Fault::Hangs) => {
            let mut held = shared.held.subscribe();
            // It ends, too, when nobody is left who could let it go on.
            let _ = held.changed().await;
            shared.world().answer(&came, is_v10)
        }
        Some(Fault::BreaksBefore) => Done::default(),
    };
    if matches!(fault, Some(Fault::BreaksBefore | Fault::BreaksAfter)) {
        line.cut();
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let mut world = shared.world();
    world.counters.answered(done.status, &done.headers);
    if let Some(request) = world.requests.get_mut(came.number) {
        request.status = Some(done.status);
    }
    drop(world);
    done.into_response()
}

/// An answer, whatever it says.
#[derive(Debug, Default)]
struct Done {
    status: u16,
    body: Value,
    headers: Vec<(&'static str, String)>,
}

impl From<Result<Reply, Refusal>> for Done {
    fn from(result: Result<Reply, Refusal>) -> Self {
        match result {
            Ok(Reply { status, body }) => Self { status, body, headers: Vec::new() },
            Err(Refusal { status, body, headers }) => Self { status, body, headers },
        }
    }
}

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        let mut response = Response::builder().status(self.status);
        for (name, value) in &self.headers {
            response = response.header(*name, value);
        }
        let body = match self.body {
            Value::Null => Body::empty(),
            Value::String(page) => {
                response = response.header(header::CONTENT_TYPE, "text/html");
                Body::from(page)
            }
            body => {
                response = response.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
        };
        response.body(body).unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
    }
}

impl World {
    fn write_down(&mut self, came: &Came) -> usize {
        self.requests.push(Asked {
            method: came.method.clone(),
            path: came.path.clone(),
            query: came.query.clone(),
            body: serde_json::from_slice(&came.bytes).unwrap_or_default(),
            at: self.clock.now(),
            status: None,
        });
        self.requests.len() - 1
    }

    /// Writes down that something is wrong with a request.
    pub(super) fn violated(&mut self, call: &Call, what: impl Into<String>) {
        self.violations.push(Violation::new(call.route.method, &call.path, what));
    }

    /// Refuses a form, and writes down that it should not have been sent.
    pub(super) fn refused(&mut self, call: &Call, errors: &[FormError]) -> Refusal {
        for error in errors {
            let place = if error.at.is_empty() { "the body" } else { error.at.as_str() };
            self.violated(call, format!("{place}: {} ({})", error.message, error.code));
        }
        Refusal::form(errors)
    }

    fn answer(&mut self, came: &Came, is_v10: bool) -> Done {
        let mut violation = |what: &str| {
            self.violations.push(Violation::new(&came.method, &came.path, what));
        };
        let agent = came.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        if !agent.is_some_and(|agent| agent.starts_with("DiscordBot (")) {
            violation("a bot's User-Agent begins with `DiscordBot (`, its address and its version");
        }
        if !is_v10 {
            violation("only version 10 is served, below /api/v10/");
            return Err(Refusal::no_such_route()).into();
        }
        let (route, params) = match find(&came.method, &came.path) {
            Ok(found) => found,
            Err(Missing::Method) => {
                violation("Discord knows this path, or this fake does, but not this method");
                return Err(Refusal::new(405, 0, "405: Method Not Allowed")).into();
            }
            Err(Missing::Path) => {
                violation("there is no such route");
                return Err(Refusal::no_such_route()).into();
            }
        };
        let path = came.path.clone();
        let mut call = Call { route, path, params, query: pairs(&came.query), body: None };
        if route.access == Access::Bot && !self.knows(&came.headers) {
            return Err(Refusal::unauthorized()).into();
        }
        let mut headers = Vec::new();
        if let Some(limits) = self.options.limits.clone() {
            let now = self.clock.now();
            let (beside, refusal) = self.counters.take(&limits, now, &call);
            headers = beside;
            if let Some(mut refusal) = refusal {
                refusal.headers.extend(headers);
                return Err(refusal).into();
            }
        }
        let mut done: Done = self.perform(came, &mut call).into();
        done.headers.extend(headers);
        done
    }

    fn knows(&self, headers: &HeaderMap) -> bool {
        let shown = headers.get(header::AUTHORIZATION).and_then(|shown| shown.to_str().ok());
        shown.and_then(|shown| shown.strip_prefix("Bot ")) == Some(self.token.as_str())
    }

    fn perform(&mut self, came: &Came, call: &mut Call) -> Result<Reply, Refusal> {
        let route = call.route;
        let kind = came.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if !came.bytes.is_empty() {
            if !kind.is_some_and(|kind| kind.starts_with("application/json")) {
                self.violated(call, "a body is JSON and says so; files are left out here");
                let message = "Expected \"Content-Type\" header to be one of {'application/json'}.";
                return Err(Refusal::new(400, 50035, message));
            }
            match serde_json::from_slice(&came.bytes) {
                Ok(body) => call.body = Some(body),
                Err(error) => {
                    self.violated(call, format!("the body is no JSON: {error}"));
                    return Err(Refusal::no_json());
                }
            }
        }
        let schema = Schema::of_discord();
        let (method, path) = (route.method, route.path);
        let mut errors = schema.parameter_errors(method, path, &call.params, &call.query);
        errors.extend(schema.body_errors(method, path, call.body.as_ref()));
        if !errors.is_empty() {
            return Err(self.refused(call, &errors));
        }
        let reply = (route.handler)(self, call)?;
        for error in schema.answer_errors(method, path, reply.status, &reply.body) {
            let FormError { at, code, message } = error;
            let what = format!("{method} {}: the answer's {at}: {message} ({code})", call.path);
            self.own_faults.push(what);
        }
        Ok(reply)
    }
}

fn pairs(query: &str) -> Vec<(String, String)> {
    let url = reqwest::Url::parse(&format!("http://localhost/?{query}"));
    let pairs = |url: reqwest::Url| {
        let pairs = url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned()));
        pairs.collect()
    };
    url.map(pairs).unwrap_or_default()
}
