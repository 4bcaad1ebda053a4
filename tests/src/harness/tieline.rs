//! The `tieline` program as its owner runs it: a process, a config file, a port.
//!
//! A test starts it, kills it as a power cut would, starts it again on the
//! same data, runs its subcommands and asks its HTTP face. Its output is kept
//! in a file and shown when the test fails. Left out: what is in the config;
//! the test writes that.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use reqwest::Method;

use super::api::Api;
use super::port::free_port;
use super::process::{Process, Program, Signal};

/// The built program: `$TIELINE_BIN`, else beside the running test.
pub fn program() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("TIELINE_BIN") {
        let path = PathBuf::from(path);
        ensure!(path.exists(), "TIELINE_BIN names {}, which is not there", path.display());
        return Ok(path);
    }
    let own = std::env::current_exe()?;
    let beside = own
        .ancestors()
        .skip(1)
        .map(|dir| dir.join("tieline"))
        .find(|path| path.is_file())
        .context("tieline is not built: `cargo xtask test` does, or `cargo build -p bot`")?;
    Ok(beside)
}

/// What a subcommand wrote and how it ended.
#[derive(Debug, Clone)]
pub struct Output {
    /// How it ended.
    pub status: ExitStatus,
    /// Its stdout.
    pub stdout: String,
    /// Its stderr.
    pub stderr: String,
}

impl Output {
    /// The trimmed stdout of a subcommand that must have worked.
    #[track_caller]
    pub fn expect_success(self) -> String {
        assert!(
            self.status.success(),
            "tieline ended with {}:\n{}{}",
            self.status,
            self.stdout,
            self.stderr
        );
        self.stdout.trim().to_owned()
    }

    /// The stderr of a subcommand that must have refused.
    #[track_caller]
    pub fn expect_failure(self) -> String {
        assert!(!self.status.success(), "tieline did not refuse:\n{}", self.stdout);
        self.stderr
    }
}

/// One installation of Tieline: a folder, its config, and the program when it runs.
#[derive(Debug)]
pub struct Tieline {
    dir: PathBuf,
    config: PathBuf,
    port: u16,
    envs: Vec<(String, String)>,
    program: Option<PathBuf>,
    file_kib_max: Option<u64>,
    server: Option<Process>,
    api: Api,
}

impl Tieline {
    /// Writes the config into `dir`; nothing runs yet.
    ///
    /// In the text, `{port}` becomes a free port, which the program must listen on
    /// at 127.0.0.1, and `{dir}` becomes `dir`.
    pub fn new(dir: impl AsRef<Path>, config_toml: &str) -> Result<Self> {
        let dir = dir.as_ref().to_owned();
        fs::create_dir_all(&dir)?;
        let port = free_port()?;
        let api = Api::new(format!("http://127.0.0.1:{port}"))?;
        let config = dir.join("config.toml");
        let tieline = Self {
            dir,
            config,
            port,
            envs: Vec::new(),
            program: None,
            file_kib_max: None,
            server: None,
            api,
        };
        tieline.configure(config_toml)?;
        Ok(tieline)
    }

    /// Writes another config; it counts from the next start on.
    pub fn configure(&self, config_toml: &str) -> Result<()> {
        let text = config_toml
            .replace("{port}", &self.port.to_string())
            .replace("{dir}", &self.dir.display().to_string());
        fs::write(&self.config, text)?;
        // It holds secrets, and `doctor` would say so.
        Ok(fs::set_permissions(&self.config, fs::Permissions::from_mode(0o600))?)
    }

    /// Runs another program in the place of the built one.
    #[must_use]
    pub fn program(mut self, program: Option<PathBuf>) -> Self {
        self.program = program;
        self
    }

    /// From the next start on, no file may grow beyond this, as on a disk that is full.
    pub fn limit_files(&mut self, kib: Option<u64>) {
        self.file_kib_max = kib;
    }

    /// Lifts that limit from the program that runs, as when somebody makes room.
    pub fn lift_limit(&mut self) -> Result<()> {
        self.file_kib_max = None;
        let pid = self.pid().context("tieline was not started")?.to_string();
        super::process::run(Command::new("prlimit").args(["--pid", &pid, "--fsize=unlimited:"]))?;
        Ok(())
    }

    /// Sets an environment variable for the program and its subcommands.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.envs.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts it and waits until `/readyz` answers 200.
    pub async fn start(&mut self) -> Result<()> {
        self.start_without_waiting()?;
        self.wait_until_ready(2 * super::PATIENCE).await
    }

    /// Starts it and returns at once, for a test of the start itself.
    pub fn start_without_waiting(&mut self) -> Result<()> {
        ensure!(self.server.is_none(), "tieline runs already");
        let mut command = self.invocation(&["serve"])?;
        if let Some(kib) = self.file_kib_max {
            // The signal is ignored, so that writing fails as it does on a full disk.
            let script = format!("trap '' XFSZ; ulimit -S -f {}; exec \"$0\" \"$@\"", kib * 2);
            let mut limited = Command::new("sh");
            limited.args(["-c", &script]).arg(command.get_program()).args(command.get_args());
            limited.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
            command = limited;
        }
        command.current_dir(&self.dir);
        let program =
            Program { name: "tieline", log: self.log(), on_orphaned: Signal::Kill, user: None };
        self.server = Some(Process::spawn(program, &command)?);
        Ok(())
    }

    /// Waits until `/readyz` answers 200.
    pub async fn wait_until_ready(&mut self, patience: Duration) -> Result<()> {
        let deadline = Instant::now() + patience;
        loop {
            let server = self.server.as_mut().context("tieline was not started")?;
            server.ensure_running()?;
            let ready = self.api.send(Method::GET, "/readyz", None).await;
            if ready.as_ref().is_ok_and(|reply| reply.status == 200) {
                return Ok(());
            }
            if Instant::now() > deadline {
                let said = ready.map_or_else(|error| format!("{error:#}"), |reply| reply.text);
                bail!(
                    "tieline was not ready in time ({said}); its log ends:\n{}",
                    server.log_tail()
                );
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    }

    /// Kills it as a power cut would.
    pub fn kill9(&mut self) -> Result<()> {
        let mut server = self.server.take().context("tieline does not run")?;
        server.end(Signal::Kill, super::PATIENCE)?;
        Ok(())
    }

    /// Stops it politely and returns how it ended.
    pub fn stop(&mut self) -> Result<ExitStatus> {
        let mut server = self.server.take().context("tieline does not run")?;
        server.end(Signal::Terminate, super::PATIENCE)
    }

    /// Stops it politely and starts it again.
    pub async fn restart(&mut self) -> Result<()> {
        self.stop()?;
        self.start().await
    }

    /// Runs a subcommand with the same config and environment.
    pub async fn command(&self, args: &[&str]) -> Result<Output> {
        let mut command = tokio::process::Command::from(self.invocation(args)?);
        let running =
            command.current_dir(&self.dir).stdin(Stdio::null()).kill_on_drop(true).output();
        let output = tokio::time::timeout(2 * super::PATIENCE, running)
            .await
            .with_context(|| format!("tieline {} took too long", args.join(" ")))??;
        Ok(Output {
            status: output.status,
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// An anonymous caller of its HTTP face; `.with_token(..)` makes it a member's.
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// The port that `{port}` stands for.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder that `{dir}` stands for.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The process id while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.server.as_ref().map(Process::pid)
    }

    /// Everything that it wrote, over all its starts.
    pub fn log_text(&self) -> String {
        fs::read_to_string(self.log()).unwrap_or_default()
    }

    fn log(&self) -> PathBuf {
        self.dir.join("tieline.log")
    }

    fn invocation(&self, args: &[impl AsRef<OsStr>]) -> Result<Command> {
        let program = match &self.program {
            Some(program) => program.clone(),
            None => program()?,
        };
        let mut command = Command::new(program);
        command.arg("--config").arg(&self.config).args(args);
        command.envs(self.envs.iter().map(|(name, value)| (name, value)));
        Ok(command)
    }
}
