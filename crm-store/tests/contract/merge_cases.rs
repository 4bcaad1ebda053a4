//! Two records become one and are taken apart again: nothing is lost, nothing is left behind, and
//! what was written in between goes where it belongs.

use std::collections::BTreeSet;

use crm::Command;
use crm::commands::{
    AddIdentity, AddNote, AddTask, ChangeIdentity, CreateSegment, DecideDuplicate, JoinSegment,
    LinkRecords, MergeRecords, PurgeTrash, RestoreRecord, SuggestDuplicates, TagRecords,
    TrashRecord, Undo, UnmergeRecords, UpdateRecord,
};
use crm::facts::FactBody;
use crm::ids::RecordId;
use crm::interactions::{InteractionKind, TimelineFilter};
use crm::lists::{Condition, List, TextTest};
use crm::merging::{Duplicate, Winner};
use crm::records::IdentityKind;
use serde_json::json;

use crate::ground::Ground;
use crate::team::Team;

fn merge(keep: &RecordId, other: &RecordId, take: &[&str]) -> Command {
    Command::MergeRecords(MergeRecords {
        keep: keep.clone(),
        other: other.clone(),
        take: take.iter().map(|one| (*one).to_owned()).collect(),
        expected_version: None,
    })
}

fn unmerge(record: &RecordId) -> Command {
    Command::UnmergeRecords(UnmergeRecords { record: record.clone() })
}

fn channel(record: &RecordId, kind: IdentityKind, value: &str) -> Command {
    Command::AddIdentity(AddIdentity {
        record: record.clone(),
        kind,
        value: value.to_owned(),
        label: None,
        stable_id: None,
    })
}

fn link(from: &RecordId, to: &RecordId, kind: &str) -> Command {
    Command::LinkRecords(LinkRecords {
        from: from.clone(),
        to: to.clone(),
        kind: kind.to_owned(),
        role: None,
        again: None,
    })
}

/// Everything that hangs on a record, but the lines that merging left: itself, and the segments
/// that were joined and left by it.
async fn picture(team: &Team, id: &RecordId) -> BTreeSet<String> {
    let mut read = team.read().await;
    let record = read.record(id).await.expect("read").expect("it is there");
    let mut all = BTreeSet::from([
        format!("title {}", record.title),
        format!("owner {:?}", record.owner),
        format!("trashed {}", record.trashed_at.is_some()),
        format!("state {:?}", record.state),
    ]);
    all.extend(record.values.iter().map(|(id, value)| format!("value {id} {value}")));
    for one in read.identities(id).await.expect("read") {
        all.insert(format!("channel {} {} {}", one.kind.as_str(), one.value, one.primary));
    }
    for old in read.old_handles(id).await.expect("read") {
        all.insert(format!("was {}", old.value));
    }
    for link in read.links(id).await.expect("read") {
        all.insert(format!("link {} {} {}", link.from, link.kind, link.to));
    }
    let filter = TimelineFilter { limit: 200, ..TimelineFilter::default() };
    for line in read.timeline(id, &filter).await.expect("read") {
        if !matches!(line.kind, InteractionKind::Merged | InteractionKind::Segment) {
            all.insert(format!("line {} {}", line.event, line.summary));
        }
    }
    all.extend(read.notes(id).await.expect("read").iter().map(|n| format!("note {}", n.body)));
    all.extend(
        read.tasks(Some(id)).await.expect("read").iter().map(|t| format!("task {}", t.title)),
    );
    let tags = read.tags_of(std::slice::from_ref(id)).await.expect("read").remove(id);
    all.extend(tags.unwrap_or_default().iter().map(|tag| format!("tag {}", tag.key)));
    all.extend(read.segments_of(id).await.expect("read").iter().map(|s| format!("segment {s}")));
    all
}

async fn found_by(team: &Team, title: &str) -> Vec<RecordId> {
    let condition = Condition::Title(TextTest::Equals(crm::folding::fold(title)));
    let page = team.read().await.list(&List::newest(condition, 10)).await.expect("read");
    page.records.into_iter().map(|record| record.id).collect()
}

/// Two Annas with everything that can hang on a person.
async fn two(team: &Team) -> (RecordId, RecordId, RecordId) {
    let rosa = &team.rosa;
    let anna = team.make(rosa, "person", "Anna Schmidt").await;
    let other = team.make(rosa, "person", "Ana Schmid").await;
    let acme = team.make(rosa, "company", "Acme").await;
    let deal = team.make(rosa, "deal", "Annual plan").await;
    let set = |id: &RecordId, values: serde_json::Value| {
        Command::UpdateRecord(UpdateRecord {
            record: id.clone(),
            expected_version: None,
            title: None,
            values: serde_json::from_value(values).expect("values"),
        })
    };
    team.run(rosa, set(&anna, json!({ "job_title": "CFO" }))).await;
    team.run(rosa, set(&other, json!({ "job_title": "Head of Finance" }))).await;
    team.run(rosa, channel(&anna, IdentityKind::Email, "anna@acme.example")).await;
    team.run(rosa, channel(&other, IdentityKind::Email, "anna@acme.example")).await;
    team.run(rosa, channel(&other, IdentityKind::Email, "ana@web.example")).await;
    team.run(rosa, channel(&other, IdentityKind::Phone, "+49 30 1234567")).await;
    team.run(rosa, channel(&other, IdentityKind::Telegram, "ana_s")).await;
    let telegram = team.identities(&other).await;
    let telegram = telegram.iter().find(|one| one.kind == IdentityKind::Telegram).expect("there");
    let renamed = ChangeIdentity {
        value: Some("ana_schmid".into()),
        ..ChangeIdentity::of(other.clone(), telegram.id.clone())
    };
    team.run(rosa, Command::ChangeIdentity(renamed)).await;
    team.run(rosa, link(&anna, &acme, "works_at")).await;
    team.run(rosa, link(&other, &acme, "works_at")).await;
    team.run(rosa, link(&deal, &other, "contact")).await;
    for (record, body) in [(&anna, "Likes phone calls"), (&other, "Wants the annual plan")] {
        let note = AddNote { record: record.clone(), body: body.to_owned() };
        team.run(rosa, Command::AddNote(note)).await;
    }
    let task = AddTask {
        record: Some(other.clone()),
        ..serde_json::from_value(json!({ "title": "Call her back" })).expect("a task")
    };
    team.run(rosa, Command::AddTask(task)).await;
    let tag = |record: &RecordId, tag: &str| {
        Command::TagRecords(TagRecords {
            records: vec![record.clone()],
            tags: vec![tag.to_owned()],
            known_only: false,
        })
    };
    team.run(rosa, tag(&anna, "vip")).await;
    team.run(rosa, tag(&other, "vip")).await;
    team.run(rosa, tag(&other, "newsletter")).await;
    let segment: CreateSegment =
        serde_json::from_value(json!({ "name": "Fair guests" })).expect("a segment");
    team.run(rosa, Command::CreateSegment(segment)).await;
    let join = JoinSegment { segment: "fair_guests".to_owned(), records: vec![other.clone()] };
    team.run(rosa, Command::JoinSegment(join)).await;
    (anna, other, deal)
}

pub async fn what_was_merged_and_taken_apart_is_as_it_was(ground: Ground) {
    let team = Team::start(&ground).await;
    let (anna, other, deal) = two(&team).await;
    let (before, others) = (picture(&team, &anna).await, picture(&team, &other).await);
    let done = team.run(&team.rosa, merge(&anna, &other, &["job_title"])).await;
    assert!(done.said.contains("merged Ana Schmid"), "{}", done.said);

    let one = picture(&team, &anna).await;
    for part in [
        "value job_title \"Head of Finance\"",
        "title Anna Schmidt",
        "channel email anna@acme.example true",
        "channel email ana@web.example false",
        "channel phone +49301234567 true",
        "channel telegram ana_schmid true",
        "channel alias Ana Schmid false",
        "was ana_s",
        "note Likes phone calls",
        "note Wants the annual plan",
        "task Call her back",
        "tag vip",
        "tag newsletter",
    ] {
        assert!(one.contains(part), "{part}: {one:#?}");
    }
    assert!(one.contains(&format!("link {deal} contact {anna}")), "{one:#?}");
    assert_eq!(one.iter().filter(|part| part.contains("works_at")).count(), 1, "{one:#?}");
    assert!(one.iter().any(|part| part.starts_with("segment ")));
    assert!(found_by(&team, "Ana Schmid").await.is_empty(), "nobody finds the merged one");
    assert_eq!(found_by(&team, "Anna Schmidt").await, std::slice::from_ref(&anna));
    let at = team.read().await.identities_with(IdentityKind::Email, "ana@web.example").await;
    assert_eq!(at.expect("read")[0].record, anna);

    // Nothing can be done with the part, and each refusal says where it went.
    let restore = Command::RestoreRecord(RestoreRecord { record: other.clone() });
    for command in [restore, merge(&other, &anna, &[]), channel(&other, IdentityKind::Alias, "A")] {
        let refused = team.refused(&team.rosa, command).await;
        assert!(refused.contains("is part of Anna Schmidt"), "{refused}");
    }
    let purge = Command::PurgeTrash(PurgeTrash::Record(other.clone()));
    assert!(team.refused(&team.admin, purge).await.contains("is part of"));

    team.run(&team.rosa, unmerge(&other)).await;
    assert_eq!(picture(&team, &anna).await, before);
    assert_eq!(picture(&team, &other).await, others);
    assert_eq!(found_by(&team, "Ana Schmid").await, std::slice::from_ref(&other));
    // Taking it back and taking that back go the same ways.
    team.undo(&team.rosa).await.expect("taking it apart");
    assert_eq!(picture(&team, &anna).await, one);
    team.run(&team.rosa, unmerge(&other)).await;
    let merged = team.run(&team.rosa, merge(&anna, &other, &["title", "job_title"])).await;
    assert_eq!(team.record(&anna).await.title, "Ana Schmid");
    assert!(picture(&team, &anna).await.contains("channel alias Anna Schmidt false"));
    let undo = Command::Undo(Undo { entry: Some(merged.entry) });
    team.run(&team.rosa, undo).await;
    assert_eq!(picture(&team, &anna).await, before);
    assert_eq!(picture(&team, &other).await, others);
}

pub async fn what_was_written_since_goes_with_whom_it_names(ground: Ground) {
    let team = Team::start(&ground).await;
    let (anna, other, _) = two(&team).await;
    team.run(&team.rosa, merge(&anna, &other, &["job_title"])).await;
    team.pass(chrono::TimeDelta::minutes(1));
    let note =
        |body: &str| Command::AddNote(AddNote { record: anna.clone(), body: body.to_owned() });
    team.run(&team.rosa, note("Ana Schmid moves to Hamburg")).await;
    team.run(&team.rosa, note("Anna Schmidt and Ana Schmid met")).await;
    team.run(&team.rosa, note("likes tea")).await;
    team.run(&team.rosa, channel(&anna, IdentityKind::Phone, "+49 40 7654321")).await;
    let changed = UpdateRecord {
        record: anna.clone(),
        expected_version: None,
        title: None,
        values: [("job_title".to_owned(), json!("Chair"))].into(),
    };
    team.run(&team.rosa, Command::UpdateRecord(changed)).await;
    let done = team.run(&team.rosa, unmerge(&other)).await;
    assert!(done.said.contains("changed since and stays"), "{}", done.said);
    let (kept, apart) = (picture(&team, &anna).await, picture(&team, &other).await);
    assert!(apart.contains("note Ana Schmid moves to Hamburg"), "{apart:#?}");
    assert!(kept.contains("note Anna Schmidt and Ana Schmid met"), "{kept:#?}");
    assert!(kept.contains("note likes tea"));
    assert!(kept.contains("value job_title \"Chair\""));
    assert!(apart.contains("value job_title \"Head of Finance\""));
    assert!(kept.contains("channel phone +49407654321 true"), "it is the first now: {kept:#?}");
    assert!(apart.contains("channel phone +49301234567 true"), "{apart:#?}");
}

pub async fn many_become_one_and_come_apart_in_their_order(ground: Ground) {
    let team = Team::start(&ground).await;
    let names = ["Anna Schmidt", "Ana Schmid", "A. Schmidt"];
    let mut people = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let person = team.make(&team.rosa, "person", name).await;
        let email = format!("anna{number}@acme.example");
        team.run(&team.rosa, channel(&person, IdentityKind::Email, &email)).await;
        people.push(person);
    }
    let [a, b, c] = &people[..] else { panic!("three") };
    let mut before = Vec::new();
    for person in &people {
        before.push(picture(&team, person).await);
    }
    team.run(&team.rosa, merge(b, c, &[])).await;
    team.run(&team.rosa, merge(a, b, &[])).await;
    let emails = async |of: &RecordId| {
        let all = team.identities(of).await.into_iter();
        all.filter(|one| one.kind == IdentityKind::Email).count()
    };
    assert_eq!(emails(a).await, 3);
    let refused = team.refused(&team.rosa, unmerge(c)).await;
    assert!(refused.contains("is part of Anna Schmidt"), "{refused}");
    team.run(&team.rosa, unmerge(b)).await;
    assert_eq!((emails(a).await, emails(b).await), (1, 2));
    team.run(&team.rosa, unmerge(c)).await;
    for (person, before) in people.iter().zip(before) {
        assert_eq!(picture(&team, person).await, before);
    }
    let refused = team.refused(&team.rosa, unmerge(c)).await;
    assert!(refused.contains("is not part of another record"), "{refused}");

    // What is one goes for good as one.
    team.run(&team.rosa, merge(a, b, &[])).await;
    team.run(
        &team.rosa,
        Command::TrashRecord(TrashRecord { record: a.clone(), expected_version: None }),
    )
    .await;
    team.run(&team.admin, Command::PurgeTrash(PurgeTrash::Record(a.clone()))).await;
    for gone in [a, b] {
        assert!(team.read().await.record(gone).await.expect("read").is_none());
    }
    assert!(team.read().await.record(c).await.expect("read").is_some());
}

pub async fn only_what_may_be_changed_and_is_of_one_kind_is_merged(ground: Ground) {
    let team = Team::start(&ground).await;
    let (anna, other, deal) = two(&team).await;
    for (who, command, why) in [
        (&team.imre, merge(&anna, &other, &[]), "somebody else's"),
        (&team.rosa, merge(&anna, &anna, &[]), "Name two records"),
        (&team.rosa, merge(&anna, &deal, &[]), "Only records of one kind"),
        (&team.rosa, merge(&anna, &other, &["shoe size"]), "There is no field “shoe size”"),
        (&team.rosa, unmerge(&anna), "is not part of another record"),
    ] {
        let refused = team.refused(who, command).await;
        assert!(refused.contains(why), "{refused}");
    }
    let seen = MergeRecords {
        keep: anna.clone(),
        other: other.clone(),
        take: Vec::new(),
        expected_version: Some(1),
    };
    let refused = team.refused(&team.rosa, Command::MergeRecords(seen)).await;
    assert!(refused.contains("has changed since"), "{refused}");
    let mut read = team.read().await;
    let (kept, part) = (
        read.record(&anna).await.expect("read").expect("there"),
        read.record(&other).await.expect("read").expect("there"),
    );
    let blueprint = read.blueprint(&kept.blueprint, kept.blueprint_version).await;
    let blueprint = blueprint.expect("read").expect("there");
    let plan = crm::merging::plan(&blueprint, &kept, &part, &["Job title".into()]).expect("fields");
    let wins = |field: &str| plan.iter().find(|one| one.field == field).map(|one| one.wins);
    assert_eq!(wins("job_title"), Some(Winner::Other));
    assert_eq!(wins("title"), Some(Winner::Kept));
    assert_eq!(wins("owner"), Some(Winner::Both));
}

pub async fn pairs_wait_for_a_decision_and_stay_decided(ground: Ground) {
    let team = Team::start(&ground).await;
    let (anna, other, deal) = two(&team).await;
    let suggest = |score, why: &str| {
        let pair = Duplicate::of(anna.clone(), other.clone(), score, why);
        let gone = Duplicate::of(anna.clone(), anna.clone(), 50, "itself");
        Command::SuggestDuplicates(SuggestDuplicates { pairs: vec![pair, gone], job: None })
    };
    let waiting = async || team.read().await.duplicates(None, 10).await.expect("read");
    let system = team.system();
    team.run(&system, suggest(80, "alike")).await;
    team.run(&system, suggest(90, "the same number")).await;
    assert_eq!(
        waiting().await,
        [Duplicate::of(other.clone(), anna.clone(), 90, "the same number")]
    );
    let of = team.read().await.duplicates(Some(&deal), 10).await.expect("read");
    assert!(of.is_empty());
    let decide = |different| {
        Command::DecideDuplicate(DecideDuplicate {
            one: other.clone(),
            other: anna.clone(),
            different,
        })
    };
    team.run(&team.rosa, decide(true)).await;
    team.run(&system, suggest(95, "again")).await;
    assert!(waiting().await.is_empty(), "what was decided stays decided");
    team.undo(&team.rosa).await.expect("deciding");
    assert_eq!(waiting().await.len(), 1);
    team.run(&team.rosa, merge(&anna, &other, &[])).await;
    assert!(waiting().await.is_empty(), "who is one is no pair");
    let facts = team.read().await.facts(0, 1000).await.expect("read");
    assert!(facts.iter().any(|f| matches!(f.body, FactBody::RecordsMerged { .. })));
}
