//! The stories of tags, segments and saved views: through the API and in the words of chat, on
//! both databases.

use anyhow::Result;
use serde_json::{Value, json};
use tests::harness::api::Api;
use tests::harness::team::{Room, Team, card_fact, on_both, text};

/// Says a command and waits for an answer in its thread that contains some words.
async fn answered(room: &Room, who: &Api, command: &str, words: &str) -> Result<Value> {
    let said = room.say(who, command).await;
    room.wait_for(who, |m| m["thread"] == said.as_str() && text(m).contains(words)).await
}

fn refusal(answer: &Value) -> &str {
    answer["error"]["message"].as_str().unwrap_or_default()
}

fn titles(page: &Value) -> Vec<&str> {
    let rows = page["records"].as_array().or(page["rows"].as_array()).into_iter().flatten();
    let title = |row: &'_ Value| row["title"].is_null();
    rows.map(|row| if title(row) { &row["record"]["title"] } else { &row["title"] })
        .filter_map(Value::as_str)
        .collect()
}

/// Asks until a page lists these.
async fn listed(who: &Api, path: &str, wanted: &[&str]) -> Result<()> {
    let mut last = Value::Null;
    for _ in 0..200 {
        last = who.get(path).await.expect_status(200);
        if titles(&last) == wanted {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    anyhow::bail!("{path} lists {:?}, not {wanted:?}", titles(&last))
}

#[tokio::test]
async fn a_customer_is_tagged_and_found_and_joins_a_segment_through_the_api() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let rosa = &team.rosa;
        for (title, value) in [("Small", "100"), ("Large", "90000")] {
            team.record(json!({ "blueprint": "deal", "title": title,
                "values": { "value": { "amount": value, "currency": "EUR" } } }))
                .await;
        }
        let path = "/api/v1/records/DEAL-1/tags";
        let both = json!({ "tags": ["VIP", "Key Account"] });
        rosa.post(path, both).await.expect_status(200);
        let unknown = rosa.put(&format!("{path}/hot?known_only=true"), json!({})).await;
        assert!(refusal(&unknown.expect_status(404)).contains("There is no tag “hot”"));
        let shown = rosa.get("/api/v1/records/DEAL-1").await.expect_status(200);
        let keys = shown["tags"].as_array().expect("tags").iter().map(|tag| tag["key"].clone());
        assert_eq!(keys.collect::<Vec<_>>(), ["key-account", "vip"]);
        let page = rosa.get("/api/v1/records?filter=tag:vip%20-tag:none").await.expect_status(200);
        assert_eq!(titles(&page), ["Small"]);
        assert_eq!(page["records"][0]["tags"][1]["name"], "VIP");
        rosa.patch("/api/v1/tags/vip", json!({ "colour": "#1f77b4", "name": "Gold" }))
            .await
            .expect_status(200);
        let library = rosa.get("/api/v1/tags").await.expect_status(200);
        assert_eq!(library["tags"][0]["name"], "Gold");
        assert_eq!(
            (&library["tags"][0]["uses"], &library["tags"][0]["reserved"]),
            (&json!(1), &json!(false))
        );
        team.imre.delete("/api/v1/tags/gold").await.expect_status(403);
        rosa.post("/api/v1/tags/gold/merge", json!({ "into": "key-account" }))
            .await
            .expect_status(200);
        let page = rosa.get("/api/v1/records?filter=tag:key-account").await.expect_status(200);
        assert_eq!(titles(&page), ["Small"]);
        rosa.delete(&format!("{path}/key-account")).await.expect_status(200);
        let page = rosa.get("/api/v1/records?filter=has:tag").await.expect_status(200);
        assert!(titles(&page).is_empty());

        // A segment fills itself, and follows.
        let make = json!({ "name": "Big deals", "blueprint": "deal", "filter": "value>10000" });
        let made = rosa.post("/api/v1/segments", make).await.expect_status(201);
        assert_eq!(made["data"]["key"], "big_deals");
        listed(rosa, "/api/v1/segments/big_deals/records", &["Large"]).await?;
        let value = json!({ "values": { "value": { "amount": "20000", "currency": "EUR" } } });
        rosa.patch("/api/v1/records/DEAL-1", value).await.expect_status(200);
        // At once, with the change, not a moment later.
        let page = rosa.get("/api/v1/segments/big%20deals/records?sort=title").await;
        assert_eq!(titles(&page.expect_status(200)), ["Large", "Small"]);
        let line = rosa.get("/api/v1/records/DEAL-1/timeline").await.expect_status(200);
        let lines = line["interactions"].as_array().expect("lines").iter();
        let joined = lines.filter(|line| line["kind"] == "segment").collect::<Vec<_>>();
        assert_eq!(joined.len(), 1, "{line}");
        assert_eq!(joined[0]["data"]["why"], "changed");
        assert_eq!(joined[0]["summary"], "Small joined the segment Big deals");
        let all = rosa.get("/api/v1/segments").await.expect_status(200);
        assert_eq!(
            (&all["segments"][0]["count"], &all["segments"][0]["dynamic"]),
            (&json!(2), &json!(true))
        );
        Ok(())
    })
    .await
}

#[tokio::test]
async fn tags_segments_and_views_are_used_in_the_words_of_chat() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let rosa = &team.rosa;
        let room = team.room("sales").await;
        team.acme().await;
        room.say(rosa, "!t new deal Globex value:90000EUR").await;
        room.wait_for(rosa, |m| text(m).contains("Globex")).await?;
        answered(
            &room,
            rosa,
            "!t tag globex vip, key account",
            "tagged Globex vip and key account",
        )
        .await?;
        let card = room.say(rosa, "!t who globex").await;
        let card = room
            .wait_for(rosa, |m| m["thread"] == card.as_str() && card_fact(m, "Tags").is_some())
            .await?;
        assert_eq!(card_fact(&card, "Tags"), Some("key account, vip"));
        answered(&room, rosa, "!t tags", "vip · 1").await?;
        answered(&room, rosa, "!t find tag:vip", "Globex").await?;
        answered(&room, rosa, "!t untag globex vip", "took vip off Globex").await?;
        room.wait_for(rosa, |m| card_fact(m, "Tags") == Some("key account")).await?;
        answered(&room, rosa, "!t find tag:vip", "Nothing is like this").await?;
        answered(&room, rosa, "!t undo", "Undone").await?;
        answered(&room, rosa, "!t find tag:vip", "Globex").await?;
        answered(&room, rosa, "!t tag globex", "Which tag of Globex").await?;
        answered(&room, &team.imre, "!t tag globex bot:mute", "only administrators").await?;

        let make = json!({ "name": "Tagged", "blueprint": "deal", "filter": "tag:vip" });
        rosa.post("/api/v1/segments", make).await.expect_status(201);
        listed(rosa, "/api/v1/segments/tagged/records", &["Globex"]).await?;
        answered(&room, rosa, "!t segments", "Tagged (tagged) · 1 · tag:vip").await?;
        answered(&room, rosa, "!t find segment:tagged", "Globex").await?;

        let view = json!({ "name": "Big deals", "blueprint": "deal", "filter": "value>50000",
            "columns": [{ "column": "title" }, { "column": "value" }, { "column": "tags" }],
            "sort": "-value", "shared": true });
        rosa.post("/api/v1/views", view).await.expect_status(201);
        answered(&room, rosa, "!t views", "Big deals · Deals · shared").await?;
        answered(&room, rosa, "!t view big", "Globex · 90,000 EUR · key account, vip").await?;
        answered(&room, &team.imre, "!t view big deals mine", "Nothing is in the view").await?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_view_pages_groups_and_writes_and_says_what_is_missing() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let rosa = &team.rosa;
        for number in 1..=5 {
            let value = json!({ "amount": format!("{number}000"), "currency": "EUR" });
            team.record(json!({ "blueprint": "deal", "title": format!("Deal {number}"),
                "values": { "value": value } }))
                .await;
        }
        rosa.put("/api/v1/records/DEAL-5/tags/vip", json!({})).await.expect_status(200);
        let view = json!({ "name": "Mine", "blueprint": "deal", "filter": "value>1000 -tag:vip",
            "sort": "-value", "mine": true, "layout": "board", "group_by": "stage" });
        let made = rosa.post("/api/v1/views", view).await.expect_status(201);
        let id = made["data"]["view"].as_str().expect("an id").to_owned();
        let path = format!("/api/v1/views/{id}/records?limit=2");
        let first = rosa.get(&path).await.expect_status(200);
        assert_eq!(titles(&first), ["Deal 4", "Deal 3"]);
        let next = first["next"].as_str().expect("more").to_owned();
        let rest = rosa.get(&format!("{path}&after={next}")).await.expect_status(200);
        assert_eq!((titles(&rest), &rest["next"]), (vec!["Deal 2"], &Value::Null));
        let fewer = rosa.get(&format!("{path}&filter=value%3C3000")).await.expect_status(200);
        assert_eq!(titles(&fewer), ["Deal 2"]);
        let board = rosa.get(&format!("/api/v1/views/{id}/board")).await.expect_status(200);
        assert_eq!(
            (&board["lanes"][0]["key"], &board["lanes"][0]["count"]),
            (&json!("open"), &json!(3))
        );
        let lane = board["lanes"][0]["filter"].as_str().expect("a filter");
        assert!(lane.contains("stage:open") && lane.contains("owner:me"), "{lane}");
        let nobody = team.imre.get(&format!("/api/v1/views/{id}/records")).await.expect_status(404);
        assert!(refusal(&nobody).contains("There is no view"), "{nobody}");

        rosa.delete("/api/v1/tags/vip").await.expect_status(200);
        let told = rosa.get(&path).await.expect_status(200);
        assert_eq!(titles(&told), ["Deal 5", "Deal 4"]);
        assert!(
            told["missing"][0].as_str().is_some_and(|line| line.contains("-tag:vip")),
            "{told}"
        );
        let first = json!({ "view": id });
        rosa.put("/api/v1/blueprints/deal/default-view", first).await.expect_status(200);
        let views = rosa.get("/api/v1/views?blueprint=deal").await.expect_status(200);
        assert_eq!(views["views"][0]["first"], true);

        // Deals through the columns of companies would show nothing; through their own, they write.
        let write = json!({ "values": { "value": { "amount": "7", "currency": "EUR" } } });
        rosa.patch(&format!("/api/v1/views/{id}/records/DEAL-1"), write).await.expect_status(200);
        let shown = rosa.get("/api/v1/records/DEAL-1").await.expect_status(200);
        assert_eq!(shown["record"]["values"]["value"]["amount"], "7");
        Ok(())
    })
    .await
}
