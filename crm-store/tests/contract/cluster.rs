//! A PostgreSQL server for the length of one test: the one that is named in the environment, or
//! one that is started here and deleted after. Its own speed does not matter, so it does not
//! sync to disk.

use std::ffi::OsStr;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

const MISSING: &str = "PostgreSQL is not installed, and the store is only right when it works on \
    both databases: run `apt-get install postgresql`, or set TIELINE_TEST_POSTGRES to the address \
    of a server whose user may create databases";

/// A server, and how to stop it when it is ours.
pub struct Server {
    /// Its address without a database, like `postgres://postgres@127.0.0.1:5432`.
    pub address: String,
    own: Option<Own>,
}

struct Own {
    bin: PathBuf,
    folder: TempDir,
}

impl Server {
    /// The server of the environment, or a fresh one.
    pub fn find_or_start() -> Self {
        if let Ok(address) = std::env::var("TIELINE_TEST_POSTGRES") {
            let address = address.trim_end_matches('/').to_owned();
            return Self { address, own: None };
        }
        let bin = binaries().expect(MISSING);
        let folder = tempfile::tempdir().expect("a folder for the server");
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(folder.path()));
        }
        let own = Own { bin, folder };
        let port = free_port();
        let data = own.data();
        run(own
            .program("initdb")
            .args(["-A", "trust", "-U", "postgres", "-E", "UTF8", "-N"])
            .args([OsStr::new("--locale=C.UTF-8"), OsStr::new("-D"), data.as_os_str()]));
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c fsync=off -c unix_socket_directories={}",
            own.folder.path().display()
        );
        run(own
            .program("pg_ctl")
            .args([OsStr::new("-w"), OsStr::new("-D"), data.as_os_str()])
            .arg("-l")
            .arg(own.folder.path().join("log"))
            .args(["-o", &options, "start"]));
        Self { address: format!("postgres://postgres@127.0.0.1:{port}"), own: Some(own) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(own) = &self.own {
            let stopped = own
                .program("pg_ctl")
                .arg("-D")
                .arg(own.data())
                .args(["-m", "immediate", "stop"])
                .output();
            drop(stopped);
        }
    }
}

impl Own {
    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A program of the server, as a user that it accepts: it refuses to run as root.
    fn program(&self, name: &str) -> Command {
        let path = self.bin.join(name);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        command.current_dir(self.folder.path());
        command
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// Where the server's programs are: where Debian puts them, or where `pg_config` says.
fn binaries() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = versions.map(|entry| entry.path().join("bin")).collect();
    found.sort();
    if let Ok(output) = Command::new("pg_config").arg("--bindir").output() {
        found.insert(0, PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    }
    found.into_iter().rev().find(|bin| Path::new(bin).join("initdb").exists())
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed: {said}");
    output
}
