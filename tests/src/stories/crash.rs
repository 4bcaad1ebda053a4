//! The crash story: Tieline is killed at random moments while messages arrive, and afterwards
//! every message counts once and every card stands once.
//!
//! The judge asks the API and the homeserver, not the program's own word. Power cuts are not
//! told here: a killed process loses no page of the file cache.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::harness::api::Api;
use crate::harness::matrix_team::MatrixTeam;
use crate::harness::team::{Database, Room, Team, card_titles};
use crate::harness::tieline::Tieline;

/// How long what was acknowledged gets to be handled at the end.
const SETTLE: Duration = Duration::from_secs(180);

/// What is to happen.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Where everything is kept.
    pub database: Database,
    /// How many messages arrive.
    pub messages: usize,
    /// How often Tieline is killed.
    pub kills: usize,
    /// How many customers the messages name, in turn.
    pub customers: usize,
    /// The longest that Tieline lives between two kills.
    pub life_max: Duration,
    /// Where chance begins; the same seed kills after the same times.
    pub seed: u64,
}

/// What came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Toll {
    /// How often it was killed.
    pub kills: usize,
    /// How many messages were acknowledged.
    pub acknowledged: usize,
    /// How many of these left nothing on a timeline.
    pub lost: usize,
    /// How many interactions there are beyond one for each message.
    pub repeated_interactions: usize,
    /// How many customers have no card though they were named.
    pub missing_cards: usize,
    /// How many cards there are beyond one for each customer.
    pub repeated_cards: usize,
}

/// Tells the story in the built-in chat.
///
/// # Errors
/// When a server fails, or what was acknowledged is not handled in the end.
pub async fn in_the_built_in_chat(plan: Plan) -> Result<Toll> {
    let mut team = Team::start(plan.database).await?;
    let room = team.room("sales").await;
    let customers = customers(&team, plan.customers).await?;
    let pace = Arc::new(Semaphore::new(0));
    let sent = Arc::new(AtomicUsize::new(0));
    let path = format!("/api/v1/chat/places/{}/messages", room.name);
    let sender = {
        let (api, pace, customers) = (team.rosa.clone(), pace.clone(), customers.clone());
        let sent = sent.clone();
        tokio::spawn(async move {
            for number in 0..plan.messages {
                pace.acquire().await?.forget();
                let body = json!({
                    "id": format!("message-{number:06}"),
                    "text": words(number, &customers),
                });
                // A sender that hears nothing asks again, with the same id.
                let began = Instant::now();
                loop {
                    match api.send(Method::POST, &path, Some(body.clone())).await {
                        Ok(reply) if reply.status == 202 => break,
                        _ if began.elapsed() > SETTLE => bail!("message {number} is not taken"),
                        _ => tokio::time::sleep(Duration::from_millis(15)).await,
                    }
                }
                sent.fetch_add(1, Ordering::Relaxed);
            }
            Ok(plan.messages)
        })
    };
    let kills = kill_again_and_again(&mut team, plan, &pace, &sent).await?;
    let acknowledged = sender.await??;
    let counted = settled(&team, &customers, acknowledged, 1, &room_of(&room)).await?;
    Ok(Toll { kills, acknowledged, ..counted })
}

/// Tells the story in a Matrix room, against a real homeserver. `program` takes the place of
/// the built `tieline`, for one with a planted mistake.
///
/// # Errors
/// When a server fails, or what was acknowledged is not handled in the end.
pub async fn in_a_matrix_room(plan: Plan, program: Option<std::path::PathBuf>) -> Result<Toll> {
    let mut here =
        MatrixTeam::start_with(plan.database, false, &["--unlinked", "read"], program).await?;
    let code = here.team.bind_code().await;
    here.alice.say(&here.room, &format!("!t bind {code}")).await?;
    here.answer("belongs to Northwind").await?;
    let customers = customers(&here.team, plan.customers).await?;
    let bob = here.synapse.register("bob").await?;
    here.alice.invite(&here.room, &bob.user_id).await?;
    let matrix = here.synapse.api().with_token(&bob.access_token);
    matrix
        .post(&format!("/_matrix/client/v3/join/{}", here.room), json!({}))
        .await
        .expect_status(200);
    let pace = Arc::new(Semaphore::new(0));
    let sent = Arc::new(AtomicUsize::new(0));
    let sender = {
        let (matrix, pace, customers) = (matrix.clone(), pace.clone(), customers.clone());
        let (room, sent) = (here.room.clone(), sent.clone());
        tokio::spawn(async move {
            for number in 0..plan.messages {
                pace.acquire().await?.forget();
                let path =
                    format!("/_matrix/client/v3/rooms/{room}/send/m.room.message/crash{number}");
                let body = json!({ "msgtype": "m.text", "body": words(number, &customers) });
                matrix.put_until_answered(&path, body).await?.expect_status(200);
                sent.fetch_add(1, Ordering::Relaxed);
            }
            anyhow::Ok(plan.messages)
        })
    };
    let kills = kill_again_and_again(&mut here.team, plan, &pace, &sent).await;
    let kills = kills.with_context(|| here.synapse.state())?;
    let acknowledged = sender.await??;
    let shown = Shown::Matrix { api: matrix, room: here.room.clone(), bot: here.bot.clone() };
    let counted = settled(&here.team, &customers, acknowledged, 1, &shown).await?;
    Ok(Toll { kills, acknowledged, ..counted })
}

/// Kills Tieline and starts it again, and lets a share of the messages go in each life.
async fn kill_again_and_again(
    team: &mut Team,
    plan: Plan,
    pace: &Semaphore,
    sent: &AtomicUsize,
) -> Result<usize> {
    let mut chance = plan.seed | 1;
    let mut given: usize = 0;
    for kill in 0..plan.kills {
        let due = plan.messages * (kill + 1) / plan.kills;
        // Kills come while messages do: a slow network must not be left behind.
        let lag = 4 * plan.messages / plan.kills;
        wait_for(sent, given.saturating_sub(lag), &team.tieline).await?;
        pace.add_permits(due - given);
        given = due;
        // A xorshift: the moments need to be spread, not secret.
        chance ^= chance << 13;
        chance ^= chance >> 7;
        chance ^= chance << 17;
        let span = u64::try_from(plan.life_max.as_millis())?;
        tokio::time::sleep(Duration::from_millis(10 + chance % span)).await;
        team.tieline.kill9()?;
        team.tieline.start_without_waiting()?;
    }
    team.tieline.wait_until_ready(SETTLE).await?;
    wait_for(sent, plan.messages, &team.tieline).await?;
    Ok(plan.kills)
}

/// Waits until so many messages were sent, however slow the network is, as long as it takes any.
async fn wait_for(sent: &AtomicUsize, many: usize, tieline: &Tieline) -> Result<()> {
    let (mut seen, mut moved) = (0, Instant::now());
    while seen < many {
        let now = sent.load(Ordering::Relaxed);
        if now > seen {
            (seen, moved) = (now, Instant::now());
        }
        if moved.elapsed() > SETTLE {
            let log = tail(&tieline.log_text());
            bail!("only {seen} messages could be sent; the log ends:\n{log}");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// Where cards are counted.
enum Shown {
    /// In a room of the built-in chat.
    Chat { room: String },
    /// In a Matrix room, as the homeserver tells it.
    Matrix { api: Api, room: String, bot: String },
}

fn room_of(room: &Room) -> Shown {
    Shown::Chat { room: room.name.clone() }
}

/// Waits until everything is handled, and counts. What is lost does not come, so the wait ends
/// when nothing has moved for a while.
async fn settled(
    team: &Team,
    customers: &[Customer],
    messages: usize,
    each: usize,
    shown: &Shown,
) -> Result<Toll> {
    let began = Instant::now();
    let mut last = (Toll::default(), Instant::now());
    loop {
        let toll = count(team, customers, messages, each, shown).await?;
        let clean = Toll::default();
        if toll == clean || began.elapsed() > SETTLE {
            return Ok(toll);
        }
        if toll != last.0 {
            last = (toll, Instant::now());
        } else if last.1.elapsed() > Duration::from_secs(20) {
            return Ok(toll);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

async fn count(
    team: &Team,
    customers: &[Customer],
    messages: usize,
    each: usize,
    shown: &Shown,
) -> Result<Toll> {
    let mut heard: BTreeMap<String, usize> = BTreeMap::new();
    for customer in customers {
        let mut before = String::new();
        loop {
            let path = format!("/api/v1/records/{}/timeline?limit=200{before}", customer.key);
            let page = team.rosa.get(&path).await.expect_status(200);
            for interaction in page["interactions"].as_array().into_iter().flatten() {
                if interaction["kind"] == "mention"
                    && let Some(message) = interaction["source"]["message"].as_str()
                {
                    *heard.entry(message.to_owned()).or_default() += 1;
                }
            }
            match page["next"].as_str() {
                Some(next) => before = format!("&before={next}"),
                None => break,
            }
        }
    }
    let mut cards: BTreeMap<String, usize> = BTreeMap::new();
    for title in shown.card_titles(team).await? {
        *cards.entry(title).or_default() += 1;
    }
    let named = messages.min(customers.len());
    let carded = cards.keys().collect::<BTreeSet<_>>().len();
    Ok(Toll {
        kills: 0,
        acknowledged: 0,
        lost: messages.saturating_sub(heard.len()),
        repeated_interactions: heard.values().map(|times| times.saturating_sub(each)).sum(),
        missing_cards: named.saturating_sub(carded),
        repeated_cards: cards.values().map(|times| times.saturating_sub(1)).sum(),
    })
}

impl Shown {
    /// The title of each card that stands in the room, once for each card.
    async fn card_titles(&self, team: &Team) -> Result<Vec<String>> {
        let mut titles = Vec::new();
        match self {
            Self::Chat { room } => {
                let mut before = String::new();
                loop {
                    let path = format!("/api/v1/chat/places/{room}/messages?limit=200{before}");
                    let page = team.rosa.get(&path).await.expect_status(200);
                    for message in page["messages"].as_array().into_iter().flatten() {
                        titles.extend(card_titles(message).into_iter().map(str::to_owned));
                    }
                    match page["next"].as_str() {
                        Some(next) => before = format!("&before={next}"),
                        None => return Ok(titles),
                    }
                }
            }
            Self::Matrix { api, room, bot } => {
                let mut from = String::new();
                loop {
                    let path =
                        format!("/_matrix/client/v3/rooms/{room}/messages?dir=b&limit=500{from}");
                    let page = api.get(&path).await.expect_status(200);
                    let chunk = page["chunk"].as_array().context("a page has events")?;
                    for event in chunk {
                        if event["sender"] == bot.as_str()
                            && event["type"] == "m.room.message"
                            && event["content"]["m.relates_to"]["rel_type"] != "m.replace"
                        {
                            titles.extend(card_in_text(&event["content"]["body"]));
                        }
                    }
                    match page["end"].as_str() {
                        Some(end) if !chunk.is_empty() => from = format!("&from={end}"),
                        _ => return Ok(titles),
                    }
                }
            }
        }
    }
}

/// The title of the card that a text shows: what stands before "(Company · COM-7)".
fn card_in_text(body: &Value) -> Option<String> {
    let line = body.as_str()?.lines().find(|line| line.contains("(Company · COM-"))?;
    Some(line.split(" (Company").next()?.trim().to_owned())
}

/// A customer that messages name.
#[derive(Debug, Clone)]
struct Customer {
    name: String,
    key: String,
}

async fn customers(team: &Team, count: usize) -> Result<Vec<Customer>> {
    let mut customers = Vec::new();
    for number in 0..count {
        let name = name(number);
        let record = team.record(json!({ "blueprint": "company", "title": name })).await;
        let key = record["key"].as_str().context("a record has a key")?.to_owned();
        customers.push(Customer { name, key });
    }
    Ok(customers)
}

fn words(number: usize, customers: &[Customer]) -> String {
    let name = &customers[number % customers.len()].name;
    format!("call {number}: {name} asked about delivery")
}

/// A made-up name that is no word of any language we know: "Bakelo Werke 12" without the digits.
pub fn name(number: usize) -> String {
    const HEADS: [&str; 20] = [
        "Ba", "Ce", "Di", "Fo", "Gu", "Ha", "Je", "Ki", "Lo", "Mu", "Na", "Pe", "Qui", "Ro", "Su",
        "Ta", "Ve", "Wi", "Xo", "Zu",
    ];
    const TAILS: [&str; 20] = [
        "bar", "con", "dex", "fil", "gor", "hun", "jan", "kel", "lim", "mor", "nax", "pol", "qed",
        "rim", "sol", "tun", "vex", "wal", "xin", "zor",
    ];
    let (a, b) = (number % 20, number / 20 % 20);
    let (c, d) = (number / 400 % 20, number / 8000 % 20);
    format!("{}{}{} {}", HEADS[a], TAILS[b], TAILS[c], HEADS[d].to_owned() + TAILS[(a + b) % 20])
}

fn tail(log: &str) -> String {
    let lines = log.lines().collect::<Vec<_>>();
    lines[lines.len().saturating_sub(30)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_made_up_names_are_alike() {
        let names = (0..100_000).map(name).collect::<BTreeSet<_>>();
        assert_eq!(names.len(), 100_000);
    }

    #[test]
    fn a_card_is_found_in_its_text() {
        let body = json!("Babarbar Babar (Company · COM-7)\nhttp://x/r/COM-7");
        assert_eq!(card_in_text(&body).as_deref(), Some("Babarbar Babar"));
        assert_eq!(card_in_text(&json!("Noted.")), None);
    }
}
