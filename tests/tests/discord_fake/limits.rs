//! How often Discord may be asked, and what goes wrong on purpose.

use std::time::{Duration, Instant};

use anyhow::Result;
use reqwest::Method;
use serde_json::json;
use tests::harness::discord::{Fault, Limits, Options};

use crate::{Scene, commands, text};

const SEND: &str = "/channels/{channel_id}/messages";

async fn limited(limits: Limits) -> Result<Scene> {
    Scene::start_with(Options { limits: Some(limits), ..Options::default() }).await
}

#[tokio::test]
async fn more_messages_than_a_channel_takes_have_to_wait() -> Result<()> {
    let scene = limited(Limits::default()).await?;
    for left in (0..5).rev() {
        let reply = scene.bot.post(&scene.messages(), text("x")).await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("x-ratelimit-limit"), Some("5"));
        assert_eq!(reply.header("x-ratelimit-remaining"), Some(left.to_string().as_str()));
        assert!(reply.header("x-ratelimit-bucket").is_some_and(|bucket| bucket.len() == 16));
        let after: f64 = reply.header("x-ratelimit-reset-after").unwrap_or_default().parse()?;
        assert!(after > 0.0 && after <= 5.0, "{after}");
        let at: f64 = reply.header("x-ratelimit-reset").unwrap_or_default().parse()?;
        assert!(at > 1_700_000_000.0, "{at}");
    }
    let reply = scene.bot.post(&scene.messages(), text("x")).await;
    assert_eq!(reply.status, 429);
    assert_eq!(reply.header("x-ratelimit-scope"), Some("user"));
    assert_eq!(reply.header("x-ratelimit-remaining"), Some("0"));
    let body = reply.json();
    assert_eq!(body["global"], false);
    assert_eq!(body["message"], "You are being rate limited.");
    let wait = body["retry_after"].as_f64().unwrap_or_default();
    assert!(wait > 0.0 && wait <= 5.0, "{wait}");
    assert_eq!(reply.header("retry-after"), Some(format!("{:.0}", wait.ceil()).as_str()));
    // Another channel is another matter; and after a while, so is this one.
    let other = scene.discord.channel(scene.guild, "other");
    let path = format!("/channels/{other}/messages");
    scene.bot.post(&path, text("x")).await.expect_status(200);
    scene.discord.pass(Duration::from_secs_f64(wait));
    scene.bot.post(&scene.messages(), text("x")).await.expect_status(200);
    assert_eq!((scene.discord.too_many_requests(), scene.discord.invalid_requests()), (1, 1));
    scene.all_is_well();
    Ok(())
}

#[tokio::test]
async fn the_bot_as_a_whole_has_a_limit_that_interactions_are_not_under() -> Result<()> {
    let scene = limited(Limits { global_per_second: 1, ..Limits::default() }).await?;
    let path = format!("/applications/{}/guilds/{}/commands", scene.discord.bot(), scene.guild);
    scene.bot.put(&path, commands()).await.expect_status(200);
    // On a machine that is busy, one second may end between two requests.
    let mut reply = scene.bot.get("/gateway/bot").await;
    for _ in 0..20 {
        if reply.status == 429 {
            break;
        }
        reply = scene.bot.get("/gateway/bot").await;
    }
    assert_eq!(reply.status, 429);
    assert_eq!(reply.header("x-ratelimit-global"), Some("true"));
    assert_eq!(reply.header("x-ratelimit-scope"), Some("global"));
    assert_eq!(reply.json()["global"], true);
    let began = scene.alice.slash(scene.sales, "/deal list", json!({}))?;
    let path = format!("/interactions/{}/{}/callback", began.id(), began.token());
    let answer = json!({ "type": 4, "data": text("none") });
    scene.bot.post(&path, answer).await.expect_status(204);
    assert_eq!(began.answer(Duration::ZERO).await?.content, "none");
    scene.all_is_well();
    Ok(())
}

#[tokio::test]
async fn without_limits_nothing_says_so() -> Result<()> {
    let scene = Scene::start().await?;
    for _ in 0..60 {
        let reply = scene.bot.post(&scene.messages(), text("x")).await;
        assert_eq!((reply.status, reply.header("x-ratelimit-limit")), (200, None));
    }
    scene.all_is_well();
    Ok(())
}

#[tokio::test]
async fn requests_fail_as_often_as_a_test_says() -> Result<()> {
    let scene = Scene::start().await?;
    scene.discord.fail_next(2, "POST", SEND, Fault::Fails(500))?;
    scene.discord.fail_next(1, "POST", SEND, Fault::Fails(502))?;
    let shared = Fault::TooMany { retry_after: Duration::from_millis(1_500), shared: true };
    scene.discord.fail_next(1, "POST", SEND, shared)?;
    let refuses = Fault::Refuses { status: 403, code: 50_013 };
    scene.discord.fail_next(1, "POST", SEND, refuses)?;
    let mut statuses = Vec::new();
    for _ in 0..6 {
        let reply = scene.bot.post(&scene.messages(), text("x")).await;
        if reply.status == 429 {
            assert_eq!(reply.header("x-ratelimit-scope"), Some("shared"));
            assert_eq!(reply.header("retry-after"), Some("2"));
            assert_eq!(reply.json()["retry_after"], 1.5);
        }
        if reply.status == 502 {
            assert!(reply.text.starts_with("<html>"), "no JSON comes from what stands before it");
        }
        statuses.push(reply.status);
    }
    assert_eq!(statuses, [500, 500, 502, 429, 403, 200]);
    assert_eq!((scene.discord.too_many_requests(), scene.discord.invalid_requests()), (1, 1));
    assert_eq!(scene.discord.messages(scene.sales).len(), 1);
    let requests = scene.discord.requests();
    let answered: Vec<_> = requests.iter().filter_map(|request| request.status).collect();
    assert_eq!(answered, statuses);
    assert!(scene.discord.fail_next(1, "POST", "/nowhere", Fault::Hangs).is_err());
    scene.discord.fail_next(9, "POST", SEND, Fault::Fails(503))?;
    scene.discord.heal();
    scene.says(text("x")).await?;
    scene.all_is_well();
    Ok(())
}

#[tokio::test]
async fn a_connection_breaks_before_or_after_the_message_is_there() -> Result<()> {
    let scene = Scene::start().await?;
    let path = scene.messages();
    scene.discord.fail_next(1, "POST", SEND, Fault::BreaksBefore)?;
    assert!(scene.bot.send(Method::POST, &path, Some(text("lost"))).await.is_err());
    assert!(scene.discord.messages(scene.sales).is_empty());
    scene.discord.fail_next(1, "POST", SEND, Fault::BreaksAfter)?;
    assert!(scene.bot.send(Method::POST, &path, Some(text("kept"))).await.is_err());
    let there = scene.discord.messages(scene.sales);
    assert_eq!(there.iter().map(|m| m.content.as_str()).collect::<Vec<_>>(), ["kept"]);
    scene.says(text("well again")).await?;
    let unanswered = scene.discord.requests().iter().filter(|r| r.status.is_none()).count();
    assert_eq!(unanswered, 2);
    scene.all_is_well();
    Ok(())
}

#[tokio::test]
async fn what_hangs_goes_on_when_it_is_let_go() -> Result<()> {
    let scene = Scene::start().await?;
    scene.discord.fail_next(1, "POST", SEND, Fault::Hangs)?;
    let path = scene.messages();
    let said = scene.bot.send(Method::POST, &path, Some(text("at last")));
    let lets_go = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(scene.discord.messages(scene.sales).is_empty());
        scene.discord.let_go();
    };
    let began = Instant::now();
    let (said, ()) = tokio::join!(said, lets_go);
    assert_eq!(said?.status, 200);
    assert!(began.elapsed() >= Duration::from_millis(200));
    scene.all_is_well();
    Ok(())
}
