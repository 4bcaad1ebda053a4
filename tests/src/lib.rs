//! The journeys' harness: real servers, real people, and the program itself.
//!
//! A developer writes a test in `tests/tests/*.rs` and takes from here a
//! PostgreSQL, a Matrix homeserver, people in its rooms and a running
//! `tieline`, each private to the test and gone when it ends. Two further
//! programs live here: `prove`, which shows the project's claims on the built
//! program, and `bench`, which measures. Nothing here is part of Tieline, and
//! the tests see what a user sees; the benchmarks alone reach into its parts.

pub mod benchmarks;
pub mod claims;
pub mod harness;
pub mod prove;
pub mod stories;
pub mod tidy;
