//! What capturing proposes beside the records of the demo's workspace.

use std::sync::Arc;

use chrono::DateTime;
use crm::Crm;
use crm::chat::{Author, Place};
use crm::env::Env;
use crm_store::Store;

use super::*;
use crate::demo;

/// What is proposed, a line for each record.
async fn lines(messages: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}", folder.path().join("capture.db").display());
    let store = Store::open(&url, Env::system()).await.expect("a store");
    let crm = Crm::new(Arc::new(store), Env::system());
    let (tenant, _) = demo::workspace(&crm).await.expect("the demo");
    let names = Names::default();
    let captured = |text: &&str| CapturedMessage {
        place: Place::new("console", "sales"),
        message: "1".to_owned(),
        author: Author {
            network: "console".to_owned(),
            id: "1".to_owned(),
            name: "Rosa".to_owned(),
        },
        text: (*text).to_owned(),
        at: DateTime::UNIX_EPOCH,
        permalink: None,
    };
    let messages = messages.iter().map(captured).collect::<Vec<_>>();
    let mut read = crm.hub().read(&tenant).await.expect("a view");
    names.catch_up(read.as_mut()).await.expect("names");
    let records = proposed(read.as_mut(), &names, &messages).await.expect("a proposal").records;
    let line = |record: &ProposedRecord| {
        let how = record.existing.as_ref().map_or("new".to_owned(), |found| {
            let sure = if found.certain { "" } else { "perhaps " };
            format!("{sure}{}", found.reason)
        });
        format!("{} {}: {how}", record.blueprint, record.title)
    };
    records.iter().map(line).collect()
}

#[test]
fn a_long_text_is_read_up_to_its_bound() {
    assert_eq!(beginning("ünï"), "ünï");
    assert_eq!(beginning(&"ü".repeat(CHARS_MAX + 5)).chars().count(), CHARS_MAX);
}

#[tokio::test]
async fn a_name_with_its_company_is_the_person_who_works_there() {
    assert_eq!(
        lines(&["met Tomás Herrera from Acme Inc. today"]).await,
        [
            "person Tomás Herrera: is called Tomás Herrera and works at Acme Inc.",
            "company Acme Inc.: is called Acme Inc",
        ]
    );
    assert_eq!(
        lines(&["met Tomás Herrera from Acme Machines"]).await,
        [
            "person Tomás Herrera: is called Tomás Herrera and works at Acme Inc.",
            "company Acme Inc.: is called Acme Machines",
        ]
    );
}

#[tokio::test]
async fn a_name_alone_or_at_another_company_only_suggests() {
    let alone = lines(&["Tomás Herrera called"]).await;
    assert_eq!(alone, ["person Tomás Herrera: perhaps is called Tomás Herrera"]);
    let elsewhere = lines(&["met Tomás Herrera from Initech GmbH"]).await;
    assert_eq!(elsewhere[0], "person Tomás Herrera: perhaps is called Tomás Herrera");
}

#[tokio::test]
async fn a_channel_says_who_is_meant_whatever_the_name() {
    assert_eq!(
        lines(&["Thomas Herrera, +34 600 123 456"]).await,
        ["person Thomas Herrera: has the phone +34600123456"]
    );
    assert_eq!(
        lines(&["mail Clara Neumann <clara@initech.example>"]).await,
        ["person Clara Neumann: new", "company Initech: has the domain initech.example",]
    );
}

#[tokio::test]
async fn channels_of_two_people_settle_nothing() {
    let found = lines(&["Tomás Herrera: +34 600 123 456, Mei Tanaka <mei@globex.example>"]).await;
    assert_eq!(found[0], "person Tomás Herrera: has the phone +34600123456");
    let both = lines(&["Kim Roe <mei@globex.example>, +34 600 123 456"]).await;
    assert_eq!(both[0], "person Kim Roe: perhaps has the e-mail mei@globex.example");
}
