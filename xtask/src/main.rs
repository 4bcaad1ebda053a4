//! Everything a developer types: `cargo xtask demo | test | bench | prove | fuzz | gen | tidy`.
//!
//! Each runs on a brand-new Debian 12 with Rust and Python: what is missing is
//! installed when run as root, and named with the command that installs it
//! otherwise. It only starts other programs; what they do is in their crates.
//! Left out: releasing, and anything that an editor or cargo does by itself.

mod fuzzing;
mod generated;
mod program;
mod tests;
mod tools;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "Everything a developer types", version)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Builds Tieline and runs its demonstration: nothing to configure
    Demo {
        /// Passed on to `tieline demo`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Checks formatting and lints, then runs every test against real servers
    Test {
        /// Skips formatting, lints and documentation tests
        #[arg(long)]
        quick: bool,
        /// Passed on to the test runner: part of a test's name, or its options
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Measures the release build against its goals
    Bench {
        /// Which benchmarks; all when none is named
        names: Vec<String>,
        /// A folder of texts and names for `capture`
        #[arg(long)]
        data: Option<PathBuf>,
    },
    /// Shows the project's claims on the release build
    Prove {
        /// Which sets of claims; all when none is named
        names: Vec<String>,
    },
    /// Searches for texts that break a parser; needs a nightly compiler and cargo-fuzz
    Fuzz {
        /// Which parsers; all when none is named
        names: Vec<String>,
        /// How long each is tried
        #[arg(long, default_value_t = 60)]
        seconds: u64,
        /// Keeps what reaches new code in the corpus that the tests replay
        #[arg(long)]
        keep: bool,
    },
    /// Regenerates the files that are derived from the program
    Gen {
        /// Changes nothing; fails when a committed file differs
        #[arg(long)]
        check: bool,
    },
    /// Checks the house rules alone: openings, arrows between crates, links
    Tidy,
}

fn main() -> ExitCode {
    let done = match Arguments::parse().task {
        Task::Demo { args } => program::demo(&args),
        Task::Test { quick, args } => tests::test(quick, &args),
        Task::Bench { names, data } => program::measure("bench", &names, data.as_deref()),
        Task::Prove { names } => program::measure("prove", &names, None),
        Task::Fuzz { names, seconds, keep } => {
            fuzzing::search(&fuzzing::Search { names: &names, seconds, keep })
        }
        Task::Gen { check } => generated::generate(check),
        Task::Tidy => tests::tidy(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
