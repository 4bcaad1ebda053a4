//! What commands come to, on the demo's sample customers: Acme (COM-1) with one deal (DEAL-1),
//! Globex (COM-2) with another, and Initech (COM-3) with none.

use chrono::{TimeZone, Utc};
use crm::ids::{MemberId, TenantId};
use crm::{Actor, Cause, Crm, Error};

use super::*;
use crate::grammar::Parsed;
use crate::{app, demo};

struct Team {
    crm: Crm,
    tenant: TenantId,
    rosa: MemberId,
    _folder: tempfile::TempDir,
}

impl Team {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let listen = "127.0.0.1:0".parse().expect("an address");
        let config = demo::config(folder.path(), listen).expect("a configuration");
        let env = Env::system();
        let store = app::open_store(&config, &env).await.expect("a store");
        let crm = Crm::new(store, env);
        let (tenant, rosa) = demo::workspace(&crm).await.expect("a workspace");
        Self { crm, tenant, rosa, _folder: folder }
    }

    /// What a command comes to, said on Thursday, 11 March 2027.
    async fn means(&self, text: &str) -> Result<Command, String> {
        let names = Names::default();
        names.read_on(&self.crm, &self.tenant).await.expect("names");
        let url = "https://tieline.example/".parse().expect("an address");
        let desk = Desk { names: &names, public_url: &url, prefix: "!t", env: self.crm.env() };
        let mut read = self.crm.hub().read(&self.tenant).await.expect("a reading");
        let account =
            Author { network: "console".into(), id: self.rosa.to_string(), name: "Rosa".into() };
        let speaker = Speaker {
            member: read.member(&self.rosa).await.expect("a reading"),
            account,
            place: Place::new("console", "sales"),
            thread: None,
            alone: false,
            at: Utc.with_ymd_and_hms(2027, 3, 11, 12, 0, 0).single().expect("an instant"),
        };
        let Parsed::Intent(intent) = grammar::parse(text) else { panic!("{text} is no command") };
        match answer(&desk, read.as_mut(), &speaker, intent).await {
            Ok(command) => Ok(command),
            Err(Error::Refused(refusal)) => Err(refusal.message),
            Err(Error::Store(error)) => panic!("{text}: {error}"),
        }
    }

    /// Runs a command, and gives what was said.
    async fn run(&self, text: &str) -> String {
        let command = self.means(text).await.expect(text);
        let actor = Actor::Member { tenant: self.tenant.clone(), member: self.rosa.clone() };
        let cause = Cause::new(self.crm.env().token());
        self.crm.run(&actor, cause, command).await.expect(text).said
    }

    async fn refused(&self, text: &str) -> String {
        match self.means(text).await {
            Err(sentence) => sentence,
            Ok(command) => panic!("{text} came to {command:?}"),
        }
    }

    /// The command with its ids of records as their keys.
    async fn keyed(&self, text: &str) -> String {
        let mut shown = serde_json::to_string(&self.means(text).await.expect(text)).expect("json");
        let mut read = self.crm.hub().read(&self.tenant).await.expect("a reading");
        let all = crm::lists::List::newest(crm::lists::Condition::EVERYTHING, 200);
        for record in read.list(&all).await.expect("records").records {
            shown = shown.replace(record.id.as_str(), &record.key);
        }
        shown
    }

    async fn check(&self, text: &str, parts: &[&str]) {
        let shown = self.keyed(text).await;
        for part in parts {
            assert!(shown.contains(part), "{text} came to {shown}, without {part}");
        }
    }
}

#[tokio::test]
async fn a_deal_is_moved_by_its_key_its_title_or_its_customer() {
    let team = Team::start().await;
    let check = async |text: &str, record: &str, to: &str| {
        let record = format!("\"move_record\",\"record\":\"{record}\",\"to\":\"{to}\"");
        team.check(text, &[&record]).await;
    };
    check("deal move DEAL-2 won", "DEAL-2", "won").await;
    check("move DEAL-1 negotiating", "DEAL-1", "negotiating").await;
    check("move acme annual plan won", "DEAL-1", "won").await;
    check("move Acme's won", "DEAL-1", "won").await;
    check("move Tomás Herrera won", "DEAL-1", "won").await;
    let none = team.refused("move initech won").await;
    assert!(
        none.starts_with("Initech GmbH (COM-3) has no open deal. Make one with “!t "),
        "{none}"
    );
    assert_eq!(
        team.refused("move DEAL-1").await,
        "To which stage does Acme annual plan (DEAL-1) move? Negotiating, Won or Lost? \
         Say “!t move DEAL-1 negotiating”."
    );
}

#[tokio::test]
async fn work_is_about_the_one_open_deal_of_a_customer_or_about_the_customer() {
    let team = Team::start().await;
    let on = |record: &str| format!("\"record\":\"{record}\"");
    for (name, record) in [("acme", "DEAL-1"), ("Mei Tanaka", "DEAL-2"), ("initech", "COM-3")] {
        for text in [
            format!("note {name} wants one invoice"),
            format!("claim {name}"),
            format!("release {name}"),
            format!("task call for:{name}"),
        ] {
            team.check(&text, &[&on(record)]).await;
        }
    }
    team.check("who acme", &["\"records\":[\"COM-1\"]"]).await;
    team.check("deal show acme", &["\"records\":[\"DEAL-1\"]"]).await;
    team.check("set acme industry:Tools", &[&on("COM-1")]).await;

    team.run("deal new Acme training for:acme value:1.500,50 €").await;
    for text in ["note acme wants two", "claim acme", "release acme", "task call for:acme"] {
        team.check(text, &[&on("COM-1")]).await;
    }
    for text in ["move acme won", "deal show acme"] {
        team.check(text, &["\"ask_which_one\"", "DEAL-1", "DEAL-3"]).await;
    }
    team.run("move DEAL-3 lost").await;
    team.check("note acme wants one", &[&on("DEAL-1")]).await;
}

#[tokio::test]
async fn what_a_record_is_made_of_is_read_as_people_write_it() {
    let team = Team::start().await;
    team.check(
        "deal new Rollout 2 value:12000EUR for:Initech GmbH expected_close:next monday",
        &["\"title\":\"Rollout 2\"", "\"amount\":\"12000\"", "\"to\":\"COM-3\"", "2027-03-15"],
    )
    .await;
    team.check("deal new Fair value:1.500,50 €", &["\"amount\":\"1500.5\"", "EUR"]).await;
    team.check(
        "new person \"Hans Meier\" phone:0151/23456789 email:h@x.example",
        &["\"title\":\"Hans Meier\"", "+4915123456789", "h@x.example"],
    )
    .await;
    team.run("new person Hans Meier phone:+49 151 23456789 job_title:Head of IT at:initech").await;
    team.check("who +49 151 23456789", &["PER-3"]).await;
    let no = team.refused("new person Anna phone:soon").await;
    assert!(no.ends_with("like phone:+49 30 901820."), "{no}");
    team.run("new person Anna phone:+49 30 901820").await;
    let no = team.refused("new delivery Ten boxes").await;
    assert!(no.contains("Say “!t new "), "{no}");
}

#[tokio::test]
async fn a_set_value_takes_the_days_that_tasks_take_and_a_title_renames() {
    let team = Team::start().await;
    team.check("set DEAL-1 expected_close:friday", &["\"close_on\":\"2027-03-12\""]).await;
    team.check("set DEAL-1 expected_close:in 3 days", &["\"close_on\":\"2027-03-14\""]).await;
    team.check("set DEAL-1 close_on:", &["\"close_on\":null"]).await;
    team.check("set DEAL-1 title:New title", &["\"title\":\"New title\"", "\"values\":{}"]).await;
    team.check("set Mei Tanaka name:Mei Ito", &["\"title\":\"Mei Ito\""]).await;
    team.check("set Mei Tanaka job_title:Head of IT", &["\"job_title\":\"Head of IT\""]).await;
    team.check("set DEAL-1 plan:two words value:13k€", &["two words", "\"13000\""]).await;
    let no = team.refused("set DEAL-1 expected_close:someday").await;
    assert!(no.contains("Say friday, tomorrow"), "{no}");
    let no = team.refused("set DEAL-1 stage:won").await;
    assert!(no.contains("Say “!t move DEAL-1 won”"), "{no}");
    assert!(team.refused("set DEAL-1 title:").await.contains("needs a title"));
}

#[tokio::test]
async fn a_task_has_its_day_its_record_and_its_member_wherever_they_stand() {
    let team = Team::start().await;
    let check = async |text: &str, title: &str, record: &str, day: &str| {
        let [title, record, day] = [("title", title), ("record", record), ("due_on", day)]
            .map(|(key, value)| format!("\"{key}\":\"{value}\""));
        team.check(text, &[&title, &record, &day]).await;
    };
    check(
        "task pay 1.1. invoice for:Acme Inc. due:in 3 days",
        "pay 1.1. invoice",
        "DEAL-1",
        "2027-03-14",
    )
    .await;
    check("task due:next monday for:initech call at 10:30", "call at 10:30", "COM-3", "2027-03-15")
        .await;
    check("task for:Mei Tanaka call her due:friday", "call her", "DEAL-2", "2027-03-12").await;
    assert!(team.refused("task for:acme").await.contains("What is there to do?"));
}

#[tokio::test]
async fn a_record_is_found_by_its_possessive_its_address_and_its_number() {
    let team = Team::start().await;
    for (text, record) in [
        ("who Acme's", "COM-1"),
        ("who mei@globex.example", "PER-2"),
        ("who +34600123456", "PER-1"),
        ("who +34 600 123 456", "PER-1"),
        ("who @meitanaka", "PER-2"),
        ("who www.acme.example", "COM-1"),
        ("card DEAL-2", "DEAL-2"),
    ] {
        team.check(text, &[&format!("[\"{record}\"]")]).await;
    }
    team.check("note mei@globex.example called", &["\"record\":\"DEAL-2\""]).await;
    team.check("find mei@globex.example", &["PER-2 · Mei Tanaka"]).await;
    team.check("find glo", &["COM-2 · Globex", "DEAL-2 · Globex pilot"]).await;
    let near = team.refused("who hans@globex.example").await;
    assert!(near.ends_with("Did you mean Globex (COM-2)?"), "{near}");
}

#[tokio::test]
async fn a_whole_title_of_a_task_wins_and_doubt_lists_the_ids() {
    let team = Team::start().await;
    team.run("task Call").await;
    team.run("task Call Anna for:acme").await;
    team.run("task Call Anna").await;
    let doubt = team.refused("done call a").await;
    assert_eq!(doubt.matches("!t done tsk_").count(), 2, "{doubt}");
    assert_eq!(team.refused("done Call Anna").await.matches("tsk_").count(), 2);
    assert!(team.run("done call").await.contains("“Call” is done"));
    let id = doubt.split_whitespace().find(|word| word.starts_with("tsk_")).expect("an id");
    assert!(team.run(&format!("done {id}")).await.contains("is done"));
    assert!(team.run("done Call Anna").await.contains("is done"));
}

#[tokio::test]
async fn a_wrong_value_is_answered_with_how_it_is_written() {
    let team = Team::start().await;
    assert_eq!(
        team.refused("capture last 100").await,
        "I capture at least 1 and at most 50 messages, not 100. \
         It is written “!t capture last <number>”."
    );
    assert!(team.refused("quiet loud").await.contains("The levels are off, button, name and full"));
    assert!(team.refused("accept").await.contains("“!t capture last 3”"));
    assert!(team.refused("note acme").await.contains("“!t note acme <words>”"));
}

#[tokio::test]
async fn find_takes_words_or_a_filter_and_lists_stage_and_value() {
    let team = Team::start().await;
    team.check("find pilot", &["DEAL-2 · Globex pilot · Open · 4,800 EUR"]).await;
    team.check("find herr", &["PER-1 · Tomás Herrera"]).await;
    team.check("find value>10k", &["DEAL-1 · Acme annual plan · Open · 12,000 EUR"]).await;
    team.check("find globex stage:open", &["DEAL-2 · Globex pilot"]).await;
    team.check("find value>1m", &["Nothing is like this: value>1m"]).await;
    let wrong = team.refused("find valeu>1").await;
    assert!(wrong.contains("Did you mean value?"), "{wrong}");
    for number in 1..=12 {
        team.run(&format!("new company Wayne {number}")).await;
    }
    team.check("find blueprint:company wayne", &["COM-15 · Wayne 12", "… and 2 more."]).await;
}

#[test]
fn filters_fold_names_as_mentions_do() {
    for text in ["Łukasz ŻÓŁTOWSKI", "Straße", "ｶﾞｽ", "İstanbul", "O’Brien", "ΟΔΥΣΣΕΥΣ", "Ё\u{301}"]
    {
        assert_eq!(crm::folding::fold(text), extractors::fold(text), "{text}");
    }
}
