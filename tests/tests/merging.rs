//! The stories of one identity for one human: two records become one in chat and through the API,
//! are taken apart, and a whole workspace is looked through, on both databases.

use anyhow::Result;
use serde_json::{Value, json};
use tests::harness::api::Api;
use tests::harness::team::{Team, button, card_fact, card_titles, on_both, text};

fn person(title: &str, email: &str, phone: &str) -> Value {
    json!({ "blueprint": "person", "title": title, "identities": [
        { "kind": "email", "value": email }, { "kind": "phone", "value": phone } ] })
}

async fn channels(who: &Api, key: &str) -> Vec<String> {
    let shown = who.get(&format!("/api/v1/records/{key}")).await.expect_status(200);
    let all = shown["identities"].as_array().expect("channels").iter();
    all.filter_map(|one| one["value"].as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn two_records_of_one_person_become_one_in_chat_and_come_apart() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let rosa = &team.rosa;
        let room = team.room("sales").await;
        team.record(person("Anna Schmidt", "anna@acme.example", "+49 30 1234567")).await;
        team.record(person("Ana Schmid", "ana@web.example", "+49 30 7654321")).await;

        // The preview says what would be, and changes nothing.
        let said = room.say(rosa, "!t merge ana schmid into anna schmidt").await;
        let asked = |m: &Value| m["thread"] == said.as_str() && button(m, "Merge").is_some();
        let preview = room.wait_for(rosa, asked).await?;
        assert_eq!(card_titles(&preview), ["Anna Schmidt", "Ana Schmid"]);
        assert!(preview.to_string().contains("Name: Anna Schmidt (not Ana Schmid)"), "{preview}");
        assert_eq!(channels(rosa, "PER-1").await.len(), 2);

        // Imre may not: the records are Rosa's.
        let merge = button(&preview, "Merge").expect("a button");
        room.press(&team.imre, &merge).await;
        room.wait_for(&team.imre, |m| text(m).contains("somebody else's")).await?;
        room.press(rosa, &merge).await;
        let merged = |m: &Value| {
            m["id"] == preview["id"] && text(m).contains("Ana Schmid (PER-2) is part of this now")
        };
        let merged = room.wait_for(rosa, merged).await?;
        assert_eq!(channels(rosa, "PER-1").await.len(), 6, "two and two, and two names");

        // Whatever it was called, the name now means the one.
        let asked = room.say(rosa, "!t who ana schmid").await;
        let card = room.wait_for(rosa, |m| m["thread"] == asked.as_str()).await?;
        assert_eq!(card_titles(&card), ["Anna Schmidt"]);
        let asked = room.say(rosa, "!t who PER-2").await;
        let card = room.wait_for(rosa, |m| m["thread"] == asked.as_str()).await?;
        assert_eq!(card_titles(&card), ["Anna Schmidt"]);
        let part = rosa.get("/api/v1/records/PER-2").await.expect_status(200);
        assert_eq!(part["merged_into"]["key"], "PER-1");

        // The button takes it back; the words do, too.
        let undo = button(&merged, "Undo").expect("undo is offered");
        room.press(rosa, &undo).await;
        room.wait_for(rosa, |m| m["id"] == preview["id"] && button(m, "Merge").is_some()).await?;
        assert_eq!(channels(rosa, "PER-1").await, ["anna@acme.example", "+49301234567"]);
        assert_eq!(channels(rosa, "PER-2").await, ["ana@web.example", "+49307654321"]);
        rosa.post("/api/v1/records/PER-1/merge", json!({ "other": "PER-2", "take": ["title"] }))
            .await
            .expect_status(200);
        let shown = rosa.get("/api/v1/records/PER-1").await.expect_status(200);
        assert_eq!(shown["record"]["title"], "Ana Schmid");
        assert_eq!(shown["parts"][0]["key"], "PER-2");
        let said = room.say(rosa, "!t unmerge ana schmid").await;
        let apart = |m: &Value| m["thread"] == said.as_str() && text(m).contains("out of");
        room.wait_for(rosa, apart).await?;
        let asked = room.say(rosa, "!t who anna schmidt").await;
        let card = room.wait_for(rosa, |m| m["thread"] == asked.as_str()).await?;
        assert!(card_fact(&card, "Owner").is_some());
        assert_eq!(card_titles(&card), ["Anna Schmidt"]);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_workspace_is_looked_through_for_records_that_may_be_one() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let rosa = &team.rosa;
        let room = team.room("sales").await;
        team.record(person("Anna Schmidt", "anna@acme.example", "+49 30 1234567")).await;
        team.record(person("A. Schmidt", "anna@acme.example", "+49 30 7654321")).await;
        team.record(person("Bob Miller", "bob@globex.example", "+49 30 1112223")).await;
        let none = room.say(rosa, "!t duplicates").await;
        room.wait_for(rosa, |m| m["thread"] == none.as_str() && text(m).contains("No pair"))
            .await?;
        room.say(rosa, "!t duplicates find person").await;
        let mut pairs = Value::Null;
        for _ in 0..200 {
            pairs = rosa.get("/api/v1/duplicates").await.expect_status(200);
            if pairs["duplicates"].as_array().is_some_and(|all| !all.is_empty()) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        let all = pairs["duplicates"].as_array().expect("pairs");
        assert_eq!(all.len(), 1, "{pairs}");
        assert_eq!((&all[0]["one"]["key"], &all[0]["score"]), (&json!("PER-1"), &json!(100)));
        assert_eq!(all[0]["why"], "both have anna@acme.example");
        let listed = room.say(rosa, "!t duplicates").await;
        let line = |m: &Value| {
            m["thread"] == listed.as_str()
                && text(m).contains("Anna Schmidt (PER-1) and A. Schmidt (PER-2)")
        };
        room.wait_for(rosa, line).await?;
        let preview = rosa.get("/api/v1/records/PER-1/merge/PER-2?take=title").await;
        let preview = preview.expect_status(200);
        assert_eq!(preview["fields"][0]["wins"], "other");
        assert_eq!(preview["channels"], 2);
        let decision = json!({ "one": all[0]["one"]["id"], "other": all[0]["other"]["id"],
            "different": true });
        rosa.post("/api/v1/duplicates/decide", decision).await.expect_status(200);
        let pairs = rosa.get("/api/v1/duplicates").await.expect_status(200);
        assert_eq!(pairs["duplicates"], json!([]));
        // Looking again does not ask again.
        let again = rosa.post("/api/v1/duplicates/find", json!({ "blueprint": "person" })).await;
        let job = again.expect_status(200)["data"]["job"].as_str().expect("a job").to_owned();
        for _ in 0..200 {
            let job = rosa.get(&format!("/api/v1/jobs/{job}")).await.expect_status(200);
            if job["status"] == "done" {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        let pairs = rosa.get("/api/v1/duplicates").await.expect_status(200);
        assert_eq!(pairs["duplicates"], json!([]));
        Ok(())
    })
    .await
}
