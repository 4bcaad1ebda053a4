//! What `cargo xtask bench` can measure, by name.
//!
//! Benchmarks are claims, too: a figure without a goal tells nobody when it
//! has become worse.

pub mod capture;
pub mod import;
pub mod records;
pub mod road;

use std::process::Command;
use std::time::Instant;

use crate::claims::{Claim, Claims, Measuring, Set};
use crate::harness::process;
use crate::harness::tieline::program;

/// Every benchmark.
pub const SETS: &[Set] = &[
    Set { name: "capture", about: "how fast messages are read", run: capture::capture },
    Set { name: "launch", about: "how fast the program is up", run: launch },
    Set { name: "import", about: "how fast files become records", run: import::import },
    Set {
        name: "records",
        about: "what records cost in a large workspace, against bare SQL",
        run: records::records,
    },
    Set { name: "road", about: "what the road of a message costs", run: road::road },
];

fn launch(claims: &mut Claims) -> Measuring<'_> {
    Box::pin(async move {
        let mut best_ms = f64::INFINITY;
        for _ in 0..10 {
            let began = Instant::now();
            process::run(Command::new(program()?).arg("--help"))?;
            best_ms = best_ms.min(began.elapsed().as_secs_f64() * 1_000.0);
        }
        claims.add(Claim::at_most("`tieline --help`, best of ten", best_ms, 100.0, "ms"));
        Ok(())
    })
}
