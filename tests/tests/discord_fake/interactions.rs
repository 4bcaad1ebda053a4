//! Commands, buttons, menus and modals: who may use them, what the bot is told, and how it answers.

use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};
use tests::harness::discord::{GuildId, Interaction, Permission};

use crate::socket::{Socket, USUAL};
use crate::{Scene, card, commands, quiet, text};

async fn registered() -> Result<Scene> {
    let scene = Scene::start().await?;
    register(&scene, scene.guild).await;
    Ok(scene)
}

async fn register(scene: &Scene, guild: GuildId) {
    let path = format!("/applications/{}/guilds/{guild}/commands", scene.discord.bot());
    scene.bot.put(&path, commands()).await.expect_status(200);
}

fn callback(began: &Interaction) -> String {
    format!("/interactions/{}/{}/callback", began.id(), began.token())
}

fn followup(scene: &Scene, began: &Interaction, rest: &str) -> String {
    format!("/webhooks/{}/{}{rest}", scene.discord.bot(), began.token())
}

async fn answers(scene: &Scene, began: &Interaction, kind: u64, data: Value) {
    let body = json!({ "type": kind, "data": data });
    scene.bot.post(&callback(began), body).await.expect_status(204);
}

fn alone(content: &str) -> Value {
    let mut body = text(content);
    body["flags"] = json!(64);
    body
}

const SOON: Duration = Duration::from_secs(2);

#[tokio::test]
async fn a_late_answer_is_refused_and_written_down() -> Result<()> {
    let scene = registered().await?;
    let began = scene.alice.slash(scene.sales, "/deal list", json!({}))?;
    scene.discord.pass(Duration::from_millis(3_100));
    let body = json!({ "type": 4, "data": text("late") });
    let refused = scene.bot.post(&callback(&began), body).await.expect_status(404);
    assert_eq!(refused["code"], 10062);
    scene.only_wrong("answered after 3.");
    assert_eq!(scene.discord.unanswered().len(), 1);
    let failed = began.acknowledged().await;
    assert!(failed.is_err_and(|error| error.to_string().contains("This interaction failed")));
    Ok(())
}

#[tokio::test]
async fn a_second_answer_is_refused_and_written_down() -> Result<()> {
    let scene = registered().await?;
    let began = scene.alice.slash(scene.sales, "/deal list", json!({}))?;
    answers(&scene, &began, 4, text("none")).await;
    let body = json!({ "type": 4, "data": text("none, again") });
    let refused = scene.bot.post(&callback(&began), body).await.expect_status(400);
    assert_eq!(refused["code"], 40060);
    scene.only_wrong("answered once");
    let unknown = format!("/interactions/{}/guessed/callback", began.id());
    let refused = scene.bot.post(&unknown, json!({ "type": 5 })).await.expect_status(404);
    assert_eq!(refused["code"], 10062);
    scene.all_is_well();
    Ok(())
}

#[tokio::test]
async fn an_answer_is_of_a_type_that_fits() -> Result<()> {
    let scene = registered().await?;
    let began = scene.alice.slash(scene.sales, "/deal list", json!({}))?;
    for kind in [6, 7, 8] {
        let data = if kind == 8 { json!({ "choices": [] }) } else { text("x") };
        let body = json!({ "type": kind, "data": data });
        scene.bot.post(&callback(&began), body).await.expect_status(400);
        scene.only_wrong("type: ");
    }
    let body = json!({ "type": 4, "data": { "content": "hello" } });
    scene.bot.post(&callback(&began), body).await.expect_status(204);
    scene.only_wrong("allowed_mentions is missing");
    let card = scene.says(card()).await?;
    let input = json!({ "type": 4, "custom_id": "name", "label": "Name", "style": 1 });
    let rows = json!([{ "type": 1, "components": [input] }]);
    let modal = json!({ "custom_id": "m", "title": "x".repeat(46), "components": rows });
    let began = scene.alice.click(card, "won")?;
    let body = json!({ "type": 9, "data": modal });
    scene.bot.post(&callback(&began), body).await.expect_status(400);
    scene.only_wrong("data/title: ");
    Ok(())
}

#[tokio::test]
async fn what_is_put_off_comes_later_and_for_a_quarter_of_an_hour() -> Result<()> {
    let scene = registered().await?;
    let began = scene.alice.slash(scene.sales, "/deal list", json!({}))?;
    let original = followup(&scene, &began, "/messages/@original");
    let refused = scene.bot.get(&original).await.expect_status(404);
    assert_eq!(refused["code"], 10015, "before a first answer there is nothing");
    let body = json!({ "type": 5, "data": { "flags": 64 } });
    let path = format!("{}?with_response=true", callback(&began));
    let told = scene.bot.post(&path, body).await.expect_status(200);
    assert_eq!(told["interaction"]["response_message_loading"], true);
    assert_eq!(told["interaction"]["response_message_ephemeral"], true);
    assert_eq!(scene.alice.sees(scene.sales).len(), 1);
    let bob = scene.discord.member(scene.guild, "bob");
    assert!(bob.sees(scene.sales).is_empty() && scene.discord.messages(scene.sales).is_empty());
    // The first thing that follows is what was awaited.
    let path = followup(&scene, &began, "");
    scene.bot.post(&path, text("three deals")).await.expect_status(200);
    let answer = began.answer(SOON).await?;
    assert_eq!((answer.content.as_str(), answer.only_for), ("three deals", Some(scene.alice.id())));
    assert!(scene.bot.get(&original).await.expect_status(200)["flags"] == 64);
    let channel_path = format!("{}/{}", scene.messages(), answer.id);
    scene.bot.get(&channel_path).await.expect_status(404);
    scene.bot.post(&path, text("and one more thing")).await.expect_status(200);
    let more = began.followups();
    assert_eq!(more.len(), 1);
    let more = followup(&scene, &began, &format!("/messages/{}", more[0].id));
    scene.bot.patch(&more, text("never mind")).await.expect_status(200);
    assert_eq!(began.followups()[0].content, "never mind");
    scene.bot.delete(&more).await.expect_status(204);
    scene.bot.get(&more).await.expect_status(404);
    scene.discord.pass(Duration::from_secs(16 * 60));
    let refused = scene.bot.patch(&original, text("late")).await.expect_status(401);
    assert_eq!(refused["code"], 50027);
    assert_eq!(scene.discord.invalid_requests(), 1);
    scene.all_is_well();
    Ok(())
}

#[tokio::test]
async fn a_button_changes_its_message_or_answers_beside_it() -> Result<()> {
    let scene = registered().await?;
    let card = scene.says(card()).await?;
    let began = scene.alice.press(card, "Won")?;
    answers(&scene, &began, 7, quiet(json!({ "content": "won", "components": [] }))).await;
    let changed = began.answer(SOON).await?;
    assert_eq!((changed.id, changed.content.as_str(), changed.edited), (card, "won", true));
    assert!(scene.alice.press(card, "Won").is_err(), "the button is gone");

    let card = scene.says(crate::card()).await?;
    let began = scene.alice.select(card, "stage", &["Lost"])?;
    answers(&scene, &began, 6, Value::Null).await;
    let original = followup(&scene, &began, "/messages/@original");
    scene.bot.patch(&original, text("lost")).await.expect_status(200);
    assert_eq!(began.answer(SOON).await?.content, "lost");
    let began = scene.alice.click(card, "won")?;
    answers(&scene, &began, 4, alone("you may not")).await;
    let answer = began.answer(SOON).await?;
    assert_eq!((answer.reply_to, answer.only_for), (Some(card), Some(scene.alice.id())));
    for error in [
        scene.alice.click(card, "grey").err(),
        scene.alice.click(card, "unknown").err(),
        scene.alice.press(card, "Open").err(),
        scene.alice.select(card, "stage", &["Won"]).err(),
        scene.alice.select(card, "stage", &["Lost", "Negotiating"]).err(),
        scene.discord.user("stranger").click(card, "won").err(),
    ] {
        assert!(error.is_some());
    }
    scene.all_is_well();
    Ok(())
}

#[tokio::test]
async fn a_command_is_what_the_bot_registered() -> Result<()> {
    let scene = registered().await?;
    let (mut socket, _) = Socket::ready(&scene, USUAL).await?;
    socket.event("GUILD_CREATE").await?;
    scene.alice.slash(scene.sales, "/deal move", json!({ "deal": "D-1", "stage": "Won" }))?;
    let told = socket.event("INTERACTION_CREATE").await?["d"].clone();
    assert_eq!((&told["type"], &told["context"]), (&json!(2), &json!(0)));
    let step = &told["data"]["options"][0];
    assert_eq!((&step["name"], &step["type"]), (&json!("move"), &json!(1)));
    let stage = json!({ "name": "stage", "type": 3, "value": "won" });
    assert_eq!(step["options"][1], stage, "the name of a choice is sent as its value");
    assert_eq!(told["member"]["user"]["username"], "alice");
    let owners = json!({ "0": scene.guild });
    assert_eq!(told["authorizing_integration_owners"], owners);
    for field in ["app_permissions", "attachment_size_limit", "entitlements", "locale", "guild"] {
        assert!(!told[field].is_null(), "{field}");
    }
    let alice = scene.alice.id();
    scene.alice.slash(scene.sales, "/who", json!({ "user": alice }))?;
    let told = socket.event("INTERACTION_CREATE").await?["d"].clone();
    let resolved = &told["data"]["resolved"];
    assert_eq!(resolved["users"][alice.to_string()]["username"], "alice");
    assert!(resolved["members"][alice.to_string()]["joined_at"].is_string());

    let slash = |command: &str, options: Value| scene.alice.slash(scene.sales, command, options);
    for (command, options, says) in [
        ("/deals", json!({}), "there are [\"deal\""),
        ("/deal", json!({}), "sub-commands: move, list"),
        ("/deal drop", json!({}), "no sub-command drop"),
        ("/deal move", json!({}), "deal of /deal move is needed"),
        ("/deal move", json!({ "deal": "D-1", "to": "x" }), "no option to; it has deal, stage"),
        ("/deal move", json!({ "deal": 5 }), "deal of /deal move"),
        ("/deal move", json!({ "deal": "D-1", "stage": "open" }), "stage of /deal move"),
        ("/who", json!({ "user": "5" }), "user of /who"),
    ] {
        let error = slash(command, options).err().map(|error| error.to_string());
        assert!(error.as_ref().is_some_and(|error| error.contains(says)), "{says}: {error:?}");
    }
    let direct = scene.alice.direct();
    assert!(scene.alice.slash(direct, "/deal list", json!({})).is_err(), "it is the guild's");
    scene.discord.take_away_everywhere(scene.guild, Permission::UseApplicationCommands)?;
    assert!(slash("/deal list", json!({})).is_err());
    scene.discord.remove_bot(scene.guild)?;
    assert!(slash("/deal list", json!({})).is_err());
    scene.all_is_well();
    Ok(())
}

#[tokio::test]
async fn what_is_typed_is_completed() -> Result<()> {
    let scene = registered().await?;
    let (mut socket, _) = Socket::ready(&scene, USUAL).await?;
    socket.event("GUILD_CREATE").await?;
    let typed = ("deal", "ac");
    let completes = scene.alice.autocomplete(scene.sales, "/deal move", json!({}), typed);
    let answers = async {
        let told = socket.event("INTERACTION_CREATE").await?["d"].clone();
        let option = &told["data"]["options"][0]["options"][0];
        let wanted = json!({ "name": "deal", "type": 3, "value": "ac", "focused": true });
        assert_eq!((&told["type"], option), (&json!(4), &wanted));
        let id = told["id"].as_str().unwrap_or_default();
        let token = told["token"].as_str().unwrap_or_default();
        let choices = json!([{ "name": "Acme annual plan", "value": "D-1" }]);
        let body = json!({ "type": 8, "data": { "choices": choices } });
        let path = format!("/interactions/{id}/{token}/callback");
        scene.bot.post(&path, body).await.expect_status(204);
        anyhow::Ok(())
    };
    let (choices, answered) = tokio::join!(completes, answers);
    answered?;
    assert_eq!(choices?[0].value, "D-1");
    let stage = ("stage", "w");
    let refused = scene.alice.autocomplete(scene.sales, "/deal move", json!({}), stage).await;
    assert!(refused.is_err_and(|error| error.to_string().contains("not completed")));
    scene.all_is_well();
    Ok(())
}

#[tokio::test]
async fn menus_of_messages_and_people_carry_what_they_are_on() -> Result<()> {
    let scene = registered().await?;
    let said = scene.alice.say(scene.sales, "Anna wants the annual plan")?;
    let (mut socket, _) = Socket::ready(&scene, 0).await?;
    let began = scene.alice.context_menu(said, "Add to Tieline")?;
    let told = socket.event("INTERACTION_CREATE").await?["d"].clone();
    assert_eq!((&told["data"]["type"], &told["data"]["target_id"]), (&json!(3), &json!(said)));
    let target = &told["data"]["resolved"]["messages"][said.to_string()];
    assert_eq!(target["content"], "Anna wants the annual plan", "without any intent");
    // It may be answered with a modal, and that with a message.
    let input = json!({
        "type": 4, "custom_id": "name", "label": "Name", "style": 1,
        "value": "Anna", "max_length": 9,
    });
    let modal = json!({
        "custom_id": "capture", "title": "Add to Tieline",
        "components": [{ "type": 1, "components": [input] }],
    });
    answers(&scene, &began, 9, modal).await;
    let modal = began.modal().await?;
    assert_eq!((modal.title.as_str(), modal.inputs[0].value.as_str()), ("Add to Tieline", "Anna"));
    assert!(scene.alice.submit_modal(&modal, &[("Surname", "x")]).is_err());
    assert!(scene.alice.submit_modal(&modal, &[("Name", "Anna Schmidt")]).is_err(), "too long");
    assert!(scene.alice.submit_modal(&modal, &[("Name", "")]).is_err(), "it is required");
    let sent = scene.alice.submit_modal(&modal, &[("Name", "Anna S.")])?;
    let told = socket.event("INTERACTION_CREATE").await?["d"].clone();
    assert_eq!((&told["type"], &told["data"]["custom_id"]), (&json!(5), &json!("capture")));
    assert_eq!(told["data"]["components"][0]["components"][0]["value"], "Anna S.");
    answers(&scene, &sent, 4, alone("Added.")).await;
    assert_eq!(sent.answer(SOON).await?.json["type"], 20);

    let bob = scene.discord.member(scene.guild, "bob");
    let began = scene.alice.user_menu(scene.sales, bob.id(), "Who is this")?;
    let told = socket.event("INTERACTION_CREATE").await?["d"].clone();
    assert_eq!(told["data"]["resolved"]["users"][bob.id().to_string()]["username"], "bob");
    answers(&scene, &began, 4, text("Bob Miller of Acme")).await;
    let answer = began.answer(SOON).await?;
    assert_eq!(answer.json["interaction_metadata"]["target_user"]["username"], "bob");
    assert!(scene.alice.context_menu(said, "Who is this").is_err(), "it is for people");
    scene.all_is_well();
    Ok(())
}

#[tokio::test]
async fn commands_that_are_everywhere_are_offered_in_direct_messages() -> Result<()> {
    let scene = Scene::start().await?;
    let path = format!("/applications/{}/commands", scene.discord.bot());
    let guarded = json!({
        "name": "setup", "description": "For administrators", "default_member_permissions": "32",
        "contexts": [0],
    });
    let commands = json!([{ "name": "link", "description": "Links you" }, guarded]);
    scene.bot.put(&path, commands).await.expect_status(200);
    let (mut socket, _) = Socket::ready(&scene, 0).await?;
    let direct = scene.alice.direct();
    let began = scene.alice.slash(direct, "/link", json!({}))?;
    let told = socket.event("INTERACTION_CREATE").await?["d"].clone();
    assert_eq!((&told["context"], &told["user"]["username"]), (&json!(1), &json!("alice")));
    assert!(told.get("member").is_none() && told.get("guild_id").is_none());
    assert_eq!(told["authorizing_integration_owners"], json!({ "0": "0" }));
    answers(&scene, &began, 4, text("Here is your link.")).await;
    assert_eq!(began.answer(SOON).await?.channel, direct);
    assert!(scene.alice.slash(direct, "/setup", json!({})).is_err(), "not in direct messages");
    assert!(scene.alice.slash(scene.sales, "/setup", json!({})).is_err(), "she may not");
    let manages = [Permission::ManageGuild];
    scene.discord.role(scene.guild, "Lead", &manages, &[&scene.alice])?;
    scene.alice.slash(scene.sales, "/setup", json!({}))?;
    scene.all_is_well();
    Ok(())
}
