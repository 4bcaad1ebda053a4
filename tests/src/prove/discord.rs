//! Discord: presses are acknowledged in time whatever else goes on, posts keep to Discord's pace and
//! to their order, and neither a death between “accepted” and “noted” nor a gap of hours loses or
//! repeats anything. Against a Discord of the test's own that is stricter than the real one.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::benchmarks::import;
use crate::claims::{Claim, Claims, Measuring};
use crate::harness::PATIENCE;
use crate::harness::discord::{ChannelId, Discord, Fault, Limits, MessageId, Options, Visible};
use crate::harness::discord_team::DiscordTeam;
use crate::harness::model::{Script, ScriptedModel};
use crate::harness::team::Database;

/// How many press and command in a second, and for how long.
const A_SECOND: usize = 200;
const SECONDS: usize = 30;
/// How many rows are imported meanwhile.
const IMPORTED: usize = 60_000;
/// How many posts go out, to how many channels.
const POSTS: usize = 10_000;
const CHANNELS: usize = 200;
/// How often Tieline dies when Discord has a post and Tieline does not know it.
const KILLS: usize = 200;
/// How much is said while the line is down, in how many channels.
const MISSED: usize = 5_000;
const MISSED_IN: usize = 10;
/// How long it may take until all has arrived.
const LONG: Duration = Duration::from_secs(1_200);

/// Everything that Discord promises and that is heavier than a test.
pub fn discord(claims: &mut Claims) -> Measuring<'_> {
    Box::pin(async move {
        presses(claims).await?;
        posts(claims).await?;
        signed_out(claims).await?;
        for database in [Database::Sqlite, Database::Postgres] {
            kills(claims, database).await?;
            gap(claims, database).await?;
        }
        Ok(())
    })
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn float(number: usize) -> f64 {
    number as f64
}

/// Rules of Discord's and of our own that were broken.
fn well_behaved(claims: &mut Claims, here: &DiscordTeam, when: &str) {
    let broken = here.discord.violations();
    for one in broken.iter().take(5) {
        eprintln!("{one:?}");
    }
    let what = format!("requests against Discord's published rules or ours, {when}");
    claims.add(Claim::exactly(what, count(broken.len()), 0, "requests"));
}

/// Presses and commands while the model hangs and an import keeps the writer busy.
async fn presses(claims: &mut Claims) -> Result<()> {
    let model = ScriptedModel::start(Script::Hangs).await?;
    let more = model.config("openai");
    let here = DiscordTeam::at_work_with(Database::Sqlite, Options::default(), &more).await?;
    let deal = here.team.acme().await;
    let (alice, sales) = (&here.alice, here.sales);
    alice.say(sales, "Acme called; Clara Neumann <clara@initech.example> wants a quote")?;
    let card = here.shown("Acme annual plan").await?;
    // The model is asked, and says nothing.
    alice.slash(sales, "/capture", json!({ "last": 1 }))?.answer(PATIENCE).await?;
    model.wait_asked(1).await?;
    import::begin(&here.team, IMPORTED).await?;

    let menu = card.selects.first().context("a menu")?.clone();
    let mut tick = tokio::time::interval(Duration::from_secs(1) / u32::try_from(A_SECOND)?);
    let mut waiting = JoinSet::new();
    for number in 0..A_SECOND * SECONDS {
        tick.tick().await;
        // The card may be in the middle of a change, in which its menu is another one.
        let pressed = match number % 4 {
            0 => here.discord.visible(card.id).and_then(|card| {
                let option = card.selects.first()?.options.first()?.name.clone();
                alice.select(card.id, &menu.custom_id, &[&option]).ok()
            }),
            1 => alice.slash(sales, "/who", json!({ "name": deal })).ok(),
            2 => alice.slash(sales, "/find", json!({ "what": "acme" })).ok(),
            _ => alice.slash(sales, "/tasks", json!({})).ok(),
        };
        if let Some(pressed) = pressed {
            waiting.spawn(async move { pressed.acknowledged_after().await });
        }
    }
    let asked = waiting.len();
    let mut took = Vec::new();
    while let Some(one) = waiting.join_next().await {
        took.extend(one?.ok());
    }
    took.sort_unstable();
    let in_ms = |at: usize| took.get(at).map_or(f64::INFINITY, |took| took.as_secs_f64() * 1_000.0);
    let told = format!(
        "of {asked} presses and commands, {A_SECOND} a second, while the model hangs and {IMPORTED} \
         rows are imported"
    );
    let never = count(asked - took.len());
    claims.add(Claim::exactly(format!("never acknowledged {told}"), never, 0, "of them"));
    claims.add(Claim::at_most(
        format!("999 of 1000 acknowledged within, {told} (half {:.1} ms)", in_ms(took.len() / 2)),
        in_ms(took.len() * 999 / 1_000),
        500.0,
        "ms",
    ));
    let last = took.len().saturating_sub(1);
    claims.add(Claim::at_most(format!("the slowest {told}"), in_ms(last), 2_500.0, "ms"));
    well_behaved(claims, &here, "under that load");
    Ok(())
}

/// Many posts at once, against limits that are enforced.
async fn posts(claims: &mut Claims) -> Result<()> {
    // All is said at once, and told over minutes.
    let options = Options { events_kept: 2 * POSTS, ..Options::default() };
    let here = DiscordTeam::at_work_with(Database::Sqlite, options, "").await?;
    let mut channels = Vec::new();
    for number in 0..CHANNELS {
        let channel = here.discord.channel(here.guild, &format!("room-{number}"));
        here.bind(&here.alice, channel).await?;
        channels.push(channel);
    }
    here.discord.limit(Some(Limits::default()));
    let (invalid, too_many) = (here.discord.invalid_requests(), here.discord.too_many_requests());
    let asked_before = here.discord.requests().len();
    let began = Instant::now();
    let mut said: BTreeMap<ChannelId, Vec<MessageId>> = BTreeMap::new();
    let words = format!("<@{}> tasks", here.discord.bot());
    for _ in 0..POSTS / CHANNELS {
        for channel in &channels {
            said.entry(*channel).or_default().push(here.alice.say(*channel, &words)?);
        }
    }
    let bot = here.discord.bot();
    let all = |discord: &Discord| {
        let all = channels.iter().flat_map(|channel| discord.messages(*channel));
        all.filter(|said| said.author_id == bot && said.reply_to.is_some()).count() >= POSTS
    };
    let arrived = here.discord.wait_until("all is answered", all, LONG).await;
    let took = began.elapsed();
    if let Err(error) = arrived {
        eprintln!("{error:#}\n{}", here.log());
    }
    let answered = channels.iter().map(|one| (*one, answers(&here, *one))).collect::<Vec<_>>();
    let shown = answered.iter().map(|(_, all)| all.len()).sum::<usize>();
    let what = format!("posts of {POSTS} that were shown, in {CHANNELS} channels");
    claims.add(Claim::exactly(what, count(shown), count(POSTS), "posts"));
    let disordered = answered.iter().filter(|(channel, all)| said.get(channel) != Some(all));
    let what = "channels in which they stand in another order";
    claims.add(Claim::exactly(what, count(disordered.count()), 0, "channels"));
    let refused = here.discord.too_many_requests() - too_many;
    let asked = here.discord.requests().len() - asked_before;
    claims.add(Claim::at_most(
        format!("of {asked} requests, refused for being too fast"),
        f64::from(refused) * 100.0 / float(asked),
        0.1,
        "%",
    ));
    let minutes = took.as_secs_f64() / 600.0;
    claims.add(Claim::at_most(
        "requests that count towards a ban, in ten minutes",
        f64::from(here.discord.invalid_requests() - invalid) / minutes.max(1.0),
        50.0,
        "requests",
    ));
    claims.add(Claim::new(
        "all of that took",
        format!("{:.0} s", took.as_secs_f64()),
        "told, without a goal; 50 a second are allowed",
        true,
    ));
    well_behaved(claims, &here, "at that pace");
    Ok(())
}

/// What the bot answered in a channel, by what it answers, in the order in which it stands there.
fn answers(here: &DiscordTeam, channel: ChannelId) -> Vec<MessageId> {
    let bot = here.discord.bot();
    let all = here.discord.messages(channel).into_iter();
    all.filter(|said| said.author_id == bot).filter_map(|said| said.reply_to).collect()
}

/// A token that is none any more.
async fn signed_out(claims: &mut Claims) -> Result<()> {
    let here = DiscordTeam::at_work(Database::Sqlite).await?;
    here.discord.revoke_token();
    tokio::time::sleep(Duration::from_secs(3)).await;
    let before = here.discord.invalid_requests();
    here.alice.say(here.sales, "Acme called")?;
    tokio::time::sleep(Duration::from_secs(10)).await;
    let after = here.discord.invalid_requests() - before;
    let what = "requests with a token that was revoked, in the ten seconds after it was noticed";
    claims.add(Claim::exactly(what, u64::from(after), 0, "requests"));
    let log = here.team.tieline.log_text();
    claims.add(Claim::new(
        "it says so, and what to do",
        if log.contains("does not accept the bot's token") { "said" } else { "not said" },
        "said",
        log.contains("Reset the token"),
    ));
    Ok(())
}

/// Deaths between Discord's having a post and Tieline's knowing it.
async fn kills(claims: &mut Claims, database: Database) -> Result<()> {
    let mut here = DiscordTeam::at_work(database).await?;
    let deal = here.team.acme().await;
    let route = "/channels/{channel_id}/messages";
    let words = format!("<@{}> who {deal}", here.discord.bot());
    let mut asked = Vec::new();
    let began = Instant::now();
    for _ in 0..KILLS {
        // Discord takes the post, and its answer is lost.
        here.discord.fail_next(1, "POST", route, Fault::BreaksAfter)?;
        let said = here.alice.say(here.sales, &words)?;
        asked.push(said);
        let is_there = |shown: &Visible| shown.reply_to == Some(said);
        let shown = here.discord.wait_for(here.sales, is_there, PATIENCE).await;
        shown.with_context(|| here.log())?;
        here.team.tieline.kill9()?;
        here.discord.heal();
        here.team.tieline.start().await?;
        here.discord.wait_connected(PATIENCE).await?;
    }
    // The last one is tried again, too.
    tokio::time::sleep(Duration::from_secs(5)).await;
    let all = answers(&here, here.sales);
    let seen = all.iter().collect::<BTreeSet<_>>();
    let missing = asked.iter().filter(|one| !seen.contains(one)).count();
    let twice = all.len() - seen.len();
    let told = format!("of {KILLS} posts that Discord had when Tieline died, on {database:?}");
    claims.add(Claim::exactly(format!("missing {told}"), count(missing), 0, "posts"));
    claims.add(Claim::exactly(format!("shown twice {told}"), count(twice), 0, "posts"));
    claims.add(Claim::new(
        "that took",
        format!("{:.0} s", began.elapsed().as_secs_f64()),
        "told, without a goal",
        true,
    ));
    well_behaved(claims, &here, &format!("with {KILLS} deaths, on {database:?}"));
    Ok(())
}

/// Hours without a line, and a session that is not there any more.
async fn gap(claims: &mut Claims, database: Database) -> Result<()> {
    let mut here = DiscordTeam::at_work(database).await?;
    here.team.acme().await;
    let mut channels = vec![here.sales];
    for number in 1..MISSED_IN {
        let channel = here.discord.channel(here.guild, &format!("room-{number}"));
        here.bind(&here.alice, channel).await?;
        channels.push(channel);
    }
    let mut said = Vec::new();
    for channel in &channels {
        said.push(here.alice.say(*channel, "Acme, before")?);
    }
    wait_for_mentions(&here, said.len()).await?;
    here.discord.go_down().await;
    here.discord.pass(Duration::from_secs(3_600));
    for number in 0..MISSED {
        let channel = channels[number % channels.len()];
        said.push(here.alice.say(channel, &format!("Acme, missed {number}"))?);
    }
    here.discord.pass(Duration::from_secs(3_600));
    here.discord.forget_sessions();
    here.discord.come_back().await?;
    let began = Instant::now();
    here.discord.wait_connected(4 * PATIENCE).await.with_context(|| here.log())?;
    let heard = wait_for_mentions(&here, said.len()).await?;
    let wanted = said.iter().map(ToString::to_string).collect::<BTreeSet<_>>();
    let seen = heard.iter().cloned().collect::<BTreeSet<_>>();
    let told = format!("of {MISSED} messages of a gap of two hours, on {database:?}");
    let lost = wanted.difference(&seen).count();
    claims.add(Claim::exactly(format!("lost {told}"), count(lost), 0, "messages"));
    let twice = heard.len() - seen.len();
    claims.add(Claim::exactly(format!("taken in twice {told}"), count(twice), 0, "messages"));
    claims.add(Claim::new(
        "reading them took",
        format!("{:.1} s", began.elapsed().as_secs_f64()),
        "told, without a goal",
        true,
    ));
    well_behaved(claims, &here, &format!("after the gap, on {database:?}"));
    Ok(())
}

/// Waits until so many messages that name Acme are on its timeline, or nothing more comes.
async fn wait_for_mentions(here: &DiscordTeam, wanted: usize) -> Result<Vec<String>> {
    let began = Instant::now();
    loop {
        let heard = mentions(here).await?;
        if heard.len() >= wanted || began.elapsed() > LONG {
            return Ok(heard);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// The messages in which Acme was named, as its timeline has them.
async fn mentions(here: &DiscordTeam) -> Result<Vec<String>> {
    let mut all = Vec::new();
    let mut before = String::new();
    loop {
        let path = format!("/api/v1/records/COM-1/timeline?kind=mention&limit=200{before}");
        let page = here.team.rosa.get(&path).await.expect_status(200);
        let mentions = page["interactions"].as_array().context("a list")?;
        let message = |one: &Value| one["source"]["message"].as_str().unwrap_or("?").to_owned();
        all.extend(mentions.iter().map(message));
        match page["next"].as_str() {
            Some(next) => before = format!("&before={next}"),
            None => return Ok(all),
        }
    }
}
