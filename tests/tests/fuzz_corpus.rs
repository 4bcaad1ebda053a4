//! The texts that fuzzing begins with are given to the parsers in every run, and so is what it found
//! worth keeping; what is checked of the answers catches a planted mistake. `cargo xtask fuzz`
//! searches for more.

use std::fs;
use std::panic::catch_unwind;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use extractors::contacts::{Extraction, Options, extract};
use extractors::mail::{Zone, ZoneKind};
use tests::harness::folder::package;

#[path = "../fuzz/targets.rs"]
mod targets;

/// As few texts of a parser are no corpus.
const KEPT_MIN: usize = 10;

fn corpus(target: &str) -> PathBuf {
    package().join("fuzz/corpus").join(target)
}

#[test]
fn every_parser_withstands_what_was_kept() -> Result<()> {
    for (target, parse) in targets::TARGETS {
        let folder = corpus(target);
        let mut kept = 0;
        for entry in fs::read_dir(&folder).with_context(|| format!("{}", folder.display()))? {
            let path = entry?.path();
            let bytes = fs::read(&path)?;
            let told = catch_unwind(|| parse(&bytes));
            ensure!(told.is_ok(), "{target} breaks on {}", path.display());
            kept += 1;
        }
        ensure!(kept >= KEPT_MIN, "{target} has {kept} texts. Run `cargo xtask fuzz --keep`.");
    }
    Ok(())
}

#[test]
fn every_corpus_is_of_a_parser() -> Result<()> {
    let folder = corpus("mails").parent().context("a folder")?.to_owned();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().into_string().unwrap_or_default();
        ensure!(targets::named(&name).is_some(), "{name} is none of the parsers");
    }
    Ok(())
}

#[test]
fn a_find_that_stands_elsewhere_is_noticed() {
    let text = "write to kim@acme.io";
    let right = extract(text, &Options::default());
    targets::check_finds(text, &right);
    let wrong = |change: fn(&mut Extraction)| {
        let mut found = right.clone();
        change(&mut found);
        catch_unwind(|| targets::check_finds(text, &found)).is_err()
    };
    assert!(wrong(|found| found.spans[0].start -= 1));
    assert!(wrong(|found| found.spans[0].end += 1));
    assert!(wrong(|found| found.spans[0].value.clear()));
    assert!(wrong(|found| found.contacts[0].spans.push(7)));
    let beyond = Zone { kind: ZoneKind::Quote, start: 3, end: 99 };
    assert!(catch_unwind(|| targets::check_zones(text, &[beyond])).is_err());
}
