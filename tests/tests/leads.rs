//! The stories of a team that judges whom to sell to: criteria answered by people and by rules,
//! scores that follow, and leads that are decided in a room or by a program. On both databases.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tests::harness::PATIENCE;
use tests::harness::api::Api;
use tests::harness::team::{Room, Team, button, card_fact, card_titles, on_both, text};

fn refusal(answer: &Value) -> &str {
    answer["error"]["message"].as_str().unwrap_or_default()
}

/// Says a command and waits for an answer in its thread that contains some words.
async fn answered(room: &Room, who: &Api, command: &str, words: &str) -> Result<Value> {
    let said = room.say(who, command).await;
    room.wait_for(who, |m| m["thread"] == said.as_str() && text(m).contains(words)).await
}

/// A product with a criterion that a rule answers and one that people do.
async fn annual_plan(team: &Team, leads: Value) {
    let rosa = &team.rosa;
    let product = json!({ "name": "Annual plan", "leads": leads });
    let made = rosa.post("/api/v1/products", product).await.expect_status(201);
    assert_eq!(made["data"]["product"], "annual_plan");
    let software = json!({
        "name": "Software", "question": "Do they make software?", "weight": 1,
        "assessor": { "by": "rule", "filter": "industry:software" },
    });
    rosa.post("/api/v1/products/annual_plan/criteria", software).await.expect_status(201);
    let budget = json!({
        "name": "Budget", "question": "How much of it is there?", "weight": 3,
        "scale": "percent",
    });
    rosa.post("/api/v1/products/annual_plan/criteria", budget).await.expect_status(201);
}

async fn company(team: &Team, title: &str, industry: &str) -> String {
    let new = json!({ "blueprint": "company", "title": title, "values": { "industry": industry } });
    let made = team.record(new).await;
    made["key"].as_str().expect("a key").to_owned()
}

async fn assess(who: &Api, key: &str, value: Value) -> Value {
    let path = format!("/api/v1/records/{key}/assessments");
    let budget = json!({ "criterion": "Budget", "value": value });
    who.post(&path, budget).await.expect_status(201)
}

/// The value and the coverage of a record's only score.
async fn score(who: &Api, key: &str) -> (Value, Value) {
    let shown = who.get(&format!("/api/v1/records/{key}")).await.expect_status(200);
    let score = &shown["scores"][0]["score"];
    (score["value"].clone(), score["coverage"].clone())
}

async fn until_done(who: &Api, jobs: &Value) -> Result<()> {
    for job in jobs.as_array().context("jobs")? {
        let path = format!("/api/v1/jobs/{}", job.as_str().unwrap_or_default());
        let began = std::time::Instant::now();
        loop {
            let job = who.get(&path).await.expect_status(200);
            match job["status"].as_str() {
                Some("done") => break,
                Some("open") if began.elapsed() < PATIENCE => {
                    tokio::time::sleep(std::time::Duration::from_millis(40)).await;
                }
                _ => anyhow::bail!("the job did not end: {job}"),
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_score_follows_what_people_and_rules_find_out_and_tells_why() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let (rosa, imre) = (&team.rosa, &team.imre);
        let product = json!({ "name": "Annual plan" });
        imre.post("/api/v1/products", product).await.expect_status(403);
        annual_plan(&team, json!({})).await;
        let acme = company(&team, "Acme Inc.", "Software").await;
        assert_eq!(score(rosa, &acme).await, (json!(100), json!(25)), "the rule alone");

        // A member finds out more, and says why.
        let path = format!("/api/v1/records/{acme}/assessments");
        let found = json!({
            "product": "annual-plan", "criterion": "budget", "value": 60,
            "reason": "Their CFO said so", "evidence": [{ "kind": "url", "url": "https://acme.example/cfo" }],
        });
        let said = imre.post(&path, found).await.expect_status(201);
        assert_eq!(
            said["said"],
            "Acme Inc.: Budget is 60 of 100. Annual plan: 70 of 100, 100 % known."
        );
        let wrong = json!({ "criterion": "budget", "value": "lots" });
        let wrong = imre.post(&path, wrong).await.expect_status(422);
        assert!(refusal(&wrong).contains("Budget takes a whole number from 0 to 100"), "{wrong}");
        let page = json!({ "criterion": "budget", "value": 60,
            "evidence": [{ "kind": "url", "url": "javascript:alert(1)" }] });
        imre.post(&path, page).await.expect_status(422);
        let other = json!({ "criterion": "software", "value": true });
        let other = imre.post(&path, other).await.expect_status(422);
        assert!(refusal(&other).contains("answered by the rule"), "{other}");

        let why = rosa.get(&format!("/api/v1/records/{acme}/scores")).await.expect_status(200);
        let lines = &why["products"][0]["lines"];
        assert_eq!((&lines[0]["answer"], &lines[0]["adds"]), (&json!("yes"), &json!(25.0)));
        assert_eq!((&lines[1]["answer"], &lines[1]["adds"]), (&json!("60 of 100"), &json!(45.0)));
        assert_eq!(lines[1]["assessment"]["reason"], "Their CFO said so");

        // The record changes, and the rule answers otherwise in the same moment.
        let retail = json!({ "values": { "industry": "Retail" } });
        rosa.patch(&format!("/api/v1/records/{acme}"), retail).await.expect_status(200);
        assert_eq!(score(rosa, &acme).await, (json!(45), json!(100)));
        let timeline = format!("/api/v1/records/{acme}/timeline");
        let timeline = rosa.get(&timeline).await.expect_status(200);
        let all = timeline["interactions"].as_array().context("lines")?;
        let scored = all.iter().filter(|line| line["kind"] == "scored");
        let scored = scored.map(|line| line["summary"].clone()).collect::<Vec<_>>();
        assert_eq!(scored[0], "Fit for Annual plan: 45 of 100, 100 % known, was 70");
        rosa.post("/api/v1/undo", json!({})).await.expect_status(200);
        assert_eq!(score(rosa, &acme).await, (json!(70), json!(100)));
        imre.post("/api/v1/undo", json!({})).await.expect_status(200);
        assert_eq!(score(rosa, &acme).await, (json!(100), json!(25)));
        let history = rosa.get(&path).await.expect_status(200);
        let history = history["assessments"].as_array().context("a history")?;
        let budget = history.iter().filter(|one| one["by_rule"] == false).collect::<Vec<_>>();
        assert_eq!(budget.len(), 2, "nothing of the history is lost");
        assert_eq!((&budget[0]["undoes"], &budget[0]["value"]), (&json!(1), &Value::Null));

        // Lists are chosen and sorted by it.
        assess(imre, &acme, json!(60)).await;
        let globex = company(&team, "Globex", "Retail").await;
        assess(rosa, &globex, json!(100)).await;
        company(&team, "Nobody knows", "Mining").await;
        let listed = async |query: &str| {
            let path = format!("/api/v1/records?{query}");
            let listed = rosa.get(&path).await.expect_status(200);
            let records = listed["records"].as_array().cloned().unwrap_or_default();
            records.iter().map(|one| one["title"].clone()).collect::<Vec<_>>()
        };
        let over = "filter=blueprint:company%20score.annual-plan>10&sort=-score.annual-plan";
        assert_eq!(listed(over).await, ["Globex", "Acme Inc."]);
        assert_eq!(listed("filter=score.annual-plan>70").await, ["Globex"]);
        let none = rosa.get("/api/v1/records?filter=score.gold>1").await.expect_status(404);
        assert!(refusal(&none).contains("There is no product “gold” here."), "{none}");

        // Another rule is asked of every record, in the background.
        let mining = json!({ "assessor": { "by": "rule", "filter": "industry:mining" } });
        let path = "/api/v1/products/annual_plan/criteria/software";
        let changed = rosa.patch(path, mining).await.expect_status(200);
        until_done(rosa, &changed["data"]["jobs"]).await?;
        assert_eq!(score(rosa, &acme).await, (json!(45), json!(100)));
        assert_eq!(listed("filter=score.annual-plan=100").await, ["Nobody knows"]);
        let hand = json!({ "archived": true });
        let changed = rosa.patch(path, hand).await.expect_status(200);
        until_done(rosa, &changed["data"]["jobs"]).await?;
        assert_eq!(score(rosa, &acme).await, (json!(60), json!(100)));
        let shown = rosa.get("/api/v1/products/annual-plan").await.expect_status(200);
        assert_eq!(shown["criteria"].as_array().map(Vec::len), Some(2), "archived, not deleted");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_lead_comes_as_a_card_and_is_decided_where_it_stands() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let (rosa, imre) = (&team.rosa, &team.imre);
        annual_plan(&team, json!({ "threshold": 60 })).await;
        let room = team.room("leads").await;
        let off = answered(&room, imre, "!t leads here annual-plan", "administrator").await?;
        assert!(text(&off).contains("Only an administrator"), "{}", text(&off));
        answered(&room, rosa, "!t leads here annual-plan", "posted here from now on").await?;
        answered(&room, rosa, "!t products", "Software ×1, by rule · Budget ×3").await?;

        // What a program writes makes a lead, and a quiet card of it.
        let acme = company(&team, "Acme Inc.", "Software").await;
        let card = room.wait_for(rosa, |m| text(m) == "A lead for Annual plan").await?;
        assert_eq!(card_titles(&card), ["Acme Inc."]);
        assert_eq!(card_fact(&card, "Fit"), Some("100 of 100, 25 % known"));
        assert_eq!(card_fact(&card, "Because"), Some("Software: yes"));
        let assess_acme =
            "!t assess acme budget:80 reason:they have a budget link:https://acme.example/b";
        answered(&room, imre, assess_acme, "85 of 100, 100 % known").await?;
        let better =
            room.wait_for(rosa, |m| card_fact(m, "Fit") == Some("85 of 100, 100 % known")).await?;
        assert_eq!(better["id"], card["id"], "the same card, in place");
        let because = card_fact(&better, "Because").unwrap_or_default();
        assert!(because.starts_with("Budget: 80 of 100 (they have a budget)"), "{because}");
        answered(&room, imre, "!t score acme", "Budget: 80 of 100").await?;
        answered(&room, imre, "!t leads annual-plan", "1. Acme Inc. (COM-").await?;

        // A press asks why, or to whom, and the way back is there.
        room.press(imre, &button(&better, "Reject").context("a button")?).await;
        let why = room.wait_for(rosa, |m| text(m).contains("Why is it rejected?")).await?;
        assert!(button(&why, "No budget").is_some(), "{why}");
        room.press(imre, &button(&why, "Back").context("a button")?).await;
        let back = room.wait_for(rosa, |m| button(m, "Assign").is_some()).await?;
        room.press(rosa, &button(&back, "Assign").context("a button")?).await;
        let whom = room.wait_for(rosa, |m| text(m).contains("Who looks at it?")).await?;
        room.press(rosa, &button(&whom, "Rosa Keller").context("a button")?).await;
        let given =
            room.wait_for(rosa, |m| card_fact(m, "Looked at by") == Some("Rosa Keller")).await?;
        let old = button(&given, "Accept").context("a button")?;
        room.press(imre, &old).await;
        room.wait_for(imre, |m| text(m).contains("This lead is Rosa Keller's to decide")).await?;

        // Accepted: a deal, linked and looked after; the card says so where it stands.
        room.press(rosa, &old).await;
        let accepted = room.wait_for(rosa, |m| card_fact(m, "Became").is_some()).await?;
        assert_eq!(accepted["id"], card["id"], "the same card, in place");
        assert_eq!(text(&accepted), "A lead for Annual plan, accepted");
        assert!(button(&accepted, "Accept").is_none() && button(&accepted, "Undo").is_some());
        let deal = rosa.get("/api/v1/records/DEAL-1").await.expect_status(200);
        assert_eq!(deal["record"]["title"], "Acme Inc. Annual plan");
        assert_eq!(deal["owner"]["name"], "Rosa Keller");
        assert_eq!(deal["links"][0]["key"], acme.as_str());
        room.press(imre, &old).await;
        let told =
            "Rosa Keller accepted this lead already: it became Acme Inc. Annual plan (DEAL-1)";
        room.wait_for(imre, |m| text(m).contains(told)).await?;
        room.press(rosa, &button(&accepted, "Undo").context("a button")?).await;
        room.wait_for(rosa, |m| button(m, "Accept").is_some()).await?;
        let deal = rosa.get("/api/v1/records/DEAL-1").await.expect_status(200);
        assert!(deal["record"]["trashed_at"].is_string(), "the deal went with it");

        // Rejected in words by whoever has it; the card follows, and no rule makes another one.
        let none = answered(&room, rosa, "!t lead reject acme", "Why is").await?;
        assert!(text(&none).contains("No budget"), "{}", text(&none));
        answered(&room, rosa, "!t lead reject acme reason:not this year", "rejected for").await?;
        room.wait_for(rosa, |m| card_fact(m, "Rejected") == Some("not this year")).await?;
        answered(&room, rosa, "!t lead accept acme", "rejected this lead already").await?;
        assess(rosa, &acme, json!(100)).await;
        answered(&room, rosa, "!t leads", "No lead waits").await?;

        // By hand it is a lead again, and can be put off.
        let said = room.say(imre, "!t lead acme for:annual-plan why:they wrote to us").await;
        let again =
            room.wait_for(imre, |m| card_fact(m, "Note") == Some("they wrote to us")).await?;
        assert!(!said.is_empty() && again["id"] != card["id"], "a card of its own");
        answered(&room, imre, "!t lead snooze acme until:tomorrow", "off until").await?;
        answered(&room, imre, "!t leads", "No lead waits").await?;
        answered(&room, imre, "!t lead snooze acme until:now", "back").await?;
        answered(&room, imre, "!t lead assign acme to:imre", "took the lead").await?;
        answered(&room, imre, "!t lead accept acme stage:negotiating", "DEAL-2").await?;
        let deal = rosa.get("/api/v1/records/DEAL-2").await.expect_status(200);
        assert_eq!(
            (&deal["stage"], &deal["owner"]["name"]),
            (&json!("Negotiating"), &json!("Imre Nagy"))
        );

        answered(&room, rosa, "!t leads off annual-plan", "no longer posted").await?;
        company(&team, "Globex", "Software").await;
        answered(&room, rosa, "!t leads", "1. Globex").await?;
        let said = room.messages(rosa).await;
        assert!(!said.iter().any(|m| card_titles(m).contains(&"Globex")), "no card of it");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn leads_are_ranked_shared_out_and_decided_once_through_the_api() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let (rosa, imre) = (&team.rosa, &team.imre);
        let me = async |who: &Api| {
            who.get("/api/v1/me").await.expect_status(200)["member"]["id"].clone()
        };
        let (rosa_id, imre_id) = (me(rosa).await, me(imre).await);
        let pipeline = json!({ "blueprint": "deal", "name": "Plans" });
        rosa.post("/api/v1/pipelines", pipeline).await.expect_status(201);
        let leads = json!({ "pipeline": "plans", "turns": [imre_id, rosa_id] });
        annual_plan(&team, leads).await;
        let mut keys = Vec::new();
        for (title, value) in [("Low", 10), ("High", 90), ("Middle", 50)] {
            let key = company(&team, title, "Mining").await;
            assess(rosa, &key, json!(value)).await;
            let id = rosa.get(&format!("/api/v1/records/{key}")).await.expect_status(200);
            let lead = json!({ "record": id["record"]["id"], "product": "annual plan" });
            imre.post("/api/v1/leads", lead).await.expect_status(201);
            keys.push(key);
        }
        let list = async |query: &str| {
            rosa.get(&format!("/api/v1/leads?{query}")).await.expect_status(200)
        };
        let first = list("product=annual_plan&limit=2").await;
        let titles = |page: &Value| {
            let leads = page["leads"].as_array().cloned().unwrap_or_default();
            leads.iter().map(|one| one["title"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(titles(&first), ["High", "Middle"]);
        let next = first["next"].as_str().context("a next page")?;
        assert_eq!(
            titles(&list(&format!("product=annual_plan&limit=2&after={next}")).await),
            ["Low"]
        );
        rosa.get("/api/v1/leads?after=nonsense").await.expect_status(422);

        let id = |place: usize| {
            first["leads"][place]["lead"]["id"].as_str().unwrap_or_default().to_owned()
        };
        let high = format!("/api/v1/leads/{}", id(0));
        rosa.post(&format!("{high}/assign"), json!({ "to": "turns" })).await.expect_status(200);
        let middle = format!("/api/v1/leads/{}", id(1));
        rosa.post(&format!("{middle}/assign"), json!({ "to": "turns" })).await.expect_status(200);
        assert_eq!(titles(&list("assignee=me").await), ["Middle"]);
        let others = imre.post(&format!("{middle}/accept"), json!({})).await.expect_status(403);
        assert!(refusal(&others).contains("This lead is Rosa Keller's to decide"), "{others}");

        // Two decide at once: one does, and the other one is told.
        let accept = format!("{high}/accept");
        let reject = format!("{high}/reject");
        let (one, other) = tokio::join!(
            imre.post(&accept, json!({ "title": "Plan for High" })),
            rosa.post(&reject, json!({ "reason": "Not now" }))
        );
        let (told, decided) =
            if one.status == 200 { (other, "accepted") } else { (one, "rejected") };
        let told = told.expect_status(410);
        assert!(refusal(&told).contains(&format!("{decided} this lead already")), "{told}");
        let shown = rosa.get(&high).await.expect_status(200);
        assert_eq!(shown["lead"]["status"], decided);
        rosa.post(&format!("{middle}/accept"), json!({})).await.expect_status(200);
        let shown = rosa.get(&middle).await.expect_status(200);
        let deal = shown["lead"]["deal"].as_str().context("a deal")?;
        let deal = rosa.get(&format!("/api/v1/records/{deal}")).await.expect_status(200);
        assert_eq!(deal["record"]["flow"], "plans", "in the product's pipeline");
        assert_eq!(deal["record"]["title"], "Middle Annual plan");

        // One press takes all of it back.
        rosa.post("/api/v1/undo", json!({})).await.expect_status(200);
        let shown = rosa.get(&middle).await.expect_status(200);
        assert_eq!(shown["lead"]["status"], "open");
        let steps = shown["lead"]["history"].as_array().context("a history")?;
        assert_eq!(steps.len(), 4, "{steps:?}");
        let late = json!({ "until": "2020-01-01T00:00:00Z" });
        rosa.post(&format!("{middle}/snooze"), late).await.expect_status(422);
        rosa.delete(&format!("/api/v1/records/{}", keys[0])).await.expect_status(200);
        assert_eq!(
            titles(&list("product=annual_plan").await),
            ["Middle"],
            "not what is in the trash"
        );
        Ok(())
    })
    .await
}
