//! `cargo xtask gen`: files that the program itself writes best.
//!
//! They are committed, so that they can be read without building; CI runs
//! `gen --check`, so that they are never out of date.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::program::{build_quietly, root};
use crate::tools;

/// A derived file and the subcommand of `tieline` that writes it.
struct Derived {
    path: &'static str,
    command: &'static [&'static str],
}

const DERIVED: &[Derived] = &[Derived { path: "webhooks/openapi.json", command: &["openapi"] }];

/// Writes every derived file, or with `check` fails when one differs.
///
/// Says nothing when all is well, so that CI's last lines are the tests'.
pub fn generate(check: bool) -> Result<()> {
    tools::ensure_build_tools()?;
    let tieline = build_quietly()?;
    let mut stale = Vec::new();
    for Derived { path, command } in DERIVED {
        let wanted = written_by(&tieline, command)?;
        let file = root().join(path);
        let committed = fs::read(&file).unwrap_or_default();
        if committed == wanted {
            continue;
        }
        if check {
            stale.push(format!("  {path}: {}", first_difference(&committed, &wanted)));
        } else {
            fs::write(&file, wanted).with_context(|| format!("write {path}"))?;
            eprintln!("wrote {path}");
        }
    }
    if !stale.is_empty() {
        bail!("run `cargo xtask gen` and commit:\n{}", stale.join("\n"));
    }
    Ok(())
}

fn written_by(tieline: &Path, command: &[&str]) -> Result<Vec<u8>> {
    let spelled = format!("tieline {}", command.join(" "));
    let output = Command::new(tieline)
        .args(command)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("start `{spelled}`"))?;
    if !output.status.success() {
        bail!("`{spelled}` ended with {}", output.status);
    }
    if output.stdout.iter().all(u8::is_ascii_whitespace) {
        bail!("`{spelled}` wrote nothing");
    }
    Ok(output.stdout)
}

fn first_difference(committed: &[u8], wanted: &[u8]) -> String {
    if committed.is_empty() {
        return "is not there".to_owned();
    }
    let (committed, wanted) = (String::from_utf8_lossy(committed), String::from_utf8_lossy(wanted));
    let same = committed.lines().zip(wanted.lines()).take_while(|(a, b)| a == b).count();
    let line = |text: &str| text.lines().nth(same).unwrap_or("(its end)").to_owned();
    let (is, should) = (line(&committed), line(&wanted));
    format!("line {} is `{}`, should be `{}`", same + 1, is.trim(), should.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_named_by_its_line() {
        assert_eq!(first_difference(b"", b"a"), "is not there");
        assert_eq!(first_difference(b"a\nb\n", b"a\nc\n"), "line 2 is `b`, should be `c`");
        assert_eq!(first_difference(b"a\n", b"a\nb\n"), "line 2 is `(its end)`, should be `b`");
    }
}
