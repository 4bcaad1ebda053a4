//! House rules that no compiler checks.
//!
//! Each rule is a pure function from what the repository holds to a list of
//! complaints, a line each, so that every rule can be shown a planted mistake.
//! Left out: formatting, lints and licences, which have tools of their own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::harness::{folder, process};

/// A text file of the repository.
#[derive(Debug, Clone)]
pub struct Text {
    /// Its path from the root.
    pub path: String,
    /// What it says.
    pub text: String,
}

/// Which crates of the workspace each crate imports.
pub type Arrows = BTreeMap<String, Vec<String>>;

/// Built or fetched, wherever it is: not what a developer wrote.
const SKIPPED: &[&str] = &[".git", "node_modules", "dist", ".venv", "__pycache__"];

/// Built or private, beside the workspace's Cargo.toml.
const SKIPPED_AT_ROOT: &[&str] = &["target", "data"];

/// What each crate may import. A crate that is not here may import nothing of ours.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("crm", &[]),
    ("extractors", &[]),
    ("xtask", &[]),
    ("crm-store", &["crm"]),
    ("connectors", &["crm"]),
    ("webhooks", &["crm"]),
    ("bot", &["crm", "crm-store", "extractors", "connectors", "webhooks"]),
    ("tests", &["bot", "crm", "crm-store", "extractors", "connectors", "webhooks"]),
];

/// What no Rust file may contain, and why.
///
/// Written in halves, so that this file keeps its own rule.
const BANNED_IN_RUST: &[(&str, &str, &str)] = &[
    ("#[ign", "ore", "a test runs or is deleted; assert what is wrong today and say so"),
    ("tod", "o!", "finish it, or leave it out"),
    (
        "#[all",
        "ow(",
        "use #[expect(.., reason = \"..\")], which complains when it is no longer needed",
    ),
    ("#![all", "ow(", "use #![expect(.., reason = \"..\")]"),
];

/// What no file may contain, and why.
const BANNED: &[(&str, &str, &str)] =
    &[("/wor", "k/", "a path of one machine says nothing on another")];

/// The root of the repository.
pub fn root() -> PathBuf {
    let package = folder::package();
    package.parent().unwrap_or(&package).to_owned()
}

/// Every text file below `root` that a developer wrote.
pub fn texts(root: &Path) -> Result<Vec<Text>> {
    let mut found = Vec::new();
    let mut dirs = vec![root.to_owned()];
    while let Some(dir) = dirs.pop() {
        let entries = fs::read_dir(&dir).with_context(|| format!("read {}", dir.display()))?;
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name();
            let skipped_here = if dir == root { SKIPPED_AT_ROOT } else { &[] };
            if SKIPPED.iter().chain(skipped_here).any(|skipped| name == *skipped) {
                continue;
            }
            let kind = entry.file_type()?;
            if kind.is_dir() {
                dirs.push(entry.path());
            } else if kind.is_file()
                && let Ok(text) = fs::read_to_string(entry.path())
            {
                let path = entry.path();
                let path = path.strip_prefix(root)?.to_string_lossy().into_owned();
                found.push(Text { path, text });
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

/// Every Rust file opens by saying what it does.
pub fn files_without_opening(texts: &[Text]) -> Vec<String> {
    let opens = |text: &Text| text.text.starts_with("//!");
    rust(texts)
        .filter(|text| !opens(text))
        .map(|text| format!("{}: open with `//!`: what it does and leaves out", text.path))
        .collect()
}

/// Nothing that the house bans.
pub fn banned_words(texts: &[Text]) -> Vec<String> {
    let mut complaints = Vec::new();
    for text in texts {
        let in_rust = if is_rust(text) { BANNED_IN_RUST } else { &[] };
        for (number, line) in text.text.lines().enumerate() {
            for (head, tail, why) in BANNED.iter().chain(in_rust) {
                let word = format!("{head}{tail}");
                if line.contains(&word) {
                    complaints.push(format!("{}:{}: `{word}`: {why}", text.path, number + 1));
                }
            }
        }
    }
    complaints
}

/// Every link in a markdown file that points to a file points to one that exists.
pub fn dead_links(texts: &[Text], exists: impl Fn(&Path) -> bool) -> Vec<String> {
    let mut complaints = Vec::new();
    for text in texts.iter().filter(|text| text.path.ends_with(".md")) {
        let home = Path::new(&text.path).parent().unwrap_or(Path::new(""));
        let mut in_code = false;
        for (number, line) in text.text.lines().enumerate() {
            if line.trim_start().starts_with("```") {
                in_code = !in_code;
            }
            if in_code {
                continue;
            }
            for target in links(line) {
                let file = target.split('#').next().unwrap_or_default();
                let elsewhere = target.contains("://") || target.starts_with("mailto:");
                if !file.is_empty() && !elsewhere && !exists(&home.join(file)) {
                    let at = number + 1;
                    complaints.push(format!("{}:{at}: {target} is not there", text.path));
                }
            }
        }
    }
    complaints
}

/// The targets of `[text](target)` in a line.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| {
        let target = rest.split(')').next()?;
        // A title may follow the target.
        target.split_whitespace().next()
    })
}

/// The workspace's arrows, read from `cargo metadata`.
pub fn arrows(root: &Path) -> Result<Arrows> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let metadata = process::run(
        Command::new(cargo)
            .args(["metadata", "--no-deps", "--format-version", "1", "--manifest-path"])
            .arg(root.join("Cargo.toml")),
    )?;
    Ok(arrows_in(&serde_json::from_str(&metadata)?))
}

/// The arrows in `cargo metadata`'s answer, of every kind: a test that imports
/// sideways is an arrow, too.
pub fn arrows_in(metadata: &Value) -> Arrows {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let packages = list(&metadata["packages"]);
    let name = |value: &Value| value["name"].as_str().unwrap_or_default().to_owned();
    let ours: Vec<String> = packages.iter().map(name).collect();
    packages
        .iter()
        .map(|package| {
            let imports = list(&package["dependencies"]);
            let imports = imports.iter().filter(|import| import["path"].is_string()).map(name);
            (name(package), imports.filter(|import| ours.contains(import)).collect())
        })
        .collect()
}

/// Every arrow points where ARCHITECTURE.md says.
pub fn wrong_arrows(arrows: &Arrows) -> Vec<String> {
    let mut complaints = Vec::new();
    for (from, imports) in arrows {
        let allowed = MAY_IMPORT.iter().find(|(name, _)| name == from);
        let Some((_, allowed)) = allowed else {
            complaints.push(format!("{from}: a new crate; say in tidy.rs what it may import"));
            continue;
        };
        for to in imports {
            if to != from && !allowed.contains(&to.as_str()) {
                complaints.push(format!("{from} must not import {to}"));
            }
        }
    }
    complaints
}

fn rust(texts: &[Text]) -> impl Iterator<Item = &Text> {
    texts.iter().filter(|text| is_rust(text))
}

fn is_rust(text: &Text) -> bool {
    text.path.ends_with(".rs")
}
