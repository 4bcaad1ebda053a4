//! Whose press, whose question, whose undo: nobody acts in somebody else's name, and nobody
//! takes away what others have built.

use anyhow::Result;
use serde_json::json;
use tests::harness::team::{Database, Team, on_both, text};

#[tokio::test]
async fn a_question_that_decides_something_is_answered_by_its_asker_alone() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        team.acme().await;
        let company = team.rosa.get("/api/v1/records/COM-1").await.expect_status(200);
        let second = team.record(json!({ "blueprint": "deal", "title": "Acme support" })).await;
        let link = json!({ "to": company["record"]["id"], "kind": "customer" });
        let path = format!("/api/v1/records/{}/links", second["key"].as_str().unwrap_or_default());
        team.rosa.post(&path, link).await.expect_status(201);
        let room = team.room("sales").await;

        // Imre may not move Rosa's deals, and cannot have Rosa do it by answering his question.
        room.say(&team.imre, "!t move acme lost").await;
        let question = room.wait_for(&team.imre, |m| text(m).contains("Which “acme”")).await?;
        let token = question["content"]["choices"][0]["token"].as_str().unwrap_or_default();
        room.press(&team.rosa, token).await;
        room.wait_for(&team.rosa, |m| text(m).contains("Only who asked can answer")).await?;
        room.press(&team.imre, token).await;
        room.wait_for(&team.imre, |m| text(m).contains("somebody else's")).await?;
        for key in ["DEAL-1", "DEAL-2"] {
            let deal = team.rosa.get(&format!("/api/v1/records/{key}")).await.expect_status(200);
            assert_eq!(deal["record"]["state"], "open", "{key} stayed where it was");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_others_have_built_on_is_not_undone() -> Result<()> {
    let team = Team::start(Database::Sqlite).await?;
    let room = team.room("sales").await;
    room.say(&team.rosa, "!t new company Globex").await;
    room.wait_for(&team.rosa, |m| text(m).contains("COM-1")).await?;
    let note = json!({ "body": "They want a demo in May." });
    team.imre.post("/api/v1/records/COM-1/notes", note).await.expect_status(201);
    room.say(&team.rosa, "!t undo").await;
    room.wait_for(&team.rosa, |m| text(m).contains("Imre Nagy has added to it since")).await?;
    let record = team.rosa.get("/api/v1/records/COM-1").await.expect_status(200);
    assert!(record["record"]["trashed_at"].is_null(), "it is still there");
    Ok(())
}

#[tokio::test]
async fn a_number_said_in_talk_is_a_number_and_no_press() -> Result<()> {
    let team = Team::start(Database::Sqlite).await?;
    let deal = team.acme().await;
    let room = team.room("sales").await;
    let asked = room.say(&team.rosa, "Acme: how many seats do they want?").await;
    let stage_of = async || {
        let record = team.rosa.get(&format!("/api/v1/records/{deal}")).await.expect_status(200);
        record["record"]["state"].as_str().unwrap_or_default().to_owned()
    };
    let carded = |m: &serde_json::Value| !m["content"]["cards"][0].is_null();
    room.wait_for(&team.rosa, carded).await?;
    let talk = json!({ "text": "let me ask them how many", "thread": asked });
    room.say_with(&team.rosa, talk).await;
    let number = room.say_with(&team.rosa, json!({ "text": "3", "thread": asked })).await;
    room.wait(&team.rosa, |said| said.iter().any(|m| m["id"] == number.as_str())).await?;
    assert_eq!(stage_of().await, "open", "in talk, a three is a three");
    let card = room.wait_for(&team.rosa, carded).await?;
    let answer = json!({ "text": "3", "thread": asked, "reply_to": card["id"] });
    room.say_with(&team.rosa, answer).await;
    room.wait_for(&team.rosa, |m| m["content"]["notice"] == "Moved to Won by Rosa Keller").await?;
    assert_eq!(stage_of().await, "won", "in answer to the card, it is the press");
    Ok(())
}

#[tokio::test]
async fn a_deal_is_moved_by_its_key() -> Result<()> {
    let team = Team::start(Database::Sqlite).await?;
    team.acme().await;
    let room = team.room("sales").await;
    room.say(&team.rosa, "!t deal move DEAL-1 won").await;
    room.wait_for(&team.rosa, |m| text(m).contains("Open → Won")).await?;
    room.say(&team.rosa, "!t move deal-1 negotiating").await;
    room.wait_for(&team.rosa, |m| text(m).contains("Won → Negotiating")).await?;
    Ok(())
}
