//! Messages, threads and direct messages: what is there, who may, and what Discord says otherwise.

use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};
use tests::harness::PATIENCE;
use tests::harness::discord::{MessageId, Permission};

use crate::{Scene, card, quiet, text};

fn codes(scene: &Scene, refused: &Value, code: u32) {
    assert_eq!(refused["code"], code, "{refused:#}");
    scene.all_is_well();
}

#[tokio::test]
async fn what_the_bot_says_is_seen_changed_and_deleted() -> Result<()> {
    let scene = Scene::start().await?;
    let id = scene.says(card()).await?;
    let seen = scene.discord.wait_for(scene.sales, |m| m.id == id, PATIENCE).await?;
    assert_eq!(seen.embeds[0].title, "Acme annual plan");
    assert_eq!(seen.embeds[0].fields, [("Stage".to_owned(), "Open".to_owned())]);
    let labels: Vec<_> = seen.buttons.iter().map(|button| button.label.as_str()).collect();
    assert_eq!(labels, ["Won", "Later", "Open"]);
    assert_eq!(seen.selects[0].options[1].name, "Lost");
    assert_eq!((seen.author.as_str(), seen.edited), ("tieline", false));
    let path = format!("{}/{id}", scene.messages());
    let edit = quiet(json!({ "content": "done", "components": [] }));
    let edited = scene.bot.patch(&path, edit).await.expect_status(200);
    assert!(edited["edited_timestamp"].is_string());
    assert_eq!(edited["embeds"][0]["title"], "Acme annual plan", "what is not named stays");
    let seen = scene.discord.visible(id).expect("it is there");
    assert_eq!((seen.content.as_str(), seen.buttons.len(), seen.edited), ("done", 0, true));
    let nothing = quiet(json!({ "content": null, "embeds": [] }));
    let refused = scene.bot.patch(&path, nothing).await.expect_status(400);
    codes(&scene, &refused, 50006);
    scene.bot.delete(&path).await.expect_status(204);
    let refused = scene.bot.delete(&path).await.expect_status(404);
    codes(&scene, &refused, 10008);
    let waits = Duration::from_millis(20);
    let error = scene.discord.wait_for(scene.sales, |_| true, waits).await;
    assert!(error.is_err_and(|error| error.to_string().contains("nothing is there")));
    Ok(())
}

#[tokio::test]
async fn what_may_not_be_is_refused_as_discord_does() -> Result<()> {
    let scene = Scene::start().await?;
    let alice = scene.alice.say(scene.sales, "mine")?;
    let own = scene.says(text("own")).await?;
    let path = |id: MessageId| format!("{}/{id}", scene.messages());
    let refused = scene.bot.patch(&path(alice), text("no")).await.expect_status(403);
    codes(&scene, &refused, 50005);
    let refused = scene.bot.delete(&path(alice)).await.expect_status(403);
    codes(&scene, &refused, 50013);
    let refused = scene.bot.get(&path(MessageId(5))).await.expect_status(404);
    codes(&scene, &refused, 10008);
    let refused = scene.bot.post("/channels/5/messages", text("x")).await.expect_status(404);
    codes(&scene, &refused, 10003);
    let refused = scene.bot.post(&scene.messages(), text(" ")).await.expect_status(400);
    codes(&scene, &refused, 50006);
    let refused = scene.bot.get("/guilds/5").await.expect_status(404);
    codes(&scene, &refused, 10004);
    let members = format!("/guilds/{}/members", scene.guild);
    let stranger = scene.discord.user("stranger").id();
    let refused = scene.bot.get(&format!("{members}/{stranger}")).await.expect_status(404);
    codes(&scene, &refused, 10007);
    let refused = scene.bot.get(&format!("{members}/5")).await.expect_status(404);
    codes(&scene, &refused, 10013);

    scene.discord.take_away(scene.sales, Permission::EmbedLinks)?;
    let refused = scene.bot.post(&scene.messages(), card()).await.expect_status(403);
    codes(&scene, &refused, 50013);
    scene.discord.take_away(scene.sales, Permission::ReadMessageHistory)?;
    assert_eq!(scene.bot.get(&scene.messages()).await.expect_status(200), json!([]));
    let refused = scene.bot.get(&path(own)).await.expect_status(403);
    codes(&scene, &refused, 50001);
    let reply = json!({ "content": "x", "message_reference": { "message_id": alice } });
    let refused = scene.bot.post(&scene.messages(), quiet(reply)).await.expect_status(400);
    codes(&scene, &refused, 160_002);
    scene.discord.take_away(scene.sales, Permission::SendMessages)?;
    let refused = scene.bot.post(&scene.messages(), text("x")).await.expect_status(403);
    codes(&scene, &refused, 50013);
    scene.discord.take_away_everywhere(scene.guild, Permission::ViewChannel)?;
    let refused = scene.bot.post(&scene.messages(), text("x")).await.expect_status(403);
    codes(&scene, &refused, 50001);
    let refused = scene.bot.get(&format!("/channels/{}", scene.sales)).await.expect_status(403);
    codes(&scene, &refused, 50001);
    assert!(scene.alice.say(scene.sales, "x").is_err(), "she does not see it, either");
    Ok(())
}

#[tokio::test]
async fn a_nonce_is_one_message_for_a_few_minutes() -> Result<()> {
    let scene = Scene::start().await?;
    let body = |content: &str| {
        quiet(json!({ "content": content, "nonce": "post-1", "enforce_nonce": true }))
    };
    let first = scene.says(body("once")).await?;
    let again = scene.says(body("once, again")).await?;
    assert_eq!(first, again);
    assert_eq!(scene.discord.messages(scene.sales).len(), 1);
    let loose = quiet(json!({ "content": "not enforced", "nonce": "post-1" }));
    assert_ne!(first, scene.says(loose).await?);
    scene.discord.pass(Duration::from_secs(600));
    assert_ne!(first, scene.says(body("later")).await?);
    scene.all_is_well();
    Ok(())
}

#[tokio::test]
async fn replies_answer_what_is_there() -> Result<()> {
    let scene = Scene::start().await?;
    let said = scene.alice.say(scene.sales, "how is Acme?")?;
    let reply = |id: MessageId, fail: bool| {
        let reference = json!({ "message_id": id, "fail_if_not_exists": fail });
        quiet(json!({ "content": "well", "message_reference": reference }))
    };
    let given = scene.bot.post(&scene.messages(), reply(said, true)).await.expect_status(200);
    assert_eq!((&given["type"], &given["mentions"]), (&json!(19), &json!([])));
    assert_eq!(given["referenced_message"]["content"], "how is Acme?");
    assert_eq!(given["message_reference"]["guild_id"], json!(scene.guild));
    scene.alice.delete(said)?;
    let path = format!("{}/{}", scene.messages(), given["id"].as_str().unwrap_or_default());
    let given = scene.bot.get(&path).await.expect_status(200);
    assert!(given["referenced_message"].is_null() && given["message_reference"].is_object());
    let refused = scene.bot.post(&scene.messages(), reply(said, true)).await.expect_status(400);
    let error = &refused["errors"]["message_reference"]["_errors"][0]["code"];
    assert_eq!(error, "MESSAGE_REFERENCE_UNKNOWN_MESSAGE");
    let given = scene.bot.post(&scene.messages(), reply(said, false)).await.expect_status(200);
    assert_eq!(given["type"], 0);
    scene.all_is_well();
    Ok(())
}

#[tokio::test]
async fn forwards_carry_the_words_alone() -> Result<()> {
    let scene = Scene::start().await?;
    let inbox = scene.discord.channel(scene.guild, "crm-inbox");
    let said = scene.alice.say_with(scene.sales, "Anna Schmidt, anna@acme.example", &["a.pdf"])?;
    let forwarded = scene.alice.forward(said, inbox)?;
    let seen = scene.discord.visible(forwarded).expect("it is there");
    assert_eq!(seen.content, "");
    assert_eq!(seen.forwarded.as_deref(), Some("Anna Schmidt, anna@acme.example"));
    let copy = &seen.json["message_snapshots"][0]["message"];
    assert!(copy.get("author").is_none() && copy.get("id").is_none(), "{copy:#}");
    assert_eq!(copy["attachments"][0]["filename"], "a.pdf");
    let reference = &seen.json["message_reference"];
    assert_eq!((&reference["type"], &reference["message_id"]), (&json!(1), &json!(said)));
    // The bot forwards what it may read.
    let path = format!("/channels/{inbox}/messages");
    let reference = json!({ "type": 1, "message_id": said, "channel_id": scene.sales });
    let body = quiet(json!({ "message_reference": reference }));
    let given = scene.bot.post(&path, &body).await.expect_status(200);
    assert_eq!(given["message_snapshots"][0]["message"]["mentions"], json!([]));
    scene.discord.grant(0);
    scene.bot.post(&path, &body).await.expect_status(400);
    scene.all_is_well();
    Ok(())
}

#[tokio::test]
async fn history_is_read_before_after_and_around() -> Result<()> {
    let scene = Scene::start().await?;
    let mut all = Vec::new();
    for number in 0..10 {
        all.push(scene.alice.say(scene.sales, &number.to_string())?);
    }
    let read = async |query: String| {
        let path = format!("{}?{query}", scene.messages());
        let list = scene.bot.get(&path).await.expect_status(200);
        let words = list.as_array().into_iter().flatten().map(|m| m["content"].clone());
        words.map(|word| word.as_str().unwrap_or_default().to_owned()).collect::<String>()
    };
    assert_eq!(read(String::new()).await, "9876543210");
    assert_eq!(read("limit=3".to_owned()).await, "987");
    assert_eq!(read(format!("before={}&limit=3", all[5])).await, "432");
    assert_eq!(read(format!("after={}&limit=3", all[5])).await, "876");
    assert_eq!(read(format!("around={}&limit=5", all[5])).await, "76543");
    assert_eq!(read(format!("after={}", all[9])).await, "");
    scene.all_is_well();
    read(format!("after={}&before={}", all[1], all[9])).await;
    scene.only_wrong("exclude each other");
    Ok(())
}

#[tokio::test]
async fn threads_hang_on_messages_and_channels() -> Result<()> {
    let scene = Scene::start().await?;
    let said = scene.alice.say(scene.sales, "Acme wants the annual plan")?;
    let path = format!("{}/{said}/threads", scene.messages());
    let thread = scene.bot.post(&path, json!({ "name": "Acme" })).await.expect_status(201);
    assert_eq!(thread["id"], json!(said), "it has the id of its message");
    assert_eq!(thread["parent_id"], json!(scene.sales));
    let twice = scene.bot.post(&path, json!({ "name": "Acme" })).await.expect_status(400);
    codes(&scene, &twice, 160_004);
    let inside = format!("/channels/{said}/messages");
    scene.bot.post(&inside, text("noted")).await.expect_status(200);
    let of_alice = scene.alice.start_thread(scene.sales, "Contoso")?;
    scene.alice.say(of_alice, "they wrote")?;
    let here = scene.discord.messages(scene.sales);
    assert_eq!(
        here.last().map(|m| (m.content.as_str(), m.json["type"].clone())),
        Some(("Contoso", json!(18)))
    );
    assert_eq!(here[0].thread.map(|thread| thread.0), Some(said.0));
    let active = format!("/guilds/{}/threads/active", scene.guild);
    let active = scene.bot.get(&active).await.expect_status(200);
    assert_eq!(active["threads"].as_array().map(Vec::len), Some(2));
    // What is put away comes back when somebody writes; it is not edited meanwhile.
    let path = format!("/channels/{of_alice}/messages");
    let given = scene.bot.post(&path, text("noted")).await.expect_status(200);
    scene.alice.archive(of_alice)?;
    let edit = format!("{path}/{}", given["id"].as_str().unwrap_or_default());
    let refused = scene.bot.patch(&edit, text("noted!")).await.expect_status(400);
    codes(&scene, &refused, 50083);
    scene.bot.post(&path, text("awake")).await.expect_status(200);
    scene.bot.patch(&edit, text("noted!")).await.expect_status(200);
    // Its permissions are its channel's.
    scene.discord.take_away(scene.sales, Permission::SendMessagesInThreads)?;
    let refused = scene.bot.post(&path, text("x")).await.expect_status(403);
    codes(&scene, &refused, 50013);
    scene.discord.take_away(scene.sales, Permission::CreatePublicThreads)?;
    let body = json!({ "name": "x", "type": 11 });
    let path = format!("/channels/{}/threads", scene.sales);
    let refused = scene.bot.post(&path, body).await.expect_status(403);
    codes(&scene, &refused, 50013);
    scene.discord.delete_channel(of_alice)?;
    let refused = scene.bot.get(&format!("/channels/{of_alice}")).await.expect_status(404);
    codes(&scene, &refused, 10003);
    Ok(())
}

#[tokio::test]
async fn direct_messages_reach_who_lets_them() -> Result<()> {
    let scene = Scene::start().await?;
    let open = async |id: Value| {
        scene.bot.post("/users/@me/channels", json!({ "recipient_id": id })).await
    };
    let direct = open(json!(scene.alice.id())).await.expect_status(200);
    assert_eq!(direct["id"], json!(scene.alice.direct()), "there is one");
    let path = format!("/channels/{}/messages", scene.alice.direct());
    scene.bot.post(&path, card()).await.expect_status(200);
    assert_eq!(scene.alice.sees(scene.alice.direct()).len(), 1);
    scene.alice.close_direct_messages(true);
    open(json!(scene.alice.id())).await.expect_status(200);
    let refused = scene.bot.post(&path, text("x")).await.expect_status(403);
    codes(&scene, &refused, 50007);
    let stranger = scene.discord.user("stranger");
    open(json!(stranger.id())).await.expect_status(200);
    let path = format!("/channels/{}/messages", stranger.direct());
    let refused = scene.bot.post(&path, text("x")).await.expect_status(403);
    codes(&scene, &refused, 50278);
    let refused = open(json!("5")).await.expect_status(400);
    codes(&scene, &refused, 50033);
    let refused = open(json!(scene.discord.bot())).await.expect_status(400);
    codes(&scene, &refused, 50007);
    Ok(())
}

#[tokio::test]
async fn reactions_are_on_messages_until_they_are_taken_back() -> Result<()> {
    let scene = Scene::start().await?;
    let own = scene.says(text("well done?")).await?;
    let bob = scene.discord.member(scene.guild, "bob");
    scene.alice.react(own, "👍")?;
    bob.react(own, "👍")?;
    assert!(bob.react(own, "👍").is_err());
    let path = format!("{}/{own}", scene.messages());
    let given = scene.bot.get(&path).await.expect_status(200);
    let reaction = &given["reactions"][0];
    assert_eq!((&reaction["emoji"]["name"], &reaction["count"]), (&json!("👍"), &json!(2)));
    scene.alice.take_reaction_back(own, "👍")?;
    assert!(scene.alice.take_reaction_back(own, "👍").is_err());
    let seen = scene.discord.visible(own).expect("it is there");
    assert_eq!(seen.reactions, [("👍".to_owned(), vec![bob.id()])]);
    scene.all_is_well();
    Ok(())
}

#[tokio::test]
async fn people_can_do_only_what_their_client_lets_them() -> Result<()> {
    let scene = Scene::start().await?;
    let stranger = scene.discord.user("stranger");
    assert!(stranger.say(scene.sales, "hello").is_err());
    assert!(stranger.sees(scene.sales).is_empty());
    assert!(scene.alice.say(scene.sales, "").is_err());
    assert!(scene.alice.say(scene.sales, &"x".repeat(2_001)).is_err());
    let own = scene.says(text("own")).await?;
    assert!(scene.alice.edit(own, "hers").is_err());
    assert!(scene.alice.delete(own).is_err());
    assert!(stranger.reply(own, "x").is_err());
    let lead = scene.discord.role(scene.guild, "Lead", &[Permission::ManageGuild], &[&scene.alice]);
    let path = format!("/guilds/{}/roles", scene.guild);
    let roles = scene.bot.get(&path).await.expect_status(200);
    assert!(
        roles.as_array().into_iter().flatten().any(|role| role["id"] == json!(lead.as_ref().ok()))
    );
    scene.all_is_well();
    Ok(())
}
