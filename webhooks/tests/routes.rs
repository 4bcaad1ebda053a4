//! Who may call what: every route of the router stands in one table, and without credentials all
//! of them but the public ones answer 401. A route that is not in the table fails the test.

mod stub;

use std::collections::BTreeMap;

use crm::permissions::Action;
use stub::{Having, SECRET, web};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use webhooks::Web;

/// Who may call a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    /// Anybody: it tells nothing of anybody.
    Anybody,
    /// A person with a session, in a browser.
    Browser,
    /// A member with a session or a token, as far as the one table of permissions lets them.
    Member(Action),
}

use Action::{
    Administer, Assign, Change, Contribute, Create, KeepViews, OwnAccount, Read, ShapePipeline,
    ShapeSegment, TunePlace,
};
use Who::{Anybody, Browser, Member};

/// Every route there is. What people say in chat is anybody's to say; the commands in it are
/// looked at one by one.
const ROUTES: &[(&str, &str, Who)] = &[
    ("GET", "/", Browser),
    ("GET", "/api/v1/accounts", Member(Read)),
    ("DELETE", "/api/v1/accounts/{network}/{account}", Member(OwnAccount)),
    ("GET", "/api/v1/blueprints", Member(Read)),
    ("POST", "/api/v1/blueprints", Member(Administer)),
    ("DELETE", "/api/v1/blueprints/{key}", Member(Administer)),
    ("PATCH", "/api/v1/blueprints/{key}", Member(Administer)),
    ("PUT", "/api/v1/blueprints/{key}/default-view", Member(KeepViews)),
    ("POST", "/api/v1/blueprints/{key}/migrations", Member(Administer)),
    ("POST", "/api/v1/blueprints/{key}/purge", Member(Administer)),
    ("POST", "/api/v1/blueprints/{key}/restore", Member(Administer)),
    ("GET", "/api/v1/blueprints/{key}/versions", Member(Read)),
    ("GET", "/api/v1/boards", Member(Read)),
    ("POST", "/api/v1/bulk", Member(Change)),
    ("GET", "/api/v1/chat/places", Member(Read)),
    ("POST", "/api/v1/chat/places", Member(Administer)),
    ("POST", "/api/v1/chat/places/{place}/capture", Member(Read)),
    ("GET", "/api/v1/chat/places/{place}/messages", Member(Read)),
    ("POST", "/api/v1/chat/places/{place}/messages", Member(Read)),
    ("DELETE", "/api/v1/chat/places/{place}/messages/{id}", Member(Read)),
    ("PATCH", "/api/v1/chat/places/{place}/messages/{id}", Member(Read)),
    ("POST", "/api/v1/chat/places/{place}/messages/{id}/reactions", Member(Read)),
    ("POST", "/api/v1/chat/places/{place}/press", Member(Read)),
    ("GET", "/api/v1/duplicates", Member(Read)),
    ("POST", "/api/v1/duplicates/decide", Member(Change)),
    ("POST", "/api/v1/duplicates/find", Member(Change)),
    ("GET", "/api/v1/event-types", Member(Read)),
    ("GET", "/api/v1/events", Member(Read)),
    ("GET", "/api/v1/facts", Member(Read)),
    ("GET", "/api/v1/imports", Member(Read)),
    ("POST", "/api/v1/imports", Member(Create)),
    ("GET", "/api/v1/imports/{id}", Member(Read)),
    ("POST", "/api/v1/imports/{id}/cancel", Member(Create)),
    ("GET", "/api/v1/imports/{id}/errors.csv", Member(Read)),
    ("POST", "/api/v1/imports/{id}/revert", Member(Create)),
    ("POST", "/api/v1/imports/{id}/run", Member(Create)),
    ("GET", "/api/v1/jobs/{id}", Member(Read)),
    ("POST", "/api/v1/jobs/{id}/cancel", Member(Administer)),
    ("GET", "/api/v1/jobs/{id}/items", Member(Read)),
    ("GET", "/api/v1/leads", Member(Read)),
    ("POST", "/api/v1/leads", Member(Contribute)),
    ("GET", "/api/v1/leads/{id}", Member(Read)),
    ("POST", "/api/v1/leads/{id}/accept", Member(Change)),
    ("POST", "/api/v1/leads/{id}/assign", Member(Change)),
    ("POST", "/api/v1/leads/{id}/reject", Member(Change)),
    ("POST", "/api/v1/leads/{id}/snooze", Member(Change)),
    ("GET", "/api/v1/link-kinds", Member(Read)),
    ("POST", "/api/v1/mails", Member(Contribute)),
    ("GET", "/api/v1/me", Member(Read)),
    ("GET", "/api/v1/members", Member(Read)),
    ("POST", "/api/v1/members", Member(Administer)),
    ("PATCH", "/api/v1/members/{id}", Member(Administer)),
    ("POST", "/api/v1/members/{id}/sign-in-link", Browser),
    ("GET", "/api/v1/openapi.json", Anybody),
    ("GET", "/api/v1/pipelines", Member(Read)),
    ("POST", "/api/v1/pipelines", Member(Administer)),
    ("DELETE", "/api/v1/pipelines/{key}", Member(ShapePipeline)),
    ("PATCH", "/api/v1/pipelines/{key}", Member(ShapePipeline)),
    ("GET", "/api/v1/pipelines/{key}/forecast", Member(Read)),
    ("POST", "/api/v1/pipelines/{key}/stages", Member(ShapePipeline)),
    ("DELETE", "/api/v1/pipelines/{key}/stages/{stage}", Member(ShapePipeline)),
    ("PATCH", "/api/v1/pipelines/{key}/stages/{stage}", Member(ShapePipeline)),
    ("GET", "/api/v1/places", Member(Read)),
    ("POST", "/api/v1/places/bind-codes", Member(Administer)),
    ("DELETE", "/api/v1/places/{connection}/{room}", Member(Administer)),
    ("PATCH", "/api/v1/places/{connection}/{room}", Member(TunePlace)),
    ("GET", "/api/v1/products", Member(Read)),
    ("POST", "/api/v1/products", Member(Administer)),
    ("GET", "/api/v1/products/{key}", Member(Read)),
    ("PATCH", "/api/v1/products/{key}", Member(Administer)),
    ("POST", "/api/v1/products/{key}/criteria", Member(Administer)),
    ("PATCH", "/api/v1/products/{key}/criteria/{criterion}", Member(Administer)),
    ("GET", "/api/v1/proposals", Member(Read)),
    ("GET", "/api/v1/proposals/{id}", Member(Read)),
    ("POST", "/api/v1/proposals/{id}/accept", Member(Contribute)),
    ("POST", "/api/v1/proposals/{id}/discard", Member(Contribute)),
    ("GET", "/api/v1/quarantine", Member(Read)),
    ("GET", "/api/v1/quarantine/{id}", Member(Read)),
    ("POST", "/api/v1/quarantine/{id}/discard", Member(Contribute)),
    ("POST", "/api/v1/quarantine/{id}/release", Member(Contribute)),
    ("GET", "/api/v1/rates", Member(Read)),
    ("POST", "/api/v1/rates", Member(Administer)),
    ("POST", "/api/v1/rates/base", Member(Administer)),
    ("GET", "/api/v1/records", Member(Read)),
    ("POST", "/api/v1/records", Member(Create)),
    ("GET", "/api/v1/records/export", Member(Read)),
    ("DELETE", "/api/v1/records/{id}", Member(Change)),
    ("GET", "/api/v1/records/{id}", Member(Read)),
    ("PATCH", "/api/v1/records/{id}", Member(Change)),
    ("GET", "/api/v1/records/{id}/assessments", Member(Read)),
    ("POST", "/api/v1/records/{id}/assessments", Member(Contribute)),
    ("POST", "/api/v1/records/{id}/assign", Member(Assign)),
    ("GET", "/api/v1/records/{id}/identities", Member(Read)),
    ("POST", "/api/v1/records/{id}/identities", Member(Change)),
    ("DELETE", "/api/v1/records/{id}/identities/{identity}", Member(Change)),
    ("PATCH", "/api/v1/records/{id}/identities/{identity}", Member(Change)),
    ("GET", "/api/v1/records/{id}/links", Member(Read)),
    ("POST", "/api/v1/records/{id}/links", Member(Change)),
    ("DELETE", "/api/v1/records/{id}/links/{link}", Member(Change)),
    ("PATCH", "/api/v1/records/{id}/links/{link}", Member(Change)),
    ("POST", "/api/v1/records/{id}/merge", Member(Change)),
    ("GET", "/api/v1/records/{id}/merge/{other}", Member(Read)),
    ("POST", "/api/v1/records/{id}/move", Member(Change)),
    ("GET", "/api/v1/records/{id}/notes", Member(Read)),
    ("POST", "/api/v1/records/{id}/notes", Member(Contribute)),
    ("DELETE", "/api/v1/records/{id}/notes/{note}", Member(Contribute)),
    ("PATCH", "/api/v1/records/{id}/notes/{note}", Member(Contribute)),
    ("GET", "/api/v1/records/{id}/notes/{note}/history", Member(Read)),
    ("GET", "/api/v1/records/{id}/provenance", Member(Read)),
    ("POST", "/api/v1/records/{id}/provenance/{number}/wrong", Member(Change)),
    ("POST", "/api/v1/records/{id}/restore", Member(Change)),
    ("GET", "/api/v1/records/{id}/scores", Member(Read)),
    ("GET", "/api/v1/records/{id}/stages", Member(Read)),
    ("POST", "/api/v1/records/{id}/tags", Member(Change)),
    ("DELETE", "/api/v1/records/{id}/tags/{tag}", Member(Change)),
    ("PUT", "/api/v1/records/{id}/tags/{tag}", Member(Change)),
    ("GET", "/api/v1/records/{id}/timeline", Member(Read)),
    ("POST", "/api/v1/records/{id}/timeline", Member(Contribute)),
    ("DELETE", "/api/v1/records/{id}/timeline/{line}", Member(Contribute)),
    ("POST", "/api/v1/records/{id}/unmerge", Member(Change)),
    ("GET", "/api/v1/road/{message}", Member(Read)),
    ("GET", "/api/v1/search", Member(Read)),
    ("GET", "/api/v1/segments", Member(Read)),
    ("POST", "/api/v1/segments", Member(ShapeSegment)),
    ("DELETE", "/api/v1/segments/{segment}", Member(ShapeSegment)),
    ("PATCH", "/api/v1/segments/{segment}", Member(ShapeSegment)),
    ("GET", "/api/v1/segments/{segment}/records", Member(Read)),
    ("POST", "/api/v1/segments/{segment}/records", Member(Change)),
    ("DELETE", "/api/v1/segments/{segment}/records/{id}", Member(Change)),
    ("GET", "/api/v1/senders", Member(Read)),
    ("DELETE", "/api/v1/senders/{sender}", Member(Administer)),
    ("PUT", "/api/v1/senders/{sender}", Member(Administer)),
    ("GET", "/api/v1/spaces", Member(Read)),
    ("POST", "/api/v1/spaces", Member(Administer)),
    ("GET", "/api/v1/tags", Member(Read)),
    ("POST", "/api/v1/tags", Member(Create)),
    ("DELETE", "/api/v1/tags/{tag}", Member(Administer)),
    ("PATCH", "/api/v1/tags/{tag}", Member(Administer)),
    ("POST", "/api/v1/tags/{tag}/merge", Member(Administer)),
    ("GET", "/api/v1/tasks", Member(Read)),
    ("POST", "/api/v1/tasks", Member(Contribute)),
    ("PATCH", "/api/v1/tasks/{id}", Member(Change)),
    ("POST", "/api/v1/tasks/{id}", Member(Change)),
    ("POST", "/api/v1/tasks/{id}/assign", Member(Assign)),
    ("POST", "/api/v1/tasks/{id}/claim", Member(Assign)),
    ("POST", "/api/v1/tasks/{id}/snooze", Member(Change)),
    ("GET", "/api/v1/templates", Member(Read)),
    ("POST", "/api/v1/tokens", Browser),
    ("GET", "/api/v1/trash", Member(Read)),
    ("DELETE", "/api/v1/trash/{id}", Member(Administer)),
    ("POST", "/api/v1/undo", Member(Contribute)),
    ("GET", "/api/v1/views", Member(Read)),
    ("POST", "/api/v1/views", Member(KeepViews)),
    ("DELETE", "/api/v1/views/{view}", Member(KeepViews)),
    ("PATCH", "/api/v1/views/{view}", Member(KeepViews)),
    ("GET", "/api/v1/views/{view}/board", Member(Read)),
    ("GET", "/api/v1/views/{view}/records", Member(Read)),
    ("PATCH", "/api/v1/views/{view}/records/{id}", Member(Change)),
    ("GET", "/assets/{name}", Anybody),
    ("GET", "/chat/{place}", Browser),
    ("GET", "/healthz", Anybody),
    ("GET", "/link/{code}", Browser),
    ("POST", "/link/{code}", Member(OwnAccount)),
    ("GET", "/metrics", Anybody),
    ("GET", "/r/{id}", Browser),
    ("GET", "/readyz", Anybody),
    ("GET", "/sign-in/{code}", Anybody),
    ("POST", "/sign-in/{code}", Anybody),
    ("POST", "/sign-out", Browser),
];

/// An answer, taken apart.
struct Reply {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

/// A served Tieline.
struct Server(std::net::SocketAddr);

impl Server {
    async fn start(having: Having) -> Self {
        Self::serve(web(having)).await
    }

    async fn serve(web: Web) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let at = listener.local_addr().expect("an address");
        let router = webhooks::router(web);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self(at)
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-length: {}\r\n",
            self.0,
            body.len()
        );
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        request.push_str(body);
        let mut stream = TcpStream::connect(self.0).await.expect("it listens");
        stream.write_all(request.as_bytes()).await.expect("it reads");
        let mut raw = Vec::new();
        stream.read_to_end(&mut raw).await.expect("it answers");
        let text = String::from_utf8_lossy(&raw);
        let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let headers = lines.filter_map(|line| line.split_once(": "));
        Reply {
            status: status.and_then(|status| status.parse().ok()).expect("a status"),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            body: body.to_owned(),
        }
    }

    async fn get(&self, path: &str) -> Reply {
        self.ask("GET", path, &[], "").await
    }
}

fn filled(path: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { "some-thing" } else { part }.to_owned();
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

fn bearer() -> (&'static str, String) {
    ("authorization", format!("Bearer {SECRET}"))
}

fn cookie() -> (&'static str, String) {
    ("cookie", format!("__Host-tieline={SECRET}"))
}

const JSON: (&str, &str) = ("content-type", "application/json");

#[test]
fn every_route_says_who_may_call_it() {
    let openapi = serde_json::to_value(webhooks::openapi()).expect("JSON");
    let mut described = Vec::new();
    for (path, operations) in openapi["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            let open = operation["security"] == serde_json::json!([{}]);
            described.push((method.to_uppercase(), path.clone(), open));
        }
    }
    described.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
    let expected = ROUTES
        .iter()
        .map(|(method, path, who)| ((*method).to_owned(), (*path).to_owned(), *who == Anybody))
        .collect::<Vec<_>>();
    assert_eq!(described, expected, "the table and the router differ");
}

#[test]
fn no_route_is_hidden_from_the_description() {
    // `routes!` describes what it adds; `.route(` would not.
    // Asked at run time: checkouts that share a target folder may share the binary.
    let package = std::env::var("CARGO_MANIFEST_DIR").expect("cargo says where the package is");
    let mut folders = vec![format!("{package}/src").into()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        let folder: std::path::PathBuf = folder;
        for entry in std::fs::read_dir(folder).expect("our own source") {
            let path = entry.expect("our own source").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("our own source");
            for hidden in [".route(", ".route_service(", ".nest_service("] {
                assert!(!text.contains(hidden), "{} has {hidden}", path.display());
            }
            files += 1;
        }
    }
    assert!(files > 40, "the source was really read");
}

#[test]
fn every_route_has_its_own_name_and_says_what_it_does() {
    let openapi = serde_json::to_value(webhooks::openapi()).expect("JSON");
    let mut names = std::collections::BTreeSet::new();
    for (path, operations) in openapi["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            let name = operation["operationId"].as_str().expect("a name").to_owned();
            assert!(operation["summary"].is_string(), "{method} {path} has no summary");
            assert!(names.insert(name), "{method} {path} has the name of another");
        }
    }
    // Whatever the description refers to is in it.
    let text = openapi.to_string();
    for part in text.split("\"$ref\":\"#/components/schemas/").skip(1) {
        let schema = part.split('"').next().unwrap_or_default();
        assert!(openapi["components"]["schemas"][schema].is_object(), "{schema} is missing");
    }
}

#[tokio::test]
async fn without_credentials_nothing_but_the_public_routes_answers() {
    let server = Server::start(Having::Member).await;
    let wrong: [&[(&str, &str)]; 4] = [
        &[],
        &[("authorization", "Bearer wrong")],
        &[("cookie", "__Host-tieline=wrong")],
        // The right secret in a cookie that anybody on the domain could have set.
        &[("cookie", "tieline=correct-horse-battery-staple")],
    ];
    for (method, path, who) in ROUTES {
        for headers in wrong {
            let headers = [headers, &[JSON]].concat();
            let reply = server.ask(method, &filled(path), &headers, "{\"nonsense\": 1}").await;
            match who {
                Anybody => assert_ne!(reply.status, 401, "{method} {path}"),
                Browser | Member(_) => assert_eq!(reply.status, 401, "{method} {path}"),
            }
        }
    }
}

#[tokio::test]
async fn a_removed_member_and_an_old_session_are_nobody() {
    for having in [Having::RemovedMember, Having::OldSession, Having::Nobody] {
        let server = Server::start(having).await;
        for (name, value) in [bearer(), cookie()] {
            let reply = server.ask("GET", "/api/v1/places", &[(name, &value)], "").await;
            assert_eq!(reply.status, 401, "{having:?} {name}");
        }
    }
}

#[tokio::test]
async fn a_token_and_a_session_let_a_member_in() {
    let server = Server::start(Having::Member).await;
    for (name, value) in [bearer(), cookie()] {
        let reply = server.ask("GET", "/api/v1/places", &[(name, &value)], "").await;
        assert_eq!((reply.status, reply.body.as_str()), (200, r#"{"places":[]}"#));
    }
    let (name, value) = cookie();
    let page = server.ask("GET", "/", &[(name, &value)], "").await;
    assert_eq!(page.status, 200);
    // A token is a program's; it opens no page and links no account.
    let (name, value) = bearer();
    assert_eq!(server.ask("POST", "/link/abc", &[(name, &value)], "").await.status, 401);
}

#[tokio::test]
async fn a_token_lets_nobody_in_and_makes_no_token() {
    let server = Server::start(Having::Member).await;
    let check = async |(name, value): (&str, String), path: &str, body: &str, expected: u16| {
        let reply = server.ask("POST", path, &[(name, &value), JSON], body).await;
        assert_eq!(reply.status, expected, "{path} with {name}: {}", reply.body);
    };
    let other = "/api/v1/members/mem_06cq3m5v9k2f8h1t/sign-in-link";
    check(bearer(), other, "", 403).await;
    check(cookie(), other, "", 404).await;
    check(bearer(), "/api/v1/tokens", r#"{"name": "reports"}"#, 403).await;
    check(cookie(), "/api/v1/tokens", r#"{"name": " "}"#, 422).await;
    // Our own page gets as far as the store, which is away.
    check(cookie(), "/api/v1/tokens", r#"{"name": "reports"}"#, 503).await;
}

#[tokio::test]
async fn another_site_changes_nothing_with_somebodys_cookie() {
    let server = Server::start(Having::Member).await;
    let (name, value) = cookie();
    let signed_in = (name, value.as_str());
    let check = async |headers: &[(&str, &str)], expected: u16| {
        let headers = [&[signed_in], headers].concat();
        let reply = server.ask("POST", "/api/v1/undo", &headers, "").await;
        assert_eq!(reply.status, expected, "{headers:?}: {}", reply.body);
    };
    check(&[JSON, ("sec-fetch-site", "cross-site")], 403).await;
    check(&[JSON, ("origin", "https://evil.example")], 403).await;
    check(&[JSON, ("origin", "null")], 403).await;
    check(&[("sec-fetch-site", "same-origin")], 403).await;
    check(&[("content-type", "text/plain")], 403).await;
    // Our own page gets as far as the store, which is away.
    check(&[JSON, ("sec-fetch-site", "same-origin")], 503).await;
    check(&[JSON, ("origin", "https://crm.example.org")], 503).await;
}

#[tokio::test]
async fn a_sign_in_link_is_used_up_by_its_button_and_not_by_a_preview() {
    let server = Server::start(Having::Member).await;
    let path = format!("/sign-in/{SECRET}");
    for _ in 0..3 {
        let reply = server.get(&path).await;
        assert_eq!(reply.status, 200);
        assert!(reply.body.contains("<form method=\"post\">"));
        assert!(!reply.headers.contains_key("set-cookie"));
    }
    let reply = server.ask("POST", &path, &[], "").await;
    assert_eq!(reply.status, 303);
    assert_eq!(reply.headers["location"], "/");
    let cookie = &reply.headers["set-cookie"];
    assert!(cookie.starts_with("__Host-tieline=") && cookie.ends_with("; Secure"), "{cookie}");
    assert!(cookie.contains("; HttpOnly; SameSite=Lax") && !cookie.contains(SECRET), "{cookie}");
    let again = server.ask("POST", &path, &[], "").await;
    assert_eq!(again.status, 410);
    assert!(again.body.contains("tieline sign-in"), "{}", again.body);
    assert!(again.body.contains("An administrator of yours can make a new one"), "{}", again.body);
}

#[tokio::test]
async fn what_does_not_read_is_answered_with_a_sentence() {
    let server = Server::start(Having::Member).await;
    let (name, value) = bearer();
    let token = (name, value.as_str());
    let check = async |method: &str, path: &str, body: &str, status: u16, part: &str| {
        let reply = server.ask(method, path, &[token, JSON], body).await;
        assert_eq!(reply.status, status, "{method} {path}: {}", reply.body);
        let body: serde_json::Value = serde_json::from_str(&reply.body).expect("JSON");
        let message = body["error"]["message"].as_str().expect("a sentence");
        assert!(message.contains(part) && body["error"]["kind"].is_string(), "{message}");
    };
    check("POST", "/api/v1/tasks", "{", 400, "EOF").await;
    check("POST", "/api/v1/tasks", "{}", 400, "missing field `title`").await;
    check("POST", "/api/v1/members", r#"{"is_owner": true}"#, 400, "unknown field").await;
    check("GET", "/api/v1/records?limit=many", "", 400, "limit").await;
    check("GET", "/api/v1/records?page=2", "", 400, "page").await;
    check("GET", "/api/v1/records/DEAL-12", "", 404, "DEAL-12").await;
    check("GET", "/api/v1/records/rec_06cq3m5v9k2f8h1t", "", 404, "rec_06cq3m5v9k2f8h1t").await;
    check("GET", "/api/v1/records/a%00b", "", 404, "nothing").await;
    check("POST", "/api/v1/tasks/tsk_no", r#"{"status": "done"}"#, 404, "tsk_no").await;
    check("GET", "/api/v1/chat/places/elsewhere/messages", "", 404, "elsewhere").await;
    check("GET", "/api/v1/nowhere", "", 404, "nothing").await;
    check("PUT", "/api/v1/records", "", 405, "method").await;
    check("GET", "/api/v1/members", "", 503, "database").await;
    let large = format!(r#"{{"title": "{}"}}"#, "a".repeat(webhooks::BODY_BYTES_MAX));
    check("POST", "/api/v1/tasks", &large, 413, "Send less").await;
    let reply = server.get("/api/v1/members").await;
    assert_eq!(reply.headers["www-authenticate"], "Bearer");
    let reply = server.ask("GET", "/api/v1/members", &[token], "").await;
    assert_eq!(reply.headers["retry-after"], "5");
}

#[tokio::test]
async fn a_record_link_says_the_same_of_what_never_was_and_of_what_may_not_be_seen() {
    let server = Server::start(Having::Member).await;
    let (name, value) = cookie();
    let some = server.ask("GET", "/r/DEAL-1", &[(name, &value)], "").await;
    assert_eq!(some.status, 404);
    assert!(some.body.contains("<a href=\"/\">"), "no way back in {}", some.body);
    let known = server.get("/r/DEAL-1").await;
    let unknown = server.get("/r/DEAL-2").await;
    assert_eq!((known.status, &known.body), (401, &unknown.body));
}

#[tokio::test]
async fn a_stream_of_events_says_where_it_begins_and_ends_when_the_program_stops() {
    let web = web(Having::Member);
    let live = web.live.clone();
    let server = Server::serve(web).await;
    tokio::spawn(async move {
        // Until the page is there, nobody hears that the program stops.
        loop {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            live.close();
        }
    });
    let (name, value) = bearer();
    let headers = [(name, value.as_str()), ("last-event-id", "41")];
    let reply = server.ask("GET", "/api/v1/events", &headers, "").await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.headers["content-type"], "text/event-stream");
    for line in ["event: hello", "id: 41", r#"data: {"seq":41}"#] {
        assert!(reply.body.contains(line), "{line} is not in {}", reply.body);
    }
}

#[tokio::test]
async fn probes_answer_while_the_database_is_away() {
    let server = Server::start(Having::Nobody).await;
    assert_eq!(server.get("/healthz").await.status, 200);
    let ready = server.get("/readyz").await;
    assert_eq!(ready.status, 503);
    assert!(ready.body.contains("the disk is full"), "{}", ready.body);
    let metrics = server.get("/metrics").await;
    assert_eq!(metrics.status, 200);
    let line = r#"tieline_http_requests_total{method="GET",route="/readyz",status="503"} 1"#;
    assert!(metrics.body.contains(line), "{}", metrics.body);
}

#[tokio::test]
async fn every_answer_forbids_foreign_scripts_and_frames() {
    let server = Server::start(Having::Nobody).await;
    for path in ["/", "/nowhere", "/api/v1/records", "/assets/app.js", "/healthz", "/sign-in/x"] {
        let reply = server.get(path).await;
        let policy = &reply.headers["content-security-policy"];
        for part in ["default-src 'self'", "object-src 'none'", "frame-ancestors 'none'"] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert_eq!(reply.headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(reply.headers["strict-transport-security"], "max-age=31536000", "{path}");
        let kept = if path.starts_with("/assets/") { "public, no-cache" } else { "no-store" };
        assert_eq!(reply.headers["cache-control"], kept, "{path}");
    }
}
