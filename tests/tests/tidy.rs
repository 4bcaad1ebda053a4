//! The repository keeps its house rules, and each rule catches a planted mistake.

use anyhow::Result;
use serde_json::json;
use tests::tidy::{self, Text};

fn text(path: &str, text: &str) -> Text {
    Text { path: path.to_owned(), text: text.to_owned() }
}

fn none(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn every_rust_file_opens_by_saying_what_it_does() -> Result<()> {
    none(tidy::files_without_opening(&tidy::texts(&tidy::root())?));
    Ok(())
}

#[test]
fn no_file_holds_what_the_house_bans() -> Result<()> {
    none(tidy::banned_words(&tidy::texts(&tidy::root())?));
    Ok(())
}

#[test]
fn every_link_to_a_file_leads_somewhere() -> Result<()> {
    let root = tidy::root();
    none(tidy::dead_links(&tidy::texts(&root)?, |path| root.join(path).exists()));
    Ok(())
}

#[test]
fn every_arrow_between_crates_points_the_right_way() -> Result<()> {
    let arrows = tidy::arrows(&tidy::root())?;
    assert!(arrows.contains_key("crm"), "{arrows:?}");
    none(tidy::wrong_arrows(&arrows));
    Ok(())
}

#[test]
fn the_repository_is_really_read() -> Result<()> {
    let texts = tidy::texts(&tidy::root())?;
    assert!(texts.iter().any(|text| text.path == "tests/tests/tidy.rs"));
    assert!(texts.iter().any(|text| text.path == "Cargo.toml"));
    Ok(())
}

#[test]
fn a_file_without_an_opening_is_caught() {
    let texts = [
        text("crm/src/good.rs", "//! Good.\n"),
        text("crm/src/bad.rs", "use std::fmt;\n//! too late\n"),
        text("notes.txt", "no Rust"),
    ];
    let complaints = tidy::files_without_opening(&texts);
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    assert!(complaints[0].starts_with("crm/src/bad.rs: "));
}

#[test]
fn a_banned_word_is_caught_with_its_line() {
    let halves = [("#[ign", "ore]"), ("tod", "o!()"), ("#[all", "ow(dead_code)]")];
    for (head, tail) in halves {
        let complaints = tidy::banned_words(&[text("a.rs", &format!("//! A.\n{head}{tail}\n"))]);
        assert_eq!(complaints.len(), 1, "{complaints:?}");
        assert!(complaints[0].starts_with("a.rs:2: "));
        none(tidy::banned_words(&[text("a.md", &format!("{head}{tail}"))]));
    }
    let path = format!("cd /wor{}", "k/here");
    assert_eq!(tidy::banned_words(&[text("a.md", &path)]).len(), 1);
}

#[test]
fn a_dead_link_is_caught_and_others_are_left_alone() {
    let page = text(
        "docs/page.md",
        "[a](gone.md) [b](../README.md#start) [c](https://example.org/x) [d](#here)\n\
         ```\n[e](also-gone.md)\n```\n[f](gone-too.md \"title\")\n",
    );
    let complaints = tidy::dead_links(&[page], |path| path.ends_with("README.md"));
    assert_eq!(
        complaints,
        ["docs/page.md:1: gone.md is not there", "docs/page.md:5: gone-too.md is not there"]
    );
}

#[test]
fn a_wrong_arrow_is_caught_in_what_cargo_says() {
    let package = |name: &str, imports: &[&str]| {
        let imports: Vec<_> =
            imports.iter().map(|to| json!({"name": to, "path": format!("/x/{to}")})).collect();
        json!({"name": name, "dependencies": imports})
    };
    let metadata = json!({"packages": [
        package("crm", &["crm-store"]),
        package("crm-store", &["crm"]),
        package("webhooks", &["crm", "connectors"]),
        package("extractors", &["crm"]),
        package("connectors", &["crm"]),
        package("bot", &["crm", "crm-store", "extractors", "connectors", "webhooks"]),
        package("stranger", &[]),
    ]});
    assert_eq!(
        tidy::wrong_arrows(&tidy::arrows_in(&metadata)),
        [
            "crm must not import crm-store",
            "extractors must not import crm",
            "stranger: a new crate; say in tidy.rs what it may import",
            "webhooks must not import connectors",
        ]
    );
}
