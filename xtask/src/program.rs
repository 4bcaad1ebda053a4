//! Building and running the workspace's own programs.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::tools;

/// Which build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Build {
    /// The everyday one.
    Debug,
    /// The one that users run and figures are taken from.
    Release,
}

/// The root of the repository.
///
/// Asked at run time: checkouts that share a target folder may share the binary.
pub fn root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR");
    let package = package.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let package = Path::new(&package);
    package.parent().unwrap_or(package).to_owned()
}

/// Cargo, as a developer would have typed it at the root.
pub fn cargo(args: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root()).args(args);
    // `cargo run` describes xtask to xtask; an inner cargo must not see that,
    // or build scripts that look at it run again each time.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let about_xtask = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"]
            .iter()
            .any(|prefix| text.starts_with(prefix));
        if about_xtask {
            command.env_remove(&name);
        }
    }
    command
}

/// Runs a command in the foreground and fails when it does.
pub fn run(command: &mut Command) -> Result<()> {
    let line = spelled(command);
    eprintln!("$ {line}");
    let status = command.status().with_context(|| format!("start `{line}`"))?;
    if !status.success() {
        bail!("`{line}` ended with {status}");
    }
    Ok(())
}

/// A command as a person would type it.
pub fn spelled(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    let words = std::iter::once(name).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// Builds `tieline` together with the programs that try it, and returns where it is. Built
/// together they share their dependencies; one by one, each would compile its own.
pub fn build(build: Build) -> Result<PathBuf> {
    let mut command = cargo(&["build", "-p", "bot", "-p", "tests", "--bins"]);
    let folder = match build {
        Build::Debug => "debug",
        Build::Release => {
            command.arg("--release");
            "release"
        }
    };
    run(&mut command)?;
    built(folder, "tieline")
}

/// Builds the everyday `tieline` as the tests do, whose dependencies it then shares, and says
/// nothing unless that fails.
pub fn build_quietly() -> Result<PathBuf> {
    let mut command = cargo(&["build", "--quiet", "--workspace", "--all-targets"]);
    let status = command.status()?;
    if !status.success() {
        bail!("`{}` ended with {status}", spelled(&command));
    }
    built("debug", "tieline")
}

fn built(folder: &str, program: &str) -> Result<PathBuf> {
    // xtask itself was built to TARGET/debug/xtask, whatever chose TARGET.
    let own = std::env::current_exe()?;
    let target = own.ancestors().nth(2).context("find the target folder")?;
    let path = target.join(folder).join(format!("{program}{}", std::env::consts::EXE_SUFFIX));
    if !path.exists() {
        bail!("{} is not there after building it", path.display());
    }
    Ok(path)
}

/// Runs the demonstration in the foreground.
pub fn demo(args: &[String]) -> Result<()> {
    tools::ensure_build_tools()?;
    let mut command = cargo(&["run", "-p", "bot", "--bin", "tieline", "--", "demo"]);
    run(command.args(args))
}

/// Runs `bench` or `prove` of the tests crate on the release build; `data` is a folder of texts
/// that are no part of the project.
pub fn measure(binary: &str, names: &[String], data: Option<&Path>) -> Result<()> {
    tools::ensure_test_tools()?;
    // Each is made only for the claims that need it.
    let proves =
        |set: &str| binary == "prove" && (names.is_empty() || names.iter().any(|name| name == set));
    if proves("capture") {
        tools::ensure_small_model()?;
    }
    let mutant = if proves("spine") { Some(build_mutant()?) } else { None };
    let tieline: OsString = build(Build::Release)?.into();
    let mut command = Command::new(built("release", binary)?);
    command.current_dir(root()).args(names).env("TIELINE_BIN", tieline);
    // As `cargo run` would say it: checkouts that share a target folder may share the binary.
    command.env("CARGO_MANIFEST_DIR", root().join("tests"));
    if let Some(data) = data {
        command.env("TIELINE_BENCH_DATA", std::path::absolute(data)?);
    }
    if let Some(mutant) = mutant {
        command.env("TIELINE_MUTANT_BIN", mutant);
    }
    run(&mut command)
}

/// Builds `tieline` with the acknowledgement moved before the commit, which a proof must catch.
fn build_mutant() -> Result<PathBuf> {
    let with = ["--features", "bot/mutant-ack-early"];
    run(cargo(&["build", "--release", "-p", "bot", "-p", "tests", "--bins"]).args(with))?;
    let built = built("release", "tieline")?;
    let mutant = built.with_file_name(format!("tieline-mutant{}", std::env::consts::EXE_SUFFIX));
    std::fs::copy(&built, &mutant).context("keep the program with the planted mistake")?;
    Ok(mutant)
}
