//! The stories of what there is to do: asks and promises in captured messages become tasks with
//! the day they are due, and every record gets a line that sums the messages up. On both databases.

use anyhow::Result;
use chrono::{DateTime, Datelike, Days, NaiveDate, Weekday};
use serde_json::{Value, json};
use tests::harness::api::Api;
use tests::harness::team::{Database, Room, Team, button, on_both, text};

/// Where the team of these stories is: its day begins eleven or more hours before UTC's.
const ZONE: &str = "Pacific/Auckland";

async fn team(database: Database) -> Result<Team> {
    Team::start_with(database, "", &["--timezone", ZONE], None).await
}

/// The next such weekday after the open proposal's messages were written, where the team is.
async fn next(day: Weekday, who: &Api) -> NaiveDate {
    let zone: chrono_tz::Tz = ZONE.parse().expect("a zone");
    let written = open_proposal(who).await["messages"][0]["at"].clone();
    let written = DateTime::parse_from_rfc3339(written.as_str().expect("a time")).expect("a time");
    let today = written.with_timezone(&zone).date_naive();
    let mut days = today.iter_days().skip(1).take(7);
    days.find(|one| one.weekday() == day).expect("each week has one")
}

async fn captured(room: &Room, who: &Api, messages: &[&str]) -> Result<Value> {
    for message in messages {
        room.say(who, message).await;
    }
    room.say(who, &format!("!t capture last {}", messages.len())).await;
    room.wait_for(who, |m| text(m).starts_with("From ")).await
}

fn items(proposal: &Value) -> String {
    proposal["content"]["items"].to_string()
}

async fn tasks(who: &Api, which: &str) -> Vec<Value> {
    let all = who.get(&format!("/api/v1/tasks{which}")).await.expect_status(200);
    all["tasks"].as_array().expect("tasks").clone()
}

async fn timeline(who: &Api, key: &str, event: &str) -> Vec<Value> {
    let all = who.get(&format!("/api/v1/records/{key}/timeline")).await.expect_status(200);
    let all = all["interactions"].as_array().expect("lines").clone();
    all.into_iter().filter(|line| line["event"] == event).collect()
}

async fn open_proposal(who: &Api) -> Value {
    let open = who.get("/api/v1/proposals").await.expect_status(200);
    open["proposals"][0].clone()
}

const TALK: [&str; 5] = [
    "just talked to Clara Neumann from Initech",
    "her address is clara@initech.example",
    "Ola Berg was there as well: ola.berg@initech.example",
    "they want the annual plan, 24,000 EUR",
    "I'll send them the quote by Friday",
];

#[tokio::test]
async fn what_was_promised_becomes_a_task_on_the_deal_due_on_the_teams_friday() -> Result<()> {
    on_both(|database| async move {
        let team = team(database).await?;
        let room = team.room("sales").await;
        let rosa = &team.rosa;
        let proposal = captured(&room, rosa, &TALK).await?;
        let friday = next(Weekday::Fri, rosa).await;
        let all = items(&proposal);
        let due = friday.format("due %A, %-d %B %Y");
        for words in [
            "Person: Clara Neumann (new)",
            "Deal: Initech – annual plan (new)",
            "Task: send them the quote (new) · Initech – annual plan",
            &due.to_string(),
            "for Rosa Keller",
            "“I'll send them the quote by Friday”",
            "Summary: ",
            "they want the annual plan, 24,000 EUR",
        ] {
            assert!(all.contains(words), "{words} in {all}");
        }
        assert_eq!(tasks(rosa, "").await, Vec::<Value>::new(), "a proposal makes nothing");

        let accept = button(&proposal, "Accept").expect("a button");
        room.press(rosa, &accept).await;
        let made = room.wait_for(rosa, |m| text(m).starts_with("Made from ")).await?;
        assert!(items(&made).contains("Task: send them the quote"), "{made}");
        let there = tasks(rosa, "?record=DEAL-1").await;
        assert_eq!(there.len(), 1, "{there:?}");
        let task = &there[0];
        assert_eq!(task["title"], "send them the quote");
        assert_eq!(task["due_on"], friday.to_string());
        let me = rosa.get("/api/v1/me").await.expect_status(200);
        assert!(me.to_string().contains(task["assignee"].as_str().expect("a member")), "{me}");
        let source = &task["source"];
        assert_eq!(source["message"]["text"], TALK[4]);
        assert_eq!(source["source"]["extractor"], "task");
        let said = TALK[4].chars().collect::<Vec<_>>();
        let cut = |span: &Value| {
            let at = |name: &str| span[name].as_u64().expect("a place") as usize;
            said[at("start")..at("end")].iter().collect::<String>()
        };
        assert_eq!(cut(&source["source"]), "send them the quote by Friday");
        assert_eq!(cut(&source["due"]), "by Friday");
        assert_eq!(timeline(rosa, "DEAL-1", "task.created").await.len(), 1);
        let summary = timeline(rosa, "COM-1", "messages.summed_up").await;
        assert_eq!(summary.len(), 1, "{summary:?}");
        let summary = summary[0]["summary"].as_str().expect("words");
        assert!(summary.contains("they want the annual plan, 24,000 EUR"), "{summary}");
        assert!(summary.chars().count() <= 240, "{summary}");

        // The same press again does nothing twice, and undo takes all of it back.
        room.press(rosa, &accept).await;
        let marker = room.say(rosa, "!t tasks").await;
        room.wait_for(rosa, |m| m["thread"] == marker.as_str()).await?;
        assert_eq!(tasks(rosa, "").await.len(), 1);
        let said = room.say(rosa, "!t undo").await;
        room.wait_for(rosa, |m| m["thread"] == said.as_str() && text(m).contains("Undone")).await?;
        assert_eq!(tasks(rosa, "").await, Vec::<Value>::new());
        let again = open_proposal(rosa).await;
        assert_eq!(again["tasks"][0]["title"], "send them the quote");
        assert_eq!(again["made_tasks"], json!([]));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_task_is_left_out_or_corrected_before_it_is_made() -> Result<()> {
    on_both(|database| async move {
        let team = team(database).await?;
        let room = team.room("sales").await;
        let rosa = &team.rosa;
        captured(&room, rosa, &TALK).await?;
        room.say(rosa, "!t accept without tasks").await;
        room.wait_for(rosa, |m| text(m).starts_with("Made from ")).await?;
        assert_eq!(tasks(rosa, "").await, Vec::<Value>::new());
        let deals = rosa.get("/api/v1/records?filter=blueprint:deal").await.expect_status(200);
        assert_eq!(deals["records"].as_array().map(Vec::len), Some(1), "the rest is there");

        let other = team.room("support").await;
        captured(
            &other,
            rosa,
            &[
                "Mei Tanaka from Globex: mei@globex.example",
                "Imre, can you call her tomorrow at 3pm?",
                "please send Globex the price list",
            ],
        )
        .await?;
        let open = open_proposal(rosa).await;
        let path = format!("/api/v1/proposals/{}/accept", open["id"].as_str().expect("an id"));
        let proposed = open["tasks"].as_array().expect("tasks");
        assert_eq!(proposed.len(), 2, "{proposed:?}");
        assert!(proposed[0]["due_at"].is_string() && proposed[0]["assignee"].is_string());
        let wrong = json!({ "task_changes": [{ "task": 7, "title": "x" }] });
        let refused = rosa.post(&path, wrong).await.expect_status(422);
        assert!(refused.to_string().contains("has no task 7"), "{refused}");
        let acceptance = json!({
            "without_tasks": [0],
            "task_changes": [{ "task": 1, "title": "send the new price list",
                               "due_on": "2031-03-12" }],
            "summary": "Globex asks for prices.",
        });
        rosa.post(&path, acceptance).await.expect_status(200);
        let made = tasks(rosa, "").await;
        assert_eq!(made.len(), 1, "{made:?}");
        assert_eq!(made[0]["title"], "send the new price list");
        assert_eq!(made[0]["due_on"], "2031-03-12");
        assert!(made[0]["source"]["due"].is_null(), "nobody read that day from the message");
        let about = made[0]["record"].as_str().expect("a record");
        let about = rosa.get(&format!("/api/v1/records/{about}")).await.expect_status(200);
        assert_eq!(about["record"]["title"], "Globex");
        let key = about["record"]["key"].as_str().expect("a key");
        let summary = timeline(rosa, key, "messages.summed_up").await;
        assert_eq!(summary[0]["summary"], "Globex asks for prices.");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn asks_in_german_are_understood_and_what_is_there_is_not_made_twice() -> Result<()> {
    on_both(|database| async move {
        let team = team(database).await?;
        let room = team.room("vertrieb").await;
        let rosa = &team.rosa;
        let talk = [
            "Gespräch mit Clara Neumann von der Initech GmbH: clara@initech.example",
            "Imre, kannst du bitte bis Freitag das Angebot schicken?",
            "Ich melde mich am Montag bei Clara",
        ];
        let proposal = captured(&room, rosa, &talk).await?;
        let all = items(&proposal);
        for words in ["Task: das Angebot schicken (new)", "for Imre Nagy", "melde mich bei Clara"] {
            assert!(all.contains(words), "{words} in {all}");
        }
        let (friday, monday) = (next(Weekday::Fri, rosa).await, next(Weekday::Mon, rosa).await);
        room.press(rosa, &button(&proposal, "Accept").expect("a button")).await;
        room.wait_for(rosa, |m| text(m).starts_with("Made from ")).await?;
        let his = tasks(&team.imre, "?whose=me").await;
        assert_eq!(his.len(), 1, "{his:?}");
        assert_eq!(his[0]["due_on"], friday.to_string());
        let hers = tasks(rosa, "?whose=me").await;
        assert_eq!(hers[0]["due_on"], monday.to_string());

        let other = team.room("nochmal").await;
        let again = captured(&other, rosa, &talk[..2]).await?;
        let all = items(&again);
        assert!(all.contains("das Angebot schicken (is there already)"), "{all}");
        let id = open_proposal(rosa).await["id"].as_str().expect("an id").to_owned();
        rosa.post(&format!("/api/v1/proposals/{id}/accept"), json!({})).await.expect_status(200);
        assert_eq!(tasks(rosa, "").await.len(), 2);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_a_customer_promises_is_theirs_and_what_they_ask_for_is_ours() -> Result<()> {
    on_both(|database| async move {
        let team = team(database).await?;
        let room = team.room("sales").await;
        let rosa = &team.rosa;
        let mail = "FYI\n\n\
            ---------- Forwarded message ---------\n\
            From: Clara Neumann <clara.neumann@initech.example>\n\
            Date: Mon, 11 Jan 2027 at 09:12\n\
            Subject: Re: Offer for 40 seats\n\
            To: Rosa Keller <rosa@northwind.example>\n\n\
            Hi Rosa,\n\n\
            I'll sign the order on Monday. Please send us the data sheet by next Friday.\n\
            Let me know if you have questions.\n\n\
            Kind regards,\n\
            Clara Neumann\n\
            Initech GmbH\n";
        let proposal = captured(&room, rosa, &[mail]).await?;
        let all = items(&proposal);
        assert!(all.contains("Task: send us the data sheet (new)"), "{all}");
        assert!(all.contains("Summary: Offer for 40 seats: "), "{all}");
        assert_eq!(all.matches("Task: ").count(), 1, "{all}");
        let monday = next(Weekday::Mon, rosa).await;
        room.press(rosa, &button(&proposal, "Accept").expect("a button")).await;
        room.wait_for(rosa, |m| text(m).starts_with("Made from ")).await?;
        let made = tasks(rosa, "?whose=pool").await;
        assert_eq!(made.len(), 1, "{made:?}");
        let next_friday = monday.checked_add_days(Days::new(4)).expect("a day");
        assert_eq!(made[0]["due_on"], next_friday.to_string());

        // A task alone is worth a proposal, too.
        let other = team.room("other").await;
        let alone = captured(&other, rosa, &["I'll book the meeting room for Monday"]).await?;
        room_accepts(&other, rosa, &alone).await?;
        let mine = tasks(rosa, "?whose=me").await;
        assert_eq!(mine.len(), 1, "{mine:?}");
        assert!(mine[0]["record"].is_null());
        Ok(())
    })
    .await
}

async fn room_accepts(room: &Room, who: &Api, proposal: &Value) -> Result<()> {
    room.press(who, &button(proposal, "Accept").expect("a button")).await;
    let id = &proposal["id"];
    room.wait_for(who, |m| m["id"] == *id && text(m).starts_with("Made from ")).await?;
    Ok(())
}

#[tokio::test]
async fn who_takes_a_message_back_takes_its_task_out_of_the_proposal() -> Result<()> {
    on_both(|database| async move {
        let team = team(database).await?;
        let room = team.room("sales").await;
        let rosa = &team.rosa;
        room.say(rosa, "Mei Tanaka from Globex: mei@globex.example").await;
        let promised = room.say(rosa, "I'll send her the quote tomorrow").await;
        room.say(rosa, "!t capture last 2").await;
        let proposal = room.wait_for(rosa, |m| text(m).starts_with("From ")).await?;
        assert!(items(&proposal).contains("Task: send her the quote"), "{proposal}");
        let path = format!("/api/v1/chat/places/{}/messages/{promised}", room.name);
        rosa.delete(&path).await;
        let id = &proposal["id"];
        let is_gone = |m: &Value| m["id"] == *id && !items(m).contains("send her the quote");
        room.wait_for(rosa, is_gone).await?;
        Ok(())
    })
    .await
}
