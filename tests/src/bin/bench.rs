//! `cargo xtask bench [NAME..]`: measures the built program against its goals.
//!
//! Exits with 1 when a figure falls short, 2 when a name is unknown.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    let names: Vec<String> = std::env::args().skip(1).collect();
    tests::claims::run(tests::benchmarks::SETS, &names).await
}
