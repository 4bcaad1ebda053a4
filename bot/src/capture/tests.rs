//! What capturing proposes beside the records of the demo's workspace.

use std::sync::Arc;

use chrono::DateTime;
use crm::Crm;
use crm::chat::{Author, Place};
use crm::env::Env;
use crm::ids::TenantId;
use crm::proposals::{Proposal, ProposalStatus, ProposedField};
use crm_store::Store;

use super::*;
use crate::demo;

/// The demo's workspace, in a folder of its own.
async fn workspace() -> (Crm, TenantId, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("sqlite:{}", folder.path().join("capture.db").display());
    let store = Store::open(&url, Env::system()).await.expect("a store");
    let crm = Crm::new(Arc::new(store), Env::system());
    let (tenant, _) = demo::workspace(&crm).await.expect("the demo");
    (crm, tenant, folder)
}

fn captured(text: &&str) -> CapturedMessage {
    CapturedMessage {
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
    }
}

/// What is proposed, a line for each record.
async fn lines(messages: &[&str]) -> Vec<String> {
    let (crm, tenant, _folder) = workspace().await;
    let names = Names::default();
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

/// What a model's answer adds to what is proposed: a line for each value and relation.
async fn added(messages: &[&str], answer: serde_json::Value) -> Vec<String> {
    let (crm, tenant, _folder) = workspace().await;
    let names = Names::default();
    let messages = messages.iter().map(captured).collect::<Vec<_>>();
    let mut read = crm.hub().read(&tenant).await.expect("a view");
    names.catch_up(read.as_mut()).await.expect("names");
    let found = proposed(read.as_mut(), &names, &messages).await.expect("a proposal");
    let Captured { records, links, tasks, summary } = found;
    let proposal = Proposal {
        id: "prp_06cq3m5v9k2f8h1t".parse().expect("an id"),
        status: ProposalStatus::Open,
        messages,
        records,
        links,
        tasks,
        summary,
        created_by: None,
        created_at: DateTime::UNIX_EPOCH,
        decided_by: None,
        decided_at: None,
        made: Vec::new(),
        made_tasks: Vec::new(),
    };
    let answer = extractors::model::read(&answer.to_string()).expect("an answer");
    let found = improvement(read.as_mut(), &names, &proposal, &answer).await.expect("it is read");
    let all = proposal.records.iter().chain(&found.records).collect::<Vec<_>>();
    let line = |record: &ProposedRecord, field: &ProposedField| {
        assert!(field.source.is_by_model());
        let inferred = if field.source.inferred { " (inferred)" } else { "" };
        let slot = match &field.slot {
            Slot::Title => record.blueprint.clone(),
            Slot::Column(id) => format!("{} {id}", record.title),
            Slot::Identity(kind) => format!("{} {}", record.title, kind.as_str()),
        };
        let value = field.value.as_str().map_or(field.value.to_string(), str::to_owned);
        format!("{slot}: {value}{inferred}")
    };
    let fields = found.fields.iter().map(|(place, field)| line(all[*place], field));
    let further = found.records.iter().flat_map(|record| {
        assert!(record.existing.as_ref().is_none_or(|found| !found.certain));
        record.fields.iter().map(|field| line(record, field))
    });
    let links = found
        .links
        .iter()
        .map(|link| format!("{} {} {}", all[link.from].title, link.kind, all[link.to].title));
    fields.chain(further).chain(links).collect()
}

#[tokio::test]
async fn a_model_adds_what_stands_there_in_the_words_that_stand_there() {
    let found = added(
        &["lunch with Xoulé Brannt, who looks after the cold stores at Kessel & Töchter"],
        serde_json::json!({
            "people": [{ "name": "XOULE BRANNT", "title": "Looks after the cold stores",
                "company": "kessel & tochter", "emails": ["x@kessel.example"],
                "phones": ["+49 30 901820"] }],
            "companies": [{ "name": "Kessel & Töchter", "domain": "kessel.example" }],
        }),
    )
    .await;
    let has = |line: &str| found.iter().any(|one| one == line);
    assert!(has("Xoulé Brannt job_title: looks after the cold stores"), "{found:?}");
    assert!(!found.iter().any(|line| line.contains("kessel.example")), "{found:?}");
    assert!(!found.iter().any(|line| line.contains("901820")), "{found:?}");
}

#[tokio::test]
async fn what_a_model_makes_up_is_left_out() {
    let found = added(
        &["mail Clara Neumann <clara@initech.example> about it"],
        serde_json::json!({
            "people": [
                { "name": "Bob Miller", "emails": ["clara@initech.example"] },
                { "name": "Clara Neumann", "title": "CEO", "phones": ["+49 151 23456789"] },
                { "name": "about it" }, { "name": "rec_06cq3m5v9k2f8h1t" }, { "name": "COM-1" },
                { "name": "Rosa" },
            ],
            "companies": [{ "name": "Globex", "domain": "globex.example" }],
            "deals": [{ "title": "Annual plan", "amount": "24000", "currency": "EUR" }],
        }),
    )
    .await;
    assert!(found.is_empty(), "{found:?}");
}

#[tokio::test]
async fn a_company_may_be_inferred_from_its_domain_and_says_so() {
    let site = "look at https://kesselhaus.example before we talk to Tomás Herrera";
    let answer = |name: &str| {
        serde_json::json!({
            "companies": [{ "name": name, "domain": "kesselhaus.example" }]
        })
    };
    assert_eq!(
        added(&[site], answer("Kesselhaus GmbH")).await,
        ["company: Kesselhaus GmbH (inferred)", "Kesselhaus GmbH domain: kesselhaus.example",]
    );
    assert!(added(&[site], answer("Globex")).await.is_empty(), "another name is made up");
}

#[tokio::test]
async fn who_exists_is_at_most_asked_about_and_the_team_is_never_captured() {
    let (crm, tenant, _folder) = workspace().await;
    let mut read = crm.hub().read(&tenant).await.expect("a view");
    let own = read.members().await.expect("members")[0].name.clone();
    drop(read);
    let text = format!("TOMÁS HERRERA and {own} met; ring +34 600 123 456");
    let found = added(
        &[&text],
        serde_json::json!({ "people": [
            { "name": "Tomás Herrera", "phones": ["+34 600 123 456"] }, { "name": own },
        ] }),
    )
    .await;
    assert!(!found.iter().any(|line| line.contains(&own)), "{found:?}");
    assert!(!found.iter().any(|line| line.contains("+34600123456")), "its owner is known");
}
