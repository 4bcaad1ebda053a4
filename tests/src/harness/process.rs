//! A server as a child process: started, signalled, and never left behind.
//!
//! Its output goes to a file, whose end is shown when something fails. When
//! the test process dies, however it dies, the kernel signals the server.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{OnceLock, mpsc};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

/// What a server is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Ends it politely.
    Terminate,
    /// Ends it as Ctrl-C would; PostgreSQL's "fast" shutdown.
    Interrupt,
    /// PostgreSQL's "immediate" shutdown: as if the power had gone.
    Quit,
    /// Ends it without asking.
    Kill,
}

impl Signal {
    fn name(self) -> &'static str {
        match self {
            Self::Terminate => "TERM",
            Self::Interrupt => "INT",
            Self::Quit => "QUIT",
            Self::Kill => "KILL",
        }
    }
}

/// What to run, and how it ends when the test dies.
#[derive(Debug)]
pub struct Program {
    /// What people call it.
    pub name: &'static str,
    /// The file that its output is appended to.
    pub log: PathBuf,
    /// What it is sent when the test process dies.
    pub on_orphaned: Signal,
    /// The user to run as, when not the test's own.
    pub user: Option<&'static str>,
}

/// A running server.
#[derive(Debug)]
pub struct Process {
    name: &'static str,
    log: PathBuf,
    child: Child,
}

impl Process {
    /// Starts `command` as `program` describes.
    pub fn spawn(program: Program, command: &Command) -> Result<Self> {
        let Program { name, log, on_orphaned, user } = program;
        let out = File::options().create(true).append(true).open(&log)?;
        let mut wrapped = Command::new("setpriv");
        wrapped.args(["--pdeathsig", on_orphaned.name()]);
        if let Some(user) = user {
            wrapped.args(["--reuid", user, "--regid", user, "--init-groups"]);
        }
        wrapped.arg("--").arg(command.get_program()).args(command.get_args());
        for (key, value) in command.get_envs() {
            match value {
                Some(value) => wrapped.env(key, value),
                None => wrapped.env_remove(key),
            };
        }
        if let Some(dir) = command.get_current_dir() {
            wrapped.current_dir(dir);
        }
        wrapped.stdin(Stdio::null()).stderr(out.try_clone()?).stdout(out);
        let child = spawn_in_keeper(wrapped)
            .with_context(|| format!("start {name} (setpriv is in Debian's util-linux)"))?;
        Ok(Self { name, log, child })
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Fails, with the end of the log, when it is no longer running.
    pub fn ensure_running(&mut self) -> Result<()> {
        if let Some(status) = self.ended()? {
            bail!("{} ended with {status}; its log ends:\n{}", self.name, self.log_tail());
        }
        Ok(())
    }

    /// Sends a signal and waits until it has ended, killing it when `patience` runs out.
    pub fn end(&mut self, signal: Signal, patience: Duration) -> Result<ExitStatus> {
        if let Some(status) = self.ended()? {
            return Ok(status);
        }
        if signal == Signal::Kill {
            self.child.kill()?;
            return Ok(self.child.wait()?);
        }
        send(self.pid(), signal)?;
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            if let Some(status) = self.ended()? {
                return Ok(status);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        self.child.kill()?;
        self.child.wait()?;
        bail!(
            "{} did not end within {patience:?} of SIG{}; its log ends:\n{}",
            self.name,
            signal.name(),
            self.log_tail()
        )
    }

    /// The last lines that it wrote.
    pub fn log_tail(&self) -> String {
        tail(&self.log)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        tell(self.name, &self.log_tail());
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

static LOGS_STAY_QUIET: AtomicBool = AtomicBool::new(false);

/// Shows no more logs when servers end: for programs that are not tests.
pub fn keep_logs_quiet() {
    LOGS_STAY_QUIET.store(true, Ordering::Relaxed);
}

/// Writes what a server or a person has to tell at its end.
///
/// Always, because a test that returns an error looks like one that passes
/// from here; the test runner shows it for the failed ones alone.
pub fn tell(who: &str, story: &str) {
    if !story.is_empty() && !LOGS_STAY_QUIET.load(Ordering::Relaxed) {
        eprintln!("--- the log of {who} ends:\n{story}\n---");
    }
}

/// The last sixty lines of a log.
pub fn tail(log: &Path) -> String {
    let bytes = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(60)..].join("\n")
}

/// Runs a command to its end and returns what it wrote; its stderr is in the error.
pub fn run(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("start {program}"))?;
    ensure!(
        output.status.success(),
        "{program} ended with {}:\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Sends a signal to a process that this test started.
pub fn send(pid: u32, signal: Signal) -> Result<()> {
    // The shell's own `kill`: a minimal Debian has no other.
    run(Command::new("sh").args(["-c", "kill -s \"$0\" \"$1\"", signal.name(), &pid.to_string()]))?;
    Ok(())
}

type Order = (Command, mpsc::Sender<io::Result<Child>>);

/// Starts the command in a thread that never ends.
///
/// The kernel's parent-death signal follows the thread that started a child,
/// not the process, and a test's own thread ends with the test.
fn spawn_in_keeper(command: Command) -> Result<Child> {
    static KEEPER: OnceLock<mpsc::Sender<Order>> = OnceLock::new();
    let keeper = KEEPER.get_or_init(|| {
        let (orders, inbox) = mpsc::channel::<Order>();
        std::thread::spawn(move || {
            for (mut command, answer) in inbox {
                let _ = answer.send(command.spawn());
            }
        });
        orders
    });
    let (answer, child) = mpsc::channel();
    keeper.send((command, answer)).context("reach the keeper thread")?;
    Ok(child.recv().context("hear from the keeper thread")??)
}
