//! The story of a sales team on a Discord server, told with a strict Discord of the test's own.

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tests::harness::PATIENCE;
use tests::harness::discord::{Discord, Fault, MessageId, Permission, Visible};
use tests::harness::discord_team::DiscordTeam;
use tests::harness::team::{Database, on_both};

async fn stage(here: &DiscordTeam, key: &str) -> String {
    let record = here.team.rosa.get(&format!("/api/v1/records/{key}")).await.expect_status(200);
    record["record"]["state"].as_str().unwrap_or_default().to_owned()
}

async fn becomes(
    here: &DiscordTeam,
    message: &Visible,
    so: impl Fn(&Visible) -> bool,
) -> Result<Visible> {
    let is_it = |said: &Visible| said.id == message.id && so(said);
    here.discord.wait_for(here.sales, is_it, PATIENCE).await.with_context(|| here.log())
}

#[tokio::test]
async fn a_name_becomes_a_card_whose_menu_moves_the_deal_and_can_be_undone() -> Result<()> {
    on_both(|database| async move {
        let here = DiscordTeam::at_work(database).await?;
        let deal = here.team.acme().await;
        let words = "just had a great call with Acme, Anna Schmidt wants the annual plan";
        let said = here.alice.say(here.sales, words)?;

        // One quiet card, in answer to the message.
        let card = here.shown("Acme annual plan").await?;
        assert_eq!(card.reply_to, Some(said));
        assert_eq!(card.embeds.len(), 1, "{card}");
        assert_eq!(card.embeds[0].title, "Acme annual plan");
        assert!(card.embeds[0].url.ends_with(&format!("/r/{deal}")), "{card}");
        assert!(card.embeds[0].footer.contains(&deal), "{card}");
        let fact = |name: &str| {
            let fields = card.embeds[0].fields.iter();
            fields.clone().find(|(key, _)| key == name).map(|(_, value)| value.clone())
        };
        assert_eq!(fact("Stage").as_deref(), Some("Open"));
        assert_eq!(fact("Owner").as_deref(), Some("Rosa Keller"));
        assert!(fact("Value").is_some_and(|value| value.contains("12,000 EUR")), "{card}");

        // A stage in its menu moves the deal, and the card changes in place.
        let menu = card.select("Negotiating").context("a menu of stages")?;
        let pressed = here.alice.select(card.id, &menu.custom_id, &["Negotiating"])?;
        assert_eq!(pressed.acknowledged().await?, 6, "the card is what answers");
        let moved = becomes(&here, &card, |c| c.text().contains("Moved to Negotiating")).await?;
        assert!(moved.content.contains("Rosa Keller"), "by whom: {moved}");
        assert_eq!(stage(&here, &deal).await, "negotiating");

        here.alice.press(card.id, "Undo")?;
        becomes(&here, &card, |c| c.embeds[0].fields.contains(&("Stage".into(), "Open".into())))
            .await?;
        assert_eq!(stage(&here, &deal).await, "open");

        // What changes elsewhere changes the card, too.
        let path = format!("/api/v1/records/{deal}/move");
        here.team.rosa.post(&path, json!({ "to": "won" })).await.expect_status(200);
        becomes(&here, &card, |c| c.embeds[0].fields.contains(&("Stage".into(), "Won".into())))
            .await?;
        let all = here.discord.messages(here.sales);
        let cards = all.iter().filter(|m| m.text().contains("Acme annual plan")).count();
        assert_eq!(cards, 1, "one card, whatever happens");
        here.assert_well_behaved();
        Ok(())
    })
    .await
}

#[tokio::test]
async fn commands_are_completed_while_they_are_typed_and_act_as_whoever_gives_them() -> Result<()> {
    on_both(|database| async move {
        let here = DiscordTeam::at_work(database).await?;
        let deal = here.team.acme().await;
        let (alice, sales) = (&here.alice, here.sales);

        let offered =
            alice.autocomplete(sales, "/deal move", json!({}), ("deal", "acme an")).await?;
        assert_eq!(offered.len(), 1, "{offered:?}");
        assert_eq!(
            (offered[0].name.as_str(), &offered[0].value),
            (format!("Acme annual plan · {deal}").as_str(), &Value::from(deal.as_str()))
        );
        let given = json!({ "deal": deal });
        let stages = alice.autocomplete(sales, "/deal move", given, ("stage", "ne")).await?;
        assert_eq!(stages.iter().map(|s| s.name.as_str()).collect::<Vec<_>>(), ["Negotiating"]);

        let given = json!({ "deal": deal, "stage": "Negotiating" });
        let moved = alice.slash(sales, "/deal move", given)?;
        assert_eq!(moved.acknowledged().await?, 5);
        let told = moved.answer(PATIENCE).await.with_context(|| here.log())?;
        assert!(told.text().contains("Negotiating") && told.only_for.is_none(), "{told}");
        assert_eq!(stage(&here, &deal).await, "negotiating");

        let note = json!({ "name": deal, "text": "wants **one** invoice @everyone" });
        let noted = alice.slash(sales, "/note", note)?.answer(PATIENCE).await?;
        let path = format!("/api/v1/records/{deal}/notes");
        let notes = here.team.rosa.get(&path).await.expect_status(200).to_string();
        assert!(notes.contains("wants **one** invoice @everyone"), "{noted} {notes}");
        let undone = alice.slash(sales, "/undo", json!({}))?.answer(PATIENCE).await?;
        assert!(undone.text().contains("ndone"), "{undone}");
        let found = alice.slash(sales, "/find", json!({ "what": "stage:negotiating" }))?;
        let found = found.answer(PATIENCE).await?;
        assert!(found.text().contains(&deal), "{found}");
        assert_eq!(found.only_for, Some(alice.id()), "lists are for whoever asks");
        let help = alice.slash(sales, "/help", json!({}))?.answer(PATIENCE).await?;
        assert!(help.content.contains("Name a customer"), "{help}");

        // A channel that is nobody's says so, and what is said there is nobody's.
        let elsewhere = here.discord.channel(here.guild, "random");
        let told =
            alice.slash(elsewhere, "/who", json!({ "name": deal }))?.answer(PATIENCE).await?;
        assert!(told.content.contains("connected to nobody's Tieline"), "{told}");
        assert_eq!(told.only_for, Some(alice.id()));

        // The same is said to the bot by name.
        let asked = format!("<@{}> who acme annual plan", here.discord.bot());
        let asked = alice.say(sales, &asked)?;
        let answers = |said: &Visible| said.reply_to == Some(asked) && !said.embeds.is_empty();
        here.discord.wait_for(sales, answers, PATIENCE).await.with_context(|| here.log())?;
        here.assert_well_behaved();
        Ok(())
    })
    .await
}

#[tokio::test]
async fn who_is_nobody_here_changes_nothing_and_is_told_alone() -> Result<()> {
    on_both(|database| async move {
        let here = DiscordTeam::at_work(database).await?;
        let deal = here.team.acme().await;
        here.alice.say(here.sales, "Acme called")?;
        let card = here.shown("Acme annual plan").await?;
        let mallory = here.discord.member(here.guild, "mallory");
        let menu = card.select("Won").context("a menu of stages")?;
        mallory.select(card.id, &menu.custom_id, &["Won"])?;
        let refused = |said: &Visible| said.only_for == Some(mallory.id());
        let told = mallory.wait_for(here.sales, refused, PATIENCE).await;
        let told = told.with_context(|| here.log())?;
        assert!(told.content.contains("not linked"), "{told}");
        let moves = json!({ "deal": deal, "stage": "Won" });
        let told = mallory.slash(here.sales, "/deal move", moves)?.answer(PATIENCE).await?;
        assert!(told.content.contains("not linked"), "{told}");
        assert_eq!(stage(&here, &deal).await, "open");
        here.assert_well_behaved();
        Ok(())
    })
    .await
}

#[tokio::test]
async fn messages_become_a_proposal_by_menu_and_by_command() -> Result<()> {
    on_both(|database| async move {
        let here = DiscordTeam::at_work(database).await?;
        let (alice, sales) = (&here.alice, here.sales);
        alice.say(sales, "talked to Clara Neumann from Initech")?;
        alice.say(sales, "clara@initech.example, +49 30 901820")?;
        // Commands are no messages that could be captured.
        alice.slash(sales, "/mine", json!({}))?.answer(PATIENCE).await?;
        let captured = alice.slash(sales, "/capture", json!({ "last": 2 }))?;
        let card = captured.answer(PATIENCE).await.with_context(|| here.log())?;
        assert!(card.text().contains("Person: Clara Neumann"), "{card}");
        assert!(card.text().contains("clara\\@initech.example"), "{card}");
        alice.press(card.id, "Accept")?;
        becomes(&here, &card, |c| c.content.contains("Made from 2 messages")).await?;

        // A forwarded message, by its menu. Nobody knows who wrote it.
        let elsewhere = here.discord.channel(here.guild, "random");
        let bob = here.discord.member(here.guild, "bob");
        let original = bob.say(elsewhere, "Ola Berg <ola@globex.example> wants a quote")?;
        let forwarded = alice.forward(original, sales)?;
        let captured = alice.context_menu(forwarded, "Capture")?;
        let card = captured.answer(PATIENCE).await.with_context(|| here.log())?;
        assert!(card.text().contains("Person: Ola Berg"), "{card}");

        // Several messages, one after the other, become one proposal.
        let words = ["met Dora Lang of Umbrella", "dora@umbrella.example", "she wants 40 racks"];
        let mut said = Vec::new();
        let mut basket = card;
        for words in words {
            said.push(alice.say(sales, words)?);
        }
        for said in said.clone() {
            basket = alice.context_menu(said, "Select")?.answer(PATIENCE).await?;
            assert_eq!(basket.only_for, Some(alice.id()), "{basket}");
        }
        assert!(basket.content.contains("3 selected"), "{basket}");
        let captured = alice.click(basket.id, "basket:capture")?;
        let together = captured.answer(PATIENCE).await.with_context(|| here.log())?;
        assert!(together.text().contains("From 3 messages"), "{together}");
        assert!(together.text().contains("Person: Dora Lang"), "{together}");

        // The first and the last stand for all between them; and what is cleared is not captured.
        alice.context_menu(said[0], "Select")?.answer(PATIENCE).await?;
        let basket = alice.context_menu(said[2], "Select")?.answer(PATIENCE).await?;
        let between = alice.press(basket.id, "Capture all between")?.answer(PATIENCE).await?;
        assert!(between.text().contains("From 3 messages"), "{between}");
        let basket = alice.context_menu(said[0], "Select")?.answer(PATIENCE).await?;
        let cleared = alice.press(basket.id, "Clear")?.answer(PATIENCE).await?;
        assert!(cleared.content.contains("Nothing is selected"), "{cleared}");

        // A form for a note on what was said.
        let modal = alice.context_menu(forwarded, "Add note to record")?.modal().await?;
        assert!(modal.inputs.iter().any(|input| input.label == "Note"), "{modal:?}");
        let filled = [("about", "Initech"), ("text", "wants **racks**\nby June")];
        let noted = alice.submit_modal(&modal, &filled)?.answer(PATIENCE).await?;
        assert_eq!(noted.only_for, Some(alice.id()));
        let notes = here.team.rosa.get("/api/v1/records/COM-1/notes").await.expect_status(200);
        assert!(notes.to_string().contains("wants **racks**\\nby June"), "{noted} {notes}");
        here.assert_well_behaved();
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_customer_is_written_to_from_the_card_and_answers() -> Result<()> {
    on_both(|database| async move {
        let here = DiscordTeam::at_work(database).await?;
        let deal = here.team.acme().await;
        let (alice, sales) = (&here.alice, here.sales);
        let anna = here.discord.member(here.guild, "anna");
        let person = here.team.record(json!({
            "blueprint": "person", "title": "Anna Schmidt",
            "identities": [{ "kind": "email", "value": "anna@acme.example" }],
        }));
        let person = person.await["key"].as_str().unwrap_or_default().to_owned();
        let links = format!("/api/v1/records/{deal}/links");
        let link = json!({ "to": person, "kind": "contact" });
        here.team.rosa.post(&links, link).await.expect_status(201);

        // Whose an account is, is said once, on the person.
        let asked = alice.user_menu(sales, anna.id(), "Who is this")?.answer(PATIENCE).await?;
        assert!(asked.content.contains("Nobody in your CRM has this Discord account"), "{asked}");
        let modal = alice.user_menu(sales, anna.id(), "Link to person")?.modal().await?;
        assert_eq!(modal.inputs[0].value, "anna", "what they are called is there already");
        let named = alice.submit_modal(&modal, &[("about", "Anna Schmidt")])?;
        let named = named.answer(PATIENCE).await.with_context(|| here.log())?;
        assert!(named.content.contains("added discord anna"), "{named}");
        let asked = alice.user_menu(sales, anna.id(), "Who is this")?.answer(PATIENCE).await?;
        assert!(asked.text().contains("Anna Schmidt"), "{asked}");

        // The card offers to write to her; a form asks for the words.
        alice.say(sales, "Acme called")?;
        let card = here.shown("Acme annual plan").await?;
        let modal = alice.press(card.id, "Message Anna")?.modal().await?;
        assert_eq!((modal.title.as_str(), modal.inputs.len()), ("Message Anna", 1));
        let words = "The offer is on its way, **Anna**. @everyone";
        alice.submit_modal(&modal, &[("text", words)])?;
        let got = |said: &Visible| said.content.contains("on its way");
        let letter = anna.wait_for(anna.direct(), got, PATIENCE).await;
        let letter = letter.with_context(|| here.log())?;
        assert!(letter.content.contains("— Rosa Keller, Northwind"), "{letter}");
        assert!(letter.content.contains("\\*\\*Anna\\*\\*"), "words are no markup: {letter}");
        becomes(&here, &card, |c| c.content.contains("Rosa Keller wrote to Anna Schmidt")).await?;

        // What she answers is shown where she was written to from, and can be answered there.
        anna.say(anna.direct(), "Thanks! Who signs?")?;
        let answer = here.shown("Thanks! Who signs?").await?;
        assert!(answer.content.contains("answered on Discord"), "{answer}");
        let modal = alice.press(answer.id, "Answer")?.modal().await?;
        alice.submit_modal(&modal, &[("text", "I do.")])?;
        let got = |said: &Visible| said.content.starts_with("I do.");
        anna.wait_for(anna.direct(), got, PATIENCE).await.with_context(|| here.log())?;

        // What she says where the team listens is hers, too.
        anna.say(sales, "the racks came, thank you")?;
        let timeline = format!("/api/v1/records/{person}/timeline?kind=message");
        let lines = async || {
            let page = here.team.rosa.get(&timeline).await.expect_status(200);
            let lines = page["interactions"].as_array().cloned().unwrap_or_default();
            let told = |line: &Value| format!("{} {}", line["data"]["direction"], line["summary"]);
            lines.iter().rev().map(told).collect::<Vec<_>>()
        };
        let mut all = lines().await;
        for _ in 0..100 {
            if all.len() >= 4 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            all = lines().await;
        }
        let expected = [
            format!("\"out\" \"{words}\""),
            "\"in\" \"Thanks! Who signs?\"".to_owned(),
            "\"out\" \"I do.\"".to_owned(),
            "\"in\" \"the racks came, thank you\"".to_owned(),
        ];
        assert_eq!(all, expected, "{}", here.log());

        // Whoever takes no messages is not written to, and that is said to whoever asked, alone, as
        // they asked.
        anna.close_direct_messages(true);
        let sent = json!({ "name": "Anna Schmidt", "text": "One more thing" });
        alice.slash(sales, "/message", sent)?.answer(PATIENCE).await?;
        let is_it = |said: &Visible| said.content.contains("could not deliver");
        let lost = alice.wait_for(alice.direct(), is_it, PATIENCE).await;
        let lost = lost.with_context(|| here.log())?;
        assert!(lost.content.contains("take no direct messages"), "{lost}");
        assert!(lost.content.contains("anna\\@acme.example"), "{lost}");
        here.assert_well_behaved();
        Ok(())
    })
    .await
}

/// What a timeline says of messages, oldest first, once it has so many lines.
async fn lines(here: &DiscordTeam, key: &str, kind: &str, count: usize) -> Vec<String> {
    let path = format!("/api/v1/records/{key}/timeline?kind={kind}&limit=200");
    let mut all = Vec::new();
    for _ in 0..200 {
        let page = here.team.rosa.get(&path).await.expect_status(200);
        let lines = page["interactions"].as_array().cloned().unwrap_or_default();
        let summary = |line: &Value| line["summary"].as_str().unwrap_or_default().to_owned();
        all = lines.iter().rev().map(summary).collect();
        if all.len() >= count {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    all
}

#[tokio::test]
async fn a_thread_that_is_about_a_deal_writes_its_timeline() -> Result<()> {
    on_both(|database| async move {
        let here = DiscordTeam::at_work(database).await?;
        let deal = here.team.acme().await;
        let alice = &here.alice;
        let thread = alice.start_thread(here.sales, "renewal")?;
        let tied = alice.slash(thread, "/room", json!({ "name": deal }))?;
        let told = tied.answer(PATIENCE).await.with_context(|| here.log())?;
        assert!(told.text().contains("Acme annual plan"), "{told}");
        alice.say(thread, "they want to pay in sixty days")?;
        alice.say(here.sales, "who has the projector?")?;
        alice.say(thread, "and forty more racks")?;
        let all = lines(&here, &deal, "message", 2).await;
        let expected = ["they want to pay in sixty days", "and forty more racks"];
        assert_eq!(all, expected, "{}", here.log());
        let card = alice.slash(here.sales, "/card", json!({ "name": deal }))?;
        let card = card.answer(PATIENCE).await?;
        let room = ("Room".to_owned(), "a thread in #sales".to_owned());
        assert!(card.embeds[0].fields.contains(&room), "{card}");

        let off = alice.slash(thread, "/room", json!({ "name": "off" }))?.answer(PATIENCE).await?;
        assert!(off.content.contains("nothing in particular"), "{off}");
        alice.say(thread, "nobody's business")?;
        alice.slash(thread, "/undo", json!({}))?.answer(PATIENCE).await?;
        alice.say(thread, "signed!")?;
        let all = lines(&here, &deal, "message", 3).await;
        assert_eq!(all[2..], ["signed!"], "{}", here.log());
        here.assert_well_behaved();
        Ok(())
    })
    .await
}

#[tokio::test]
async fn what_was_said_before_a_channel_was_ours_is_read_where_that_is_asked_for() -> Result<()> {
    on_both(|database| async move {
        let here = DiscordTeam::start(database).await?;
        here.team.acme().await;
        let alice = &here.alice;
        let other = here.discord.channel(here.guild, "support");
        let mut said = Vec::new();
        for number in 0..130 {
            alice.say(other, &format!("Acme, in another channel {number}"))?;
            said.push(format!("Acme, before {number}"));
            alice.say(here.sales, &said[number])?;
        }
        let offered =
            |discord: &Discord| discord.commands(Some(here.guild)).contains(&"bind".to_owned());
        here.discord.wait_until("/bind is offered", offered, PATIENCE).await?;
        let code = here.team.bind_code().await;
        let wrong = json!({ "code": code, "since": "soon" });
        let told = alice.slash(here.sales, "/bind", wrong)?.answer(PATIENCE).await?;
        assert!(told.content.contains("I do not know the day"), "{told}");
        let right = json!({ "code": code, "since": "yesterday" });
        let told = alice.slash(here.sales, "/bind", right)?.answer(PATIENCE).await?;
        assert!(told.content.contains("I read what was said here since"), "{told}");
        // What is said meanwhile stands behind it.
        said.push("Acme, just now".to_owned());
        alice.say(here.sales, "Acme, just now")?;
        here.bind(alice, other).await?;
        said.push("Acme, in another channel".to_owned());
        alice.say(other, "Acme, in another channel")?;
        let all = lines(&here, "COM-1", "mention", said.len()).await;
        assert_eq!(all.len(), said.len(), "once each: {}", here.log());
        for one in &said {
            assert!(all.contains(one), "{one} is not among {all:?}");
        }
        here.assert_well_behaved();
        Ok(())
    })
    .await
}

#[tokio::test]
async fn doctor_says_what_the_bot_lacks_in_a_room_that_is_ours() -> Result<()> {
    let mut here = DiscordTeam::at_work(Database::Sqlite).await?;
    here.team.tieline.stop()?;
    let told = here.team.tieline.command(&["doctor"]).await?.stdout;
    assert!(told.contains("well  connection discord: @tieline is on 1 server"), "{told}");
    assert!(!told.contains("ILL   connection discord"), "{told}");
    here.discord.take_away(here.sales, Permission::EmbedLinks)?;
    here.discord.take_away(here.sales, Permission::ReadMessageHistory)?;
    let told = here.team.tieline.command(&["doctor"]).await?.stdout;
    let lacks =
        "ILL   connection discord: In #sales the bot lacks Embed Links, Read Message History";
    assert!(told.contains(lacks), "{told}");
    here.discord.give_back(here.sales, Permission::EmbedLinks)?;
    here.discord.give_back(here.sales, Permission::ReadMessageHistory)?;
    here.discord.remove_bot(here.guild)?;
    let told = here.team.tieline.command(&["doctor"]).await?.stdout;
    assert!(told.contains("ILL   connection discord: #sales is gone, or the bot was"), "{told}");
    assert!(told.contains("unbind the room"), "{told}");
    Ok(())
}

#[tokio::test]
async fn messages_that_are_passed_on_to_tieline_alone_become_one_proposal() -> Result<()> {
    on_both(|database| async move {
        let here = DiscordTeam::at_work(database).await?;
        let alice = &here.alice;
        let elsewhere = here.discord.channel(here.guild, "random");
        let bob = here.discord.member(here.guild, "bob");
        let first = bob.say(elsewhere, "Ola Berg <ola@globex.example> wants a quote")?;
        let second = bob.say(elsewhere, "her number is +49 30 901820")?;
        alice.forward(first, alice.direct())?;
        alice.forward(second, alice.direct())?;
        let all = |said: &Visible| said.text().contains("From 2 messages");
        let card = alice.wait_for(alice.direct(), all, PATIENCE).await;
        let card = card.with_context(|| here.log())?;
        assert!(card.text().contains("Person: Ola Berg"), "{card}");
        assert!(card.text().contains("+4930901820"), "{card}");
        alice.press(card.id, "Accept")?;
        let made = |said: &Visible| said.content.contains("Made from 2 messages");
        alice.wait_for(alice.direct(), made, PATIENCE).await.with_context(|| here.log())?;
        // Whoever is no member passes on nothing, and hears nothing of anybody's records.
        let seen = bob.sees(bob.direct()).len();
        bob.forward(first, bob.direct())?;
        alice.say(here.sales, "Ola Berg called")?;
        here.shown("Ola Berg").await?;
        assert_eq!(bob.sees(bob.direct()).len(), seen + 1, "{:?}", bob.sees(bob.direct()));
        here.assert_well_behaved();
        Ok(())
    })
    .await
}

/// The messages in which Acme was named, as its timeline has them, oldest first.
async fn mentions(here: &DiscordTeam) -> Vec<String> {
    let mut all = Vec::new();
    let mut before = String::new();
    loop {
        let path = format!("/api/v1/records/COM-1/timeline?kind=mention&limit=200{before}");
        let page = here.team.rosa.get(&path).await.expect_status(200);
        let mentions = page["interactions"].as_array().expect("a list").clone();
        let message = |one: &Value| one["source"]["message"].as_str().unwrap_or("?").to_owned();
        all.extend(mentions.iter().map(message));
        match page["next"].as_str() {
            Some(next) => before = format!("&before={next}"),
            None => break,
        }
    }
    all.reverse();
    all
}

#[tokio::test]
async fn what_was_said_while_the_line_was_down_is_taken_in_once_and_in_order() -> Result<()> {
    on_both(|database| async move {
        let mut here = DiscordTeam::at_work(database).await?;
        here.team.acme().await;
        let (alice, sales) = (here.alice.clone(), here.sales);
        let mut said = vec![alice.say(sales, "Acme, before")?];
        here.shown("Acme annual plan").await?;
        let thread = alice.start_thread(sales, "renewal")?;
        let mut in_thread = vec![alice.say(thread, "Acme, in the thread")?];

        // Tieline dies, and Discord forgets its session: nothing is told again.
        here.team.tieline.kill9()?;
        here.discord.forget_sessions();
        for number in 0..230 {
            said.push(alice.say(sales, &format!("Acme, gap {number}"))?);
        }
        in_thread.push(alice.say(thread, "Acme, gap in the thread")?);
        here.team.tieline.start().await?;
        here.discord.wait_connected(PATIENCE).await?;
        said.push(alice.say(sales, "Acme, after")?);

        // A line that breaks and goes on where it was, and one that does not.
        for resumes in [true, false] {
            if !resumes {
                here.discord.forget_sessions();
            }
            here.discord.drop_connections();
            said.push(alice.say(sales, "Acme, while the line was broken")?);
            here.discord.wait_connected(2 * PATIENCE).await?;
            said.push(alice.say(sales, "Acme, after that")?);
        }
        let wanted = said.len() + in_thread.len();
        let mut heard = Vec::new();
        for _ in 0..300 {
            heard = mentions(&here).await;
            if heard.len() >= wanted {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        let is_in_thread = |id: &String| in_thread.iter().any(|one| one.to_string() == *id);
        let (threads, room): (Vec<_>, Vec<_>) = heard.into_iter().partition(is_in_thread);
        let ids = |all: &[MessageId]| all.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(room, ids(&said), "{}", here.log());
        assert_eq!(threads, ids(&in_thread), "{}", here.log());
        here.assert_well_behaved();
        Ok(())
    })
    .await
}

#[tokio::test]
async fn a_post_whose_answer_was_lost_is_shown_once() -> Result<()> {
    on_both(|database| async move {
        let here = DiscordTeam::at_work(database).await?;
        here.team.acme().await;
        let route = "/channels/{channel_id}/messages";
        here.discord.fail_next(1, "POST", route, Fault::BreaksAfter)?;
        here.alice.say(here.sales, "Acme called")?;
        here.shown("Acme annual plan").await?;
        // The second try has come when Discord has seen two.
        let tries = |discord: &Discord| {
            let all = discord.requests();
            all.iter().filter(|r| r.method == "POST" && r.path.ends_with("/messages")).count() >= 2
        };
        here.discord.wait_until("it is tried again", tries, PATIENCE).await?;
        let all = here.discord.messages(here.sales);
        let cards = all.iter().filter(|m| m.text().contains("Acme annual plan")).count();
        assert_eq!(cards, 1);
        here.assert_well_behaved();
        Ok(())
    })
    .await
}
