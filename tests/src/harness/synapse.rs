//! A Matrix homeserver of the test's own: Synapse, the one most teams run.
//!
//! It keeps its data in SQLite, lets anybody register and limits nobody, and
//! can be stopped and started again on the same data to play an outage. Left
//! out: federation, media limits, appservices, single sign-on.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use reqwest::Method;
use serde_json::{Value, json};

use super::api::{Api, Reply};
use super::folder::{self, Folder};
use super::person::Person;
use super::port::free_port;
use super::process::{Process, Program, Signal};

/// The name in every user's and room's id.
pub const SERVER_NAME: &str = "localhost";

// Not a secret: nobody but its own test ever trusts this server.
const SIGNING_KEY: &str = "ed25519 a_tests dGllbGluZS10ZXN0cy1ob21lc2VydmVyLXNlZWQtMDE\n";

const LOGGING: &str = "\
version: 1
disable_existing_loggers: false
formatters: {short: {format: '%(asctime)s %(levelname)s %(name)s: %(message)s'}}
handlers: {console: {class: logging.StreamHandler, formatter: short}}
root: {level: WARNING, handlers: [console]}
";

/// Every limit of Synapse, by the shape that its settings have.
const LIMITS: &[&str] = &[
    "rc_message: LIMIT",
    "rc_registration: LIMIT",
    "rc_registration_token_validity: LIMIT",
    "rc_login: {address: LIMIT, account: LIMIT, failed_attempts: LIMIT}",
    "rc_admin_redaction: LIMIT",
    "rc_joins: {local: LIMIT, remote: LIMIT}",
    "rc_joins_per_room: LIMIT",
    "rc_invites: {per_room: LIMIT, per_user: LIMIT, per_issuer: LIMIT}",
    "rc_key_requests: LIMIT",
    "rc_media_create: LIMIT",
    "rc_room_creation: LIMIT",
    "rc_user_directory: LIMIT",
];

/// The Python of the tests' own environment.
pub fn python() -> Result<PathBuf> {
    let python = folder::cache()?.join("py/bin/python");
    ensure!(
        python.exists(),
        "{} does not exist: `cargo xtask test` installs Synapse, matrix-nio and simcord there",
        python.display()
    );
    Ok(python)
}

/// A registered user.
#[derive(Debug, Clone)]
pub struct Account {
    /// Such as `@alice:localhost`.
    pub user_id: String,
    /// What it logs in with.
    pub password: String,
    /// The token that the registration gave, for `device_id`.
    pub access_token: String,
    /// The device that the registration made.
    pub device_id: String,
}

/// A homeserver; stopped and deleted when dropped.
#[derive(Debug)]
pub struct Synapse {
    port: u16,
    // Before the folder, so that it has ended when the folder goes.
    server: Option<Process>,
    folder: Folder,
    api: Api,
}

impl Synapse {
    /// Starts a homeserver that nobody has used yet.
    pub async fn start() -> Result<Self> {
        let folder = Folder::new("synapse")?;
        let port = free_port()?;
        let dir = folder.path();
        fs::write(dir.join("signing.key"), SIGNING_KEY)?;
        fs::write(dir.join("logging.yaml"), LOGGING)?;
        fs::write(dir.join("homeserver.yaml"), settings(&dir.display().to_string(), port)?)?;
        let api = Api::new(format!("http://127.0.0.1:{port}"))?;
        let mut synapse = Self { port, server: None, folder, api };
        synapse.start_again().await?;
        Ok(synapse)
    }

    /// Starts it on the same data and port after a [`Self::stop`].
    pub async fn start_again(&mut self) -> Result<()> {
        let mut command = Command::new(python()?);
        command
            .args(["-m", "synapse.app.homeserver", "-c"])
            .arg(self.folder.path().join("homeserver.yaml"))
            .current_dir(self.folder.path());
        let program = Program {
            name: "Synapse",
            log: self.folder.path().join("log"),
            on_orphaned: Signal::Kill,
            user: None,
        };
        let mut server = Process::spawn(program, &command)?;
        let deadline = Instant::now() + 2 * super::PATIENCE;
        loop {
            server.ensure_running()?;
            let health = self.api.send(Method::GET, "/health", None).await;
            if health.is_ok_and(|reply| reply.status == 200) {
                break;
            }
            if Instant::now() > deadline {
                bail!("Synapse was not ready in time; its log ends:\n{}", server.log_tail());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        self.server = Some(server);
        Ok(())
    }

    /// Stops it; its data stays for [`Self::start_again`].
    pub fn stop(&mut self) -> Result<()> {
        if let Some(mut server) = self.server.take() {
            server.end(Signal::Terminate, super::PATIENCE)?;
        }
        Ok(())
    }

    /// Whether it still runs, and how its log ends: for whoever finds that it does not answer.
    pub fn state(&mut self) -> String {
        match self.server.as_mut() {
            None => "Synapse is stopped".to_owned(),
            Some(server) => match server.ensure_running() {
                Ok(()) => format!("Synapse runs; its log ends:\n{}", server.log_tail()),
                Err(ended) => ended.to_string(),
            },
        }
    }

    /// Where clients reach it.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// An anonymous caller of its HTTP API; `.with_token(..)` makes it an account's.
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// Registers a user and their first device.
    pub async fn register(&self, name: &str) -> Result<Account> {
        let password = format!("pw-{name}");
        let body = json!({
            "username": name,
            "password": password,
            "initial_device_display_name": "registration",
            "auth": {"type": "m.login.dummy"},
        });
        let path = "/_matrix/client/v3/register";
        let answer = succeeded(self.api.send(Method::POST, path, Some(body)).await?)?;
        let field = |key: &str| -> Result<String> {
            Ok(answer[key].as_str().with_context(|| format!("no {key} in {answer}"))?.to_owned())
        };
        Ok(Account {
            user_id: field("user_id")?,
            access_token: field("access_token")?,
            device_id: field("device_id")?,
            password,
        })
    }

    /// Registers a user and brings them to life as a person with a client of their own.
    pub async fn person(&self, name: &str) -> Result<Person> {
        let account = self.register(name).await?;
        Person::login(&self.url(), &account.user_id, &account.password).await
    }
}

fn succeeded(reply: Reply) -> Result<Value> {
    ensure!(reply.status == 200, "Synapse answered {}: {}", reply.status, reply.text);
    Ok(reply.json())
}

fn settings(dir: &str, port: u16) -> Result<String> {
    let mut yaml = format!(
        "\
server_name: {SERVER_NAME}
public_baseurl: http://127.0.0.1:{port}/
listeners:
  - port: {port}
    type: http
    tls: false
    bind_addresses: [127.0.0.1]
    resources: [{{names: [client]}}]
database: {{name: sqlite3, args: {{database: '{dir}/homeserver.db'}}}}
log_config: '{dir}/logging.yaml'
media_store_path: '{dir}/media'
signing_key_path: '{dir}/signing.key'
macaroon_secret_key: tests
form_secret: tests
registration_shared_secret: tests
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
    for limit in LIMITS {
        let limit = limit.replace("LIMIT", "{per_second: 10000, burst_count: 10000}");
        writeln!(yaml, "{limit}")?;
    }
    Ok(yaml)
}
