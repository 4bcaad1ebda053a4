//! Files in and out: a file is looked at, tried, imported, taken back; exported and imported
//! again; broken in every way; and imported by a Tieline that is killed meanwhile. Through the
//! API, the command line and chat, on both databases.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::{Value, json};
use tests::harness::api::Api;
use tests::harness::team::{Database, Team, on_both, text};

/// Uploads a file and gives the import's id.
async fn upload(who: &Api, name: &str, file: impl Into<Vec<u8>>) -> String {
    let reply = who.upload(&format!("/api/v1/imports?name={name}"), file.into()).await;
    let kept = reply.expect_status(201);
    kept["data"]["import"].as_str().expect("an id").to_owned()
}

async fn show(who: &Api, id: &str) -> Value {
    who.get(&format!("/api/v1/imports/{id}")).await.expect_status(200)
}

/// Waits until the newest job of this step has ended, and gives it.
async fn ended(who: &Api, id: &str, step: &str) -> Result<Value> {
    let began = Instant::now();
    loop {
        let job = show(who, id).await[step].clone();
        if job["status"] != "open" {
            return Ok(job);
        }
        if began.elapsed() > Duration::from_secs(300) {
            bail!("{step} did not end: {job}");
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
}

/// Imports and gives the report.
async fn run(who: &Api, id: &str, plan: Value, dry_run: bool) -> Result<Value> {
    let body = json!({ "plan": plan, "dry_run": dry_run });
    who.post(&format!("/api/v1/imports/{id}/run"), body).await.expect_status(202);
    let job = ended(who, id, if dry_run { "check" } else { "run" }).await?;
    assert_eq!(job["status"], "done", "{job}");
    Ok(job["report"].clone())
}

fn counts(report: &Value) -> [i64; 5] {
    ["created", "updated", "left", "conflicts", "refused"]
        .map(|name| report[name].as_i64().expect("a count"))
}

async fn found(who: &Api, filter: &str) -> Vec<Value> {
    let path = format!("/api/v1/records?limit=200&filter={}", filter.replace(' ', "%20"));
    let page = who.get(&path).await.expect_status(200);
    page["records"].as_array().cloned().unwrap_or_default()
}

const PEOPLE: &str = "Name;E-Mail-Adresse;Firma;Position;Besitzer\n\
    Anna Weiß;anna@acme.example;Acme Inc.;Einkauf;imre@northwind.example\n\
    Bert Blau;bert@globex.example;Globex;Leitung;\n\
    Anna Weiss;ANNA@acme.example;;Leitung Einkauf;\n\
    Carl;carl at acme;Acme Inc.;;\n\
    Dora;dora@acme.example;Acme Inc.;;nobody@northwind.example\n\
    Emil;emil@acme.example\n\
    =HYPERLINK;frida@acme.example;Acme Inc.;;\n";

#[tokio::test]
async fn a_file_is_looked_at_tried_imported_and_taken_back() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let rosa = &team.rosa;
        team.acme().await;
        let bert = team
            .record(json!({
                "blueprint": "person", "title": "Bert B.",
                "identities": [{ "kind": "email", "value": "bert@globex.example" }],
            }))
            .await;

        let id = upload(rosa, "people.csv", PEOPLE).await;
        let seen = show(rosa, &id).await;
        assert_eq!(seen["table"]["delimiter"], ";");
        assert_eq!(seen["preview"][0]["cells"][0], "Anna Weiß");
        let suggested = seen["suggestions"].as_array().expect("a list").iter();
        let suggested = suggested.map(|s| s["target"].as_str().unwrap_or_default());
        let places = ["title", "email", "company", "column:job_title", "owner"];
        assert_eq!(suggested.collect::<Vec<_>>(), places);

        let plan = json!({ "blueprint": "person" });
        let tried = run(rosa, &id, plan.clone(), true).await?;
        assert_eq!(counts(&tried), [2, 2, 0, 0, 3], "{tried}");
        assert_eq!(tried["companies"], 1, "Globex is not here yet");
        assert!(found(rosa, "blueprint:person").await.len() == 1, "a dry run changes nothing");

        let done = run(rosa, &id, plan, false).await?;
        assert_eq!(counts(&done), counts(&tried), "the dry run told the truth");
        let anna = &found(rosa, "blueprint:person email:anna@acme.example").await[0];
        assert_eq!(anna["title"], "Anna Weiss");
        assert_eq!(anna["values"]["job_title"], "Leitung Einkauf");
        let path = format!("/api/v1/records/{}", anna["key"].as_str().unwrap_or_default());
        let shown = rosa.get(&path).await.expect_status(200);
        assert_eq!(shown["owner"]["email"], "imre@northwind.example");
        assert_eq!(shown["links"][0]["title"], "Acme Inc.");
        assert_eq!(shown["links"][0]["link"]["kind"], "works_at");
        let path = format!("/api/v1/records/{}/timeline", anna["key"].as_str().unwrap_or_default());
        let lines = rosa.get(&path).await.expect_status(200);
        assert!(lines.to_string().contains("from people.csv, row 2"), "{lines}");
        assert_eq!(found(rosa, "blueprint:company").await.len(), 2);
        let changed = &found(rosa, "email:bert@globex.example").await[0];
        assert_eq!((&changed["id"], &changed["title"]), (&bert["id"], &json!("Bert Blau")));

        let errors = rosa.get(&format!("/api/v1/imports/{id}/errors.csv")).await;
        assert_eq!(errors.status, 200);
        let lines = errors.text.lines().collect::<Vec<_>>();
        assert_eq!(lines[0], "Name,E-Mail-Adresse,Firma,Position,Besitzer,Row,Reason");
        assert!(lines[1].starts_with("Carl,carl at acme,Acme Inc.,,,5,"), "{}", lines[1]);
        assert!(lines[2].contains("is no member here"), "{}", lines[2]);
        assert!(lines[3].contains("has 2 cells"), "{}", lines[3]);
        assert_eq!(lines.len(), 4);
        // The name that begins as a formula is a name here, and stands guarded in exports.
        let csv = rosa.get("/api/v1/records/export?blueprint=person&columns=title,email").await;
        assert!(csv.text.contains("'=HYPERLINK,frida@acme.example"), "{}", csv.text);

        // It is recognised in chat at once.
        let room = team.room("sales").await;
        room.say(rosa, "Anna Weiss called").await;
        room.wait_for(rosa, |m| m["content"]["cards"][0]["title"] == "Anna Weiss").await?;
        room.say(rosa, "!t imports").await;
        room.wait_for(rosa, |m| text(m).contains("people.csv · imported")).await?;

        // Somebody writes a note on one of them; the rest goes with one step.
        let frida = &found(rosa, "email:frida@acme.example").await[0];
        let path = format!("/api/v1/records/{}/notes", frida["key"].as_str().unwrap_or_default());
        rosa.post(&path, json!({ "body": "wants a call" })).await.expect_status(201);
        rosa.post(&format!("/api/v1/imports/{id}/revert"), json!({})).await.expect_status(200);
        let back = ended(rosa, &id, "revert").await?;
        assert_eq!(back["report"]["trashed"], 2, "{back}");
        assert_eq!(back["report"]["put_back"], 1, "{back}");
        assert_eq!(back["report"]["kept"], 1, "{back}");
        assert!(back.to_string().contains("Rosa Keller has added to it since"), "{back}");
        let people = found(rosa, "blueprint:person").await;
        let mut titles = people.iter().map(|p| p["title"].as_str().unwrap_or_default());
        assert!(
            titles.clone().count() == 2 && titles.any(|title| title == "Bert B."),
            "{people:?}"
        );
        let again = show(rosa, &id).await;
        assert_eq!(again["run"]["status"], "done");
        // Nobody else sees whose file it was, but for administrators.
        team.imre.get(&format!("/api/v1/imports/{id}")).await.expect_status(404);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_export_that_is_imported_again_changes_nothing() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let rosa = &team.rosa;
        team.acme().await;
        let people = [
            ("=Anna, \"A\"", "anna@acme.example", "'=odd", "one\ntwo "),
            ("@Bert", "bert@acme.example", "+49 30", "-"),
            ("Жанна", "zh@acme.example", "a;b", "Buyer"),
        ];
        for (title, email, about, job) in people {
            team.record(json!({
                "blueprint": "person", "title": title,
                "values": { "about": about, "job_title": job },
                "identities": [
                    { "kind": "email", "value": email },
                    { "kind": "phone", "value": "+49 30 123456" },
                    { "kind": "alias", "value": format!("the {title}") },
                ],
            }))
            .await;
        }
        let both = json!({ "tags": ["VIP", "a;b"] });
        rosa.post("/api/v1/records/PER-1/tags", both).await.expect_status(200);
        for (blueprint, format, count) in [
            ("person", "csv", 3),
            ("person", "jsonl", 3),
            ("person", "vcard", 3),
            ("deal", "csv", 1),
        ] {
            let path = format!("/api/v1/records/export?blueprint={blueprint}&format={format}");
            let file = rosa.get(&path).await;
            assert_eq!(file.status, 200, "{}", file.text);
            let id = upload(rosa, &format!("export.{format}"), file.text.clone()).await;
            let mut plan = json!({ "blueprint": blueprint });
            if format == "vcard" {
                plan["match_by"] = json!(["key"]);
            }
            let report = run(rosa, &id, plan, false).await?;
            assert_eq!(counts(&report), [0, 0, count, 0, 0], "{format}: {report}\n{}", file.text);
        }
        let facts = rosa.get("/api/v1/facts?limit=200").await.expect_status(200).to_string();
        assert!(facts.contains("records_exported") && facts.contains("\"count\":3"), "{facts}");
        let link = team.room("sales").await;
        link.say(rosa, "!t export deals stage:open").await;
        link.wait_for(rosa, |m| {
            text(m).contains("records/export?blueprint=deal&filter=stage%3Aopen")
        })
        .await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn tags_and_employers_come_with_a_file() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let rosa = &team.rosa;
        let email = json!([{ "kind": "email", "value": "bert@globex.example" }]);
        team.record(json!({ "blueprint": "person", "title": "Bert", "identities": email })).await;
        let companies = "Name,Domain\nAcme,acme.example\nGlobex,www.globex.example\n";
        let id = upload(rosa, "companies.csv", companies).await;
        let report = run(rosa, &id, json!({ "blueprint": "company" }), false).await?;
        assert_eq!(counts(&report), [2, 0, 0, 0, 0], "{report}");
        let employer = async |who: &str| {
            let shown = rosa.get(&format!("/api/v1/records/{who}")).await.expect_status(200);
            shown["links"][0]["title"].as_str().unwrap_or_default().to_owned()
        };
        assert_eq!(employer("PER-1").await, "Globex", "who was there before the company");

        let people = "Name,E-mail,Labels\n\
            Anna,anna@mail.acme.example,\"VIP, Newsletter\"\n\
            Bert,bert@globex.example,vip; spring fair\n\
            Carl,carl@gmail.com,\n\
            Dora,dora@acme.example,bot:sing\n";
        let id = upload(rosa, "people.csv", people).await;
        let plan = || json!({ "blueprint": "person", "match_by": ["email"] });
        let report = run(rosa, &id, plan(), true).await?;
        assert_eq!(counts(&report), [2, 1, 0, 0, 1], "{report}");
        let library = rosa.get("/api/v1/tags").await.expect_status(200);
        let there = |library: &Value, key: &str| {
            library["tags"].as_array().expect("tags").iter().any(|tag| tag["key"] == key)
        };
        assert!(!there(&library, "vip"), "a dry run makes none: {library}");
        let report = run(rosa, &id, plan(), false).await?;
        assert_eq!(counts(&report), [2, 1, 0, 0, 1], "{report}");
        assert!(report.to_string().contains("there is no “bot:sing”"), "{report}");
        assert_eq!(found(rosa, "tag:vip").await.len(), 2);
        assert_eq!(found(rosa, "tag:\"spring fair\"").await.len(), 1);
        assert_eq!(employer("PER-2").await, "Acme");
        assert_eq!(employer("PER-3").await, "", "free mail speaks for nobody");
        let lines = rosa.get("/api/v1/records/COM-1/timeline").await.expect_status(200);
        assert!(lines.to_string().contains("acme.example is the domain of Acme"), "{lines}");

        rosa.post(&format!("/api/v1/imports/{id}/revert"), json!({})).await.expect_status(200);
        ended(rosa, &id, "revert").await?;
        assert!(found(rosa, "tag:vip").await.is_empty());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_is_broken_is_refused_with_a_reason_and_the_rest_is_taken() -> Result<()> {
    let team = Team::start(Database::Sqlite).await?;
    let rosa = &team.rosa;
    let plan = json!({ "blueprint": "person" });
    // Another encoding, and rows that are each broken in their own way.
    let mut broken = b"Name,E-Mail,Name\nJ\xfcrgen,j@a.example,1\n\"never,closed\n".to_vec();
    broken.extend_from_slice(b"Nul\0l,n@a.example,2\nshort\nlong,l@a.example,3,4\n");
    broken.extend_from_slice(b"\"qu\"ote,q@a.example,5\nLast,last@a.example,6\n");
    let id = upload(rosa, "broken.csv", broken).await;
    let seen = show(rosa, &id).await;
    assert_eq!(seen["table"]["columns"], json!(["Name", "E-Mail", "Name (2)"]));
    assert!(seen["notes"].to_string().contains("Windows-1252"), "{seen}");
    let map = json!({ "blueprint": "person", "mapping": { "Name": "title", "E-Mail": "email" } });
    let report = run(rosa, &id, map, false).await?;
    assert_eq!(counts(&report), [2, 0, 0, 0, 5], "{report}");
    assert_eq!(found(rosa, "email:j@a.example").await[0]["title"], "Jürgen");
    assert_eq!(found(rosa, "email:last@a.example").await.len(), 1);

    // A cell of 100 MB is one refused row.
    let mut large = b"Name,E-mail\nA,a1@a.example\nB,".to_vec();
    large.resize(large.len() + 100 * 1024 * 1024, b'x');
    large.extend_from_slice(b"\nC,c1@a.example\n");
    let id = upload(rosa, "large.csv", large).await;
    let report = run(rosa, &id, plan.clone(), false).await?;
    assert_eq!(counts(&report), [2, 0, 0, 0, 1], "{report}");
    let errors = rosa.get(&format!("/api/v1/imports/{id}/errors.csv")).await;
    assert!(errors.text.contains("larger than 2 MiB"), "the reason is there");

    // UTF-16, as spreadsheets save “Unicode text”.
    let wide = "Name\tE-mail\nΩmega\to@a.example\n".encode_utf16();
    let wide = std::iter::once(0xfeff).chain(wide).flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let id = upload(rosa, "wide.txt", wide).await;
    assert_eq!(counts(&run(rosa, &id, plan.clone(), false).await?), [1, 0, 0, 0, 0]);
    assert_eq!(found(rosa, "email:o@a.example").await[0]["title"], "Ωmega");

    // What cannot be read at all says why, and nothing begins.
    let refused = async |file: Vec<u8>, plan: Value, part: &str| {
        let id = upload(rosa, "bad.csv", file).await;
        let path = format!("/api/v1/imports/{id}/run");
        let answer = rosa.post(&path, json!({ "plan": plan })).await;
        assert!((400..500).contains(&answer.status), "{}", answer.text);
        assert!(answer.text.contains(part), "{}", answer.text);
    };
    refused(Vec::new(), plan.clone(), "is empty").await;
    refused(vec!["c"; 10_000].join(",").into_bytes(), plan.clone(), "10000 columns").await;
    let unknown = json!({ "blueprint": "person", "mapping": { "Name": "shoe" } });
    refused(b"Name\nA\n".to_vec(), unknown, "has no place “shoe”").await;
    let absent = json!({ "blueprint": "person", "mapping": { "Size": "title" } });
    refused(b"Name\nA\n".to_vec(), absent, "no column “Size”").await;
    let dates = json!({ "blueprint": "deal", "mapping": { "T": "title", "D": "close_on" } });
    refused(b"T,D\nA,3/4/2027\n".to_vec(), dates, "day_first").await;

    // A column that is put aside while a mapping names it.
    let id = upload(rosa, "aside.csv", b"Name,About\nA,x\n".to_vec()).await;
    let about = json!({ "blueprint": "person", "mapping": { "Name": "title", "About": "about" } });
    run(rosa, &id, about, true).await?;
    let shelve = json!({ "steps": [{ "change": "shelve_column", "column": "about" }] });
    rosa.patch("/api/v1/blueprints/person", shelve).await.expect_status(200);
    let answer = rosa.post(&format!("/api/v1/imports/{id}/run"), json!({})).await;
    assert!(answer.text.contains("was put aside"), "{}", answer.text);
    Ok(())
}

#[tokio::test]
async fn the_command_line_imports_and_exports_while_nothing_runs() -> Result<()> {
    let mut team = Team::start(Database::Sqlite).await?;
    team.tieline.stop()?;
    let dir = team.tieline.dir().to_owned();
    let file = dir.join("people.csv");
    std::fs::write(&file, "Name,E-mail\nAnna,anna@acme.example\nBert,bert\n")?;
    let file = file.to_str().expect("a path").to_owned();
    let import = ["import", &file, "--blueprint", "person"];
    let tried = team.tieline.command(&[&import[..], &["--dry-run"]].concat()).await?;
    let tried = tried.expect_success();
    assert!(tried.contains("E-mail → email"), "{tried}");
    assert!(tried.contains("1 would be created") && tried.contains("row 3: “bert”"), "{tried}");
    let done = team.tieline.command(&import).await?.expect_success();
    assert!(done.contains("1 created"), "{done}");
    let again = team.tieline.command(&import).await?.expect_success();
    assert!(again.contains("0 created, 0 updated, 1 left"), "{again}");
    let export = ["export", "people", "--columns", "name,email"];
    let csv = team.tieline.command(&export).await?.expect_success();
    assert_eq!(csv, "Name,email\r\nAnna,anna@acme.example");
    Ok(())
}

/// People with companies, some of them twice.
fn crowd(rows: usize) -> String {
    let mut file = String::from("Name,E-mail,Company,Job title\n");
    for row in 0..rows {
        let person = if row % 10 == 9 { row - 5 } else { row };
        file.push_str(&format!(
            "Person {person},p{person}@c{}.example,Company {},Job {row}\n",
            person % 50,
            person % 50
        ));
    }
    file
}

/// What there is, without what depends on the time.
async fn all(who: &Api) -> Vec<String> {
    let columns = "name,email,company,job%20title";
    let path = format!("/api/v1/records/export?blueprint=person&columns={columns}");
    let people = who.get(&path).await;
    assert_eq!(people.status, 200, "{}", people.text);
    let companies = who.get("/api/v1/records/export?blueprint=company&columns=name").await;
    let mut lines = people.text.lines().chain(companies.text.lines()).map(str::to_owned);
    let mut lines = lines.by_ref().collect::<Vec<_>>();
    lines.sort();
    lines
}

#[tokio::test]
async fn an_import_that_is_killed_again_and_again_comes_to_the_same() -> Result<()> {
    on_both(|database| async move {
        let file = crowd(4_000);
        let plan = json!({ "blueprint": "person" });
        let calm = Team::start(database).await?;
        let id = upload(&calm.rosa, "crowd.csv", file.clone()).await;
        let report = run(&calm.rosa, &id, plan.clone(), false).await?;
        assert_eq!(counts(&report), [3_600, 400, 0, 0, 0], "{report}");

        let mut team = Team::start(database).await?;
        let id = upload(&team.rosa, "crowd.csv", file).await;
        let body = json!({ "plan": plan });
        team.rosa.post(&format!("/api/v1/imports/{id}/run"), body).await.expect_status(202);
        let mut kills = 0;
        while kills < 5 {
            tokio::time::sleep(Duration::from_millis(120 + 70 * kills)).await;
            team.tieline.kill9()?;
            kills += 1;
            team.tieline.start().await?;
        }
        let job = ended(&team.rosa, &id, "run").await?;
        assert_eq!(counts(&job["report"]), counts(&report), "{job}");
        assert_eq!(all(&team.rosa).await, all(&calm.rosa).await);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn an_import_is_stopped_goes_on_and_is_done_once() -> Result<()> {
    let team = Team::start(Database::Sqlite).await?;
    let rosa = &team.rosa;
    let id = upload(rosa, "crowd.csv", crowd(5_000)).await;
    let path = format!("/api/v1/imports/{id}/run");
    let body = json!({ "plan": { "blueprint": "person" } });
    rosa.post(&path, body.clone()).await.expect_status(202);
    let stop = rosa.post(&format!("/api/v1/imports/{id}/cancel"), json!({})).await;
    stop.expect_status(200);
    let stopped = ended(rosa, &id, "run").await?;
    assert_eq!(stopped["status"], "cancelled");
    let other = json!({ "plan": { "blueprint": "person", "mode": "create" } });
    let refused = rosa.post(&path, other).await.expect_status(422);
    assert!(refused.to_string().contains("goes on as it was planned"), "{refused}");
    rosa.post(&path, json!({})).await.expect_status(202);
    let done = ended(rosa, &id, "run").await?;
    assert_eq!(counts(&done["report"]), [4_500, 500, 0, 0, 0], "{done}");
    let again = rosa.post(&path, json!({})).await.expect_status(410);
    assert!(again.to_string().contains("was imported already"), "{again}");
    Ok(())
}

#[tokio::test]
async fn rows_that_are_somebody_elses_or_fit_two_are_left_alone() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        for (title, email) in [("Anna", "anna@a.example"), ("Bert", "bert@a.example")] {
            team.record(json!({
                "blueprint": "person", "title": title,
                "identities": [{ "kind": "email", "value": email }],
            }))
            .await;
        }
        // They are Rosa's, and Imre is a member.
        let file = "Name,E-mail\nAnna Neu,anna@a.example\nX,anna@a.example;bert@a.example\n";
        let id = upload(&team.imre, "mine.csv", file).await;
        let report = run(&team.imre, &id, json!({ "blueprint": "person" }), false).await?;
        assert_eq!(counts(&report), [0, 0, 0, 1, 1], "{report}");
        assert!(report.to_string().contains("somebody else's"), "{report}");
        assert!(report.to_string().contains("Anna (PER-1) and Bert (PER-2)"), "{report}");
        let id = upload(&team.rosa, "update.csv", "Name,E-mail\nC,c@a.example\nA,anna@a.example\n");
        let id = id.await;
        let only = json!({ "blueprint": "person", "mode": "update" });
        assert_eq!(counts(&run(&team.rosa, &id, only, false).await?), [0, 1, 1, 0, 0]);
        let id = upload(&team.rosa, "create.csv", "Name,E-mail\nC,c@a.example\nD,anna@a.example\n");
        let id = id.await;
        let only = json!({ "blueprint": "person", "mode": "create" });
        assert_eq!(counts(&run(&team.rosa, &id, only, false).await?), [1, 0, 1, 0, 0]);
        Ok(())
    })
    .await
}
