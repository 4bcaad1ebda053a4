//! The HTTP face of Tieline: the API, sign-in, the built-in chat, live events, record links and
//! the page that shows them.
//!
//! Nothing is decided here. A request becomes a [`crm::Command`] and goes through the one door,
//! or reads with the caller's own tenant, or is stored as a chat event like any network's.
//! Inbound and outbound webhooks, passwords and single sign-on are not here yet.

mod api;
mod extract;
mod html;
mod live;
mod metrics;
mod pages;
mod probes;
mod problem;
mod signed_in;

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use crm::Crm;
use crm::ports::Intake;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::{CsrfLayer, ProtectionError};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;
use url::Url;
use utoipa::Modify;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;

pub use live::LiveBus;
pub use metrics::Metrics;

use problem::Problem;

/// The largest body that a request may have where its route says nothing smaller.
pub const BODY_BYTES_MAX: usize = 256 * 1024;

/// What a page may load and do: our own files, and nothing else.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; \
     object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types 'none'";

/// Everything the HTTP face needs.
pub struct Web {
    /// The one door.
    pub crm: Crm,
    /// Where the built-in chat's events are stored.
    pub intake: Arc<dyn Intake>,
    /// How it is set up.
    pub settings: WebSettings,
    /// Who is told when a message of the built-in chat can be seen.
    pub live: LiveBus,
    /// What is counted.
    pub metrics: Metrics,
    /// Whether work can be taken on.
    pub readiness: Arc<dyn Readiness>,
}

/// How the HTTP face is set up.
#[derive(Debug, Clone)]
pub struct WebSettings {
    /// Where people reach it (`https://crm.example.org/`).
    pub public_url: Url,
    /// Whether it is reached over HTTPS, so that cookies may be bound to it.
    pub secure_cookies: bool,
    /// The built-in chat's connection (`console`).
    pub chat_connection: String,
    /// What commands begin with (`!t`).
    pub prefix: String,
    /// The largest file that is taken for an import, in bytes.
    pub import_bytes_max: u64,
}

/// Says whether Tieline can take on work.
#[async_trait]
pub trait Readiness: Send + Sync {
    /// Whether the store and the intake take work now.
    ///
    /// # Errors
    /// Why not, in words that may be shown to anybody.
    async fn ready(&self) -> Result<(), String>;
}

/// All routes, ready to be served.
pub fn router(web: Web) -> Router {
    let origin = web.settings.public_url.origin().ascii_serialization();
    let csrf = CsrfLayer::new().add_trusted_origin(&origin).unwrap_or_else(|error| {
        tracing::warn!(%error, "the public URL is no origin that a browser would send");
        CsrfLayer::new()
    });
    let csrf = csrf.with_rejection_response(|_: ProtectionError| {
        Problem::forbidden(
            "This request came from another site, so nothing was done. Open Tieline itself and \
             try again.",
        )
        .into_response()
    });
    let secure = web.settings.secure_cookies;
    let web = Arc::new(web);
    let (routes, openapi) = documented().split_for_parts();
    let routes = routes
        .fallback(pages::not_found)
        .method_not_allowed_fallback(pages::method_not_allowed)
        .layer(axum::Extension(Arc::new(openapi)))
        .layer(csrf)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(CatchPanicLayer::custom(problem::after_panic))
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .layer(middleware::from_fn_with_state(web.clone(), count));
    let set = |routes: Router<Arc<Web>>, name: &'static str, value: &'static str| {
        routes.layer(SetResponseHeaderLayer::if_not_present(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        ))
    };
    let mut routes = set(routes, "content-security-policy", CONTENT_SECURITY_POLICY);
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        // Not `no-referrer`: with it browsers send no usable Origin with our own forms.
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
        ("cache-control", "no-store"),
    ] {
        routes = set(routes, name, value);
    }
    if secure {
        routes = set(routes, "strict-transport-security", "max-age=31536000");
    }
    routes.with_state(web)
}

/// What the routes are, as OpenAPI.
pub fn openapi() -> OpenApi {
    documented().into_openapi()
}

fn documented() -> OpenApiRouter<Arc<Web>> {
    let openapi = <Described as utoipa::OpenApi>::openapi();
    OpenApiRouter::with_openapi(openapi)
        .merge(probes::routes())
        .merge(pages::routes())
        .nest("/api/v1", api::routes())
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Tieline",
        description = "The CRM that lives in your team's chat.\n\nA program acts as a member with \
            a token: `Authorization: Bearer …`. A change may carry an `Idempotency-Key`: the same \
            key again changes nothing and answers what the first one did, with `repeated` set.",
    ),
    components(schemas(problem::ProblemBody, crm::exports::ExportFormat)),
    security(("token" = []), ("session" = [])),
    modifiers(&Schemes),
)]
struct Described;

struct Schemes;

impl Modify for Schemes {
    fn modify(&self, openapi: &mut OpenApi) {
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme(
            "token",
            SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build()),
        );
        components.add_security_scheme(
            "session",
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("__Host-tieline"))),
        );
    }
}

fn route_of(request: &Request) -> &str {
    request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str)
}

/// Addresses may hold one-time codes, so the log names the route alone.
fn span(request: &Request) -> tracing::Span {
    tracing::info_span!("http", http.method = %request.method(), http.route = route_of(request))
}

async fn count(State(web): State<Arc<Web>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method = request.method().as_str().to_owned();
    let route = route_of(&request).to_owned();
    let mut response = next.run(request).await;
    web.metrics.request(&method, &route, response.status().as_u16(), started.elapsed());
    // Hop-by-hop noise that says which software answers has no reader.
    response.headers_mut().remove(header::SERVER);
    response
}
