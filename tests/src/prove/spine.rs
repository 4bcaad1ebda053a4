//! The spine: what must hold before anything else is worth claiming.

use std::process::Command;
use std::time::Instant;

use crate::claims::{Claim, Claims, Measuring};
use crate::harness::process;
use crate::harness::tieline::program;

/// The program explains itself, quickly.
pub fn spine(claims: &mut Claims) -> Measuring<'_> {
    Box::pin(async move {
        let began = Instant::now();
        process::run(Command::new(program()?).arg("--help"))?;
        let took_ms = began.elapsed().as_secs_f64() * 1_000.0;
        claims.add(Claim::at_most("`tieline --help` answers", took_ms, 200.0, "ms"));
        Ok(())
    })
}
