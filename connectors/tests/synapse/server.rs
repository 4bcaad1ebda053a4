//! A homeserver of the test's own, and the few calls to it that no person makes.

use std::fmt::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// The Python that Synapse and matrix-nio are installed in.
pub fn python() -> PathBuf {
    if let Some(python) = std::env::var_os("TIELINE_SYNAPSE_PYTHON") {
        return python.into();
    }
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cache");
    let cache = std::env::var_os("XDG_CACHE_HOME").map_or_else(home, PathBuf::from);
    let python = cache.join("tieline/py/bin/python");
    assert!(
        python.exists(),
        "{} does not exist: `cargo xtask test` installs Synapse and matrix-nio there",
        python.display()
    );
    python
}

/// A free port on this machine. Tests run beside each other, each in a process of its own, and a
/// port that was only asked for may be given to the next one who asks; so each process begins
/// its search at a place of its own.
fn free_port() -> u16 {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        let step = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = 10_000 + (std::process::id().wrapping_mul(8).wrapping_add(step)) % 10_000;
        let port = u16::try_from(port).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// A homeserver; killed and deleted when dropped.
pub struct Synapse {
    pub port: u16,
    child: Option<Child>,
    folder: tempfile::TempDir,
}

impl Synapse {
    /// A homeserver that lets each user send one message a second, after the first few.
    pub async fn strict() -> Self {
        let mut synapse = Self::asleep();
        let file = synapse.folder.path().join("homeserver.yaml");
        let generous = "rc_message: {per_second: 10000, burst_count: 10000}";
        let settings = std::fs::read_to_string(&file).unwrap();
        let strict = settings.replace(generous, "rc_message: {per_second: 1, burst_count: 3}");
        assert_ne!(strict, settings);
        std::fs::write(&file, strict).unwrap();
        synapse.wake().await;
        synapse
    }

    /// A homeserver that does not run yet.
    fn asleep() -> Self {
        let port = free_port();
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path();
        let key = "ed25519 a_tests dGllbGluZS10ZXN0cy1ob21lc2VydmVyLXNlZWQtMDE\n";
        std::fs::write(dir.join("signing.key"), key).unwrap();
        let logging = "version: 1\nhandlers: {console: {class: logging.StreamHandler}}\n\
                       root: {level: WARNING, handlers: [console]}\n";
        std::fs::write(dir.join("logging.yaml"), logging).unwrap();
        std::fs::write(dir.join("homeserver.yaml"), settings(dir, port)).unwrap();
        Self { port, child: None, folder }
    }

    pub async fn start() -> Self {
        let mut synapse = Self::asleep();
        synapse.wake().await;
        synapse
    }

    /// Starts it on the data that it has.
    pub async fn wake(&mut self) {
        let log = std::fs::File::create(self.folder.path().join("log")).unwrap();
        let child = Command::new(python())
            .args(["-m", "synapse.app.homeserver", "-c"])
            .arg(self.folder.path().join("homeserver.yaml"))
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        self.child = Some(child);
        let deadline = Instant::now() + Duration::from_secs(60);
        while self.call("GET", "/health", None, None).await.is_none() {
            let log = || std::fs::read_to_string(self.folder.path().join("log"));
            assert!(Instant::now() < deadline, "Synapse does not start: {:?}", log());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Stops it, as an outage does.
    pub fn sleep(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Registers a user; gives its id and an access token.
    pub async fn register(&self, name: &str) -> (String, String) {
        let body = json!({
            "username": name,
            "password": password(name),
            "auth": {"type": "m.login.dummy"},
        });
        let path = "/_matrix/client/v3/register";
        let (status, answer) = self.call("POST", path, None, Some(&body)).await.unwrap();
        assert_eq!(status, 200, "{answer}");
        let field = |key: &str| answer[key].as_str().unwrap().to_owned();
        (field("user_id"), field("access_token"))
    }

    /// One HTTP call; nothing when nobody answers.
    pub async fn call(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Option<(u16, Value)> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n");
        if let Some(token) = token {
            write!(request, "Authorization: Bearer {token}\r\n").unwrap();
        }
        write!(request, "Connection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len())
            .unwrap();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.ok()?;
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.ok()?;
        let answer = String::from_utf8(answer).ok()?;
        let status = answer.split(' ').nth(1)?.parse().ok()?;
        let (_, body) = answer.split_once("\r\n\r\n")?;
        let json = body
            .find('{')
            .and_then(|start| serde_json::from_str(&body[start..=body.rfind('}')?]).ok());
        Some((status, json.unwrap_or_default()))
    }
}

impl Drop for Synapse {
    fn drop(&mut self) {
        self.sleep();
    }
}

/// What a registered user logs in with.
pub fn password(name: &str) -> String {
    format!("pw-{name}")
}

fn settings(dir: &Path, port: u16) -> String {
    let dir = dir.display();
    let mut yaml = format!(
        "server_name: localhost
public_baseurl: http://127.0.0.1:{port}/
listeners:
  - {{port: {port}, type: http, tls: false, bind_addresses: [127.0.0.1], resources: [{{names: [client]}}]}}
database: {{name: sqlite3, args: {{database: '{dir}/homeserver.db'}}}}
log_config: '{dir}/logging.yaml'
media_store_path: '{dir}/media'
signing_key_path: '{dir}/signing.key'
macaroon_secret_key: tests
form_secret: tests
enable_registration: true
enable_registration_without_verification: true
bcrypt_rounds: 4
presence: {{enabled: false}}
report_stats: false
trusted_key_servers: []
suppress_key_server_warning: true
federation_domain_whitelist: []
"
    );
    for limit in [
        "rc_message: LIMIT",
        "rc_registration: LIMIT",
        "rc_login: {address: LIMIT, account: LIMIT, failed_attempts: LIMIT}",
        "rc_joins: {local: LIMIT, remote: LIMIT}",
        "rc_joins_per_room: LIMIT",
        "rc_invites: {per_room: LIMIT, per_user: LIMIT, per_issuer: LIMIT}",
        "rc_key_requests: LIMIT",
        "rc_room_creation: LIMIT",
    ] {
        let limit = limit.replace("LIMIT", "{per_second: 10000, burst_count: 10000}");
        writeln!(yaml, "{limit}").unwrap();
    }
    yaml
}
