//! The gateway: who is let in, what each is told, and how a session goes on.

use std::time::Duration;

use anyhow::Result;
use serde_json::json;
use tests::harness::PATIENCE;
use tests::harness::discord::{Options, Permission, intents};

use crate::socket::{Came, Socket, USUAL};
use crate::{Scene, text};

#[tokio::test]
async fn a_client_that_identifies_is_told_its_guilds() -> Result<()> {
    let scene = Scene::start().await?;
    let gateway = scene.bot.get("/gateway/bot").await.expect_status(200);
    assert_eq!(gateway["url"], scene.discord.gateway_url());
    let (mut socket, ready) = Socket::ready(&scene, USUAL).await?;
    assert_eq!(ready["s"], 1);
    let guild = &ready["d"]["guilds"][0];
    assert_eq!(*guild, json!({ "id": scene.guild, "unavailable": true }));
    assert_eq!(ready["d"]["shard"], json!([0, 1]));
    let guild = socket.event("GUILD_CREATE").await?;
    assert_eq!(guild["d"]["name"], "Northwind");
    assert_eq!(guild["d"]["channels"][0]["name"], "sales");
    assert_eq!(guild["d"]["members"].as_array().map(Vec::len), Some(3));
    socket.send(1, guild["s"].clone()).await?;
    assert_eq!(socket.payload().await?["op"], 11);
    let said = scene.alice.say(scene.sales, "hello")?;
    let told = socket.event("MESSAGE_CREATE").await?;
    assert_eq!(told["s"], 3);
    assert_eq!(told["d"]["id"], json!(said));
    assert_eq!(told["d"]["content"], "hello");
    assert_eq!(told["d"]["guild_id"], json!(scene.guild));
    assert!(told["d"]["member"]["joined_at"].is_string());
    scene.alice.edit(said, "hello all")?;
    assert_eq!(socket.event("MESSAGE_UPDATE").await?["d"]["content"], "hello all");
    scene.alice.delete(said)?;
    assert_eq!(socket.event("MESSAGE_DELETE").await?["d"]["id"], json!(said));
    assert_eq!(scene.discord.identified(), 1);
    let limit = &scene.bot.get("/gateway/bot").await.expect_status(200)["session_start_limit"];
    assert_eq!(limit["remaining"], 999);
    scene.all_is_well();
    Ok(())
}

#[tokio::test]
async fn who_is_not_let_in_is_told_why_by_a_code() -> Result<()> {
    let granted = Options { privileges: intents::MESSAGE_CONTENT, ..Options::default() };
    let scene = Scene::start_with(granted).await?;
    let token = scene.discord.token();
    let members = intents::GUILD_MEMBERS;
    for (token, intents, shard, code) in [
        ("wrong", USUAL, (0, 1), 4004),
        ("Bot wrong", USUAL, (0, 1), 4004),
        (token.as_str(), USUAL | members, (0, 1), 4014),
        (token.as_str(), 1 << 40, (0, 1), 4013),
        (token.as_str(), USUAL, (1, 1), 4010),
        (token.as_str(), USUAL, (1, 2), 4011),
    ] {
        scene.discord.need_shards(if code == 4011 { 3 } else { 1 });
        let mut socket = Socket::open(&scene).await?;
        socket.identify(token, intents, shard).await?;
        assert_eq!(socket.closed().await?, code, "{intents}, {shard:?}");
    }
    scene.discord.need_shards(1);
    let mut socket = Socket::open(&scene).await?;
    socket.identify(&format!("Bot {token}"), USUAL, (0, 1)).await?;
    socket.event("READY").await?;
    assert_eq!(scene.wrong(), [""; 0], "a wrong token is nobody's mistake in what was sent");
    let mut socket = Socket::open_with(&scene, "v=9").await?;
    assert_eq!(socket.closed().await?, 4012);
    Ok(())
}

#[tokio::test]
async fn what_no_client_sends_closes_the_socket_and_is_written_down() -> Result<()> {
    let scene = Scene::start().await?;
    let long = "x".repeat(5_000);
    for (op, data, code, what) in [
        (99, json!(null), 4001, "there is no operation 99"),
        (8, json!({ "guild_id": "1" }), 4003, "before it identified"),
        (2, json!({ "token": 5 }), 4002, "a token and intents"),
        (6, json!({ "token": "x" }), 4002, "a seq are needed"),
        (1, json!(long), 4002, "at most 4,096 bytes"),
    ] {
        let mut socket = Socket::open(&scene).await?;
        socket.send(op, data).await?;
        assert_eq!(socket.closed().await?, code);
        scene.only_wrong(what);
    }
    let (mut socket, _) = Socket::ready(&scene, 0).await?;
    socket.identify(&scene.discord.token(), 0, (0, 1)).await?;
    assert_eq!(socket.closed().await?, 4005);
    scene.only_wrong("identified before");
    let (mut socket, _) = Socket::ready(&scene, 0).await?;
    for _ in 0..120 {
        socket.send(1, json!(1)).await?;
    }
    let closed = loop {
        match socket.next().await? {
            Came::Payload(payload) => assert_eq!(payload["op"], 11),
            other => break other,
        }
    };
    assert_eq!(closed, Came::Closed(4008));
    scene.only_wrong("more than 120 payloads");
    Ok(())
}

#[tokio::test]
async fn a_client_without_heartbeats_is_closed() -> Result<()> {
    let quick = Options { heartbeat: Duration::from_millis(50), ..Options::default() };
    let scene = Scene::start_with(quick).await?;
    let (mut socket, _) = Socket::ready(&scene, 0).await?;
    assert_eq!(socket.closed().await?, 4009);
    scene.only_wrong("no heartbeat");
    Ok(())
}

#[tokio::test]
async fn a_session_that_resumes_is_told_what_it_missed() -> Result<()> {
    let scene = Scene::start().await?;
    let (mut socket, ready) = Socket::ready(&scene, USUAL).await?;
    socket.event("GUILD_CREATE").await?;
    scene.alice.say(scene.sales, "one")?;
    let seen = socket.event("MESSAGE_CREATE").await?["s"].clone();
    socket.drop_line();
    scene.alice.say(scene.sales, "two")?;
    scene.alice.say(scene.sales, "three")?;
    let mut socket = Socket::open(&scene).await?;
    socket.resume(&scene, &ready["d"]["session_id"], &seen).await?;
    assert_eq!(socket.event("MESSAGE_CREATE").await?["d"]["content"], "two");
    assert_eq!(socket.event("MESSAGE_CREATE").await?["d"]["content"], "three");
    let resumed = socket.event("RESUMED").await?;
    assert_eq!(resumed["s"], 6);
    scene.alice.say(scene.sales, "four")?;
    assert_eq!(socket.event("MESSAGE_CREATE").await?["d"]["content"], "four");
    assert_eq!((scene.discord.identified(), scene.discord.resumed()), (1, 1));
    scene.all_is_well();
    Ok(())
}

#[tokio::test]
async fn a_session_is_invalid_when_it_is_unknown_or_missed_too_much() -> Result<()> {
    let few = Options { events_kept: 3, ..Options::default() };
    let scene = Scene::start_with(few).await?;
    let (socket, ready) = Socket::ready(&scene, USUAL).await?;
    let session = &ready["d"]["session_id"];
    socket.drop_line();
    let mut socket = Socket::open(&scene).await?;
    socket.resume(&scene, session, &json!(99)).await?;
    assert_eq!(socket.closed().await?, 4007);
    for number in 0..4 {
        scene.alice.say(scene.sales, &format!("{number}"))?;
    }
    for session in [session, &json!("unknown")] {
        let mut socket = Socket::open(&scene).await?;
        socket.resume(&scene, session, &json!(1)).await?;
        let invalid = socket.payload().await?;
        assert_eq!((&invalid["op"], &invalid["d"]), (&json!(9), &json!(false)));
        // It may begin anew on the same connection.
        socket.identify(&scene.discord.token(), USUAL, (0, 1)).await?;
        socket.event("READY").await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_test_can_ask_to_reconnect_invalidate_close_and_drop() -> Result<()> {
    let scene = Scene::start().await?;
    let (mut socket, ready) = Socket::ready(&scene, 0).await?;
    scene.discord.ask_to_reconnect();
    assert_eq!(socket.payload().await?["op"], 7);
    scene.discord.invalidate_sessions(true);
    let invalid = socket.payload().await?;
    assert_eq!((&invalid["op"], &invalid["d"]), (&json!(9), &json!(true)));
    socket.drop_line();
    let mut socket = Socket::open(&scene).await?;
    socket.resume(&scene, &ready["d"]["session_id"], &json!(1)).await?;
    socket.event("RESUMED").await?;
    scene.discord.invalidate_sessions(false);
    assert_eq!(socket.payload().await?["d"], json!(false));
    let mut again = Socket::open(&scene).await?;
    again.resume(&scene, &ready["d"]["session_id"], &json!(1)).await?;
    assert_eq!(again.payload().await?["op"], 9);
    let (mut socket, _) = Socket::ready(&scene, 0).await?;
    scene.discord.close_connections(4000, "Unknown error.");
    assert_eq!(socket.closed().await?, 4000);
    let (mut socket, _) = Socket::ready(&scene, 0).await?;
    scene.discord.drop_connections();
    assert_eq!(socket.next().await?, Came::Gone);
    let (mut socket, _) = Socket::ready(&scene, 0).await?;
    scene.discord.ignore_heartbeats(true);
    socket.send(1, json!(1)).await?;
    assert!(socket.is_quiet().await);
    Ok(())
}

#[tokio::test]
async fn identifying_too_often_is_refused_where_that_is_enforced() -> Result<()> {
    let pause = Some(Duration::from_secs(5));
    let scene = Scene::start_with(Options { identify_pause: pause, ..Options::default() }).await?;
    let _first = Socket::ready(&scene, 0).await?;
    let mut socket = Socket::open(&scene).await?;
    socket.identify(&scene.discord.token(), 0, (0, 1)).await?;
    let invalid = socket.payload().await?;
    assert_eq!((&invalid["op"], &invalid["d"]), (&json!(9), &json!(false)));
    scene.only_wrong("sooner after the one before");
    scene.discord.pass(Duration::from_secs(6));
    socket.identify(&scene.discord.token(), 0, (0, 1)).await?;
    socket.event("READY").await?;
    Ok(())
}

#[tokio::test]
async fn words_are_hidden_from_who_may_not_read_them() -> Result<()> {
    let scene = Scene::start().await?;
    let (mut blind, _) = Socket::ready(&scene, USUAL & !intents::MESSAGE_CONTENT).await?;
    blind.event("GUILD_CREATE").await?;
    let secret = scene.alice.say_with(scene.sales, "secret", &["offer.pdf"])?;
    let told = blind.event("MESSAGE_CREATE").await?["d"].clone();
    assert_eq!((&told["content"], &told["attachments"]), (&json!(""), &json!([])));
    scene.alice.forward(secret, scene.sales)?;
    let told = blind.event("MESSAGE_CREATE").await?["d"].clone();
    assert_eq!(told["message_snapshots"][0]["message"]["content"], "");
    let bot = scene.discord.bot();
    scene.alice.say(scene.sales, &format!("<@{bot}> and this?"))?;
    let told = blind.event("MESSAGE_CREATE").await?["d"].clone();
    assert_eq!(told["content"], format!("<@{bot}> and this?"));
    let own = scene.says(text("mine")).await?;
    assert_eq!(blind.event("MESSAGE_CREATE").await?["d"]["content"], "mine");
    scene.alice.reply(own, "thanks")?;
    let told = blind.event("MESSAGE_CREATE").await?["d"].clone();
    assert_eq!(told["content"], "thanks", "a reply mentions whom it answers");
    assert_eq!(told["referenced_message"]["content"], "mine");
    scene.alice.say(scene.alice.direct(), "for you")?;
    let told = blind.event("MESSAGE_CREATE").await?["d"].clone();
    assert_eq!(told["content"], "for you");
    assert!(told.get("guild_id").is_none());
    // Over HTTP it is the application that may read or not.
    let path = format!("{}/{secret}", scene.messages());
    assert_eq!(scene.bot.get(&path).await.expect_status(200)["content"], "secret");
    scene.discord.grant(0);
    assert_eq!(scene.bot.get(&path).await.expect_status(200)["content"], "");
    scene.all_is_well();
    Ok(())
}

#[tokio::test]
async fn each_shard_and_each_intent_is_told_its_own() -> Result<()> {
    let scene = Scene::start().await?;
    let of = |guild: u64| (guild >> 22) % 2;
    let mut sockets = Vec::new();
    for shard in 0..2 {
        let mut socket = Socket::open(&scene).await?;
        socket.identify(&scene.discord.token(), USUAL, (shard, 2)).await?;
        socket.event("READY").await?;
        if of(scene.guild.0) == shard {
            socket.event("GUILD_CREATE").await?;
        }
        sockets.push(socket);
    }
    scene.alice.say(scene.sales, "hello")?;
    let own = usize::try_from(of(scene.guild.0))?;
    sockets[own].event("MESSAGE_CREATE").await?;
    assert!(sockets[1 - own].is_quiet().await);
    scene.alice.say(scene.alice.direct(), "hello")?;
    sockets[0].event("MESSAGE_CREATE").await?;
    assert!(sockets[1].is_quiet().await);
    let (mut deaf, ready) = Socket::ready(&scene, 0).await?;
    assert_eq!(ready["d"]["guilds"].as_array().map(Vec::len), Some(1));
    scene.alice.say(scene.sales, "hello")?;
    assert!(deaf.is_quiet().await);
    Ok(())
}

#[tokio::test]
async fn what_the_bot_may_not_see_it_is_not_told() -> Result<()> {
    let scene = Scene::start().await?;
    let (mut socket, _) = Socket::ready(&scene, USUAL | intents::GUILD_MEMBERS).await?;
    socket.event("GUILD_CREATE").await?;
    scene.discord.take_away(scene.sales, Permission::ViewChannel)?;
    let told = socket.event("CHANNEL_UPDATE").await?["d"].clone();
    assert_eq!(told["permission_overwrites"][0]["deny"], "1024");
    scene.alice.say(scene.sales, "between us")?;
    assert!(socket.is_quiet().await);
    let refused = scene.bot.get(&scene.messages()).await.expect_status(403);
    assert_eq!(refused["code"], 50001);
    scene.discord.give_back(scene.sales, Permission::ViewChannel)?;
    socket.event("CHANNEL_UPDATE").await?;
    let bob = scene.discord.member(scene.guild, "bob");
    assert_eq!(socket.event("GUILD_MEMBER_ADD").await?["d"]["user"]["username"], "bob");
    bob.leave(scene.guild)?;
    socket.event("GUILD_MEMBER_REMOVE").await?;
    scene.discord.guild_outage(scene.guild, true)?;
    assert_eq!(socket.event("GUILD_DELETE").await?["d"]["unavailable"], true);
    scene.discord.guild_outage(scene.guild, false)?;
    socket.event("GUILD_CREATE").await?;
    scene.discord.delete_channel(scene.sales)?;
    socket.event("CHANNEL_DELETE").await?;
    scene.discord.remove_bot(scene.guild)?;
    let gone = socket.event("GUILD_DELETE").await?;
    assert_eq!(gone["d"], json!({ "id": scene.guild }));
    let path = format!("/guilds/{}", scene.guild);
    assert_eq!(scene.bot.get(&path).await.expect_status(403)["code"], 50001);
    scene.discord.add_bot(scene.guild);
    socket.event("GUILD_CREATE").await?;
    scene.all_is_well();
    Ok(())
}

#[tokio::test]
async fn all_of_discord_goes_down_and_comes_back() -> Result<()> {
    let mut scene = Scene::start().await?;
    let (mut socket, ready) = Socket::ready(&scene, USUAL).await?;
    socket.event("GUILD_CREATE").await?;
    scene.discord.go_down().await;
    assert_eq!(socket.next().await?, Came::Gone);
    assert!(Socket::open(&scene).await.is_err());
    scene.alice.say(scene.sales, "are you there?")?;
    scene.discord.come_back().await?;
    let mut socket = Socket::open(&scene).await?;
    socket.resume(&scene, &ready["d"]["session_id"], &json!(2)).await?;
    assert_eq!(socket.event("MESSAGE_CREATE").await?["d"]["content"], "are you there?");
    scene.discord.wait_connected(PATIENCE).await?;
    scene.all_is_well();
    Ok(())
}

#[tokio::test]
async fn a_revoked_token_is_worth_nothing() -> Result<()> {
    let scene = Scene::start().await?;
    let (mut socket, ready) = Socket::ready(&scene, 0).await?;
    let old = scene.discord.token();
    let fresh = scene.discord.revoke_token();
    assert_eq!(socket.closed().await?, 4004);
    assert_eq!(scene.bot.get("/users/@me").await.expect_status(401)["code"], 0);
    assert_eq!(scene.discord.invalid_requests(), 1);
    let mut socket = Socket::open(&scene).await?;
    let data = json!({ "token": old, "session_id": ready["d"]["session_id"], "seq": 1 });
    socket.send(6, data).await?;
    assert_eq!(socket.closed().await?, 4004);
    let bot = scene.bot.with_header("authorization", &format!("Bot {fresh}"));
    bot.get("/users/@me").await.expect_status(200);
    scene.all_is_well();
    Ok(())
}
