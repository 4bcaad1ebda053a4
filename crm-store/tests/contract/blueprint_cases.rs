//! Blueprints that people change, from the door down to the rows: what records become on their
//! way between versions, and what is left of them when they are gone.

use std::collections::BTreeMap;
use std::sync::Arc;

use crm::blueprints::Values;
use crm::commands::{Several, WorkOnJob};
use crm::ids::{JobId, MemberId, ProposalId, RecordId, TenantId};
use crm::jobs::{Job, JobStatus};
use crm::merging::{Duplicate, Merge};
use crm::ports::Hub;
use crm::posts::PostChoice;
use crm::proposals::{
    FieldEffect, Proposal, ProposalStatus, ProposedRecord, ProposedSummary, ProposedTask,
    Provenance, Slot, SourceSpan,
};
use crm::records::Record;
use crm::tenants::{Member, Role};
use crm::{Actor, Cause, Command, Crm, Error, Outcome};
use serde_json::{Value as Json, json};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

use crate::ground::Ground;
use crate::seed::{Seed, later};

/// A member at the door of a store.
pub struct Desk {
    pub ground: Ground,
    pub seed: Seed,
    pub crm: Crm,
    pub actor: Actor,
}

impl Desk {
    pub async fn open(ground: Ground) -> Self {
        let seed = Seed::plant(&ground.store, &ground.env).await;
        let crm = Crm::new(Arc::new(ground.store.clone()), ground.env.clone());
        let actor = member(&seed.tenant, &seed.member);
        Self { ground, seed, crm, actor }
    }

    pub async fn try_to(&self, command: Json) -> Result<Outcome, Error> {
        self.try_as(&self.actor, command).await
    }

    pub async fn try_as(&self, actor: &Actor, command: Json) -> Result<Outcome, Error> {
        let command: Command = serde_json::from_value(command).expect("a command");
        self.crm.run(actor, Cause::new(self.ground.env.token()), command).await
    }

    pub async fn run(&self, command: Json) -> Outcome {
        self.try_to(command).await.expect("it is done")
    }

    pub async fn refused(&self, command: Json, part: &str) {
        let refused = self.try_to(command).await.expect_err(part).to_string();
        assert!(refused.contains(part), "{refused}");
    }

    pub async fn record(&self, id: &RecordId) -> Record {
        let mut read = self.crm.read(&self.actor).await.expect("a reader");
        read.record(id).await.expect("read").expect("a record")
    }

    /// Makes as many records as there are values.
    async fn records(&self, blueprint: &str, values: Vec<Json>) -> Vec<RecordId> {
        let mut ids = Vec::new();
        for (part, values) in values.chunks(200).enumerate() {
            let make = |(n, values): (usize, &Json)| {
                let title = format!("Parcel {}", part * 200 + n);
                serde_json::from_value::<Command>(json!({
                    "command": "create_record", "blueprint": blueprint, "title": title,
                    "values": values
                }))
                .expect("a command")
            };
            let commands = values.iter().enumerate().map(make).collect();
            let cause = Cause::new(self.ground.env.token());
            let several = Command::Several(Several { commands });
            ids.extend(self.crm.run(&self.actor, cause, several).await.expect("made").records);
        }
        ids
    }

    async fn job(&self, id: &JobId) -> Job {
        let mut read = self.crm.read(&self.actor).await.expect("a reader");
        read.job(id).await.expect("read").expect("a job")
    }

    /// Does the next part of whatever waits, as a worker that dies before it gives it back.
    async fn part(&self, worker: &str) -> bool {
        let now = self.ground.env.now();
        let claimed = self.ground.store.claim_job(worker, now, 30).await.expect("claimed");
        let Some(claimed) = claimed else { return false };
        let actor = Actor::System { tenant: claimed.tenant.clone() };
        let command = Command::WorkOnJob(WorkOnJob { job: claimed.job.clone() });
        self.crm.run(&actor, Cause::new(claimed.cause()), command.clone()).await.expect("done");
        // The same part again, as after a crash: it was done.
        let again = self.crm.run(&actor, Cause::new(claimed.cause()), command).await;
        assert!(again.expect("done").repeated);
        true
    }

    /// Works until nothing is left.
    pub async fn work(&self) {
        loop {
            let worked = self.part("worker").await;
            self.ground.store.release_leases("worker").await.expect("released");
            if !worked {
                return;
            }
        }
    }

    async fn migrate(&self, to_version: i64, dry_run: bool) -> Job {
        let asked = json!({ "command": "migrate_records", "blueprint": "parcel",
            "to_version": to_version, "dry_run": dry_run });
        let id = job_of(&self.run(asked).await);
        self.work().await;
        self.job(&id).await
    }

    /// Each row of a table as text, without these columns.
    async fn dump(&self, table: &str, without: &[&str]) -> Vec<String> {
        let columns = columns(&self.ground).await;
        let shown = columns
            .iter()
            .filter(|(of, column)| of == table && !without.contains(&column.as_str()))
            .map(|(_, column)| format!("'{column}=' || COALESCE(CAST({column} AS TEXT), '-')"))
            .collect::<Vec<_>>();
        assert!(shown.len() > 4, "no columns of {table} were read");
        let sql = format!("SELECT {} FROM {table} ORDER BY 1", shown.join(" || '|' || "));
        let mut rows = texts(&self.ground, &sql).await;
        rows.sort();
        rows
    }

    /// Everything about records but how often they changed.
    async fn records_as_they_are(&self) -> Vec<String> {
        let mut rows = self.dump("record", &["version"]).await;
        rows.extend(self.dump("field_index", &[]).await);
        rows
    }
}

pub fn member(tenant: &TenantId, member: &MemberId) -> Actor {
    Actor::Member { tenant: tenant.clone(), member: member.clone() }
}

fn job_of(outcome: &Outcome) -> JobId {
    serde_json::from_value(outcome.data["job"].clone()).expect("a job")
}

async fn texts(ground: &Ground, sql: &str) -> Vec<String> {
    let sql = AssertSqlSafe(sql.to_owned());
    if ground.is_sqlite() {
        let file = ground.url.trim_start_matches("sqlite:");
        let mut lite = SqliteConnection::connect(file).await.expect("it opens");
        sqlx::query_scalar(sql).fetch_all(&mut lite).await.expect("read")
    } else {
        let mut pg = PgConnection::connect(&ground.url).await.expect("it opens");
        sqlx::query_scalar(sql).fetch_all(&mut pg).await.expect("read")
    }
}

/// Every column of every table.
async fn columns(ground: &Ground) -> Vec<(String, String)> {
    let sql = match ground.is_sqlite() {
        true => {
            "SELECT m.name || ' ' || c.name
            FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c
            WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name <> '_sqlx_migrations'"
        }
        false => {
            "SELECT table_name || ' ' || column_name FROM information_schema.columns
            WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations'"
        }
    };
    let named = texts(ground, sql).await;
    let pair = |line: &String| line.split_once(' ').map(|(a, b)| (a.to_owned(), b.to_owned()));
    named.iter().filter_map(pair).collect()
}

/// Every column that refers to a record, as the schema says.
async fn references_to_records(ground: &Ground) -> Vec<(String, String)> {
    let sql = match ground.is_sqlite() {
        true => {
            "SELECT m.name || ' ' || f.\"from\"
            FROM sqlite_master AS m JOIN pragma_foreign_key_list(m.name) AS f
            WHERE m.type = 'table' AND f.\"table\" = 'record' AND f.\"to\" = 'id'"
        }
        false => {
            "SELECT f.relname || ' ' || a.attname
            FROM pg_constraint AS c JOIN pg_class AS f ON f.oid = c.conrelid
            JOIN pg_class AS t ON t.oid = c.confrelid, unnest(c.conkey) AS k, pg_attribute AS a
            WHERE c.contype = 'f' AND t.relname = 'record' AND a.attrelid = c.conrelid
                AND a.attnum = k AND a.attname <> 'tenant'"
        }
    };
    let named = texts(ground, sql).await;
    let pair = |line: &String| line.split_once(' ').map(|(a, b)| (a.to_owned(), b.to_owned()));
    named.iter().filter_map(pair).collect()
}

/// A blueprint, and two later versions of it.
async fn parcels(desk: &Desk) {
    desk.run(json!({
        "command": "create_blueprint", "key": "parcel", "name": "Parcel", "plural": "Parcels",
        "prefix": "PAR", "mentionable": true, "columns": [
            { "name": "Weight", "type": "text" },
            { "name": "Status", "type": "select", "options": ["Pending", "Lost", "Delivered"] },
            { "name": "Tags", "type": "multi_select", "options": ["Fragile", "Cold", "Heavy"] },
            { "name": "Due", "type": "date_time" },
            { "name": "Note", "type": "long_text" },
        ],
    }))
    .await;
}

async fn change_parcels(desk: &Desk) {
    let change = async |expected: i64, steps: Json| {
        desk.run(json!({ "command": "change_blueprint", "blueprint": "parcel",
            "expected_version": expected, "steps": steps }))
            .await
    };
    change(
        1,
        json!([
            { "change": "cast", "column": "weight", "to": "integer" },
            { "change": "set_options", "column": "status", "options": ["Waiting", "Delivered"],
              "renamed": { "Pending": "Waiting" } },
            { "change": "rename_column", "column": "note", "name": "Remark" },
        ]),
    )
    .await;
    change(
        2,
        json!([
            { "change": "cast", "column": "due", "to": "date" },
            { "change": "set_options", "column": "tags", "options": ["Cold"] },
            { "change": "shelve_column", "column": "note" },
            { "change": "add_column", "position": 0, "column":
              { "name": "Boxes", "type": "integer", "default": 1, "required": true } },
        ]),
    )
    .await;
}

fn parcel_values(n: usize) -> Json {
    let mut values = json!({});
    values["status"] = ["Pending", "Lost", "Delivered"][n % 3].into();
    if n.is_multiple_of(2) {
        values["weight"] = ["12", "0012", "heavy", " 7 "][n / 2 % 4].into();
    }
    if !n.is_multiple_of(5) {
        values["tags"] =
            json!([["Fragile", "Cold"], ["Cold", "Heavy"], ["Heavy", "Fragile"]][n % 3]);
        values["due"] = format!("2027-03-{:02}T{:02}:00:00Z", n % 28 + 1, n % 3 * 9).into();
    }
    if !n.is_multiple_of(7) {
        values["note"] = format!("Line {n}\nand another").into();
    }
    values
}

pub async fn two_thousand_records_go_forward_backward_and_forward_and_are_the_same(ground: Ground) {
    let desk = Desk::open(ground).await;
    parcels(&desk).await;
    let ids = desk.records("parcel", (0..2000).map(parcel_values).collect()).await;
    change_parcels(&desk).await;
    let start = desk.records_as_they_are().await;
    assert!(start.len() > 7000, "{} rows", start.len());

    let there = desk.migrate(3, false).await;
    assert_eq!((there.status, there.done, there.total), (JobStatus::Done, 2000, 2000));
    let after = desk.records_as_they_are().await;
    assert_ne!(start, after);
    let steps = there.report["steps"].as_array().expect("steps");
    assert_eq!(steps.len(), 7);
    // A quarter of those with a weight are heavy, and a third of all are lost.
    assert_eq!((&steps[0]["changed"], &steps[0]["lost"]), (&json!(1000), &json!(250)));
    assert_eq!(steps[1]["lost"], 667);
    assert_eq!(there.report["lacking"], json!({}));

    let back = desk.migrate(1, false).await;
    assert_eq!(back.status, JobStatus::Done);
    let returned = desk.records_as_they_are().await;
    assert_eq!(returned.len(), start.len());
    let differ = returned.iter().zip(&start).find(|(a, b)| a != b);
    assert_eq!(differ, None, "there and back again");
    // Each of them changed twice, and nothing else did.
    assert_eq!(desk.record(&ids[0]).await.version, 3);
    assert_eq!(desk.record(&desk.seed.record.id).await.version, 1);

    desk.migrate(2, false).await;
    desk.migrate(3, false).await;
    let again = desk.records_as_they_are().await;
    assert_eq!(again.iter().zip(&after).find(|(a, b)| a != b), None, "there once more");
    assert_eq!(again.len(), after.len());

    // One wrong value among two thousand, in the record, on its shelf or in the index, is seen.
    let mut wrong = desk.record(&ids[1234]).await;
    wrong.values.insert("boxes".into(), 2.into());
    let mut tx = desk.seed.begin(&desk.ground.store).await;
    let seen = wrong.version;
    wrong.version += 1;
    assert!(tx.update_record(&wrong, seen, &[]).await.expect("written"));
    tx.commit().await.expect("kept");
    let planted = desk.records_as_they_are().await;
    assert_ne!(planted, after);
    let mut tx = desk.seed.begin(&desk.ground.store).await;
    let shelf = serde_json::from_value(json!({ "9.9": { "there": 1, "here": null } }));
    tx.put_aside(&ids[7], &shelf.expect("a shelf"), false).await.expect("written");
    tx.commit().await.expect("kept");
    assert_ne!(desk.records_as_they_are().await, planted);
}

pub async fn a_migration_goes_on_where_it_was_after_a_crash(ground: Ground) {
    let desk = Desk::open(ground).await;
    parcels(&desk).await;
    let ids = desk.records("parcel", (0..700).map(parcel_values).collect()).await;
    change_parcels(&desk).await;
    let job =
        job_of(&desk.run(json!({ "command": "migrate_records", "blueprint": "parcel" })).await);

    assert!(desk.part("first").await);
    let halfway = desk.job(&job).await;
    assert_eq!((halfway.status, halfway.done), (JobStatus::Open, 250));
    // The first worker dies; its lease keeps others away until it runs out or is freed.
    assert!(!desk.part("second").await);
    desk.ground.store.release_leases("first").await.expect("freed");
    // One that dies before it has done anything changes nothing.
    let second = desk.ground.second().await;
    let now = desk.ground.env.now();
    let claimed = second.claim_job("second", now, 30).await.expect("asked").expect("a job");
    assert_eq!(claimed.cursor, halfway.cursor);
    let late = later(now, 31);
    let taken =
        second.claim_job("third", late, 30).await.expect("asked").expect("its lease ran out");
    second.give_back_job(&taken, now, Some("the disk is full")).await.expect("given back");
    assert_eq!(desk.job(&job).await.why.as_deref(), Some("the disk is full"));

    // Halfway, both versions can be read, changed and listed.
    for (id, version, weight) in [(&ids[0], 3, json!(12)), (&ids[696], 1, json!("12"))] {
        let record = desk.record(id).await;
        assert_eq!((record.blueprint_version, &record.values["weight"]), (version, &weight));
        desk.run(json!({ "command": "update_record", "record": id, "values": { "weight": "13" } }))
            .await;
    }
    desk.refused(
        json!({ "command": "migrate_records", "blueprint": "parcel" }),
        "a migration of Parcel is going on",
    )
    .await;

    desk.work().await;
    let done = desk.job(&job).await;
    assert_eq!((done.status, done.done), (JobStatus::Done, 700));
    assert_eq!(done.report["records"], 700);
    for (n, id) in ids.iter().enumerate() {
        let record = desk.record(id).await;
        let edits = i64::from(n == 0 || n == 696);
        assert_eq!((record.blueprint_version, record.version), (3, 2 + edits), "{n}");
    }
    assert_eq!(desk.record(&ids[696]).await.values["weight"], json!(13));
    // A part says which records it took, and only those that lost something say so themselves.
    let mut read = desk.crm.read(&desk.actor).await.expect("a reader");
    let facts = read.newest_facts(20).await.expect("read");
    let told = facts.iter().filter_map(|fact| match &fact.body {
        crm::facts::FactBody::RecordsMigrated { version: 3, records, .. } => Some(records.len()),
        _ => None,
    });
    assert_eq!(told.sum::<usize>(), 700);
    let timeline = read.interactions(&ids[4], None, 10).await.expect("read");
    let said = timeline.iter().map(|i| i.summary.as_str()).collect::<Vec<_>>();
    assert!(
        said[0].contains("has no place for Weight") && said[0].contains("put aside"),
        "{said:?}"
    );
    assert!(read.record(&ids[4]).await.expect("read").expect("it").touched_at.is_some());
}

pub async fn a_dry_run_changes_nothing_and_a_cancelled_one_no_more(ground: Ground) {
    let desk = Desk::open(ground).await;
    parcels(&desk).await;
    desk.records("parcel", (0..600).map(parcel_values).collect()).await;
    change_parcels(&desk).await;
    let start = desk.dump("record", &[]).await;
    let dry = desk.migrate(3, true).await;
    assert_eq!(dry.status, JobStatus::Done);
    assert_eq!(desk.dump("record", &[]).await, start);
    let example = &dry.report["steps"][0]["examples"][0];
    assert_eq!((&example["record"], &example["value"]), (&json!("PAR-5"), &json!("heavy")));
    assert!(example["why"].as_str().unwrap_or_default().contains("a whole number"), "{example}");

    let asked = json!({ "command": "migrate_records", "blueprint": "parcel" });
    let job = job_of(&desk.run(asked).await);
    assert!(desk.part("worker").await);
    desk.run(json!({ "command": "cancel_job", "job": job })).await;
    desk.work().await;
    let cancelled = desk.job(&job).await;
    assert_eq!((cancelled.status, cancelled.done), (JobStatus::Cancelled, 250));
    desk.refused(json!({ "command": "cancel_job", "job": job }), "ended already").await;
    // Those that went can go back, and the dry run told the truth.
    let real = desk.migrate(3, false).await;
    assert_eq!(real.report["records"], 350);
    desk.migrate(1, false).await;
    let versions = |rows: Vec<String>| {
        let start = |row: String| row.split("|version=").next().unwrap_or_default().to_owned();
        rows.into_iter().map(start).collect::<Vec<_>>()
    };
    assert_eq!(versions(desk.dump("record", &[]).await), versions(start));
    desk.refused(
        json!({ "command": "migrate_records", "blueprint": "parcel", "to_version": 9 }),
        "versions 1 to 3",
    )
    .await;
    desk.refused(
        json!({ "command": "change_blueprint", "blueprint": "parcel", "expected_version": 2,
            "steps": [{ "change": "set_mentionable", "mentionable": false }] }),
        "Somebody changed it: Parcel is at version 3 now, which",
    )
    .await;
}

pub async fn a_new_record_gets_its_defaults_and_refers_to_what_is_there(ground: Ground) {
    let desk = Desk::open(ground).await;
    desk.run(json!({
        "command": "create_blueprint", "key": "visit", "name": "Visit", "plural": "Visits",
        "columns": [
            { "name": "At", "type": "date_time", "default": "now()" },
            { "name": "On", "type": "date", "default": "today()" },
            { "name": "Who", "type": "text", "default": "me" },
            { "name": "Kind", "type": "select", "options": ["Call", "Trip"], "default": "call" },
            { "name": "Deal", "type": "reference", "references": ["deal"] },
            { "name": "After", "type": "reference", "references": ["visit"], "many": true },
        ],
    }))
    .await;
    let make = async |values: Json| {
        let asked = json!({ "command": "create_record", "blueprint": "visit", "title": "Visit",
            "values": values });
        desk.try_to(asked).await.map(|outcome| outcome.records[0].clone())
    };
    let first = make(json!({ "Deal": "deal-1" })).await.expect("made");
    let record = desk.record(&first).await;
    assert_eq!(record.values["who"], "Rosa");
    assert_eq!(record.values["kind"], "Call");
    assert_eq!(record.values["at"], json!(record.created_at.to_rfc3339()));
    assert!(record.values.contains_key("on"));
    assert_eq!(record.values["deal"], json!(desk.seed.record.id));
    let own =
        make(json!({ "who": "Zoë", "kind": null, "after": ["VISIT-1"] })).await.expect("made");
    let record = desk.record(&own).await;
    assert_eq!((&record.values["who"], record.values.get("kind")), (&json!("Zoë"), None));
    assert_eq!(record.values["after"], json!([first]));
    // Two that refer to each other are fine.
    desk.run(json!({ "command": "update_record", "record": first, "values": { "after": [own] } }))
        .await;

    let check = async |values: Json, part: &str| {
        let refused = make(values).await.expect_err(part).to_string();
        assert!(refused.contains(part), "{refused}");
    };
    check(json!({ "deal": "VISIT-1" }), "refers to records of deal, and VISIT-1 is one of visit")
        .await;
    check(json!({ "deal": "rec_06cq3m5v9k2f8h1t" }), "there is no such record").await;
    check(json!({ "deal": "DEAL-99" }), "Deal takes a record, by its id or its key").await;
    check(json!({ "at": "soon" }), "At takes an instant like 2027-03-31T09:00:00Z, and “soon”")
        .await;
    desk.refused(
        json!({ "command": "create_blueprint", "key": "b", "name": "B", "plural": "Bs",
            "columns": [{ "name": "To", "type": "reference", "references": ["ship"] }] }),
        "“ship”, which there is not",
    )
    .await;

    // A reference to what has gone since stays, and is shown as gone.
    desk.run(json!({ "command": "trash_record", "record": desk.seed.record.id })).await;
    check(json!({ "deal": "DEAL-1" }), "is in the trash").await;
    desk.run(json!({ "command": "update_record", "record": first, "values": { "kind": "Trip" } }))
        .await;
    let record = desk.record(&first).await;
    let mut read = desk.crm.read(&desk.actor).await.expect("a reader");
    let blueprint = read.blueprint(&record.blueprint, 1).await.expect("read").expect("a blueprint");
    let mut shown = BTreeMap::new();
    for id in ["deal", "after"] {
        let column = blueprint.column(id).expect("a column");
        let value = crm::references::shown(read.as_mut(), column, &record.values[id]).await;
        shown.insert(id, value.expect("read"));
    }
    assert_eq!(shown, BTreeMap::from([("deal", "gone".to_owned()), ("after", "Visit".to_owned())]));
}

pub async fn records_go_to_the_trash_with_their_blueprint_and_come_back_with_it(ground: Ground) {
    let desk = Desk::open(ground).await;
    parcels(&desk).await;
    let ids = desk.records("parcel", (0..300).map(parcel_values).collect()).await;
    desk.run(json!({ "command": "trash_record", "record": ids[5] })).await;
    let start = desk.dump("record", &["version"]).await;

    desk.run(json!({ "command": "delete_blueprint", "blueprint": "parcel" })).await;
    desk.refused(
        json!({ "command": "create_record", "blueprint": "parcel", "title": "New" }),
        "There is no blueprint “parcel”",
    )
    .await;
    let again =
        json!({ "command": "create_blueprint", "key": "parcel", "name": "P", "plural": "Ps" });
    desk.refused(again, "is in the trash. Restore it").await;
    desk.work().await;
    let mut read = desk.crm.read(&desk.actor).await.expect("a reader");
    let trashed = read.trashed_blueprints().await.expect("read");
    assert_eq!(trashed.len(), 1);
    let id = trashed[0].blueprint.id.clone().expect("an id");
    assert_eq!(read.trash_counts().await.expect("read"), [(id.clone(), 300)]);
    let page = read.trash(&id, None, 200).await.expect("read");
    let rest = read.trash(&id, Some(&page[199].id), 200).await.expect("read");
    assert_eq!((page.len(), rest.len()), (200, 100));
    assert!(
        read.known_names().await.expect("read").iter().all(|name| !name.text.contains("Parcel"))
    );
    drop(read);
    desk.refused(json!({ "command": "restore_record", "record": ids[6] }), "restore the blueprint")
        .await;

    desk.run(json!({ "command": "restore_blueprint", "blueprint": "parcel" })).await;
    desk.work().await;
    assert_eq!(desk.dump("record", &["version"]).await, start);
    assert!(desk.record(&ids[5]).await.trashed_at.is_some(), "it was there on its own");

    // Deleting it and thinking better of it at once stops the first job.
    desk.run(json!({ "command": "delete_blueprint", "blueprint": "parcel" })).await;
    assert!(desk.part("worker").await);
    desk.ground.store.release_leases("worker").await.expect("freed");
    desk.run(json!({ "command": "undo" })).await;
    desk.work().await;
    assert_eq!(desk.dump("record", &["version"]).await, start);

    // What is purged stays away, and the rest does not notice.
    desk.run(json!({ "command": "purge_trash", "records_of": "parcel" })).await;
    desk.work().await;
    let mut read = desk.crm.read(&desk.actor).await.expect("a reader");
    assert!(read.record(&ids[5]).await.expect("read").is_none());
    assert_eq!(read.count_records_of(&id).await.expect("read"), 299);
    drop(read);
    desk.refused(json!({ "command": "purge_trash", "record": ids[6] }), "not in the trash").await;
}

pub async fn what_is_purged_leaves_no_row_and_no_word(ground: Ground) {
    const WORD: &str = "zebra4711";
    let desk = Desk::open(ground).await;
    let now = desk.ground.env.now();
    desk.run(json!({
        "command": "create_blueprint", "key": "herd", "name": "Herd", "plural": "Herds",
        "mentionable": true, "identities": true,
        "columns": [{ "name": "Motto", "type": "text" }, { "name": "Size", "type": "integer" }],
    }))
    .await;
    let made = desk
        .run(json!({ "command": "create_record", "blueprint": "herd", "title": "Zebra4711 Ltd",
            "values": { "motto": "Zebra4711 first", "size": 3 },
            "identities": [{ "kind": "alias", "value": "Zebra4711" }] }))
        .await;
    let id = made.records[0].clone();
    let other = desk.seed.record.id.clone();
    for command in [
        json!({ "command": "update_record", "record": id, "values": { "motto": "ZEBRA4711 again" } }),
        json!({ "command": "add_note", "record": id, "body": "about zebra4711" }),
        json!({ "command": "add_task", "record": id, "title": "Feed zebra4711" }),
        json!({ "command": "link_records", "from": id, "to": other, "kind": "contact" }),
        json!({ "command": "link_records", "from": other, "to": id, "kind": "customer" }),
        json!({ "command": "tag_records", "records": [id], "tags": ["vip", "old"] }),
        json!({ "command": "merge_tags", "from": "old", "into": "vip" }),
        json!({ "command": "create_segment", "name": "Fair" }),
        json!({ "command": "join_segment", "segment": "fair", "records": [id] }),
        json!({ "command": "create_product", "name": "Plan", "blueprints": ["herd"] }),
        json!({ "command": "create_criterion", "product": "plan", "name": "Need" }),
        json!({ "command": "assess_record", "record": id, "criterion": "need", "value": true,
            "reason": "zebra4711 said so" }),
        json!({ "command": "make_lead", "record": id, "why": "zebra4711 called" }),
    ] {
        desk.run(command).await;
    }
    for handle in ["zebra4711", "zebra4711_ltd"] {
        desk.run(json!({ "command": "add_identity", "record": id, "kind": "telegram",
            "value": handle, "stable_id": "1" }))
            .await;
    }
    let noted =
        desk.run(json!({ "command": "add_note", "record": id, "body": "Zebra4711 once" })).await;
    desk.run(json!({ "command": "change_note", "note": noted.data["note"], "body": "zebra4711" }))
        .await;
    desk.run(json!({ "command": "update_record", "record": id, "values": { "size": 4 } })).await;
    desk.run(json!({ "command": "undo" })).await;
    let mut tx = desk.seed.begin(&desk.ground.store).await;
    let job = Job {
        id: JobId::fresh(&desk.ground.env),
        spec: crm::jobs::JobSpec::ChangeMany {
            change: crm::commands::ManyChange::Trash,
            records: vec![],
            filter: None,
        },
        status: JobStatus::Done,
        cursor: None,
        done: 1,
        total: 1,
        report: json!({}),
        why: None,
        created_by: None,
        created_at: now,
        updated_at: now,
        ended_at: Some(now),
    };
    tx.insert_job(&job).await.expect("a job");
    let item = crm::jobs::JobItem {
        record: id.clone(),
        why: Some("zebra4711 is Rosa's".into()),
        inverse: None,
    };
    tx.insert_job_item(&job.id, &item).await.expect("an item");
    let notification = crm::tasks::Notification {
        id: crm::ids::NotificationId::fresh(&desk.ground.env),
        member: desk.seed.member.clone(),
        record: Some(id.clone()),
        text: "Rosa mentioned you on zebra4711".into(),
        created_at: now,
        posted_at: None,
    };
    tx.insert_notification(&notification).await.expect("a notice");
    let import = crm::imports::Import {
        id: crm::ids::ImportId::fresh(&desk.ground.env),
        name: "herd.csv".into(),
        upload: None,
        plan: None,
        check_job: None,
        run_job: None,
        revert_job: None,
        created_by: None,
        created_at: now,
        updated_at: now,
    };
    tx.insert_import(&import).await.expect("an import");
    let renamed = json!({ "command": "update_record", "record": id, "title": "zebra4711" });
    let change = crm::imports::ImportChange {
        record: id.clone(),
        row: 2,
        is_made: false,
        version: 1,
        inverse: vec![serde_json::from_value(renamed).expect("a command")],
        at: now,
    };
    tx.put_import_change(&import.id, &change).await.expect("a change");
    let source = SourceSpan {
        message: 0,
        start: 0,
        end: 9,
        sentence: "zebra4711 calls".into(),
        extractor: "name".into(),
        confidence: 90,
        inferred: false,
    };
    let proposed = |title: &str, left_out: bool| ProposedRecord {
        blueprint: "herd".into(),
        title: title.into(),
        fields: vec![],
        existing: None,
        warning: None,
        left_out,
    };
    let proposal = Proposal {
        id: ProposalId::fresh(&desk.ground.env),
        status: ProposalStatus::Accepted,
        messages: vec![],
        // What was left out has no part in what was made.
        records: vec![proposed("Another herd", true), proposed("Zebra4711 Ltd", false)],
        links: vec![],
        created_by: None,
        created_at: now,
        decided_by: None,
        decided_at: Some(now),
        made: vec![id.clone()],
        tasks: vec![ProposedTask {
            title: "call zebra4711".into(),
            due_on: None,
            due_at: None,
            assignee: None,
            about: vec![0],
            effect: FieldEffect::Create,
            source: source.clone(),
            due_source: None,
        }],
        summary: Some(ProposedSummary {
            text: "zebra4711 calls".into(),
            sources: vec![source.clone()],
        }),
        made_tasks: vec![],
    };
    tx.insert_proposal(&proposal).await.expect("a proposal");
    let message = serde_json::from_value(json!({
        "place": desk.seed.place, "message": "$1", "author": crate::seed::author(),
        "text": "zebra4711 calls", "at": now, "permalink": null
    }));
    let origin = Provenance {
        record: id.clone(),
        slot: Slot::Title,
        value: "zebra4711".into(),
        proposal: proposal.id.clone(),
        source,
        message: message.expect("a message"),
        approved_by: None,
        at: now,
        number: 0,
        wrong_at: None,
    };
    tx.insert_provenance(&origin).await.expect("an origin");
    let mut post = desk.seed.post();
    let level = crm::places::Level::Full;
    post.subject = crm::posts::Subject::Card { records: vec![id.clone()], level };
    post.notice = Some(crm::posts::Notice { text: "zebra4711 moved".into(), undo: None });
    tx.insert_post(&post, std::slice::from_ref(&id)).await.expect("a post");
    let claim = serde_json::from_value(json!({ "command": "claim_record", "record": id }));
    let choice = PostChoice {
        token: "abc".into(),
        post: post.id.clone(),
        position: 0,
        symbol: "1".into(),
        label: "Zebra4711 Ltd".into(),
        command: claim.expect("a command"),
        created_at: now,
        current: true,
    };
    // Another record is part of it, or may be.
    let another = desk.seed.another("HERD-9001", "Another herd");
    tx.insert_record(&another, &[]).await.expect("a record");
    let merge = Merge {
        other: another.id.clone(),
        kept: id.clone(),
        at: now,
        by: None,
        took: vec![],
        names: vec![],
        tags: vec![],
        segments: vec![],
    };
    tx.insert_merge(&merge).await.expect("a merge");
    for (one, other) in [(&id, &another.id), (&another.id, &id)] {
        let (one, other) = (one.clone(), other.clone());
        let pair = Duplicate { one, other, score: 90, why: "Zebra4711 Ltd".into() };
        tx.put_duplicate(&pair, now).await.expect("a pair");
    }
    let conversation = crm::conversations::Conversation {
        connection: "matrix".into(),
        account: "@zebra4711:example.org".into(),
        person: id.clone(),
        about: id.clone(),
        member: desk.seed.member.clone(),
        place: None,
        thread: None,
        private_to: None,
        at: now,
    };
    let tied = crm::rooms::TiedRoom {
        place: desk.seed.place.clone(),
        thread: None,
        record: id.clone(),
        by: None,
        at: now,
    };
    tx.put_tied_room(&tied).await.expect("a room");
    tx.put_conversation(&conversation).await.expect("a conversation");
    tx.replace_choices(&post.id, &[choice]).await.expect("a button");
    tx.commit().await.expect("kept");

    // Each table of the schema that refers to records; one that is new has to be filled above.
    let mut referring = references_to_records(&desk.ground).await;
    // What is part of another record is purged with that one, and not by itself.
    let is_part = ("merge".to_owned(), "other".to_owned());
    referring.retain(|reference| *reference != is_part);
    assert!(referring.len() >= 9, "{referring:?}");
    let rows = async |table: &str, column: &str| {
        let sql = format!("SELECT {column} FROM {table} WHERE {column} = '{id}'");
        texts(&desk.ground, &sql).await.len()
    };
    for (table, column) in &referring {
        assert!(rows(table, column).await > 0, "{table}.{column} was not filled");
    }
    desk.run(json!({ "command": "trash_record", "record": id })).await;
    let found = words_of(&desk.ground, WORD).await;
    assert!(found.len() > 8, "{found:?}");

    let viewer = Member {
        id: MemberId::fresh(&desk.ground.env),
        name: "Max".into(),
        email: "max@example.org".into(),
        role: Role::Member,
        active: true,
        created_at: now,
    };
    let mut tx = desk.seed.begin(&desk.ground.store).await;
    tx.insert_member(&viewer).await.expect("a member");
    tx.commit().await.expect("kept");
    let purge = json!({ "command": "purge_trash", "record": id });
    let max = member(&desk.seed.tenant, &viewer.id);
    assert!(desk.try_as(&max, purge.clone()).await.is_err(), "only an administrator may");
    let entries = texts(&desk.ground, "SELECT id FROM entry").await.len();
    desk.run(purge).await;

    for (table, column) in &referring {
        assert_eq!(rows(table, column).await, 0, "{table}.{column}");
    }
    assert_eq!(rows("record", "id").await, 0);
    // The other record's timeline says what happened to it, and that is its own.
    let left = words_of(&desk.ground, WORD).await;
    assert_eq!(left, ["interaction.summary"]);
    // The log of commands has lost no row, and reads.
    assert_eq!(texts(&desk.ground, "SELECT id FROM entry").await.len(), entries + 1);
    let mut read = desk.crm.read(&desk.actor).await.expect("a reader");
    let facts = read.facts(0, 1000).await.expect("every fact reads");
    assert!(facts.iter().enumerate().all(|(n, fact)| fact.seq == n as i64 + 1));
    let entry = read.entry(&made.entry).await.expect("it reads").expect("it is there");
    assert_eq!((entry.outcome.said.as_str(), entry.inverse), ("", None));
}

/// In which columns a word stands, in any case.
async fn words_of(ground: &Ground, word: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (table, column) in columns(ground).await {
        let sql = format!(
            "SELECT '{table}.{column}' FROM {table}
             WHERE LOWER(CAST({column} AS TEXT)) LIKE '%{word}%' LIMIT 1"
        );
        found.extend(texts(ground, &sql).await);
    }
    found.sort();
    found
}

pub async fn sensitive_values_are_read_by_few_and_noted(ground: Ground) {
    let desk = Desk::open(ground).await;
    desk.run(json!({
        "command": "create_blueprint", "key": "hire", "name": "Hire", "plural": "Hires",
        "columns": [
            { "name": "Pay", "type": "integer", "classification": "sensitive" },
            { "name": "Desk", "type": "text" },
        ],
    }))
    .await;
    let id = desk.records("hire", vec![json!({ "pay": 4711, "desk": "12" })]).await.remove(0);
    let changed = desk
        .run(json!({ "command": "update_record", "record": id, "values": { "pay": 4712 } }))
        .await;
    assert!(!changed.said.contains("471"), "{}", changed.said);
    let mut read = desk.crm.read(&desk.actor).await.expect("a reader");
    let timeline = read.interactions(&id, None, 10).await.expect("read");
    assert!(timeline.iter().all(|i| !format!("{i:?}").contains("471")), "{timeline:?}");
    drop(read);

    let mut tx = desk.seed.begin(&desk.ground.store).await;
    let max = Member {
        id: MemberId::fresh(&desk.ground.env),
        name: "Max".into(),
        email: "max@example.org".into(),
        role: Role::Member,
        active: true,
        created_at: desk.ground.env.now(),
    };
    tx.insert_member(&max).await.expect("a member");
    tx.commit().await.expect("kept");
    let reading = json!({ "command": "read_sensitive", "record": id });
    let others = desk.try_as(&member(&desk.seed.tenant, &max.id), reading.clone()).await;
    assert!(others.expect_err("not his").to_string().contains("owner and administrators"));
    desk.run(reading).await;
    let mut read = desk.crm.read(&desk.actor).await.expect("a reader");
    let newest = read.newest_facts(1).await.expect("read").remove(0);
    let expected =
        crm::facts::FactBody::SensitiveRead { record: id.clone(), columns: vec!["pay".into()] };
    assert_eq!((newest.body, newest.member), (expected, Some(desk.seed.member.clone())));
    let record = read.record(&id).await.expect("read").expect("a record");
    let blueprint = read.blueprint(&record.blueprint, 1).await.expect("read").expect("it");
    let rest: Values = blueprint.without_sensitive(record.values);
    assert_eq!(rest, Values::from([("desk".into(), "12".into())]));
}
