//! Segments: after any history, who is in a dynamic one is who its filter describes, each coming
//! and going told once. Commands go through the one door; the checker looks at every record.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use crm::commands::{Command, FollowClock, WorkOnJob};
use crm::env::Clock;
use crm::facts::FactBody;
use crm::ids::{RecordId, SegmentId};
use crm::interactions::InteractionKind;
use crm::lists::{Audience, Known, Seen};
use crm::ports::{Hub, Read};
use crm::segments::{self, Follows, Segment};
use crm::tenants::Role;
use crm::{Actor, Cause, Crm, Env, Error};
use serde_json::{Value as Json, json};

use crate::blueprint_cases::Desk;
use crate::ground::Ground;
use crate::listing::Chance;

/// How many commands the history has, and how many of them until everything is looked at.
const COMMANDS: usize = 400;
const UNTIL_CHECKED: usize = 20;

async fn segment(desk: &Desk, name: &str, filter: &str) {
    desk.run(json!({ "command": "create_segment", "name": name, "blueprint": "lead",
        "filter": filter }))
        .await;
}

async fn leads(desk: &Desk) {
    desk.run(json!({
        "command": "create_blueprint", "key": "lead", "name": "Lead", "plural": "Leads",
        "mentionable": true, "identities": true, "columns": [
            { "name": "Worth", "type": "integer" },
            { "name": "Plan", "type": "select", "options": ["Gold", "Tin", "Iron"] },
            { "name": "City", "type": "text" },
        ],
    }))
    .await;
    desk.run(json!({ "command": "create_pipeline", "blueprint": "lead", "name": "Leads",
        "stages": [{ "name": "First" }, { "name": "Second" }, { "name": "Over", "kind": "won" }] }))
        .await;
}

pub async fn a_static_segment_holds_what_people_put_in(ground: Ground) {
    let desk = Desk::open(ground).await;
    leads(&desk).await;
    let a = desk.make("lead", "A", json!({})).await;
    let b = desk.make("lead", "B", json!({})).await;
    desk.run(json!({ "command": "create_segment", "name": "Spring fair" })).await;
    desk.refused(
        json!({ "command": "create_segment", "name": "spring_fair" }),
        "Spring fair already",
    )
    .await;
    let join = json!({ "command": "join_segment", "segment": "spring", "records": [a, b] });
    let said = desk.run(join.clone()).await.said;
    assert_eq!(said, "2 records are in Spring fair now.");
    assert_eq!(desk.run(join).await.said, "They are in Spring fair already.");
    assert_eq!(desk.listed("segment:\"spring fair\"").await, ["A", "B"]);
    assert_eq!(desk.listed("-segment:spring blueprint:lead").await, Vec::<String>::new());
    desk.run(json!({ "command": "leave_segment", "segment": "spring_fair", "records": [a] })).await;
    assert_eq!(desk.listed("segment:spring").await, ["B"]);
    desk.undo().await;
    assert_eq!(desk.listed("segment:spring").await, ["A", "B"]);
    // The trash hides a record and does not take it out.
    desk.run(json!({ "command": "trash_record", "record": b })).await;
    assert_eq!(desk.listed("segment:spring").await, ["A"]);
    desk.undo().await;
    assert_eq!(desk.listed("segment:spring").await, ["A", "B"]);
    desk.run(json!({ "command": "delete_segment", "segment": "spring" })).await;
    desk.undo().await;
    assert_eq!(desk.listed("segment:spring").await, ["A", "B"]);
    // Only who made it and administrators change it, and who may change a record puts it in.
    let max = desk.somebody(Role::Member).await;
    let change = json!({ "command": "change_segment", "segment": "spring", "name": "Mine" });
    let no = desk.try_as(&max, change).await.expect_err("hers").to_string();
    assert!(no.contains("whoever made the segment"), "{no}");
    let put = json!({ "command": "join_segment", "segment": "spring", "records": [a] });
    let no = desk.try_as(&max, put).await.expect_err("hers").to_string();
    assert!(no.contains("somebody else's"), "{no}");
}

pub async fn segments_refuse_what_could_never_settle(ground: Ground) {
    let desk = Desk::open(ground).await;
    leads(&desk).await;
    segment(&desk, "Rich", "worth>50").await;
    desk.run(json!({ "command": "create_segment", "name": "Fair" })).await;
    let make = |filter: &str| {
        json!({ "command": "create_segment", "name": "Other",
        "blueprint": "lead", "filter": filter })
    };
    desk.refused(make("segment:rich"), "cannot ask for another dynamic one").await;
    desk.refused(make("owner:me"), "cannot ask for “me”").await;
    desk.refused(make("wroth>1"), "Did you mean worth?").await;
    let half = json!({ "command": "create_segment", "name": "Other", "filter": "worth>1" });
    desk.refused(half, "needs the blueprint").await;
    let a = desk.make("lead", "A", json!({ "worth": 80 })).await;
    let by_hand = json!({ "command": "join_segment", "segment": "rich", "records": [a] });
    desk.refused(by_hand, "is filled by its filter (worth>50)").await;
    desk.run(make("segment:fair worth>10")).await;
    desk.refused(json!({ "command": "delete_segment", "segment": "fair" }), "Other asks for").await;
    desk.work().await;
    desk.run(json!({ "command": "join_segment", "segment": "fair", "records": [a] })).await;
    assert_eq!(desk.listed("segment:other").await, ["A"], "it follows the static one");
    // What is no longer understood goes on as it was, and says so.
    desk.run(json!({ "command": "change_blueprint", "blueprint": "lead",
        "steps": [{ "change": "shelve_column", "column": "worth" }] }))
        .await;
    let rich = desk.read().await.segments().await.expect("read");
    let problem = rich.iter().find(|s| s.key == "rich").and_then(|s| s.follows.clone());
    let problem = problem.and_then(|follows| follows.problem).expect("a problem");
    assert!(problem.contains("no column “worth”"), "{problem}");
    assert_eq!(desk.listed("segment:rich").await, ["A"]);
    desk.undo().await;
    let rich = desk.read().await.segments().await.expect("read");
    assert!(rich.iter().all(|s| s.follows.as_ref().is_none_or(|f| f.problem.is_none())));
}

pub async fn segments_follow_every_change(ground: Ground) {
    let desk = Desk::open(ground).await;
    leads(&desk).await;
    desk.run(json!({ "command": "create_segment", "name": "Fair" })).await;
    for tag in ["vip", "cold", "hot"] {
        desk.run(json!({ "command": "create_tag", "name": tag })).await;
    }
    let (mut chance, seed) = Chance::new();
    let mut live: Vec<RecordId> = Vec::new();
    for place in 0..12 {
        let worth = chance.below(100);
        live.push(desk.make("lead", &format!("Lead {place}"), json!({ "worth": worth })).await);
    }
    // Some are filled by a job, the others from the beginning.
    for (name, filter) in [
        ("Rich", "worth>50"),
        ("Chosen", "tag:vip -tag:cold"),
        ("Ours", "owner:rosa or no:owner"),
        ("Started", "stage:first"),
        ("Reachable", "has:email or plan:gold"),
        ("Fresh", "touched>-1d (segment:fair or city:berlin)"),
        ("Untagged", "no:tag worth<80"),
        ("Named", "title:new or -lead"),
        ("Gone on", "-kind:won has:stage -plan:(tin|iron)"),
        ("All", ""),
    ] {
        segment(&desk, name, filter).await;
    }
    let mut trash: Vec<RecordId> = Vec::new();
    let mut refused = 0;
    for number in 1..=COMMANDS {
        let command = next(&mut chance, &live, &trash, number);
        match desk.try_to(command.clone()).await {
            Ok(outcome) if command["command"] == "create_record" => {
                live.extend(outcome.records.first().cloned());
            }
            Ok(_) => {}
            Err(Error::Refused(_)) => refused += 1,
            Err(error) => panic!("{command}: {error:?}, with TIELINE_TEST_SEED={seed}"),
        }
        // Undo and blueprints move records between the two, so what is where is asked.
        if number % UNTIL_CHECKED == 0 {
            desk.work().await;
            let agreed = agree(&desk).await;
            assert_eq!(agreed, Ok(()), "after {number}, with TIELINE_TEST_SEED={seed}");
            let mut read = desk.read().await;
            let all = every_lead(read.as_mut()).await;
            (trash, live) = (Vec::new(), Vec::new());
            for id in all {
                let record = read.record(&id).await.expect("read").expect("it is there");
                match record.trashed_at {
                    Some(_) => trash.push(id),
                    None => live.push(id),
                }
            }
        }
    }
    assert!(refused < COMMANDS / 2, "{refused} of {COMMANDS} were refused");
    let told = each_once(&desk).await;
    assert!(told > COMMANDS / 4, "only {told} came and went");

    // A change that goes past the door is noticed.
    let id = desk.make("lead", "Past the door", json!({ "worth": 1 })).await;
    assert_eq!(agree(&desk).await, Ok(()));
    let before = desk.record(&id).await;
    let mut changed = before.clone();
    changed.values.insert("worth".into(), json!(99));
    changed.version += 1;
    let mut tx = desk.seed.begin(&desk.ground.store).await;
    assert!(tx.update_record(&changed, before.version, &[]).await.expect("changed"));
    tx.commit().await.expect("kept");
    let noticed = agree(&desk).await.expect_err("a planted mistake was not noticed");
    assert!(noticed.contains("rich"), "{noticed}");
    // So is one who is in for no reason.
    changed.values.insert("worth".into(), json!(1));
    changed.version += 1;
    let rich = desk.read().await.segments().await.expect("read");
    let rich = rich.iter().find(|segment| segment.key == "rich").expect("it is there").id.clone();
    let mut tx = desk.seed.begin(&desk.ground.store).await;
    assert!(tx.update_record(&changed, before.version + 1, &[]).await.expect("changed"));
    tx.join_segment(&rich, &id, desk.ground.env.now()).await.expect("joined");
    tx.commit().await.expect("kept");
    agree(&desk).await.expect_err("a planted mistake was not noticed");
}

/// A command by chance.
fn next(chance: &mut Chance, live: &[RecordId], trash: &[RecordId], number: usize) -> Json {
    let some = |chance: &mut Chance, ids: &[RecordId]| match ids.is_empty() {
        true => "rec_0000000000000000".parse().expect("an id"),
        false => ids[chance.below(ids.len())].clone(),
    };
    let id = some(chance, live);
    let tags = ["vip", "cold", "hot", "cool", "gold"];
    let tag = tags[chance.below(tags.len())];
    let worth = chance.below(100);
    let plan = ["Gold", "Tin", "Iron"][chance.below(3)];
    let city = ["Berlin", "Bern", "Łódź"][chance.below(3)];
    match chance.below(40) {
        0..=3 => {
            let title = format!("{} {number}", ["New", "Lead", "Other"][chance.below(3)]);
            json!({ "command": "create_record", "blueprint": "lead", "title": title,
                "values": { "worth": worth, "plan": plan } })
        }
        4..=8 => json!({ "command": "update_record", "record": id, "values": { "worth": worth } }),
        9 | 10 => {
            json!({ "command": "update_record", "record": id, "values": { "plan": plan, "city": city } })
        }
        11 => json!({ "command": "update_record", "record": id, "values": { "worth": null } }),
        12 => {
            json!({ "command": "update_record", "record": id, "title": format!("New name {number}") })
        }
        13..=15 => {
            let to = ["First", "Second", "Over", "Third"][chance.below(4)];
            json!({ "command": "move_record", "record": id, "to": to })
        }
        16..=18 => json!({ "command": "tag_records", "records": [id], "tags": [tag] }),
        19 => json!({ "command": "untag_records", "records": [id], "tags": [tag] }),
        20 => json!({ "command": "assign_record", "record": id, "owner": null }),
        21 => json!({ "command": "claim_record", "record": id }),
        22 | 23 => json!({ "command": "trash_record", "record": id }),
        24 => json!({ "command": "restore_record", "record": some(chance, trash) }),
        25 => json!({ "command": "purge_trash", "record": some(chance, trash) }),
        26..=28 => json!({ "command": "undo" }),
        29 => json!({ "command": "add_identity", "record": id, "kind": "email",
            "value": format!("lead{}@example.org", chance.below(30)) }),
        30 => json!({ "command": "add_note", "record": id, "body": "a note" }),
        31 => json!({ "command": "join_segment", "segment": "fair", "records": [id] }),
        32 => json!({ "command": "leave_segment", "segment": "fair", "records": [id] }),
        33 => match chance.below(4) {
            0 => json!({ "command": "merge_tags", "from": tag, "into": tags[chance.below(5)] }),
            1 => json!({ "command": "delete_tag", "tag": tag }),
            2 => json!({ "command": "change_tag", "tag": tag, "name": tags[chance.below(5)] }),
            _ => json!({ "command": "change_tag", "tag": tag, "name": format!("tag {number}") }),
        },
        34 => {
            let step = match chance.below(4) {
                0 => json!({ "change": "rename_column", "column": "city",
                    "name": format!("Town {number}") }),
                1 => json!({ "change": "add_column",
                    "column": { "name": format!("C{number}"), "type": "text" } }),
                2 => json!({ "change": "set_options", "column": "plan",
                    "options": ["Gold", "Tin", "Iron", format!("Plan {number}")] }),
                _ => json!({ "change": "shelve_column", "column": "city" }),
            };
            json!({ "command": "change_blueprint", "blueprint": "lead", "steps": [step] })
        }
        35 => json!({ "command": "migrate_records", "blueprint": "lead", "dry_run": false }),
        36 => match chance.below(3) {
            0 => json!({ "command": "add_stage", "pipeline": "leads",
                "stage": { "name": "Third", "kind": "won" } }),
            1 => json!({ "command": "delete_stage", "pipeline": "leads", "stage": "third",
                "to": "second" }),
            _ => json!({ "command": "change_stage", "pipeline": "leads", "stage": "second",
                "name": format!("Second {number}") }),
        },
        37 => json!({ "command": "change_segment", "segment": "rich",
            "filter": format!("worth>{}", 20 + chance.below(60)) }),
        38 => match chance.below(6) {
            0 => json!({ "command": "delete_blueprint", "blueprint": "lead" }),
            _ => json!({ "command": "restore_blueprint", "blueprint": "lead" }),
        },
        _ => json!({ "command": "restore_blueprint", "blueprint": "lead" }),
    }
}

async fn every_lead(read: &mut dyn Read) -> Vec<RecordId> {
    let mut ids = Vec::new();
    let all = read.segments().await.expect("read");
    let of = all.iter().find_map(|one| one.follows.clone()).expect("a dynamic one").blueprint;
    let mut after = None;
    loop {
        let part = read.records_of(&of, after.as_ref(), 200).await.expect("read");
        let Some(last) = part.last() else { return ids };
        after = Some(last.record.id.clone());
        ids.extend(part.into_iter().map(|kept| kept.record.id));
    }
}

/// Holds each dynamic segment to its filter, record by record, and each filter to what it means
/// now.
///
/// # Errors
/// The first that is wrong.
async fn agree(desk: &Desk) -> Result<(), String> {
    let mut read = desk.read().await;
    let now = desk.ground.env.now();
    let known = Known::read(read.as_mut(), None, now, Audience::Member).await.expect("read");
    let dynamic = known.segments.iter().filter_map(|s| Some((s, s.follows.as_ref()?)));
    let dynamic: Vec<(&Segment, &Follows)> = dynamic.collect();
    for (segment, follows) in &dynamic {
        let again = Follows::read(&known, &follows.blueprint, &follows.filter);
        match (&follows.problem, again) {
            (None, Ok((again, _))) if follows.by_clock || again.condition == follows.condition => {}
            (Some(problem), Err(refusal)) if *problem == refusal.message => {}
            // In the trash it is asked for nothing.
            (_, Err(refusal)) if refusal.message.contains("blueprint of this segment") => {}
            (problem, again) => {
                return Err(format!("{} was read as {problem:?}, now {again:?}", segment.key));
            }
        }
    }
    for id in every_lead(read.as_mut()).await {
        let record = read.record(&id).await.expect("read").expect("it is there");
        let version = record.blueprint_version;
        let blueprint = read.blueprint(&record.blueprint, version).await.expect("read");
        let blueprint = blueprint.expect("it is there");
        let identities = read.identities(&id).await.expect("read");
        let tags = read.tags_of(std::slice::from_ref(&id)).await.expect("read");
        let tags = tags.into_values().flatten().map(|tag| tag.id).collect::<Vec<_>>();
        let inside = read.segments_of(&id).await.expect("read");
        let by_hand = |one: &SegmentId| dynamic.iter().all(|(segment, _)| segment.id != *one);
        let asked = inside.iter().filter(|one| by_hand(one)).cloned().collect::<Vec<_>>();
        let seen = Seen::new(&record, &blueprint, &identities).tagged(&tags).in_segments(&asked);
        for (segment, follows) in &dynamic {
            let wanted = record.trashed_at.is_none() && follows.condition.matches(&seen);
            if wanted != inside.contains(&segment.id) {
                let (title, key) = (&record.title, &segment.key);
                return Err(format!("{title} in {key} ({}): {wanted} wanted", follows.filter));
            }
        }
    }
    Ok(())
}

/// Checks that each coming and going was told once, in turn, with why, as a fact and on the
/// timeline. Gives how many there were.
async fn each_once(desk: &Desk) -> usize {
    let mut read = desk.read().await;
    let mut inside: BTreeMap<(RecordId, SegmentId), bool> = BTreeMap::new();
    let mut told: BTreeMap<RecordId, usize> = BTreeMap::new();
    let gone = |fact: &FactBody| match fact {
        FactBody::RecordPurged { record } => Some(record.clone()),
        _ => None,
    };
    let (mut facts, mut after) = (Vec::new(), 0);
    loop {
        let part = read.facts(after, 500).await.expect("read");
        let Some(last) = part.last() else { break };
        after = last.seq;
        facts.extend(part);
    }
    let purged = facts.iter().filter_map(|fact| gone(&fact.body)).collect::<BTreeSet<_>>();
    for fact in &facts {
        let (record, segment, why, joins) = match &fact.body {
            FactBody::SegmentJoined { record, segment, why, .. } => (record, segment, why, true),
            FactBody::SegmentLeft { record, segment, why, .. } => (record, segment, why, false),
            _ => continue,
        };
        if purged.contains(record) {
            continue;
        }
        let before = inside.insert((record.clone(), segment.clone()), joins);
        assert_eq!(before.unwrap_or(false), !joins, "{record} in {segment} at {}", fact.seq);
        assert!(!why.is_empty());
        *told.entry(record.clone()).or_default() += 1;
    }
    for ((record, segment), is) in &inside {
        let now = read.segments_of(record).await.expect("read").contains(segment);
        assert_eq!(now, *is, "{record} in {segment}");
    }
    for (record, count) in &told {
        let lines = read.interactions(record, None, 10_000).await.expect("read");
        let lines = lines.iter().filter(|line| line.kind == InteractionKind::Segment);
        let lines = lines.inspect(|line| assert!(line.data["why"].is_string()));
        assert_eq!(lines.count(), *count, "lines on {record}");
    }
    told.values().sum()
}

/// A clock that a test sets.
struct Later(TimeDelta);

impl Clock for Later {
    #[expect(clippy::disallowed_methods, reason = "a clock that is ahead of the machine's")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now() + self.0
    }
}

pub async fn a_segment_follows_the_clock(ground: Ground) {
    let desk = Desk::open(ground).await;
    leads(&desk).await;
    segment(&desk, "New ones", "created>-2h").await;
    segment(&desk, "Rich", "worth>5").await;
    desk.make("lead", "A", json!({ "worth": 9 })).await;
    desk.work().await;
    assert_eq!(desk.listed("segment:new").await, ["A"]);
    let due = async |later: TimeDelta| {
        let mut read = desk.read().await;
        let now = desk.ground.env.now() + later;
        segments::moved_by_clock(read.as_mut(), now).await.expect("read")
    };
    assert!(due(TimeDelta::minutes(1)).await.is_empty(), "not every minute");
    let moved = due(TimeDelta::hours(3)).await;
    assert_eq!(moved.len(), 1);
    let env = Env { clock: Arc::new(Later(TimeDelta::hours(3))), ..desk.ground.env.clone() };
    let later = Crm::new(Arc::new(desk.ground.store.clone()), env);
    let command = Command::FollowClock(FollowClock { segments: moved });
    let system = Actor::System { tenant: desk.seed.tenant.clone() };
    later.run(&system, Cause::new("clock:1"), command.clone()).await.expect("followed");
    let refused = desk.crm.run(&desk.actor, Cause::new("clock:2"), command).await;
    assert!(matches!(refused, Err(Error::Refused(_))), "people do not turn the clock");
    // The job waits for its time, as the clock of the command had it.
    let now = desk.ground.env.now() + TimeDelta::hours(4);
    while let Some(job) = desk.ground.store.claim_job("later", now, 30).await.expect("claimed") {
        let work = Command::WorkOnJob(WorkOnJob { job: job.job.clone() });
        later.run(&system, Cause::new(job.cause()), work).await.expect("done");
        desk.ground.store.give_back_job(&job, now, None).await.expect("given back");
    }
    assert_eq!(desk.listed("segment:new").await, Vec::<String>::new());
    assert_eq!(desk.listed("segment:rich").await, ["A"]);
    let mut read = desk.read().await;
    let newest = read.newest_facts(20).await.expect("read");
    let left = newest.iter().find_map(|fact| match &fact.body {
        FactBody::SegmentLeft { why, key, .. } => Some((key.clone(), why.clone())),
        _ => None,
    });
    assert_eq!(left, Some(("new_ones".to_owned(), "time".to_owned())));
}
