//! Each check catches a planted mistake: against Discord's description, against its limits, and
//! against Tieline's promise to ping nobody.

use anyhow::Result;
use serde_json::{Value, json};

use crate::{Scene, card, commands, quiet, text};

#[tokio::test]
async fn what_is_right_is_taken_and_nothing_is_wrong() -> Result<()> {
    let scene = Scene::start().await?;
    let me = scene.bot.get("/users/@me").await.expect_status(200);
    assert_eq!(me["id"], json!(scene.discord.bot()));
    let app = me["id"].as_str().unwrap_or_default();
    let (guild, sales, alice) = (scene.guild, scene.sales, scene.alice.id());
    scene.says(card()).await?;
    scene.alice.start_thread(sales, "Acme")?;
    for path in [
        "/users/@me/guilds?limit=5&with_counts=true".to_owned(),
        "/gateway".to_owned(),
        "/gateway/bot".to_owned(),
        "/applications/@me".to_owned(),
        "/oauth2/applications/@me".to_owned(),
        format!("/users/{alice}"),
        format!("/guilds/{guild}"),
        format!("/guilds/{guild}?with_counts=true"),
        format!("/guilds/{guild}/channels"),
        format!("/guilds/{guild}/roles"),
        format!("/guilds/{guild}/members?limit=10"),
        format!("/guilds/{guild}/members/{alice}"),
        format!("/guilds/{guild}/threads/active"),
        format!("/channels/{sales}"),
        format!("/channels/{}", scene.alice.direct()),
        format!("/channels/{sales}/messages?limit=10"),
        format!("/applications/{app}/commands?with_localizations=true"),
        format!("/applications/{app}/guilds/{guild}/commands"),
    ] {
        scene.bot.get(&path).await.expect_status(200);
    }
    let path = format!("/applications/{app}/guilds/{guild}/commands");
    let registered = scene.bot.put(&path, commands()).await.expect_status(200);
    assert_eq!(registered.as_array().map(Vec::len), Some(4));
    let again = scene.bot.put(&path, commands()).await.expect_status(200);
    assert_eq!(registered[0]["id"], again[0]["id"], "a command that keeps its name keeps its id");
    let names = scene.discord.commands(Some(guild));
    assert_eq!(names, ["deal", "who", "Add to Tieline", "Who is this"]);
    scene.all_is_well();
    Ok(())
}

#[tokio::test]
async fn a_body_of_a_wrong_type_is_refused_where_it_is_wrong() -> Result<()> {
    let scene = Scene::start().await?;
    let body = quiet(json!({ "content": 5, "embeds": [{ "title": ["no"] }] }));
    let refused = scene.bot.post(&scene.messages(), body).await.expect_status(400);
    assert_eq!(refused["code"], 50035);
    assert_eq!(refused["message"], "Invalid Form Body");
    assert!(refused["errors"]["content"]["_errors"][0]["code"].is_string(), "{refused:#}");
    assert!(refused["errors"]["embeds"]["0"]["title"]["_errors"][0]["message"].is_string());
    let wrong = scene.wrong();
    assert_eq!(wrong.len(), 2, "{wrong:#?}");
    let place = format!("POST /channels/{}/messages: content: ", scene.sales);
    assert!(wrong.iter().any(|one| one.starts_with(&place)), "{wrong:#?}");
    assert!(scene.discord.messages(scene.sales).is_empty());
    Ok(())
}

#[tokio::test]
async fn what_is_no_json_or_no_request_of_a_bot_is_refused() -> Result<()> {
    let scene = Scene::start().await?;
    // `upload` sends bytes and does not say what they are.
    let refused = scene.bot.upload(&scene.messages(), b"{}".to_vec()).await.expect_status(400);
    assert_eq!(refused["code"], 50035);
    scene.only_wrong("a body is JSON and says so");
    let bot = scene.bot.with_header("content-type", "application/json");
    let refused = bot.upload(&scene.messages(), b"{ no".to_vec()).await.expect_status(400);
    assert_eq!(refused["code"], 50109);
    scene.only_wrong("the body is no JSON");
    let bot = scene.bot.with_header("user-agent", "curl/8");
    bot.get("/users/@me").await.expect_status(200);
    scene.only_wrong("User-Agent");
    let path = format!("{}?limit=500", scene.messages());
    scene.bot.get(&path).await.expect_status(400);
    scene.only_wrong("limit: ");
    let path = format!("{}?since=1", scene.messages());
    scene.bot.get(&path).await.expect_status(400);
    scene.only_wrong("no such parameter");
    scene.bot.get("/channels/sales").await.expect_status(400);
    scene.only_wrong("channel_id: ");
    Ok(())
}

#[tokio::test]
async fn a_route_that_is_unknown_is_not_found_and_written_down() -> Result<()> {
    let scene = Scene::start().await?;
    let missing = scene.bot.get(&format!("/channels/{}/pins", scene.sales)).await;
    assert_eq!(missing.expect_status(404)["code"], 0);
    scene.only_wrong("there is no such route");
    scene.bot.delete(&scene.messages()).await.expect_status(405);
    scene.only_wrong("not this method");
    let v9 = tests::harness::api::Api::new(scene.discord.url())?
        .with_header("user-agent", "DiscordBot (https://tieline.example, 0.1)");
    v9.get("/api/v9/gateway").await.expect_status(404);
    scene.only_wrong("only version 10");
    Ok(())
}

#[tokio::test]
async fn more_than_discord_takes_is_refused() -> Result<()> {
    let scene = Scene::start().await?;
    let long = |chars: usize| "x".repeat(chars);
    let button = |id: &str| json!({ "type": 2, "style": 1, "custom_id": id, "label": "B" });
    let row = |buttons: Value| json!({ "components": [{ "type": 1, "components": buttons }] });
    let three = json!({ "title": "x", "description": long(2_100) });
    let many = json!({ "content": "x", "embeds": vec![json!({ "title": "x" }); 11] });
    for (body, at) in [
        (json!({ "content": long(2_001) }), "content"),
        (json!({ "content": "x", "nonce": long(26) }), "nonce"),
        (many, "embeds"),
        (json!({ "embeds": [three, three, three] }), "embeds"),
        (json!({ "embeds": [{ "title": long(257) }] }), "embeds/0/title"),
        (json!({ "embeds": [{ "description": long(4_097) }] }), "embeds/0/description"),
        (json!({ "embeds": [{ "footer": { "text": long(2_049) } }] }), "embeds/0/footer/text"),
        (row(json!([button(&long(101))])), "components/0/components/0/custom_id"),
        (row(json!([button("a"), button("a")])), "components/0/components/1/custom_id"),
        (row(json!(vec![button("a"); 6])), "components/0/components"),
    ] {
        let refused = scene.bot.post(&scene.messages(), quiet(body)).await.expect_status(400);
        assert_eq!(refused["code"], 50035);
        let pointer = format!("/errors/{at}/_errors/0/code");
        assert!(refused.pointer(&pointer).is_some(), "{at}: {refused:#}");
        scene.only_wrong(&format!("{at}: "));
    }
    assert!(scene.discord.messages(scene.sales).is_empty());
    scene.says(text(&"ü".repeat(2_000))).await?;
    scene.all_is_well();
    Ok(())
}

#[tokio::test]
async fn what_would_ping_is_written_down() -> Result<()> {
    let scene = Scene::start().await?;
    let alice = scene.alice.mention();
    scene.says(json!({ "content": "hello" })).await?;
    scene.only_wrong("allowed_mentions is missing");
    scene.says(json!({ "content": "hello", "allowed_mentions": null })).await?;
    scene.only_wrong("allowed_mentions is missing");
    let pings = json!({ "content": "@everyone", "allowed_mentions": { "parse": ["everyone"] } });
    scene.says(pings).await?;
    scene.only_wrong("it pings");
    let users = json!({ "parse": ["users"] });
    scene.says(json!({ "content": alice, "allowed_mentions": users })).await?;
    scene.only_wrong("it pings");
    scene.says(json!({ "content": alice })).await?;
    assert_eq!(scene.wrong().len(), 2, "it is missing, and pings");
    let said = scene.alice.say(scene.sales, "hello")?;
    let reply = json!({
        "content": "yes", "message_reference": { "message_id": said },
        "allowed_mentions": { "parse": [], "replied_user": true },
    });
    scene.says(reply).await?;
    scene.only_wrong("it pings");
    // What is written and not allowed pings nobody.
    let quiet = scene.says(text(&format!("{alice} @everyone <@&1>"))).await?;
    let shown = scene.discord.visible(quiet).map(|message| message.json);
    assert_eq!(shown.map(|json| json["mentions"].clone()), Some(json!([])));
    // Edits are messages, too.
    let path = format!("{}/{quiet}", scene.messages());
    scene.bot.patch(&path, json!({ "content": "hello" })).await.expect_status(200);
    scene.only_wrong("allowed_mentions is missing");
    let both = json!({ "parse": ["users"], "users": [scene.alice.id()] });
    let both = json!({ "content": "x", "allowed_mentions": both });
    scene.bot.post(&scene.messages(), both).await.expect_status(400);
    scene.only_wrong("mutually exclusive");
    Ok(())
}

#[tokio::test]
async fn commands_that_discord_refuses_are_refused() -> Result<()> {
    let scene = Scene::start().await?;
    let path = format!("/applications/{}/commands", scene.discord.bot());
    let named = |name: &str| json!([{ "name": name, "description": "d" }]);
    scene.bot.put(&path, named("Deal")).await.expect_status(400);
    scene.only_wrong("0/name: ");
    scene.bot.put(&path, named(&"x".repeat(33))).await.expect_status(400);
    scene.only_wrong("0/name: ");
    scene.bot.put(&path, json!([{ "name": "deal" }])).await.expect_status(400);
    scene.only_wrong("0/description: ");
    // A number in a string: Discord's documentation wants it so, and its description does not.
    let guarded = json!([{
        "name": "deal", "description": "d", "default_member_permissions": "32", "type": 1,
    }]);
    let taken = scene.bot.put(&path, guarded).await.expect_status(200);
    assert_eq!(taken[0]["default_member_permissions"], "32");
    let other = scene.bot.put("/applications/5/commands", json!([])).await.expect_status(403);
    assert_eq!(other["code"], 20012);
    scene.all_is_well();
    Ok(())
}
