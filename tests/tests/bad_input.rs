//! What people and machines get wrong: each gets a clear answer with the way out, nothing
//! panics, and nothing that was acknowledged is lost.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};
use reqwest::Method;
use serde_json::{Value, json};
use tests::harness::folder::Folder;
use tests::harness::team::{Database, Team, card_titles, text};
use tests::harness::tieline::Tieline;

const CONFIG: &str = "[server]\nlisten = \"127.0.0.1:{port}\"\n\
     public_url = \"http://127.0.0.1:{port}\"\n\
     [database]\nurl = \"sqlite:{dir}/tieline.db\"\nfolder = \"{dir}/data\"\n";

#[tokio::test]
async fn a_wrong_configuration_is_told_with_its_file_its_line_and_the_nearest_key() -> Result<()> {
    let folder = Folder::new("config")?;
    let tieline = Tieline::new(folder.path(), CONFIG)?;
    tieline.command(&["config", "check"]).await?.expect_success();
    for (wrong, told) in [
        ("[chat]\nprefx = \"!\"\n", "line 8: there is no key “prefx” here. Did you mean “prefix”?"),
        ("[conections.a]\n", "there is no key “conections” here. Did you mean “connections”?"),
        ("[log]\nformat = \"jsn\"\n", "Did you mean “json”?"),
        ("[connections.a]\nnetwork = \"matrix\"\n", "the key “homeserver” is missing"),
        ("[chat]\nprefix = \"\"\n", "chat.prefix must be a short word"),
        ("nonsense", "line 7"),
    ] {
        tieline.configure(&format!("{CONFIG}{wrong}"))?;
        let said = tieline.command(&["config", "check"]).await?.expect_failure();
        assert!(said.contains(told), "{wrong:?} is answered with {said}");
        assert!(said.contains("config.toml"), "it names the file: {said}");
        let said = tieline.command(&["serve"]).await?.expect_failure();
        assert!(said.contains(told), "and serve says the same: {said}");
    }
    fs::remove_file(folder.path().join("config.toml"))?;
    let said = tieline.command(&["serve"]).await?.expect_failure();
    assert!(said.contains("tieline config example"), "{said}");
    Ok(())
}

#[tokio::test]
async fn doctor_says_what_is_ill_and_what_to_do() -> Result<()> {
    let folder = Folder::new("doctor")?;
    let tieline = Tieline::new(folder.path(), CONFIG)?;
    let ill = tieline.command(&["doctor"]).await?;
    assert!(!ill.status.success());
    assert!(ill.stdout.contains("Make one with `tieline init`"), "{}", ill.stdout);
    let said = tieline.command(&["serve"]).await?.expect_failure();
    assert!(said.contains("There is no workspace yet"), "{said}");
    let init = ["init", "--name", "N", "--owner", "Rosa", "--email", "rosa@n.example"];
    tieline.command(&init).await?.expect_success();
    let well = tieline.command(&["doctor"]).await?.expect_success();
    assert!(well.contains("well  database: answers and can be written"), "{well}");

    tieline.configure(&format!(
        "{CONFIG}[connections.team]\nnetwork = \"matrix\"\nhomeserver = \"http://127.0.0.1:9\"\n\
         user = \"tieline\"\npassword = \"x\"\n"
    ))?;
    let ill = tieline.command(&["doctor"]).await?;
    assert!(!ill.status.success());
    assert!(ill.stdout.contains("ILL   connection team"), "{}", ill.stdout);
    tieline.configure(
        &CONFIG.replace("sqlite:{dir}/tieline.db", "postgres://u:secret@127.0.0.1:9/x"),
    )?;
    let ill = tieline.command(&["doctor"]).await?;
    assert!(ill.stdout.contains("ILL   database"), "{}", ill.stdout);
    assert!(!ill.stdout.contains("secret"), "a password is never shown: {}", ill.stdout);
    Ok(())
}

#[tokio::test]
async fn two_processes_never_share_one_file() -> Result<()> {
    let team = Team::start(Database::Sqlite).await?;
    let said = team.tieline.command(&["token", "create", "rosa@northwind.example"]).await?;
    let said = said.expect_failure();
    assert!(said.contains("is running"), "{said}");
    Ok(())
}

#[tokio::test]
async fn odd_names_and_odd_messages_go_through() -> Result<()> {
    let team = Team::start(Database::Sqlite).await?;
    let room = team.room("odd").await;
    let rosa = &team.rosa;
    for title in ["C++ (.*) [Ltd]", "שלום בע״מ", "Zażółć Gęślą", "株式会社山田", "O’Brien & Söhne"]
    {
        team.record(json!({ "blueprint": "company", "title": title })).await;
        room.say(rosa, &format!("we met {title} today")).await;
        room.wait_for(rosa, |m| card_titles(m).contains(&title)).await?;
    }
    let long = "long ".repeat(1_599);
    for words in [
        "🙂🙂🙂",
        "👩‍👩‍👧‍👦",
        "> > > quoted O’Brien & Söhne\n> deeper",
        "`C++ (.*) [Ltd]` and ```\nC++ (.*) [Ltd]\n```",
        "\u{202e}drow eht si",
        "!t who \u{202e}\u{200b}",
        "!t",
        "!t note",
        "!t task :::",
        "[[",
        "[[]]",
        "]] [[",
        &long,
    ] {
        room.say(rosa, words).await;
    }
    let last = room.say(rosa, "the end").await;
    room.wait(rosa, |said| said.iter().any(|m| m["id"] == last.as_str())).await?;
    let too_long = rosa
        .post(
            &format!("/api/v1/chat/places/{}/messages", room.name),
            json!({ "text": "x".repeat(9_000) }),
        )
        .await;
    assert_eq!(too_long.status, 422, "{}", too_long.text);
    let metrics = rosa.get("/metrics").await.text;
    assert!(metrics.contains("tieline_backlog{queue=\"inbox_parked\"} 0"), "{metrics}");
    Ok(())
}

#[tokio::test]
async fn what_is_not_there_or_makes_no_sense_is_answered_in_a_sentence() -> Result<()> {
    let team = Team::start(Database::Sqlite).await?;
    let rosa = &team.rosa;
    let message = |reply: tests::harness::api::Reply| {
        reply.json()["error"]["message"].as_str().unwrap_or_default().to_owned()
    };
    let unknown = rosa.get("/api/v1/records/DEAL-99").await;
    assert_eq!(unknown.status, 404);
    assert!(message(unknown).contains("There is no record “DEAL-99”"));
    let nothing = rosa.post("/api/v1/records", json!({ "blueprint": "deal", "title": " " })).await;
    assert_eq!(nothing.status, 422);
    assert!(message(nothing).contains("needs a title"));
    let field = json!({ "blueprint": "deal", "title": "x", "values": { "value": "a lot" } });
    let field = rosa.post("/api/v1/records", field).await;
    assert!(message(field).contains("12000 EUR"));
    let stranger = team.tieline.api().get("/api/v1/records").await;
    assert_eq!(stranger.status, 401);
    let key = team.acme().await;
    let stale = rosa
        .patch(&format!("/api/v1/records/{key}"), json!({ "title": "New", "expected_version": 99 }))
        .await;
    assert_eq!(stale.status, 409);
    assert!(message(stale).contains("has changed since"));
    Ok(())
}

/// Says something as often as it is taken, and gives what was acknowledged.
async fn say_until_refused(
    team: &Team,
    room: &str,
    at_most: usize,
) -> Result<(Vec<String>, Value)> {
    let path = format!("/api/v1/chat/places/{room}/messages");
    let mut acknowledged = Vec::new();
    for number in 0..at_most {
        let id = format!("before-{number:05}");
        let body = json!({ "id": id, "text": format!("{number} {}", "words ".repeat(1_000)) });
        let reply = team.rosa.send(Method::POST, &path, Some(body)).await?;
        match reply.status {
            202 => acknowledged.push(id),
            _ => {
                assert_eq!(reply.status, 503, "{}", reply.text);
                assert!(reply.header("retry-after").is_some(), "it says when to try again");
                return Ok((acknowledged, reply.json()));
            }
        }
    }
    anyhow::bail!("the store took {at_most} messages and was to be full")
}

async fn all_there(team: &Team, room: &str, acknowledged: &[String]) -> Result<()> {
    let began = std::time::Instant::now();
    loop {
        let mut missing = Vec::new();
        for id in acknowledged {
            let path = format!("/api/v1/road/{id}?place={room}");
            if team.rosa.get(&path).await.status != 200 {
                missing.push(id.clone());
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        if began.elapsed() > Duration::from_secs(30) {
            anyhow::bail!("acknowledged and lost: {missing:?}\n{}", team.tieline.log_text());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test]
async fn a_full_disk_pauses_intake_and_loses_nothing() -> Result<()> {
    let mut team = Team::start(Database::Sqlite).await?;
    let room = team.room("sales").await;
    team.tieline.stop()?;
    // No file may grow beyond this, as on a disk that is full.
    team.tieline.limit_files(Some(1_500));
    team.tieline.start().await?;
    let (acknowledged, refused) = say_until_refused(&team, &room.name, 2_000).await?;
    let told = refused["error"]["message"].as_str().unwrap_or_default();
    assert!(!told.is_empty(), "{refused}");
    let ready = team.rosa.get("/readyz").await;
    assert_eq!(ready.status, 503, "it says that it is not well: {}", ready.text);
    team.tieline.lift_limit()?;
    let again = json!({ "id": "after", "text": "there is room again" });
    let path = format!("/api/v1/chat/places/{}/messages", room.name);
    team.rosa.post(&path, again).await.expect_status(202);
    assert_eq!(team.rosa.get("/readyz").await.status, 200, "and recovers by itself");
    all_there(&team, &room.name, &acknowledged).await
}

#[tokio::test]
async fn a_lost_database_pauses_intake_and_loses_nothing() -> Result<()> {
    let team = Team::start(Database::Postgres).await?;
    let room = team.room("sales").await;
    let first = room.say(&team.rosa, "before").await;
    let server = team.server.clone().context("on PostgreSQL")?;
    server.stop_immediate()?;
    let path = format!("/api/v1/chat/places/{}/messages", room.name);
    let refused =
        team.rosa.send(Method::POST, &path, Some(json!({ "text": "while it is away" }))).await?;
    assert_eq!(refused.status, 503, "{}", refused.text);
    assert_eq!(team.rosa.get("/readyz").await.status, 503);
    server.restart()?;
    let mut status = 0;
    for _ in 0..100 {
        let again = json!({ "id": "again-and-again", "text": "it is back" });
        status = team.rosa.send(Method::POST, &path, Some(again)).await?.status;
        if status == 202 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(status, 202, "it takes messages again");
    room.wait(&team.rosa, |said| {
        said.iter().any(|m| m["id"] == first.as_str())
            && said.iter().any(|m| text(m) == "it is back")
    })
    .await?;
    Ok(())
}
