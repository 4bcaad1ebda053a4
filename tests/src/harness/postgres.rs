//! A PostgreSQL of the test's own.
//!
//! The cluster is copied from one prepared in the cache, so that a start takes
//! well under a second. It syncs to disk as in production, so pulling its plug
//! means something, and sorts text as a team's server would (ICU, en-US), so a
//! query that silently counts on byte order is found here. Left out: several
//! versions, replication, passwords and TLS.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::folder::{self, Folder};
use super::port::free_port;
use super::process::{self, Process, Program, Signal};

/// PostgreSQL refuses to run as root; Debian's package brings this user.
const SERVER_USER: &str = "postgres";

const MISSING: &str = "PostgreSQL is not installed: run `cargo xtask test` as root, \
                       or `apt-get install postgresql`";

/// A cluster on a port of its own; stopped and deleted when dropped.
#[derive(Debug)]
pub struct Postgres {
    port: u16,
    bin: PathBuf,
    // Before the folder, so that it has ended when the folder goes.
    server: Mutex<Option<Process>>,
    folder: Folder,
    databases: AtomicU32,
}

impl Postgres {
    /// Starts a fresh cluster.
    pub fn start() -> Result<Self> {
        let bin = binaries()?;
        let template = template(&bin)?;
        let folder = Folder::new("postgres")?;
        let data = folder.path().join("data");
        process::run(Command::new("cp").arg("-a").arg("--reflink=auto").arg(template).arg(&data))?;
        give_to_server_user(folder.path())?;
        let postgres = Self {
            port: free_port()?,
            bin,
            server: Mutex::new(None),
            folder,
            databases: AtomicU32::new(0),
        };
        postgres.restart()?;
        Ok(postgres)
    }

    /// The cluster that this process's tests share, for tests that only need a database.
    ///
    /// It lives for as long as one of them holds it.
    pub fn shared() -> Result<Arc<Self>> {
        static SHARED: Mutex<Weak<Postgres>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        if let Some(running) = shared.upgrade() {
            return Ok(running);
        }
        let started = Arc::new(Self::start()?);
        *shared = Arc::downgrade(&started);
        Ok(started)
    }

    /// Creates an empty database and returns its URL.
    pub fn fresh_database(&self) -> Result<String> {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql(&self.url("postgres"), &format!("CREATE DATABASE {name}"))?;
        Ok(self.url(&name))
    }

    /// Runs SQL through psql; rows come back a line each, columns parted by `|`.
    pub fn sql(&self, url: &str, sql: &str) -> Result<String> {
        let rows = process::run(
            Command::new(self.bin.join("psql"))
                .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", sql])
                .arg(url),
        )?;
        Ok(rows.trim_end().to_owned())
    }

    /// The port on 127.0.0.1; it stays the same across restarts.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Pulls the plug: no shutdown checkpoint, connections cut, recovery at the next start.
    pub fn stop_immediate(&self) -> Result<()> {
        self.stop(Signal::Quit)
    }

    /// Starts it again on the same data and port, stopping it first when it runs.
    pub fn restart(&self) -> Result<()> {
        self.stop(Signal::Interrupt)?;
        let data = self.folder.path().join("data");
        let mut command = Command::new(self.bin.join("postgres"));
        command.arg("-D").arg(&data);
        for setting in [
            "listen_addresses=127.0.0.1".to_owned(),
            format!("port={}", self.port),
            format!("unix_socket_directories={}", self.folder.path().display()),
            "fsync=on".to_owned(),
            "full_page_writes=on".to_owned(),
            "synchronous_commit=on".to_owned(),
            "max_connections=200".to_owned(),
        ] {
            command.args(["-c", &setting]);
        }
        command.current_dir("/");
        let program = Program {
            name: "PostgreSQL",
            log: self.folder.path().join("log"),
            on_orphaned: Signal::Interrupt,
            user: (folder::uid()? == 0).then_some(SERVER_USER),
        };
        let mut server = Process::spawn(program, &command)?;
        self.wait_until_ready(&mut server)?;
        *self.server() = Some(server);
        Ok(())
    }

    fn wait_until_ready(&self, server: &mut Process) -> Result<()> {
        let deadline = Instant::now() + super::PATIENCE;
        while Instant::now() < deadline {
            server.ensure_running()?;
            let ready = Command::new(self.bin.join("pg_isready"))
                .args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()])
                .status()?;
            if ready.success() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(30));
        }
        bail!("PostgreSQL was not ready in time; its log ends:\n{}", server.log_tail())
    }

    fn stop(&self, signal: Signal) -> Result<()> {
        if let Some(mut server) = self.server().take() {
            server.end(signal, super::PATIENCE)?;
        }
        Ok(())
    }

    fn server(&self) -> std::sync::MutexGuard<'_, Option<Process>> {
        self.server.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Its data goes next, so there is nothing to save.
        if let Err(error) = self.stop(Signal::Quit) {
            eprintln!("PostgreSQL did not stop: {error:#}");
        }
    }
}

/// The folder of `initdb`, `postgres` and `psql`.
fn binaries() -> Result<PathBuf> {
    let mut found: Vec<PathBuf> = Vec::new();
    if let Ok(dirs) = fs::read_dir("/usr/lib/postgresql") {
        found.extend(dirs.flatten().map(|entry| entry.path().join("bin")));
    }
    found.sort();
    if let Ok(dir) = process::run(Command::new("pg_config").arg("--bindir")) {
        found.push(PathBuf::from(dir.trim()));
    }
    found.into_iter().rev().find(|bin| bin.join("initdb").exists()).context(MISSING)
}

/// A prepared cluster in the cache, made once per version of PostgreSQL.
fn template(bin: &Path) -> Result<PathBuf> {
    let version = process::run(Command::new(bin.join("postgres")).arg("--version"))?;
    let major = version
        .split_whitespace()
        .find_map(|word| word.split('.').next()?.parse::<u32>().ok())
        .with_context(|| format!("find the version in {version:?}"))?;
    let cache = folder::cache()?;
    let template = cache.join(format!("pg-template-{major}"));
    let lock = File::create(cache.join("pg-template.lock"))?;
    lock.lock()?;
    if template.join("PG_VERSION").exists() {
        return Ok(template);
    }

    // Made where the server's user can write, then moved into the cache whole.
    let folder = Folder::new("pg-template")?;
    give_to_server_user(folder.path())?;
    let made = folder.path().join("data");
    let mut initdb = if folder::uid()? == 0 {
        let mut command = Command::new("setpriv");
        command.args(["--reuid", SERVER_USER, "--regid", SERVER_USER, "--init-groups", "--"]);
        command.arg(bin.join("initdb"));
        command
    } else {
        Command::new(bin.join("initdb"))
    };
    process::run(
        initdb
            .current_dir("/")
            .args(["-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync"])
            .args(["--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US"])
            .arg("-D")
            .arg(&made),
    )?;
    let arriving = cache.join(format!("pg-template-{major}.new"));
    if arriving.exists() {
        fs::remove_dir_all(&arriving)?;
    }
    process::run(Command::new("cp").arg("-a").arg(&made).arg(&arriving))?;
    fs::rename(&arriving, &template)?;
    Ok(template)
}

fn give_to_server_user(dir: &Path) -> Result<()> {
    if folder::uid()? == 0 {
        let owner = format!("{SERVER_USER}:{SERVER_USER}");
        process::run(Command::new("chown").args(["-R", &owner]).arg(dir)).context(MISSING)?;
    }
    Ok(())
}
