//! People at work: channels and the companies behind them, links and their parts, the same change
//! for many, and undoing step by step. Commands go through the one door, onto the real store.

use crm::commands::{
    AddIdentity, ChangeIdentity, ChangeLink, ChangeMany, CreateRecord, LinkRecords, ManyChange,
    MoveRecord, NewIdentity, PurgeTrash, RemoveIdentity, TrashRecord, Undo, UnlinkRecords,
    UpdateRecord,
};
use crm::facts::FactBody;
use crm::ids::RecordId;
use crm::interactions::TimelineFilter;
use crm::records::{IdentityKind, LinkFilter};
use crm::timeline::EventType;
use crm::{Actor, Command};
use serde_json::json;

use crate::ground::Ground;
use crate::team::Team;

fn set(record: &RecordId, column: &str, value: &str) -> Command {
    Command::UpdateRecord(UpdateRecord {
        record: record.clone(),
        expected_version: None,
        title: None,
        values: [(column.to_owned(), json!(value))].into(),
    })
}

pub async fn undoing_goes_step_by_step_and_stops_at_somebody_elses_change(ground: Ground) {
    let team = Team::start(&ground).await;
    let deal = team.make(&team.rosa, "deal", "Acme").await;
    team.run(&team.rosa, set(&deal, "plan", "one")).await;
    team.run(&team.rosa, set(&deal, "plan", "two")).await;
    team.run(&team.rosa, Command::MoveRecord(MoveRecord::to(deal.clone(), "won"))).await;
    let plan = async || team.record(&deal).await.values.get("plan").cloned();
    team.undo(&team.rosa).await.expect("the move");
    assert_eq!(team.record(&deal).await.state.as_deref(), Some("open"));
    team.undo(&team.rosa).await.expect("the second change");
    assert_eq!(plan().await, Some(json!("one")));
    // A new change and its undo leave the way back open.
    team.run(&team.rosa, set(&deal, "plan", "three")).await;
    team.undo(&team.rosa).await.expect("the new change");
    team.undo(&team.rosa).await.expect("the first change");
    assert_eq!(plan().await, None);
    team.undo(&team.rosa).await.expect("making it");
    assert!(team.record(&deal).await.trashed_at.is_some());
    let nothing = team.undo(&team.rosa).await.expect_err("nothing is left");
    assert_eq!(nothing.message, "There is nothing of yours to undo.");

    let deal = team.make(&team.rosa, "deal", "Globex").await;
    team.run(&team.rosa, set(&deal, "plan", "one")).await;
    team.run(&team.rosa, set(&deal, "plan", "two")).await;
    team.undo(&team.rosa).await.expect("the second change");
    team.run(&team.admin, set(&deal, "plan", "hers")).await;
    let refused = team.undo(&team.rosa).await.expect_err("somebody changed it");
    assert!(refused.message.contains("Something changed since"), "{}", refused.message);
    assert_eq!(team.record(&deal).await.values["plan"], json!("hers"));
    // Once hers is taken back, the rest can be.
    team.undo(&team.admin).await.expect("hers");
    team.undo(&team.rosa).await.expect("the first change");
    assert!(!team.record(&deal).await.values.contains_key("plan"));
}

pub async fn a_channel_keeps_its_history_and_one_of_a_kind_is_the_first(ground: Ground) {
    let team = Team::start(&ground).await;
    let anna = team.make(&team.rosa, "person", "Anna").await;
    let add = |kind, value: &str, stable_id: Option<&str>| {
        Command::AddIdentity(AddIdentity {
            record: anna.clone(),
            kind,
            value: value.into(),
            label: Some("work".into()),
            stable_id: stable_id.map(str::to_owned),
        })
    };
    team.run(&team.rosa, add(IdentityKind::Telegram, "@anna", Some("4711"))).await;
    team.run(&team.rosa, add(IdentityKind::Telegram, "@anna_acme", Some("4711"))).await;
    let there = team.identities(&anna).await;
    assert_eq!(there.len(), 1, "the same account under another handle");
    assert_eq!(there[0].value, "anna_acme");
    assert_eq!(there[0].stable_id.as_deref(), Some("4711"));
    let old = team.read().await.old_handles(&anna).await.expect("read");
    assert_eq!(old.iter().map(|o| o.value.as_str()).collect::<Vec<_>>(), ["anna"]);
    team.undo(&team.rosa).await.expect("the handle");
    assert_eq!(team.identities(&anna).await[0].value, "anna");

    team.run(&team.rosa, add(IdentityKind::Phone, "+49 30 1234567", None)).await;
    team.run(&team.rosa, add(IdentityKind::Phone, "+49 30 7654321", None)).await;
    let first = async || {
        let there = team.identities(&anna).await;
        let firsts = there.into_iter().filter(|i| i.kind == IdentityKind::Phone && i.primary);
        firsts.map(|i| i.value).collect::<Vec<_>>()
    };
    assert_eq!(first().await, ["+49301234567"], "the first of its kind");
    let second = team.identities(&anna).await.into_iter().find(|i| i.value.ends_with("21"));
    let second = second.expect("it is there").id;
    let change = ChangeIdentity {
        primary: Some(true),
        verified: Some(true),
        bounced: Some(true),
        ..ChangeIdentity::of(anna.clone(), second.clone())
    };
    let done = team.run(&team.rosa, Command::ChangeIdentity(change)).await;
    assert!(done.said.contains("is verified, bounces and is the first now"), "{}", done.said);
    assert_eq!(first().await, ["+49307654321"], "one of a kind");
    let remove = RemoveIdentity { record: anna.clone(), identity: second.clone() };
    team.run(&team.rosa, Command::RemoveIdentity(remove)).await;
    assert_eq!(first().await, ["+49301234567"], "another one steps up");
    team.undo(&team.rosa).await.expect("removing");
    assert_eq!(first().await, ["+49307654321"]);
    let back = team.identities(&anna).await.into_iter().find(|i| i.id == second);
    let back = back.expect("the same channel");
    assert!(back.verified && back.bounced_at.is_some() && back.label.as_deref() == Some("work"));
    team.undo(&team.rosa).await.expect("the change");
    assert_eq!(first().await, ["+49301234567"]);

    let kinds = team.events(&anna).await;
    for event in [EventType::ChannelAdded, EventType::ChannelChanged, EventType::ChannelRemoved] {
        assert!(kinds.contains(&event), "{event}");
    }
}

async fn employers(team: &Team, person: &RecordId) -> Vec<RecordId> {
    let links = team.read().await.links(person).await.expect("read");
    let links = links.into_iter().filter(|link| link.kind == "works_at" && link.from == *person);
    links.map(|link| link.to).collect()
}

async fn with_channel(
    team: &Team,
    who: &Actor,
    blueprint: &str,
    title: &str,
    channel: (IdentityKind, &str),
) -> RecordId {
    let input = CreateRecord {
        blueprint: blueprint.into(),
        title: title.into(),
        identities: vec![NewIdentity { kind: channel.0, value: channel.1.into() }],
        ..CreateRecord::default()
    };
    team.run(who, Command::CreateRecord(input)).await.records[0].clone()
}

pub async fn an_address_finds_the_one_company_that_has_its_domain(ground: Ground) {
    use IdentityKind::{Domain, Email};
    let team = Team::start(&ground).await;
    let rosa = &team.rosa;
    let acme = with_channel(&team, rosa, "company", "Acme", (Domain, "acme.co.uk")).await;
    let anna = with_channel(&team, rosa, "person", "Anna", (Email, "anna@mail.acme.co.uk")).await;
    assert_eq!(
        employers(&team, &anna).await,
        std::slice::from_ref(&acme),
        "a subdomain is Acme's as well"
    );
    let facts = team.read().await.newest_facts(50).await.expect("read");
    let why = facts.iter().find_map(|fact| match &fact.body {
        FactBody::LinkAdded { why, .. } => why.clone(),
        _ => None,
    });
    assert_eq!(why.as_deref(), Some("acme.co.uk is the domain of Acme"));
    for (title, address) in
        [("Ben", "ben@gmail.com"), ("Cleo", "cleo@other.co.uk"), ("Dan", "dan@co.uk.example")]
    {
        let person = with_channel(&team, rosa, "person", title, (Email, address)).await;
        assert!(employers(&team, &person).await.is_empty(), "{address}");
    }
    let gmail = with_channel(&team, rosa, "company", "Mailers", (Domain, "gmail.com")).await;
    let eve = with_channel(&team, rosa, "person", "Eve", (Email, "eve@gmail.com")).await;
    assert!(employers(&team, &eve).await.is_empty(), "free mail speaks for nobody: {gmail}");

    // Adding the address to somebody who is there, and taking that back.
    let fay = team.make(rosa, "person", "Fay").await;
    let add = AddIdentity {
        record: fay.clone(),
        kind: Email,
        value: "fay@acme.co.uk".into(),
        label: None,
        stable_id: None,
    };
    let said = team.run(rosa, Command::AddIdentity(add)).await.said;
    assert!(said.contains("Fay works at Acme: acme.co.uk is the domain of Acme."), "{said}");
    assert_eq!(employers(&team, &fay).await, std::slice::from_ref(&acme));
    team.undo(rosa).await.expect("undone");
    assert!(employers(&team, &fay).await.is_empty());
    assert!(team.identities(&fay).await.is_empty());

    // A second company with the domain makes it say nothing.
    with_channel(&team, rosa, "company", "Acme Labs", (Domain, "acme.co.uk")).await;
    let gil = with_channel(&team, rosa, "person", "Gil", (Email, "gil@acme.co.uk")).await;
    assert!(employers(&team, &gil).await.is_empty());
}

pub async fn a_company_that_gets_a_domain_finds_its_people(ground: Ground) {
    use IdentityKind::{Domain, Email};
    let team = Team::start(&ground).await;
    let mine =
        with_channel(&team, &team.imre, "person", "Anna", (Email, "anna@globex.example")).await;
    let hers =
        with_channel(&team, &team.rosa, "person", "Ben", (Email, "ben@eu.globex.example")).await;
    let company = team.make(&team.imre, "company", "Globex").await;
    let domain = |record: &RecordId, value: &str| {
        Command::AddIdentity(AddIdentity {
            record: record.clone(),
            kind: Domain,
            value: value.into(),
            label: None,
            stable_id: None,
        })
    };
    let said = team.run(&team.imre, domain(&company, "globex.example")).await.said;
    assert_eq!(employers(&team, &mine).await, std::slice::from_ref(&company));
    assert!(employers(&team, &hers).await.is_empty(), "a member changes their own alone");
    assert!(said.contains("1 person is somebody else's and left alone"), "{said}");
    team.undo(&team.imre).await.expect("undone");
    assert!(employers(&team, &mine).await.is_empty());

    // More than a few go by a job, and come back with one undo.
    let mut people = Vec::new();
    for number in 0..60 {
        let address = format!("p{number}@initech.example");
        let title = format!("Person {number}");
        people.push(with_channel(&team, &team.rosa, "person", &title, (Email, &address)).await);
    }
    let initech = team.make(&team.rosa, "company", "Initech").await;
    let said = team.run(&team.rosa, domain(&initech, "initech.example")).await.said;
    assert!(said.contains("they are being linked"), "{said}");
    team.work().await;
    for person in &people {
        assert_eq!(employers(&team, person).await, std::slice::from_ref(&initech));
    }
    team.undo(&team.rosa).await.expect("undone");
    team.work().await;
    for person in &people {
        assert!(employers(&team, person).await.is_empty(), "taken back");
    }
}

pub async fn links_carry_parts_and_are_seen_from_both_ends(ground: Ground) {
    let team = Team::start(&ground).await;
    let deal = team.make(&team.rosa, "deal", "Annual").await;
    let anna = team.make(&team.rosa, "person", "Anna").await;
    let ben = team.make(&team.rosa, "person", "Ben").await;
    let link = |to: &RecordId, role: &str| {
        Command::LinkRecords(LinkRecords {
            from: deal.clone(),
            to: to.clone(),
            kind: "contact".into(),
            role: Some(role.into()),
            again: None,
        })
    };
    team.run(&team.rosa, link(&anna, "champion")).await;
    team.run(&team.rosa, link(&ben, "buys the coffee")).await;
    let again = team.run(&team.rosa, link(&anna, "User")).await;
    assert!(again.said.contains("linked already"), "{}", again.said);
    let links = team.read().await.links(&deal).await.expect("read");
    assert_eq!(links.len(), 2, "no duplicates");
    assert_eq!(links[0].role.as_deref(), Some("Champion"), "in the spelling that is known");
    assert_eq!(links[1].role.as_deref(), Some("buys the coffee"), "written freely");

    let counts = team.read().await.link_counts(&anna).await.expect("read");
    assert_eq!((counts.len(), counts[0].outward, counts[0].count), (1, false, 1));
    let page = LinkFilter { limit: 1, ..LinkFilter::default() };
    let first = team.read().await.links_page(&deal, &page).await.expect("read");
    let after = LinkFilter { after: Some(first[0].id.clone()), limit: 5, ..page.clone() };
    let rest = team.read().await.links_page(&deal, &after).await.expect("read");
    assert_eq!([first[0].to.clone(), rest[0].to.clone()], [anna.clone(), ben.clone()]);
    assert_eq!(rest.len(), 1);

    let change = |role: &str| {
        Command::ChangeLink(ChangeLink {
            from: deal.clone(),
            link: links[0].id.clone(),
            kind: None,
            role: Some(role.into()),
        })
    };
    let said = team.run(&team.rosa, change("decision maker")).await.said;
    assert_eq!(said, "Anna is Decision Maker of Annual now.");
    let role = async || team.read().await.links(&anna).await.expect("read")[0].role.clone();
    assert_eq!(role().await.as_deref(), Some("Decision Maker"));
    assert!(team.events(&anna).await.contains(&EventType::LinkChanged), "told at the other end");
    team.undo(&team.rosa).await.expect("undone");
    assert_eq!(role().await.as_deref(), Some("Champion"));
    let not_his = team.refused(&team.imre, change("User")).await;
    assert!(not_his.contains("somebody else's"), "{not_his}");

    // What lies in the trash is not shown, and is there again when it comes back.
    let trash = TrashRecord { record: anna.clone(), expected_version: None };
    team.run(&team.rosa, Command::TrashRecord(trash)).await;
    assert_eq!(team.read().await.links_page(&deal, &after).await.expect("read").len(), 1);
    let counts = team.read().await.link_counts(&deal).await.expect("read");
    assert_eq!(counts[0].count, 1);
    let purge = PurgeTrash::Record(anna.clone());
    team.run(&team.rosa, Command::PurgeTrash(purge)).await;
    assert_eq!(team.read().await.links(&deal).await.expect("read").len(), 1, "it is gone for good");
    let unlink = UnlinkRecords { from: deal.clone(), link: links[1].id.clone() };
    team.run(&team.rosa, Command::UnlinkRecords(unlink)).await;
    assert!(team.events(&ben).await.contains(&EventType::LinkRemoved));
    team.undo(&team.rosa).await.expect("undone");
    assert_eq!(team.read().await.links(&ben).await.expect("read").len(), 1);
}

fn many(change: ManyChange, records: &[RecordId]) -> Command {
    Command::ChangeMany(ChangeMany { change, records: records.to_vec(), filter: None })
}

pub async fn many_records_change_at_once_and_go_back_with_one_undo(ground: Ground) {
    let team = Team::start(&ground).await;
    let unclaimed = async |title: &str| {
        let input = CreateRecord {
            blueprint: "deal".into(),
            title: title.into(),
            unclaimed: true,
            ..CreateRecord::default()
        };
        team.run(&team.rosa, Command::CreateRecord(input)).await.records[0].clone()
    };
    let (one, two) = (unclaimed("One").await, unclaimed("Two").await);
    let hers = team.make(&team.rosa, "deal", "Hers").await;
    let all = [one.clone(), two.clone(), hers.clone(), one.clone()];
    let done = team.run(&team.imre, many(ManyChange::Claim, &all)).await;
    assert_eq!(
        done.said,
        "Claimed 2 records.\n1 was left alone:\nHers (DEAL-3): Rosa looks after it."
    );
    assert_eq!(done.data["left_alone"][0]["key"], "DEAL-3");
    let owner = async |id: &RecordId| team.record(id).await.owner;
    assert_eq!(owner(&one).await, team.imre.member().cloned());
    let values = [("plan".to_owned(), json!("annual"))].into();
    let done = team.run(&team.imre, many(ManyChange::Set { values }, &all)).await;
    assert_eq!(done.data["changed"], 2);
    assert!(done.said.contains("Hers (DEAL-3): This record is somebody else's."), "{}", done.said);
    // What somebody changed since is left alone when it is taken back, and told.
    team.run(&team.rosa, set(&two, "plan", "monthly")).await;
    let back = team.undo(&team.imre).await.expect("undone");
    assert!(back.said.starts_with("Undone:"), "{}", back.said);
    assert!(!team.record(&one).await.values.contains_key("plan"));
    assert_eq!(team.record(&two).await.values["plan"], json!("monthly"));
    assert_eq!(back.data["left_alone"][0]["key"], "DEAL-2");
    let nothing = many(ManyChange::Release, &[]);
    assert!(team.refused(&team.imre, nothing).await.contains("Which records?"));
}

pub async fn a_job_changes_many_with_the_rights_of_who_asked(ground: Ground) {
    let team = Team::start(&ground).await;
    let mut deals = Vec::new();
    for number in 0..260 {
        let who = if number % 10 == 0 { &team.rosa } else { &team.imre };
        deals.push(team.make(who, "deal", &format!("Deal {number}")).await);
    }
    let before = team.versions(&deals).await;
    let release = ChangeMany {
        change: ManyChange::Release,
        records: Vec::new(),
        filter: Some("blueprint:deal".into()),
    };
    let done = team.run(&team.imre, Command::ChangeMany(release)).await;
    assert!(done.said.contains("260 records are being changed"), "{}", done.said);
    team.work().await;
    let job = team.job(&done).await;
    assert_eq!((job.done, job.total), (260, 260));
    assert_eq!(job.report["changed"], 234);
    assert_eq!(job.report["left_alone"], 26, "Rosa's were told, not passed over");
    let left = team.read().await.job_items(&job.id, true, None, 200).await.expect("read");
    assert_eq!(left.len(), 26);
    assert!(left[0].why.as_deref().is_some_and(|why| why.contains("somebody else's")));
    assert_eq!(team.record(&deals[0]).await.owner, team.rosa.member().cloned());
    assert_eq!(team.record(&deals[1]).await.owner, None);
    let lines = team.events(&deals[1]).await;
    assert!(lines.contains(&EventType::OwnerReleased));

    // "owner:none" finds what nobody has; claiming takes it out of the filter as it goes.
    let claim = ChangeMany {
        change: ManyChange::Claim,
        records: Vec::new(),
        filter: Some("blueprint:deal owner:none".into()),
    };
    let done = team.run(&team.rosa, Command::ChangeMany(claim)).await;
    team.work().await;
    assert_eq!(team.job(&done).await.report["changed"], 234);
    team.run(&team.rosa, set(&deals[1], "plan", "new")).await;
    team.run(&team.rosa, Command::Undo(Undo { entry: Some(done.entry.clone()) })).await;
    team.work().await;
    assert_eq!(team.record(&deals[2]).await.owner, None, "taken back");
    assert_eq!(team.record(&deals[1]).await.owner, team.rosa.member().cloned(), "changed since");
    // The step before goes back as well, as far as nobody was there in between.
    team.undo(&team.imre).await.expect("begun");
    team.work().await;
    assert_eq!(team.record(&deals[2]).await.owner, team.imre.member().cloned());
    assert_ne!(team.versions(&deals).await, before);
    let filter = TimelineFilter { limit: 200, ..TimelineFilter::default() };
    let lines = team.read().await.timeline(&deals[2], &filter).await.expect("read");
    assert_eq!(lines.len(), 5, "made, released, claimed, and both taken back");
}
