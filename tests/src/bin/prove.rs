//! `cargo xtask prove [NAME..]`: shows the project's claims on the built program.
//!
//! Exits with 1 when a claim falls short, 2 when a name is unknown.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let names: Vec<String> = std::env::args().skip(1).collect();
    tests::claims::run(tests::prove::SETS, &names).await
}
