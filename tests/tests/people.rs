//! The story of people and what is done about them, through the API and in the words of chat:
//! channels and companies, parts in deals, tasks that are taken, notes that mention, calls that are
//! logged, and the same change for many. On both databases.

use anyhow::Result;
use serde_json::{Value, json};
use tests::harness::api::Api;
use tests::harness::team::{Room, Team, button, on_both, text};

async fn shown(who: &Api, path: &str) -> Value {
    who.get(&format!("/api/v1/{path}")).await.expect_status(200)
}

/// Says a command and waits for an answer in its thread that contains some words.
async fn answered(room: &Room, who: &Api, command: &str, words: &str) -> Result<Value> {
    let said = room.say(who, command).await;
    room.wait_for(who, |m| m["thread"] == said.as_str() && text(m).contains(words)).await
}

/// The room in which somebody is alone with Tieline.
async fn alone(who: &Api) -> Room {
    let me = shown(who, "me").await;
    let id = me["member"]["id"].as_str().or(me["id"].as_str()).expect("an id").to_owned();
    Room { name: format!("dm:{id}") }
}

#[tokio::test]
async fn channels_companies_and_parts_in_the_words_of_chat() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let rosa = &team.rosa;
        let deal = team.acme().await;
        let room = team.room("sales").await;
        answered(&room, rosa, "!t new person Anna Schmidt", "PER-1").await?;
        answered(&room, rosa, "!t set anna email:anna@eu.acme.example", "works at Acme Inc.")
            .await?;
        answered(&room, rosa, "!t channel anna@eu.acme.example bounced", "bounces").await?;
        let listed = answered(&room, rosa, "!t channels anna", "anna@eu.acme.example").await?;
        assert!(text(&listed).contains("first · bounces"), "{listed}");
        let to = "!t channel anna@eu.acme.example to:anna@acme.example";
        answered(&room, rosa, to, "is anna@acme.example now").await?;
        let channels = shown(rosa, "records/PER-1/identities").await;
        assert_eq!(channels["history"][0]["value"], "anna@eu.acme.example");
        assert!(channels["identities"][0]["bounced_at"].is_null(), "the new one is not known");

        let link = format!("!t link anna {deal} decision maker");
        answered(&room, rosa, &link, "as Decision Maker").await?;
        answered(&room, rosa, &format!("!t link {deal} anna champion"), "is Champion of").await?;
        let groups = shown(rosa, "records/PER-1/links").await;
        let labels = groups["groups"]
            .as_array()
            .expect("groups")
            .iter()
            .map(|group| (group["label"].clone(), group["related"][0]["key"].clone()));
        assert_eq!(
            labels.collect::<Vec<_>>(),
            [(json!("Deals"), json!(deal)), (json!("Works at"), json!("COM-1"))]
        );
        assert_eq!(groups["groups"][0]["related"][0]["stage"], "Open");
        assert_eq!(groups["groups"][0]["related"][0]["owner"], "Rosa Keller");
        let from_deal = shown(rosa, &format!("records/{deal}/links?kind=contact")).await;
        assert_eq!(from_deal["groups"][0]["related"][0]["role"], "Champion");
        answered(&room, rosa, &format!("!t unlink anna {deal}"), "the link to Anna").await?;
        answered(&room, rosa, "!t undo", "Undone:").await?;
        answered(&room, rosa, "!t undo", "Undone:").await?;
        let again = shown(rosa, &format!("records/{deal}/links?kind=contact")).await;
        assert_eq!(again["groups"][0]["related"][0]["role"], "Decision Maker", "two steps back");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_task_goes_from_the_pool_to_done_by_buttons_and_words() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let (rosa, imre) = (&team.rosa, &team.imre);
        team.acme().await;
        let room = team.room("sales").await;
        let said = "!t task send the offer for:acme due:2030-03-29 at:15:00";
        let task = answered(&room, rosa, said, "in the pool").await?;
        assert!(text(&task).contains("due Friday, 29 March 2030, 15:00"), "{task}");
        room.press(imre, &button(&task, "Claim").expect("a button")).await;
        let taken = room.wait_for(rosa, |m| text(m).contains("for Imre Nagy")).await?;
        assert_eq!(taken["id"], task["id"], "the same post, in place");
        answered(&room, imre, "!t tasks mine", "send the offer").await?;
        answered(&room, rosa, "!t tasks pool", "No open tasks.").await?;
        answered(&room, imre, "!t give send the offer to:rosa", "gave “send the offer”").await?;
        // Whoever is given something is told alone, and nobody else is.
        let private = alone(rosa).await;
        let told = private.wait_for(rosa, |m| text(m).contains("gave you a task")).await?;
        assert!(text(&told).contains("send the offer"), "{told}");
        let path = format!("/api/v1/chat/places/{}/messages", private.name);
        imre.get(&path).await.expect_status(404);
        answered(&room, rosa, "!t done send the offer", "is done").await?;
        room.wait_for(rosa, |m| text(m).starts_with("Done: send the offer")).await?;
        answered(&room, rosa, "!t reopen send", "is open again").await?;
        // A reminder that is due at once comes once, with its buttons.
        let soon = json!({
            "title": "ring Anna", "assignee": shown(imre, "me").await["member"]["id"],
            "remind_at": "2020-01-01T00:00:00Z",
        });
        rosa.post("/api/v1/tasks", soon).await.expect_status(201);
        let private = alone(imre).await;
        let reminded = private.wait_for(imre, |m| m["content"]["notice"] == "Reminder").await?;
        assert!(text(&reminded).contains("ring Anna"));
        private.press(imre, &button(&reminded, "Done").expect("a button")).await;
        private.wait_for(imre, |m| text(m).starts_with("Done: ring Anna")).await?;
        let reminders = private.messages(imre).await;
        let count = reminders.iter().filter(|m| text(m).contains(": ring Anna")).count();
        assert_eq!(count, 2, "what he was given, and one reminder: {reminders:#?}");
        let done = shown(imre, "tasks?whose=me&standing=done").await;
        assert_eq!(done["tasks"][0]["title"], "ring Anna");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn notes_calls_and_many_records() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let (rosa, imre) = (&team.rosa, &team.imre);
        let deal = team.acme().await;
        let room = team.room("sales").await;
        answered(&room, imre, &format!("!t note {deal} @Rosa see [[Acme Inc.]]"), "Noted").await?;
        let private = alone(rosa).await;
        private.wait_for(rosa, |m| text(m).contains("mentioned you in a note")).await?;
        let open = room.messages(rosa).await;
        assert!(!open.iter().any(|m| text(m).contains("mentioned you")), "never in the room");
        let mentions = shown(rosa, "records/COM-1/timeline?kind=mention").await;
        assert_eq!(mentions["interactions"][0]["event"], "note.mentioned");
        answered(&room, rosa, &format!("!t notes {deal}"), "Imre Nagy: @Rosa see").await?;
        let call = format!("!t log call {deal} 20m spoke with Anna about the plan");
        answered(&room, imre, &call, "Logged on").await?;
        answered(&room, rosa, &format!("!t timeline {deal} call"), "20m · Imre Nagy: spoke with")
            .await?;
        let line = shown(rosa, &format!("records/{deal}/timeline?event=call.logged")).await;
        assert_eq!(line["interactions"][0]["data"]["minutes"], 20);
        let wrong = rosa.get(&format!("/api/v1/records/{deal}/timeline?kind=shout")).await;
        wrong.expect_status(422);

        for number in 1..=3 {
            let pool = json!({
                "blueprint": "deal", "title": format!("Pool {number}"), "unclaimed": true,
            });
            rosa.post("/api/v1/records", pool).await.expect_status(201);
        }
        let claim = "!t claim all blueprint:deal";
        let claimed = answered(&room, imre, claim, "Claimed 3 records.").await?;
        assert!(text(&claimed).contains("Rosa Keller looks after it."), "{claimed}");
        answered(&room, imre, "!t mine", "Pool 2").await?;
        answered(&room, imre, "!t undo", "Undone: Claimed 3 records.").await?;
        let free = rosa.get("/api/v1/records?filter=owner:none").await.expect_status(200);
        assert_eq!(free["records"].as_array().map(Vec::len), Some(3));
        let change = json!({ "change": { "do": "trash" }, "filter": "title:\"Pool 1\"" });
        let done = rosa.post("/api/v1/bulk", change).await.expect_status(200);
        assert_eq!(done["data"]["changed"], 1);
        Ok(())
    })
    .await
}
