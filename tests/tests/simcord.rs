//! The story of a sales team on Discord, told with a model of Discord that is not ours: what it
//! refuses fails the story. Left out: what only a strict Discord of our own can play, such as
//! limits and broken lines (`discord.rs`).

use anyhow::{Context, Result};
use serde_json::json;
use tests::harness::simcord::{Deed, Shown, Simcord};
use tests::harness::simcord_team::{SALES, SimcordTeam};
use tests::harness::team::{Database, on_both};

async fn stage(here: &SimcordTeam, key: &str) -> String {
    let record = here.team.rosa.get(&format!("/api/v1/records/{key}")).await.expect_status(200);
    record["record"]["state"].as_str().unwrap_or_default().to_owned()
}

/// Waits for the answer that takes the place of “thinking…”.
async fn answer(here: &SimcordTeam, deed: &Deed) -> Result<Shown> {
    let (kind, _) = deed.answered().await.with_context(|| here.log())?;
    assert!(["deferred", "message"].contains(&kind.as_str()), "{kind}");
    here.shown(|said| deed.is_answered_by(said)).await
}

#[tokio::test]
async fn a_card_on_a_discord_that_is_not_ours_moves_the_deal_and_takes_it_back() -> Result<()> {
    on_both(|database| async move {
        let here = SimcordTeam::at_work(database).await?;
        let deal = here.team.acme().await;
        let said = here.alice.say(SALES, "just had a great call with Acme").await?;

        let card = here.shown(|said| said.text().contains("Acme annual plan")).await?;
        assert_eq!(card.reply_to(), Some(said.as_str()));
        assert_eq!(card.embeds().len(), 1, "{card}");
        assert_eq!(card.embeds()[0]["title"], "Acme annual plan");
        assert_eq!(card.fact("Stage"), Some("Open"), "{card}");
        assert_eq!(card.fact("Owner"), Some("Rosa Keller"), "{card}");
        assert!(card.choices().contains(&"Negotiating"), "a menu of stages: {card}");
        assert!(card.text().contains('['), "buttons: {card}");

        let chosen = here.alice.choose(&card, "Negotiating").await?;
        let (kind, _) = chosen.answered().await.with_context(|| here.log())?;
        assert_eq!(kind, "deferred_update", "the card is what answers");
        let is_it = |said: &Shown| said.id() == card.id();
        let moved =
            here.shown(|said| is_it(said) && said.text().contains("Moved to Negotiating")).await?;
        assert_eq!(moved.fact("Stage"), Some("Negotiating"), "{moved}");
        assert_eq!(stage(&here, &deal).await, "negotiating");

        here.alice.press(&moved, "Undo").await?.answered().await.with_context(|| here.log())?;
        let back = here.shown(|said| is_it(said) && said.fact("Stage") == Some("Open")).await?;
        assert!(back.content().contains("Undone"), "{back}");
        assert_eq!(stage(&here, &deal).await, "open");

        // One card, whatever happens, and everybody sees it.
        let all = here.simcord.member("bob").messages(SALES).await?;
        let cards = all.iter().filter(|one| one.text().contains("Acme annual plan")).count();
        assert_eq!(cards, 1, "{all:#?}");
        here.simcord.ensure_nothing_refused().await
    })
    .await
}

#[tokio::test]
async fn commands_and_forms_pass_a_discord_that_is_not_ours_and_answer_whom_they_should()
-> Result<()> {
    on_both(|database| async move {
        let here = SimcordTeam::at_work(database).await?;
        let deal = here.team.acme().await;
        let (alice, bob) = (&here.alice, here.simcord.member("bob"));

        // A card is for all; a list is for whoever asks.
        let asked = alice.command(SALES, "who", json!({ "name": "Acme" })).await?;
        let told = answer(&here, &asked).await?;
        assert!(told.text().contains("Acme Inc.") && !told.is_for_one(), "{told}");
        let asked = alice.command(SALES, "find", json!({ "what": "stage:open" })).await?;
        let told = answer(&here, &asked).await?;
        assert!(told.text().contains(&deal) && told.is_for_one(), "{told}");
        let of_bob = bob.messages(SALES).await?;
        assert!(!of_bob.iter().any(|one| one.id() == told.id()), "nobody else sees {told}");

        // A channel that is nobody's says so to whoever asks.
        let asked = alice.command("random", "who", json!({ "name": "Acme" })).await?;
        let told = alice.sees("random", |said| asked.is_answered_by(said)).await?;
        assert!(told.content().contains("connected to nobody's Tieline"), "{told}");
        assert!(told.is_for_one(), "{told}");

        // Who is not linked changes nothing.
        let moves = json!({ "deal": deal, "stage": "Won" });
        let asked = bob.command(SALES, "deal move", moves.clone()).await?;
        let told = bob.sees(SALES, |said| asked.is_answered_by(said)).await;
        let told = told.with_context(|| here.log())?;
        assert!(told.content().contains("not linked"), "{told}");
        assert_eq!(stage(&here, &deal).await, "open");
        let told = answer(&here, &alice.command(SALES, "deal move", moves).await?).await?;
        assert!(told.text().contains("Won"), "{told}");
        assert_eq!(stage(&here, &deal).await, "won");

        // A form from the menu of a message.
        let said = alice.say(SALES, "they want **one** invoice @everyone").await?;
        let opened = alice.menu(&said, "Add note to record").await?;
        let (kind, form) = opened.answered().await.with_context(|| here.log())?;
        assert_eq!((kind.as_str(), form["title"].as_str()), ("modal", Some("Add a note")));
        let noted = alice.fill(&opened, json!({ "about": deal })).await?;
        let told = answer(&here, &noted).await?;
        let notes = here.team.rosa.get(&format!("/api/v1/records/{deal}/notes")).await;
        let notes = notes.expect_status(200).to_string();
        assert!(notes.contains("they want **one** invoice @everyone"), "{told} {notes}");

        // Messages become a proposal, and that records.
        let words = "talked to Clara Neumann from Initech, clara@initech.example";
        let said = alice.say(SALES, words).await?;
        let proposal = answer(&here, &alice.menu(&said, "Capture").await?).await?;
        assert!(proposal.text().contains("Person: Clara Neumann"), "{proposal}");
        alice.press(&proposal, "Accept").await?.answered().await.with_context(|| here.log())?;
        let accepted = "Accepted by Rosa Keller";
        here.shown(|said| said.id() == proposal.id() && said.text().contains(accepted)).await?;
        here.simcord.ensure_nothing_refused().await
    })
    .await
}

#[tokio::test]
async fn what_was_said_while_tieline_was_away_is_read_on_a_discord_that_is_not_ours() -> Result<()>
{
    let mut here = SimcordTeam::at_work(Database::Sqlite).await?;
    here.team.acme().await;
    here.team.tieline.kill9()?;
    let said = here.alice.say(SALES, "Acme called while you were away").await?;
    let doctor = here.team.tieline.command(&["doctor"]).await?.expect_success();
    assert!(doctor.contains("@Tieline is on 1 server"), "{doctor}");
    here.team.tieline.start().await?;
    let card = here.shown(|said| said.text().contains("Acme annual plan")).await?;
    assert_eq!(card.reply_to(), Some(said.as_str()));
    here.simcord.ensure_nothing_refused().await
}

#[tokio::test]
async fn what_this_discord_refuses_is_told_with_its_words_at_the_next_step() -> Result<()> {
    let simcord = Simcord::start().await?;
    let alice = simcord.member("alice");
    alice.say(SALES, "Acme called").await?;
    let said = alice.sees(SALES, |said| said.content() == "Acme called").await?;
    let path = format!("/api/v10/channels/{}/messages", said.channel());
    let title = "x".repeat(257);
    let body = json!({ "embeds": [{ "title": title }] });
    simcord.as_bot().post(&path, body).await.expect_status(400);
    for told in [
        simcord.ensure_nothing_refused().await,
        alice.say(SALES, "and?").await.map(|_| ()),
        alice.sees(SALES, |_| true).await.map(|_| ()),
    ] {
        let told = told.expect_err("a refusal fails the test").to_string();
        assert!(told.contains("50035") && told.contains("embeds[0].title"), "{told}");
    }
    Ok(())
}
