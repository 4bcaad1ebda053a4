//! `cargo xtask test`: what must hold before a change is handed in.
//!
//! The test runner comes last, so that the closing lines are its own summary.

use std::process::{Command, Stdio};

use anyhow::Result;

use crate::program::{Build, build, cargo, run};
use crate::tools;

/// Formatting, lints, documentation tests, then every test.
pub fn test(quick: bool, args: &[String]) -> Result<()> {
    tools::ensure_test_tools()?;
    if !quick {
        run(&mut cargo(&["fmt", "--all", "--check"]))?;
        let lints = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
        run(&mut cargo(&lints))?;
    }
    let tieline = build(Build::Debug)?;
    let nextest = has_nextest();
    if nextest && !quick && args.is_empty() {
        // The one kind of test that nextest does not run.
        run(&mut cargo(&["test", "--workspace", "--doc", "--quiet"]))?;
    }
    let runner: &[&str] = if nextest {
        &["nextest", "run", "--workspace", "--no-fail-fast"]
    } else {
        &["test", "--workspace", "--no-fail-fast"]
    };
    run(cargo(runner).args(args).env("TIELINE_BIN", tieline))
}

/// The house rules alone.
pub fn tidy() -> Result<()> {
    run(&mut cargo(&["test", "-p", "tests", "--test", "tidy"]))
}

fn has_nextest() -> bool {
    let mut asked: Command = cargo(&["nextest", "--version"]);
    asked.stdout(Stdio::null()).stderr(Stdio::null());
    asked.status().is_ok_and(|status| status.success())
}
