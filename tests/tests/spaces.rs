//! The stories of a delivery business, a stock and a hiring team, who make their spaces from
//! templates: each step through the API, and the same again in the words of chat. On both
//! databases.

use anyhow::Result;
use serde_json::{Value, json};
use tests::harness::api::Api;
use tests::harness::team::{Database, Room, Team, button, card_fact, card_titles, on_both, text};

async fn shown(who: &Api, key: &str) -> Value {
    who.get(&format!("/api/v1/records/{key}")).await.expect_status(200)
}

async fn space(who: &Api, name: &str, template: &str) {
    let space = json!({ "name": name, "template": template });
    who.post("/api/v1/spaces", space).await.expect_status(201);
}

/// Says a command and waits for an answer in its thread that contains some words.
async fn answered(room: &Room, who: &Api, command: &str, words: &str) -> Result<Value> {
    let said = room.say(who, command).await;
    room.wait_for(who, |m| m["thread"] == said.as_str() && text(m).contains(words)).await
}

fn refusal(answer: &Value) -> &str {
    answer["error"]["message"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn a_delivery_goes_from_pending_to_delivered_through_the_api() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let rosa = &team.rosa;
        let templates = rosa.get("/api/v1/templates").await.expect_status(200);
        let keys = templates["templates"].as_array().map(|all| all.iter().map(|t| &t["key"]));
        assert!(keys.is_some_and(|mut keys| keys.any(|key| key == "delivery")), "{templates}");
        space(rosa, "X Delivery System", "delivery").await;

        let made = team
            .record(json!({
                "blueprint": "delivery", "title": "Pallet 7",
                "values": { "deliver_from": "Hamburg", "deliver_to": "Kyiv", "cargo": "40 boxes" },
            }))
            .await;
        assert_eq!(made["key"], "DEL-1");
        assert_eq!(made["values"]["status"], "PENDING");
        assert!(made["values"]["created_at"].is_string());
        assert!(made["values"]["started_at"].is_null());
        let spaces = rosa.get("/api/v1/spaces").await.expect_status(200);
        let home = spaces["spaces"].as_array().and_then(|all| {
            all.iter().find(|space| space["name"] == "X Delivery System").map(|s| s["id"].clone())
        });
        assert_eq!(Some(made["space"].clone()), home, "it stands where its template made a space");
        assert_eq!(
            shown(rosa, "DEL-1").await["ways"],
            json!([{
                "to": "in_progress", "name": "Delivery started", "transition": "delivery_started",
            }])
        );

        let path = "/api/v1/records/DEL-1/move";
        let early = rosa.post(path, json!({ "transition": "Delivered" })).await.expect_status(422);
        assert!(refusal(&early).contains("What can be is Delivery started"), "{early}");
        rosa.post(path, json!({ "transition": "Delivery started" })).await.expect_status(200);
        let started = shown(rosa, "DEL-1").await;
        assert_eq!(started["record"]["values"]["status"], "IN_PROGRESS");
        assert!(started["record"]["values"]["started_at"].is_string());
        assert!(started["record"]["values"]["delivered_at"].is_null());
        rosa.post(path, json!({ "to": "delivered" })).await.expect_status(200);
        let delivered = shown(rosa, "DEL-1").await;
        assert_eq!(delivered["record"]["values"]["status"], "DELIVERED");
        assert!(delivered["record"]["values"]["delivered_at"].is_string());
        assert_eq!(delivered["stage"], "DELIVERED");

        let stages = rosa.get("/api/v1/records/DEL-1/stages").await.expect_status(200);
        let names = stages["stages"].as_array().expect("a list").iter().map(|s| s["name"].clone());
        assert_eq!(names.collect::<Vec<_>>(), ["PENDING", "IN_PROGRESS", "DELIVERED"]);
        assert_eq!(stages["stages"][2]["by"], "Rosa Keller");
        rosa.post("/api/v1/undo", json!({})).await.expect_status(200);
        let back = shown(rosa, "DEL-1").await;
        assert_eq!(back["record"]["values"], started["record"]["values"], "undone at once");
        assert_eq!(back["record"]["state"], "in_progress");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_delivery_goes_from_pending_to_delivered_in_chat() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let rosa = &team.rosa;
        let room = team.room("freight").await;
        answered(&room, rosa, "!t space new X Delivery System template:delivery", "is ready")
            .await?;
        answered(&room, rosa, "!t spaces", "X Delivery System · from delivery").await?;
        answered(
            &room,
            rosa,
            "!t new delivery Pallet 7 deliver_from:Hamburg deliver_to:Kyiv cargo:\"40 boxes\"",
            "DEL-1",
        )
        .await?;
        room.say(rosa, "!t who DEL-1").await;
        let card = room.wait_for(rosa, |m| card_titles(m).contains(&"Pallet 7")).await?;
        assert_eq!(card_fact(&card, "Deliver from"), Some("Hamburg"));
        assert_eq!(card_fact(&card, "Cargo"), Some("40 boxes"));
        assert_eq!(card_fact(&card, "Status"), Some("PENDING"));
        assert!(button(&card, "Delivered").is_none(), "not from here");
        let start = button(&card, "Delivery started").expect("the transition's name");
        room.press(rosa, &start).await;
        let started =
            room.wait_for(rosa, |m| card_fact(m, "Status") == Some("IN_PROGRESS")).await?;
        assert_eq!(started["id"], card["id"], "the same card, in place");
        assert_eq!(card_fact(&started, "Stage"), Some("IN_PROGRESS"));

        answered(&room, rosa, "!t move DEL-1 delivered", "IN_PROGRESS → DELIVERED").await?;
        room.wait_for(rosa, |m| card_fact(m, "Status") == Some("DELIVERED")).await?;
        let delivered = shown(rosa, "DEL-1").await;
        assert!(delivered["record"]["values"]["delivered_at"].is_string());
        answered(&room, rosa, "!t undo", "Undone:").await?;
        let started = shown(rosa, "DEL-1").await;
        assert_eq!(started["record"]["values"]["status"], "IN_PROGRESS");
        assert!(started["record"]["values"]["delivered_at"].is_null());
        room.say(rosa, "!t new delivery Pallet 8").await;
        room.wait_for(rosa, |m| text(m).contains("DEL-2")).await?;
        answered(&room, rosa, "!t move pallet 8 delivery started", "PENDING → IN_PROGRESS").await?;
        answered(&room, rosa, "!t set DEL-1 cargo:\"41 boxes\"", "Cargo to 41 boxes").await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_stock_item_is_kept_and_counted_through_the_api_and_in_chat() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let rosa = &team.rosa;
        space(rosa, "X Stock", "stock").await;
        let item = json!({
            "blueprint": "stock", "title": "Bolts M8",
            "values": { "type": "Fasteners", "space": "0.5", "weight": "12.25", "qty": 400 },
        });
        let made = team.record(item).await;
        assert_eq!(made["key"], "STK-1");
        assert_eq!(made["values"]["space"], "0.5");
        assert!(made["values"]["timestamp"].is_string(), "when it was kept");
        let path = "/api/v1/records/STK-1";
        let wrong = json!({ "values": { "qty": "many" } });
        let wrong = rosa.patch(path, wrong).await.expect_status(422);
        assert!(refusal(&wrong).contains("Qty takes a whole number"), "{wrong}");
        rosa.patch(path, json!({ "values": { "qty": 380 } })).await.expect_status(200);

        let room = team.room("store").await;
        answered(
            &room,
            rosa,
            "!t new stock Nuts M8 type:Fasteners space:0.2 weight:4 qty:500",
            "STK-2",
        )
        .await?;
        answered(&room, rosa, "!t set nuts m8 qty:450", "Qty to 450").await?;
        let nuts = shown(rosa, "STK-2").await;
        assert_eq!(nuts["record"]["values"]["qty"], 450);
        assert_eq!(nuts["record"]["values"]["space"], "0.2");
        room.say(rosa, "!t who STK-1").await;
        let card = room.wait_for(rosa, |m| card_titles(m).contains(&"Bolts M8")).await?;
        assert_eq!(card_fact(&card, "Qty"), Some("380"));
        let listed = rosa.get("/api/v1/records?filter=blueprint:stock").await.expect_status(200);
        assert_eq!(listed["records"].as_array().map(Vec::len), Some(2));
        rosa.delete(path).await.expect_status(200);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_candidate_goes_through_hiring_and_keeps_a_stack_of_feedback() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let rosa = &team.rosa;
        space(rosa, "Recruiting", "recruiting").await;
        let room = team.room("hiring").await;
        answered(
            &room,
            rosa,
            "!t new candidate Ada Moreno position:Engineer email:ada@moreno.example",
            "CAN-1",
        )
        .await?;
        let said =
            answered(&room, rosa, "!t move ada moreno screening", "Applied → Screening").await?;
        assert!(text(&said).contains("Task: Look through the application"), "{}", text(&said));
        rosa.post("/api/v1/records/CAN-1/move", json!({ "to": "interview" }))
            .await
            .expect_status(200);

        let candidate = shown(rosa, "CAN-1").await;
        let id = candidate["record"]["id"].clone();
        answered(&room, rosa, "!t new interview Technical talk kind:technical for:CAN-1", "INT-1")
            .await?;
        let interview = shown(rosa, "INT-1").await;
        assert_eq!(interview["record"]["values"]["candidate"], id, "the form knows its candidate");
        answered(&room, rosa, "!t move INT-1 held", "Planned → Held").await?;
        for (who, summary, rating) in
            [(rosa, "Knows her graphs", "5"), (&team.imre, "Asks good questions", "4")]
        {
            let form = json!({
                "blueprint": "feedback", "title": summary,
                "values": {
                    "candidate": id, "interview": interview["record"]["id"],
                    "rating": rating, "recommendation": "yes",
                },
            });
            let made = who.post("/api/v1/records", form).await.expect_status(201);
            let link = json!({ "to": id, "kind": "candidate" });
            let path = format!(
                "/api/v1/records/{}/links",
                made["data"]["record"].as_str().unwrap_or_default()
            );
            who.post(&path, link).await.expect_status(201);
        }
        let incomplete = json!({ "blueprint": "feedback", "title": "Hm" });
        let incomplete = rosa.post("/api/v1/records", incomplete).await.expect_status(422);
        assert!(refusal(&incomplete).contains("needs Rating and Recommendation"), "{incomplete}");

        let stack = shown(rosa, "CAN-1").await;
        let stack = stack["links"].as_array().expect("links").iter();
        let forms = stack.filter(|link| link["blueprint"] == "feedback");
        let titles = forms.map(|link| link["title"].clone()).collect::<Vec<_>>();
        assert_eq!(titles, ["Knows her graphs", "Asks good questions"]);
        answered(&room, rosa, "!t move CAN-1 hired", "Interview → Hired 🎉").await?;
        let stages = rosa.get("/api/v1/records/CAN-1/stages").await.expect_status(200);
        assert_eq!(stages["stages"].as_array().map(Vec::len), Some(4));
        assert_eq!(stages["stages"][0]["days_allowed"], 5);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_pipeline_is_made_shaped_and_deleted_and_says_what_it_is_worth() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let rosa = &team.rosa;
        let deal = team.acme().await;
        let new = json!({ "blueprint": "deal", "name": "Partner deals" });
        team.imre.post("/api/v1/pipelines", &new).await.expect_status(403);
        let made = rosa.post("/api/v1/pipelines", &new).await.expect_status(201);
        assert_eq!(made["data"]["pipeline"], "partner_deals");
        let stage =
            json!({ "stage": { "name": "Signed", "probability": 80, "colour": "#2f855a" } });
        let path = "/api/v1/pipelines/partner_deals/stages";
        rosa.post(path, stage).await.expect_status(201);
        let path = "/api/v1/pipelines/sales/stages/open";
        rosa.patch(path, json!({ "name": "First talk", "days": 7 })).await.expect_status(200);
        assert_eq!(shown(rosa, &deal).await["stage"], "First talk");

        let worth = rosa.get("/api/v1/pipelines/sales/forecast").await.expect_status(200);
        assert_eq!(worth["open"]["total"], json!({ "amount": "12000", "currency": "EUR" }));
        let move_deal = format!("/api/v1/records/{deal}/move");
        rosa.post(&move_deal, json!({ "flow": "Partner deals", "to": "signed" }))
            .await
            .expect_status(200);
        let value = json!({ "values": { "value": { "amount": "100", "currency": "USD" } } });
        rosa.patch(&format!("/api/v1/records/{deal}"), value).await.expect_status(200);
        let path = "/api/v1/pipelines/partner_deals/forecast";
        let missing = rosa.get(path).await.expect_status(422);
        assert!(refusal(&missing).contains("There is no rate for USD"), "{missing}");
        let rate = json!({ "currency": "USD", "per_base": "1.25" });
        rosa.post("/api/v1/rates", rate).await.expect_status(200);
        let worth = rosa.get(path).await.expect_status(200);
        assert_eq!(worth["open"]["weighted"]["amount"], "64");

        let room = team.room("sales").await;
        answered(
            &room,
            rosa,
            "!t pipelines",
            "Partner deals (partner_deals) · Deals · Open → Signed",
        )
        .await?;
        answered(&room, rosa, "!t pipeline delete partner deals", "holds 1 record").await?;
        let path = "/api/v1/pipelines/partner_deals";
        let asks = rosa.delete(path).await;
        assert!(
            refusal(&asks.json()).contains("holds 1 record. Say which pipeline"),
            "{}",
            asks.text
        );
        answered(&room, rosa, "!t pipeline delete partner deals to:sales", "1 record went to")
            .await?;
        assert_eq!(shown(rosa, &deal).await["stage"], "First talk");
        answered(&room, rosa, "!t undo", "Undone:").await?;
        assert_eq!(shown(rosa, &deal).await["stage"], "Signed");

        let imre = team.imre.get("/api/v1/me").await.expect_status(200);
        let owner = shown(rosa, &deal).await["record"]["owner"].clone();
        assert!(!imre.is_null() && owner.is_string());
        rosa.patch(path, json!({ "shared_with": [owner] })).await.expect_status(200);
        let seen = team.imre.get("/api/v1/pipelines?blueprint=deal").await.expect_status(200);
        assert_eq!(seen["pipelines"].as_array().map(Vec::len), Some(1), "only what is shared");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_space_is_made_from_the_command_line_while_nothing_runs() -> Result<()> {
    let mut team = Team::start(Database::Sqlite).await?;
    let args = ["space", "create", "--template", "delivery", "--name", "X Delivery System"];
    let busy = team.tieline.command(&args).await?.expect_failure();
    assert!(busy.contains("Stop it first") || busy.contains("in use"), "{busy}");
    team.tieline.stop()?;
    let said = team.tieline.command(&args).await?.expect_success();
    assert_eq!(said, "The space X Delivery System is ready.");
    let wrong = ["space", "create", "--template", "bakery", "--name", "Y"];
    let wrong = team.tieline.command(&wrong).await?.expect_failure();
    assert!(wrong.contains("There is crm, delivery, recruiting, stock and support"), "{wrong}");
    team.tieline.start().await?;
    let made = team.record(json!({ "blueprint": "delivery", "title": "Pallet 1" })).await;
    assert_eq!(made["values"]["status"], "PENDING");
    Ok(())
}
