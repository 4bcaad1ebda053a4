//! The story of a sales team in the built-in chat: a name becomes a card, a button moves the
//! deal, words do the same, captured messages become records. On both databases.

use anyhow::Result;
use serde_json::{Value, json};
use tests::harness::api::Api;
use tests::harness::team::{Database, Room, Team, button, card_fact, card_titles, on_both, text};

fn is_card_of(message: &Value, title: &str) -> bool {
    card_titles(message).contains(&title)
}

async fn timeline(who: &Api, record: &str) -> Vec<Value> {
    let answer = who.get(&format!("/api/v1/records/{record}/timeline")).await.expect_status(200);
    answer["interactions"].as_array().cloned().unwrap_or_default()
}

async fn state(who: &Api, record: &str) -> String {
    let record = who.get(&format!("/api/v1/records/{record}")).await.expect_status(200);
    record["record"]["state"].as_str().unwrap_or_default().to_owned()
}

/// Says a command and waits for an answer that contains some words.
async fn answered(room: &Room, who: &Api, command: &str, words: &str) -> Result<Value> {
    let said = room.say(who, command).await;
    room.wait_for(who, |m| m["thread"] == said.as_str() && text(m).contains(words)).await
}

#[tokio::test]
async fn a_name_becomes_a_card_and_its_button_moves_the_deal() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let deal = team.acme().await;
        let room = team.room("sales").await;
        let said = room
            .say(&team.rosa, "just had a great call with Acme, Anna Schmidt wants the annual plan")
            .await;
        let card = room.wait_for(&team.rosa, |m| is_card_of(m, "Acme annual plan")).await?;
        assert_eq!(card["thread"], said.as_str(), "it stands in the message's thread");
        assert_eq!(card_fact(&card, "Stage"), Some("Open"));
        assert_eq!(card_fact(&card, "Owner"), Some("Rosa Keller"));
        assert_eq!(card_fact(&card, "Value"), Some("12,000 EUR"));
        let url = card["content"]["cards"][0]["url"].as_str().unwrap_or_default();
        assert!(url.ends_with(&format!("/r/{deal}")), "the title links to the record: {url}");

        let negotiating = button(&card, "Negotiating").expect("a button");
        room.press(&team.rosa, &negotiating).await;
        let moved =
            room.wait_for(&team.rosa, |m| card_fact(m, "Stage") == Some("Negotiating")).await?;
        assert_eq!(moved["id"], card["id"], "the same card, in place");
        assert_eq!(moved["content"]["notice"], "Moved to Negotiating by Rosa Keller");
        assert_eq!(state(&team.rosa, &deal).await, "negotiating");

        let undo = button(&moved, "Undo").expect("an undo button");
        room.press(&team.rosa, &undo).await;
        room.wait_for(&team.rosa, |m| card_fact(m, "Stage") == Some("Open")).await?;
        assert_eq!(state(&team.rosa, &deal).await, "open");

        let cards = room.messages(&team.rosa).await;
        let cards = cards.iter().filter(|m| is_card_of(m, "Acme annual plan")).count();
        assert_eq!(cards, 1, "all of it in one card");
        let timeline = timeline(&team.rosa, &deal).await;
        let mention = timeline.iter().find(|i| i["kind"] == "mention").expect("it was logged");
        assert_eq!(mention["source"]["message"], said.as_str());
        let link = mention["source"]["permalink"].as_str().unwrap_or_default();
        assert!(link.contains(&said), "the way back to the message: {link}");
        assert_eq!(timeline.iter().filter(|i| i["kind"] == "moved").count(), 2);
        Ok(())
    })
    .await
}

#[tokio::test]
async fn words_do_what_buttons_do() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let deal = team.acme().await;
        let room = team.room("sales").await;
        let rosa = &team.rosa;
        room.say(rosa, "!t who acme").await;
        room.wait_for(rosa, |m| is_card_of(m, "Acme Inc.")).await?;
        answered(&room, rosa, "!t deal move acme negotiating", "Open → Negotiating").await?;
        assert_eq!(state(rosa, &deal).await, "negotiating");
        answered(&room, rosa, "!t undo", "Undone:").await?;
        assert_eq!(state(rosa, &deal).await, "open");
        answered(&room, rosa, "!t note acme wants one invoice a year", "Noted on").await?;
        let due = answered(
            &room,
            rosa,
            "!t task call Anna for:acme due:friday to:imre",
            "Task: call Anna",
        )
        .await?;
        assert!(text(&due).contains("Friday"), "{}", text(&due));
        assert!(text(&due).contains("for Imre Nagy"), "{}", text(&due));
        answered(
            &room,
            rosa,
            "!t new person Anna Schmidt email:anna@acme.example at:acme",
            "PER-1",
        )
        .await?;
        answered(&room, rosa, "!t find an", "PER-1 · Anna Schmidt").await?;
        answered(&room, rosa, "!t done call", "is done").await?;
        answered(&room, rosa, "!t release DEAL-1", "released").await?;
        answered(&room, &team.imre, "!t claim acme", "Imre Nagy claimed").await?;
        answered(&room, rosa, "!t help", "deal move <deal> <stage>").await?;
        let kinds = timeline(rosa, &deal).await;
        for kind in ["created", "moved", "task", "owner"] {
            assert!(kinds.iter().any(|i| i["kind"] == kind), "the timeline tells of {kind}");
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn three_captured_messages_become_reviewed_records() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let room = team.room("sales").await;
        let rosa = &team.rosa;
        room.say(rosa, "met Anna Schmidt from Globex at the fair").await;
        room.say(rosa, "her address is anna.schmidt@globex.example").await;
        // What Tieline itself says between is never captured.
        answered(&room, rosa, "!t tasks", "No open tasks").await?;
        room.say(rosa, "she wants the annual plan for 9,600 EUR").await;
        room.say(rosa, "!t capture last 3").await;
        let proposal = room.wait_for(rosa, |m| text(m).starts_with("From 3 messages")).await?;
        let lines = serde_json::to_string(&proposal["content"]["items"])?;
        for words in [
            "Person: Anna Schmidt (new)",
            "anna.schmidt@globex.example",
            "Company: Globex (new)",
            "Deal: Globex – annual plan (new)",
            "she wants the annual plan for 9,600 EUR",
        ] {
            assert!(lines.contains(words), "{words} in {lines}");
        }
        let listed = rosa.get("/api/v1/records").await.expect_status(200);
        assert_eq!(listed["records"], json!([]), "nothing is made before somebody accepts");

        room.press(rosa, &button(&proposal, "Accept").expect("a button")).await;
        let accepted = room.wait_for(rosa, |m| text(m).starts_with("Made from 3 messages")).await?;
        assert_eq!(accepted["id"], proposal["id"], "the proposal itself says so");
        assert_eq!(card_titles(&accepted), ["Anna Schmidt", "Globex", "Globex – annual plan"]);
        let person = rosa.get("/api/v1/records/PER-1").await.expect_status(200);
        assert_eq!(person["record"]["title"], "Anna Schmidt");
        let origin = rosa.get("/api/v1/records/PER-1/provenance").await.expect_status(200);
        let origin = serde_json::to_string(&origin)?;
        assert!(origin.contains("her address is anna.schmidt@globex.example"), "{origin}");
        let deal = rosa.get("/api/v1/records/DEAL-1").await.expect_status(200);
        assert_eq!(
            deal["record"]["values"]["value"],
            json!({ "amount": "9600", "currency": "EUR" })
        );
        assert_eq!(deal["record"]["state"], "open");
        let said = timeline(rosa, "PER-1").await;
        assert_eq!(said.iter().filter(|i| i["kind"] == "message").count(), 3);

        room.press(rosa, &button(&accepted, "Undo").expect("a button")).await;
        room.wait_for(rosa, |m| text(m).starts_with("From 3 messages")).await?;
        let listed = rosa.get("/api/v1/records").await.expect_status(200);
        assert_eq!(listed["records"], json!([]), "undone, down to the last record");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn messages_captured_by_reaction_gather_in_one_proposal_that_can_be_discarded() -> Result<()>
{
    let team = Team::start(Database::Sqlite).await?;
    let room = team.room("sales").await;
    let rosa = &team.rosa;
    let first = room.say(rosa, "met Anna Schmidt from Globex").await;
    let second = room.say(rosa, "her address is anna.schmidt@globex.example").await;
    let react = async |message: &str| {
        let path = format!("/api/v1/chat/places/{}/messages/{message}/reactions", room.name);
        rosa.post(&path, json!({ "symbol": "📇" })).await.expect_status(202);
    };
    room.wait(rosa, |said| said.iter().any(|m| m["id"] == second.as_str())).await?;
    react(&first).await;
    let one = room.wait_for(rosa, |m| text(m).starts_with("From 1 message ")).await?;
    react(&second).await;
    let both = room.wait_for(rosa, |m| text(m).starts_with("From 2 messages ")).await?;
    assert_eq!(both["id"], one["id"], "the same proposal grows");
    room.press(rosa, &button(&both, "Discard").expect("a button")).await;
    room.wait_for(rosa, |m| text(m).contains("was discarded")).await?;
    let listed = rosa.get("/api/v1/records").await.expect_status(200);
    assert_eq!(listed["records"], json!([]));
    Ok(())
}

#[tokio::test]
async fn who_may_not_change_a_deal_is_told_so_and_nothing_changes() -> Result<()> {
    on_both(|database| async move {
        let team = Team::start(database).await?;
        let deal = team.acme().await;
        let room = team.room("sales").await;
        room.say(&team.imre, "what about Acme?").await;
        let card = room.wait_for(&team.imre, |m| is_card_of(m, "Acme annual plan")).await?;
        room.press(&team.imre, &button(&card, "Won").expect("a button")).await;
        room.wait_for(&team.imre, |m| text(m).contains("somebody else's")).await?;
        assert_eq!(state(&team.rosa, &deal).await, "open");
        answered(&room, &team.imre, "!t deal move acme won", "somebody else's").await?;
        assert_eq!(state(&team.rosa, &deal).await, "open");
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_card_stays_quiet_and_an_old_button_says_so() -> Result<()> {
    let team = Team::start(Database::Sqlite).await?;
    let deal = team.acme().await;
    let room = team.room("sales").await;
    let rosa = &team.rosa;
    room.say(rosa, "Acme called").await;
    let card = room.wait_for(rosa, |m| is_card_of(m, "Acme annual plan")).await?;
    let last = room.say(rosa, "and Acme called again").await;
    room.wait(rosa, |said| said.iter().any(|m| m["id"] == last.as_str())).await?;
    let cards = room.messages(rosa).await.iter().filter(|m| !card_titles(m).is_empty()).count();
    assert_eq!(cards, 1, "one card in half an hour");
    let mentions = timeline(rosa, &deal).await;
    assert_eq!(mentions.iter().filter(|i| i["kind"] == "mention").count(), 2, "both are logged");

    let old = button(&card, "Won").expect("a button");
    answered(&room, rosa, "!t deal move acme negotiating", "→ Negotiating").await?;
    room.press(rosa, &old).await;
    room.wait_for(rosa, |m| text(m).contains("This card is out of date")).await?;
    assert_eq!(state(rosa, &deal).await, "negotiating", "the old button did nothing");

    room.say(rosa, "[[Acme]] please").await;
    room.wait(rosa, |said| said.iter().filter(|m| !card_titles(m).is_empty()).count() == 2).await?;
    Ok(())
}

#[tokio::test]
async fn a_name_that_fits_two_is_asked_about_once() -> Result<()> {
    let team = Team::start(Database::Sqlite).await?;
    let room = team.room("sales").await;
    let rosa = &team.rosa;
    for _ in 0..2 {
        team.record(json!({ "blueprint": "person", "title": "Jane Doe" })).await;
    }
    room.say(rosa, "Jane Doe called").await;
    let question = room.wait_for(rosa, |m| text(m).contains("Which “Jane Doe”")).await?;
    let second = question["content"]["choices"][1]["token"].as_str().expect("two choices");
    room.press(rosa, second).await;
    let card = room.wait_for(rosa, |m| is_card_of(m, "Jane Doe")).await?;
    assert_eq!(card["id"], question["id"], "the question becomes the card");
    Ok(())
}

#[tokio::test]
async fn an_edited_message_never_repeats_its_command_and_shows_only_what_is_new() -> Result<()> {
    let team = Team::start(Database::Sqlite).await?;
    let deal = team.acme().await;
    team.record(json!({ "blueprint": "company", "title": "Globex" })).await;
    let room = team.room("sales").await;
    let rosa = &team.rosa;
    let command = room.say(rosa, "!t deal move acme negotiating").await;
    room.wait_for(rosa, |m| text(m).contains("→ Negotiating")).await?;
    answered(&room, rosa, "!t undo", "Undone:").await?;
    let edit = async |message: &str, words: &str| {
        let path = format!("/api/v1/chat/places/{}/messages/{message}", room.name);
        rosa.patch(&path, json!({ "text": words })).await.expect_status(202);
    };
    edit(&command, "!t deal move acme won").await;
    let talk = room.say(rosa, "good news").await;
    room.wait(rosa, |said| said.iter().any(|m| m["id"] == talk.as_str())).await?;
    assert_eq!(state(rosa, &deal).await, "open", "an edit is no command");
    edit(&talk, "good news from Globex").await;
    room.wait_for(rosa, |m| is_card_of(m, "Globex")).await?;
    edit(&talk, "very good news from Globex").await;
    room.wait(rosa, |said| said.iter().any(|m| text(m).starts_with("very good"))).await?;
    let mention = timeline(rosa, "COM-2").await;
    let mention = mention.iter().find(|i| i["kind"] == "mention").expect("it was logged");
    assert_eq!(mention["summary"], "very good news from Globex", "timelines show it as it is now");
    let gone = format!("/api/v1/chat/places/{}/messages/{talk}", room.name);
    rosa.delete(&gone).await.expect_status(202);
    room.wait(rosa, |said| {
        said.iter().any(|m| m["id"] == talk.as_str() && !m["deleted_at"].is_null())
    })
    .await?;
    let mention = timeline(rosa, "COM-2").await;
    let mention = mention.iter().find(|i| i["kind"] == "mention").expect("it was logged");
    assert!(!mention["withdrawn_at"].is_null(), "the mention is withdrawn");
    assert_eq!(mention["summary"], "", "and its words are gone");
    Ok(())
}

#[tokio::test]
async fn a_quiet_room_stays_silent_but_remembers() -> Result<()> {
    let team = Team::start(Database::Sqlite).await?;
    let deal = team.acme().await;
    let room = team.room("sales").await;
    let rosa = &team.rosa;
    answered(&room, rosa, "!t quiet off", "no cards here").await?;
    let said = room.say(rosa, "Acme called").await;
    room.wait(rosa, |all| all.iter().any(|m| m["id"] == said.as_str())).await?;
    room.say(rosa, "!t quiet full").await;
    room.wait_for(rosa, |m| text(m).contains("I show whole cards")).await?;
    assert!(room.messages(rosa).await.iter().all(|m| card_titles(m).is_empty()));
    assert!(timeline(rosa, &deal).await.iter().any(|i| i["kind"] == "mention"));
    Ok(())
}
