//! Searches for texts that break a parser, with libFuzzer. What it finds on the way is kept in the
//! cache and goes on from there the next time; `--keep` adds what reaches new code to the corpus
//! of the repository, which every test run replays.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::program::{root, run};
use crate::tools;

/// How a search goes.
pub struct Search<'a> {
    /// Which parsers; all when none is named.
    pub names: &'a [String],
    /// How long each is tried, in seconds.
    pub seconds: u64,
    /// Whether what reaches new code is kept in the repository.
    pub keep: bool,
}

/// The longest text that is tried, in bytes.
const BYTES_MAX: u32 = 2_048;
/// An answer that takes longer is a failure, in seconds.
const SECONDS_MAX: u32 = 1;
/// More memory is a failure, in MiB.
const MEMORY_MAX: u32 = 512;

/// Tries each parser in turn and fails with the first text that breaks one.
pub fn search(search: &Search<'_>) -> Result<()> {
    tools::ensure_fuzzer()?;
    let corpus = root().join("tests/fuzz/corpus");
    let known = known(&corpus)?;
    for name in search.names {
        ensure!(known.contains(name), "{name} is none of the parsers: {}", known.join(", "));
    }
    let chosen = if search.names.is_empty() { &known } else { search.names };
    for name in chosen {
        let found = tools::cache()?.join("fuzz").join(name);
        fs::create_dir_all(&found)?;
        let kept = corpus.join(name);
        let told = fuzz(name, &[&found, &kept], &format!("-max_total_time={}", search.seconds));
        told.with_context(|| format!("{name} breaks on the text that is named above"))?;
        if search.keep {
            fuzz(name, &[&kept, &found], "-merge=1")?;
        }
    }
    Ok(())
}

/// The parsers: each has a folder of texts.
fn known(corpus: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(corpus).with_context(|| format!("read {}", corpus.display()))? {
        names.extend(entry?.file_name().into_string().ok());
    }
    names.sort();
    if names.is_empty() {
        bail!("{} has no folders", corpus.display());
    }
    Ok(names)
}

fn fuzz(name: &str, folders: &[&Path], task: &str) -> Result<()> {
    let mut command = Command::new("rustup");
    command.current_dir(root()).args(["run", "nightly", "cargo", "fuzz", "run"]);
    command.args(["--fuzz-dir", "tests/fuzz", "--target-dir"]).arg(tools::cache()?.join("fuzzing"));
    // There is no unsafe code of ours that a sanitizer could catch.
    command.args(["--sanitizer", "none", "parsers"]).args(folders).arg("--").arg(task);
    command.arg(format!("-max_len={BYTES_MAX}")).arg(format!("-timeout={SECONDS_MAX}"));
    command.arg(format!("-rss_limit_mb={MEMORY_MAX}")).arg("-verbosity=0");
    run(command.env_remove("CARGO").env("FUZZ_TARGET", name))
}
