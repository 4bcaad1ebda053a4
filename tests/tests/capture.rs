//! The stories of what a careful assistant makes of messages: who is meant by a name that several
//! share, what forwarded mails and talk come to, and taking back what was misread. On both
//! databases.

use anyhow::Result;
use serde_json::{Value, json};
use tests::harness::api::Api;
use tests::harness::team::{Room, Team, button, card_titles, on_both, text};

async fn person(team: &Team, title: &str, company: Option<&str>) -> Value {
    let made = team.record(json!({ "blueprint": "person", "title": title })).await;
    if let Some(company) = company {
        let path = format!("/api/v1/records/{}/links", made["key"].as_str().expect("a key"));
        let link = json!({ "to": company, "kind": "works_at" });
        team.rosa.post(&path, link).await.expect_status(201);
    }
    made
}

async fn company(team: &Team, title: &str) -> String {
    let made = team.record(json!({ "blueprint": "company", "title": title })).await;
    made["id"].as_str().expect("an id").to_owned()
}

async fn lines(who: &Api, key: &str, event: &str) -> Vec<Value> {
    let path = format!("/api/v1/records/{key}/timeline");
    let all = who.get(&path).await.expect_status(200);
    let all = all["interactions"].as_array().expect("lines").clone();
    all.into_iter().filter(|line| line["event"] == event).collect()
}

/// Says something, and waits until it was read.
async fn heard(room: &Room, who: &Api, words: &str) -> Result<String> {
    let said = room.say(who, words).await;
    let marker = room.say(who, "!t tasks").await;
    room.wait_for(who, |m| m["thread"] == marker.as_str()).await?;
    Ok(said)
}

fn in_thread(messages: &[Value], root: &str) -> usize {
    messages.iter().filter(|m| m["thread"] == root).count()
}

#[tokio::test]
async fn a_part_of_a_name_counts_where_the_place_makes_clear_who_is_meant() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let rosa = &team.rosa;
        person(&team, "Anna Schmidt", None).await;
        person(&team, "Anna Weber", None).await;
        let (sales, other) = (team.room("sales").await, team.room("other").await);
        let early = heard(&sales, rosa, "lunch with Anna today").await?;
        let full = heard(&sales, rosa, "Anna Schmidt called").await?;
        let later = heard(&sales, rosa, "Anna wants the annual plan").await?;
        let elsewhere = heard(&other, rosa, "Anna is on holiday").await?;
        let said = sales.messages(rosa).await;
        assert_eq!(in_thread(&said, &early), 0, "nobody is guessed");
        assert_eq!(in_thread(&said, &full), 1, "a card");
        assert_eq!(in_thread(&said, &later), 0, "her card was shown a moment ago");
        assert_eq!(in_thread(&other.messages(rosa).await, &elsewhere), 0);
        let mentions = lines(rosa, "PER-1", "message.mentioned").await;
        assert_eq!(mentions.len(), 2, "{mentions:?}");
        assert_eq!(mentions[0]["summary"], "Anna wants the annual plan");
        assert_eq!(mentions[0]["data"]["why"], "Anna Schmidt was spoken of here last");
        assert!(lines(rosa, "PER-2", "message.mentioned").await.is_empty());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn of_two_with_one_name_the_place_says_which_or_it_is_asked_once() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let rosa = &team.rosa;
        let (globex, initech) = (company(&team, "Globex").await, company(&team, "Initech").await);
        person(&team, "Jane Doe", Some(&globex)).await;
        person(&team, "Jane Doe", Some(&initech)).await;
        let room = team.room("sales").await;
        let first = room.say(rosa, "Jane Doe called").await;
        let question = |m: &Value| m["thread"] == first.as_str() && text(m).contains("Which");
        let question = room.wait_for(rosa, question).await?;
        let again = heard(&room, rosa, "did Jane Doe write?").await?;
        assert_eq!(in_thread(&room.messages(rosa).await, &again), 0, "it was asked already");

        let along = room.say(rosa, "Jane Doe from Initech wants a quote").await;
        let card = room.wait_for(rosa, |m| m["thread"] == along.as_str()).await?;
        assert!(card.to_string().contains("Jane Doe is linked to Initech, named here too"));
        let mentions = lines(rosa, "PER-2", "message.mentioned").await;
        assert_eq!(mentions.len(), 1);

        // Answering is remembered, too, in a room where nobody was named yet.
        let second = team.room("support").await;
        let asked = second.say(rosa, "Jane Doe needs help").await;
        let here = second.wait_for(rosa, |m| m["thread"] == asked.as_str()).await?;
        let choice = button(&here, "Jane Doe (PER-1)").expect("a button");
        second.press(rosa, &choice).await;
        second.wait_for(rosa, |m| m["id"] == here["id"] && card_titles(m) == ["Jane Doe"]).await?;
        heard(&second, rosa, "Jane Doe called once more").await?;
        let mentions = lines(rosa, "PER-1", "message.mentioned").await;
        assert_eq!(mentions.len(), 1, "{mentions:?}");
        assert!(mentions[0]["data"]["why"].as_str().is_some_and(|why| why.contains("was shown")));
        assert!(button(&question, "Jane Doe (PER-1)").is_some());
        Ok(())
    })
    .await
}

const FORWARDED: &str = "FYI, can somebody take this?\n\n\
    ---------- Forwarded message ---------\n\
    From: Clara Neumann <clara.neumann@initech.example>\n\
    Date: Mon, 11 Jan 2027 at 09:12\n\
    Subject: Offer for 40 seats\n\
    To: Rosa Duarte <rosa@northwind.example>\n\n\
    Hi Rosa,\n\n\
    we would like an offer for 40 seats by the end of March.\n\n\
    Kind regards,\n\
    Clara Neumann\n\
    Head of Procurement\n\
    Initech GmbH\n\
    Phone: +49 30 901820-55\n";

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

#[tokio::test]
async fn a_forwarded_mail_becomes_its_writer_with_title_number_and_company() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let room = team.room("sales").await;
        let rosa = &team.rosa;
        let proposal = captured(&room, rosa, &[FORWARDED]).await?;
        let all = items(&proposal);
        for words in [
            "Person: Clara Neumann (new)",
            "Head of Procurement",
            "clara.neumann@initech.example",
            "+493090182055",
            "Company: Initech",
            "Deal: Initech",
        ] {
            assert!(all.contains(words), "{words} in {all}");
        }
        assert!(!all.contains("Person: Rosa"), "who forwarded it is no contact: {all}");
        room.press(rosa, &button(&proposal, "Accept").expect("a button")).await;
        room.wait_for(rosa, |m| text(m).starts_with("Made from ")).await?;

        // The number was misread: it comes off, and comes back.
        let said = room.say(rosa, "!t wrong clara neumann phone").await;
        let taken = |m: &Value| m["thread"] == said.as_str() && text(m).contains("is wrong");
        room.wait_for(rosa, taken).await?;
        let shown = rosa.get("/api/v1/records/PER-1").await.expect_status(200);
        assert!(!shown["identities"].to_string().contains("+493090182055"), "{shown}");
        let sources = rosa.get("/api/v1/records/PER-1/provenance").await.expect_status(200);
        let sources = sources["provenance"].as_array().expect("sources");
        let phone = sources.iter().find(|one| one["value"] == "+493090182055").expect("kept");
        assert!(phone["wrong_at"].is_string());
        let address = sources.iter().find(|one| one["value"] == "clara.neumann@initech.example");
        let number = address.expect("kept")["number"].as_i64().expect("a number");
        let path = format!("/api/v1/records/PER-1/provenance/{number}/wrong");
        let outcome = rosa.post(&path, json!({})).await.expect_status(200);
        // The company has its domain from the same words.
        assert!(
            outcome["said"].as_str().is_some_and(|said| said.contains("Clara Neumann and Ini"))
        );
        let company = rosa.get("/api/v1/records/COM-1").await.expect_status(200);
        assert!(!company["identities"].to_string().contains("initech.example"), "{company}");
        let said = room.say(rosa, "!t undo").await;
        room.wait_for(rosa, |m| m["thread"] == said.as_str()).await?;
        let company = rosa.get("/api/v1/records/COM-1").await.expect_status(200);
        assert!(company["identities"].to_string().contains("initech.example"), "{company}");
        let person = rosa.get("/api/v1/records/PER-1").await.expect_status(200);
        assert!(person["identities"].to_string().contains("clara.neumann@initech.example"));
        Ok(())
    })
    .await
}

#[tokio::test]
async fn talk_about_two_people_and_a_company_becomes_three_records() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let room = team.room("sales").await;
        let rosa = &team.rosa;
        let proposal = captured(
            &room,
            rosa,
            &[
                "just talked to Clara Neumann from Initech",
                "she is their head of procurement: clara@initech.example",
                "Ola Berg was there as well, she runs IT",
                "ola.berg@initech.example, +46 8 123 456 78",
                "they want the annual plan, 24,000 EUR",
            ],
        )
        .await?;
        let all = items(&proposal);
        for words in [
            "Person: Clara Neumann (new)",
            "clara@initech.example",
            "Person: Ola Berg (new)",
            "ola.berg@initech.example",
            "+46812345678",
            "Company: Initech (new)",
            "Deal: Initech – annual plan (new)",
        ] {
            assert!(all.contains(words), "{words} in {all}");
        }
        assert_eq!(all.matches("Person: ").count(), 2, "{all}");
        assert_eq!(all.matches("Company: ").count(), 1, "{all}");

        // Some of it is accepted, corrected before.
        let open = rosa.get("/api/v1/proposals").await.expect_status(200);
        let open = &open["proposals"][0];
        let place = |title: &str| {
            let records = open["records"].as_array().expect("records").iter();
            records.enumerate().find(|(_, one)| one["title"] == title).expect("it is there")
        };
        let (ola, fields) = place("Ola Berg");
        let field = |value: &str| {
            let all = fields["fields"].as_array().expect("fields").iter();
            all.enumerate().find(|(_, one)| one["value"] == value).expect("it is there").0
        };
        let (deal, _) = place("Initech – annual plan");
        let id = open["id"].as_str().expect("an id");
        let wrong = json!({ "changes": [{ "record": 99, "field": 0, "value": "x" }] });
        let refused = rosa.post(&format!("/api/v1/proposals/{id}/accept"), wrong).await;
        assert!(refused.expect_status(422).to_string().contains("has no value 0 of record 99"));
        let acceptance = json!({ "without": [deal], "changes": [
            { "record": ola, "field": field("+46812345678"), "value": null },
            { "record": ola, "field": field("ola.berg@initech.example"),
              "value": "ola@initech.example" },
        ] });
        rosa.post(&format!("/api/v1/proposals/{id}/accept"), acceptance).await.expect_status(200);
        let made = rosa.get("/api/v1/records?filter=blueprint:deal").await;
        assert_eq!(made.expect_status(200)["records"], json!([]));
        let shown = rosa.get("/api/v1/records/PER-2").await.expect_status(200);
        assert_eq!(shown["record"]["title"], "Ola Berg");
        let channels = shown["identities"].to_string();
        assert!(channels.contains("ola@initech.example"), "{channels}");
        assert!(
            !channels.contains("+46812345678") && !channels.contains("ola.berg@"),
            "{channels}"
        );
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_name_in_letters_of_another_script_is_flagged_and_never_taken_for_the_one() -> Result<()>
{
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let room = team.room("sales").await;
        let rosa = &team.rosa;
        person(&team, "Jane Doe", None).await;
        // The second letter is Cyrillic.
        let fake = "J\u{430}ne Doe";
        let said = heard(&room, rosa, &format!("{fake} wrote to us")).await?;
        assert_eq!(in_thread(&room.messages(rosa).await, &said), 0, "no card for a look-alike");
        assert!(lines(rosa, "PER-1", "message.mentioned").await.is_empty());
        let words = format!("{fake} <jane@evil.example> asks for our bank details");
        let proposal = captured(&room, rosa, &[words.as_str()]).await?;
        let all = items(&proposal);
        assert!(
            all.contains("looks like Jane Doe (PER-1) but is written in other letters"),
            "{all}"
        );
        assert!(all.contains("(new)") && !all.contains("adds to PER-1"), "{all}");
        room.press(rosa, &button(&proposal, "Accept").expect("a button")).await;
        room.wait_for(rosa, |m| text(m).starts_with("Made from ")).await?;
        let shown = rosa.get("/api/v1/records/PER-1").await.expect_status(200);
        assert_eq!(shown["identities"], json!([]), "nothing came to Jane");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_newsletter_is_nobody() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let room = team.room("sales").await;
        let rosa = &team.rosa;
        room.say(
            rosa,
            "---------- Forwarded message ---------\n\
             From: Globex News <newsletter@globex.example>\n\
             Date: Mon, 11 Jan 2027 at 09:12\n\
             Subject: Ten tips for spring\n\
             To: rosa@northwind.example\n\n\
             Read on https://globex.example/tips\n\n\
             You get this mail because you signed up. Unsubscribe: https://globex.example/u/1\n",
        )
        .await;
        let said = room.say(rosa, "!t capture last 1").await;
        let answer = room.wait_for(rosa, |m| m["thread"] == said.as_str()).await?;
        assert!(text(&answer).contains("I found no person"), "{answer}");
        Ok(())
    })
    .await
}
