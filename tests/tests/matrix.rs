//! The story of a sales rep in a Matrix room, plain and encrypted, told with a homeserver and a
//! client that are not ours.

use anyhow::{Context, Result};
use tests::harness::PATIENCE;
use tests::harness::matrix_team::MatrixTeam;
use tests::harness::person::Message;
use tests::harness::room::Visible;
use tests::harness::team::Database;

async fn stage(here: &MatrixTeam, key: &str) -> String {
    let record = here.team.rosa.get(&format!("/api/v1/records/{key}")).await.expect_status(200);
    record["record"]["state"].as_str().unwrap_or_default().to_owned()
}

async fn seen(here: &MatrixTeam, event: &str, so: impl Fn(&Visible) -> bool) -> Result<Visible> {
    here.alice
        .wait_until_visible(&here.room, |said| said.event_id == event && so(said), PATIENCE)
        .await
        .with_context(|| format!("the room shows {:#?}", here.said()))
}

async fn the_story(database: Database, encrypted: bool) -> Result<()> {
    let here = MatrixTeam::at_work(database, encrypted).await?;
    let deal = here.team.acme().await;
    let said = here
        .alice
        .say(&here.room, "just had a great call with Acme, Anna Schmidt wants the annual plan")
        .await?;

    // A quiet card in a thread, with symbols that stand for buttons.
    let card = here.answer("Acme annual plan").await?;
    assert_eq!(card.thread_root.as_deref(), Some(said.as_str()));
    assert_eq!(card.msgtype, "m.notice");
    for words in ["Open", "Rosa Keller", "12,000 EUR"] {
        assert!(card.body.contains(words), "{words} in {}", card.body);
    }
    let html = card.formatted_body.clone().unwrap_or_default();
    assert!(html.contains(&format!("/r/{deal}")), "the title is a link: {html}");
    let event = here.alice.events().into_iter().find(|e| e.event_id == card.event_id);
    let mentions = event.context("it is an event")?.mentions;
    assert_eq!(mentions, Some(serde_json::json!({})), "a card pings nobody");
    let offered = seen(&here, &card.event_id, |c| c.reactions.contains_key("2️⃣")).await?;
    assert_eq!(
        offered.reactions["2️⃣"],
        std::slice::from_ref(&here.bot),
        "the bot seeds the symbol"
    );

    // Her reaction moves the deal, and the card changes in place.
    here.alice.react(&here.room, &card.event_id, "2️⃣").await?;
    let moved = seen(&here, &card.event_id, |c| c.body.contains("Moved to Negotiating")).await?;
    assert!(moved.body.contains("Rosa Keller"), "by whom: {}", moved.body);
    assert!(moved.body.contains("↩️"), "undo is offered: {}", moved.body);
    assert_eq!(stage(&here, &deal).await, "negotiating");

    // The same choice in words: the symbol of undo by reaction, a number by reply.
    here.alice.react(&here.room, &card.event_id, "↩️").await?;
    seen(&here, &card.event_id, |c| c.body.contains("Undone by")).await?;
    assert_eq!(stage(&here, &deal).await, "open");
    here.alice.send(&here.room, Message::text("3").in_thread(&said)).await?;
    seen(&here, &card.event_id, |c| c.body.contains("Moved to Won")).await?;
    assert_eq!(stage(&here, &deal).await, "won");
    here.alice.say(&here.room, "!t undo").await?;
    here.answer("Undone:").await?;

    // And by command.
    here.alice.say(&here.room, "!t who acme").await?;
    here.answer("Acme Inc.").await?;
    here.alice.say(&here.room, "!t deal move acme negotiating").await?;
    here.answer("Open → Negotiating").await?;
    here.alice.say(&here.room, "!t note acme wants one invoice a year").await?;
    here.answer("Noted on Acme").await?;
    here.alice.say(&here.room, "!t task send the contract for:acme due:friday").await?;
    here.answer("Task: send the contract").await?;
    here.alice.say(&here.room, "!t dael move acme won").await?;
    here.answer("Did you mean “!t deal move <deal> <stage>”").await?;

    // Three messages become a proposal, and the proposal records.
    here.alice.say(&here.room, "met Bob Miller from Globex at the fair").await?;
    here.alice.say(&here.room, "his address is bob.miller@globex.example").await?;
    here.alice.say(&here.room, "he wants the enterprise plan for 48,000 USD").await?;
    here.alice.say(&here.room, "!t capture last 3").await?;
    let proposal = here.answer("From 3 messages").await?;
    for words in ["Bob Miller", "Globex", "his address is bob.miller@globex.example"] {
        assert!(proposal.body.contains(words), "{words} in {}", proposal.body);
    }
    seen(&here, &proposal.event_id, |p| p.reactions.contains_key("✅")).await?;
    here.alice.react(&here.room, &proposal.event_id, "✅").await?;
    seen(&here, &proposal.event_id, |p| p.body.contains("Accepted by Rosa Keller")).await?;
    let bob = here.team.rosa.get("/api/v1/records/PER-1").await.expect_status(200);
    assert_eq!(bob["record"]["title"], "Bob Miller");

    // All of it is on the timeline, with the way back.
    let timeline =
        here.team.rosa.get(&format!("/api/v1/records/{deal}/timeline")).await.expect_status(200);
    let mention = timeline["interactions"]
        .as_array()
        .and_then(|all| all.iter().find(|i| i["kind"] == "mention"))
        .context("the mention is there")?;
    assert_eq!(mention["source"]["message"], said.as_str());
    let link = mention["source"]["permalink"].as_str().unwrap_or_default();
    assert!(link.starts_with("https://matrix.to/#/"), "{link}");
    let cards = here.said();
    let cards = cards.iter().filter(|c| c.body.contains("Deal · DEAL-1")).count();
    assert_eq!(cards, 1, "one card of the deal, whatever happened to it");
    Ok(())
}

#[tokio::test]
async fn the_story_in_a_plain_room() -> Result<()> {
    the_story(Database::Postgres, false).await
}

#[tokio::test]
async fn the_story_in_an_encrypted_room() -> Result<()> {
    the_story(Database::Sqlite, true).await
}

#[tokio::test]
async fn a_restart_resumes_in_the_encrypted_room_without_a_new_login() -> Result<()> {
    let mut here = MatrixTeam::at_work(Database::Sqlite, true).await?;
    here.team.acme().await;
    let devices = devices(&here).await?;
    here.team.tieline.kill9()?;
    let said = here.alice.say(&here.room, "while you were away: Acme called").await?;
    here.team.tieline.start().await?;
    let card = here.answer("Acme annual plan").await?;
    assert_eq!(card.thread_root.as_deref(), Some(said.as_str()), "what it missed is answered");
    assert!(!card.undecryptable);
    here.alice.say(&here.room, "!t who acme").await?;
    here.answer("Acme Inc.").await?;
    assert_eq!(self::devices(&here).await?, devices, "the same device, and no other");
    Ok(())
}

/// The devices of the bot's account, as the homeserver tells another user.
async fn devices(here: &MatrixTeam) -> Result<Vec<String>> {
    let alice = here.synapse.register("observer").await;
    let token = match alice {
        Ok(account) => account.access_token,
        Err(_) => {
            let login = here
                .synapse
                .api()
                .post(
                    "/_matrix/client/v3/login",
                    serde_json::json!({
                        "type": "m.login.password", "password": "pw-observer",
                        "identifier": { "type": "m.id.user", "user": "observer" },
                    }),
                )
                .await
                .expect_status(200);
            login["access_token"].as_str().unwrap_or_default().to_owned()
        }
    };
    let query = serde_json::json!({ "device_keys": { here.bot.clone(): [] } });
    let keys = here
        .synapse
        .api()
        .with_token(&token)
        .post("/_matrix/client/v3/keys/query", query)
        .await
        .expect_status(200);
    let devices = keys["device_keys"][&here.bot].as_object().context("it has devices")?;
    Ok(devices.keys().cloned().collect())
}

#[tokio::test]
async fn a_room_is_mute_until_it_is_bound_and_a_stranger_changes_nothing() -> Result<()> {
    let here = MatrixTeam::start(Database::Sqlite, false).await?;
    let deal = here.team.acme().await;
    here.alice.say(&here.room, "Acme called").await?;
    here.alice.say(&here.room, "!t who acme").await?;
    here.alice.say(&here.room, "!t bind wrongcode").await?;
    here.answer("This code was used, has run out or never was").await?;
    assert_eq!(here.said().len(), 1, "a mute room hears nothing else: {:#?}", here.said());

    let code = here.team.bind_code().await;
    here.alice.say(&here.room, &format!("!t bind {code}")).await?;
    here.answer("belongs to Northwind").await?;
    here.alice.say(&here.room, &format!("!t bind {code}")).await?;
    here.alice
        .wait_until_visible(
            &here.room,
            |said| said.sender == here.bot && said.body.contains("This code was used"),
            PATIENCE,
        )
        .await?;

    // Alice is not linked: no card, no answer but the way to link.
    here.alice.say(&here.room, "Acme called again").await?;
    here.alice.say(&here.room, "!t deal move acme won").await?;
    here.answer("is not linked").await?;
    assert!(here.said().iter().all(|said| !said.body.contains("Acme annual plan")));
    assert_eq!(stage(&here, &deal).await, "open");

    // Once she is, there is a card; a stranger's reaction on it changes nothing.
    here.link().await?;
    here.alice.say(&here.room, "and Acme called a third time").await?;
    let card = here.answer("Acme annual plan").await?;
    let mallory = here.synapse.person("mallory").await?;
    here.alice.invite(&here.room, mallory.user_id()).await?;
    mallory.join(&here.room).await?;
    mallory.react(&here.room, &card.event_id, "3️⃣").await?;
    let told = |said: &&Visible| said.body.contains("is not linked");
    for _ in 0..200 {
        if here.said().iter().filter(told).count() == 2 {
            break;
        }
        here.alice.sync().await?;
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(here.said().iter().filter(told).count(), 2, "she is told why");
    assert_eq!(stage(&here, &deal).await, "open");
    Ok(())
}
