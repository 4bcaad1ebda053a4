//! How fast the road of a message is, as ratios to the bare work underneath, in the same run.
//!
//! This alone reaches into the program's parts: over HTTP, the figures would be HTTP's.

use std::collections::HashMap;
use std::path::Path;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use async_trait::async_trait;
use bot::intake::Inbox;
use bot::outbox::{Sender, outbox};
use bot::road::Road;
use bot::workers;
use bot::workspace::{self, NewWorkspace};
use connectors::{Connector, ConnectorError, Health, SendError};
use crm::chat::{Author, Capabilities, Event, Inbound, Message, Outgoing, Place, RemotePost};
use crm::commands::{CreateRecord, OpenRoom, Several};
use crm::ports::Intake;
use crm::tenants::UnlinkedPolicy;
use crm::{Actor, Cause, Command, Crm, Env};
use crm_store::Store;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Row, SqliteConnection};
use tokio::sync::watch;

use crate::claims::{Claim, Claims, Measuring};
use crate::harness::folder::Folder;
use crate::stories::crash::name;

/// Messages that go down the whole road.
const MESSAGES: usize = 5_000;
/// How many of them arrive together, as a sync of a busy room brings them.
const BATCH: usize = 20;
/// How many go down the road before the bare loop has its turn.
const ROUND: usize = 250;
/// Records in the large workspace.
const RECORDS: usize = 100_000;
/// Messages a second in the large workspace.
const RATE: u32 = 100;
/// For so long.
const SECONDS: u32 = 30;

/// What the road costs.
pub fn road(claims: &mut Claims) -> Measuring<'_> {
    Box::pin(async move {
        throughput(claims).await?;
        latency(claims).await
    })
}

/// A workspace in this process, on SQLite.
struct Ground {
    crm: Crm,
    place: Place,
    folder: Folder,
}

impl Ground {
    async fn new(records: usize) -> Result<Self> {
        let folder = Folder::new("bench")?;
        let env = Env::system();
        let url = format!("sqlite:{}", folder.path().join("road.db").display());
        let crm = Crm::new(Arc::new(Store::open(&url, env.clone()).await?), env);
        let (tenant, owner) = workspace::make(
            &crm,
            NewWorkspace {
                name: "Northwind".to_owned(),
                timezone: "UTC".to_owned(),
                region: None,
                unlinked: UnlinkedPolicy::Read,
                owner: "Rosa Keller".to_owned(),
                email: "rosa@northwind.example".to_owned(),
            },
        )
        .await?;
        let actor = Actor::Member { tenant, member: owner };
        let open = OpenRoom { connection: "probe".to_owned(), name: "sales".to_owned() };
        let opened = crm.run(&actor, Cause::new("room"), Command::OpenRoom(open)).await?;
        let place = serde_json::from_value(opened.data["place"].clone())?;
        for first in (0..records).step_by(500) {
            let commands = (first..records.min(first + 500))
                .map(|number| {
                    Command::CreateRecord(CreateRecord {
                        blueprint: "company".to_owned(),
                        title: name(number),
                        ..CreateRecord::default()
                    })
                })
                .collect();
            let cause = Cause::new(format!("records:{first}"));
            crm.run(&actor, cause, Command::Several(Several { commands })).await?;
        }
        Ok(Self { crm, place, folder })
    }

    async fn road(&self) -> Result<Arc<Road>> {
        let public_url = "http://127.0.0.1/".parse()?;
        let road = Road::new(self.crm.clone(), public_url, "!t".to_owned());
        road.learn_names().await?;
        Ok(Arc::new(road))
    }

    fn message(&self, number: usize, customer: usize) -> Inbound {
        let id = format!("message-{number}");
        Inbound {
            connection: "probe".to_owned(),
            key: id.clone(),
            lane: self.place.room.clone(),
            event: Event::Message(Message {
                place: self.place.clone(),
                id,
                thread: None,
                reply_to: None,
                author: Author {
                    network: "probe".to_owned(),
                    id: "alice".to_owned(),
                    name: "Alice".to_owned(),
                },
                text: format!("call {number}: {} asked about delivery again", name(customer)),
                at: self.crm.env().now(),
                permalink: None,
                direct: false,
                answer_to: None,
                room_name: None,
                alone: false,
                forwarded: None,
            }),
        }
    }
}

async fn throughput(claims: &mut Claims) -> Result<()> {
    let ground = Ground::new(1_000).await?;
    let road = ground.road().await?;
    let inbox = Inbox::new(ground.crm.clone(), webhooks::Metrics::new());
    let events = (0..MESSAGES).map(|n| ground.message(n, n % 1_000)).collect::<Vec<_>>();
    let database = ground.folder.path().join("road.db");
    let mut bare = BareLoop::new(ground.folder.path()).await?;
    let (mut rows_made, mut all_commits) = (0, 0);
    let (mut ours, mut theirs) = (Duration::ZERO, Duration::ZERO);
    // Turn by turn, so that whatever else the machine is doing slows both alike.
    for round in events.chunks(ROUND) {
        let before = rows(&database).await?;
        let mut commits = 0usize;
        let began = Instant::now();
        for batch in round.chunks(BATCH) {
            inbox.store(batch, Some(("probe", "cursor"))).await?;
            commits += 1;
            loop {
                let now = ground.crm.env().now();
                let claimed = ground.crm.hub().claim_inbound("bench", now, 30, 64).await?;
                commits += 1;
                if claimed.is_empty() {
                    break;
                }
                for row in &claimed {
                    road.take(row).await?;
                    commits += 1;
                }
            }
        }
        ours += began.elapsed();
        let made = rows(&database).await? - before;
        theirs += bare.run(made, commits).await?;
        rows_made += made;
        all_commits += commits;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts far below 2^52")]
    let rate = MESSAGES as f64;
    claims.add(Claim::new(
        "messages through the whole road on SQLite",
        format!(
            "{:.0} a second ({rows_made} rows in {all_commits} commits); bare loop {:.0} a second",
            rate / ours.as_secs_f64(),
            rate / theirs.as_secs_f64()
        ),
        "told for the ratio below",
        true,
    ));
    claims.add(Claim::at_least(
        "their rate against a bare loop of the same rows and commits",
        theirs.as_secs_f64() / ours.as_secs_f64(),
        0.5,
        "times",
    ));
    Ok(())
}

/// The rows of all tables.
async fn rows(database: &Path) -> Result<usize> {
    let mut connection = open(database).await?;
    let tables = sqlx::query("SELECT name FROM sqlite_master WHERE type = 'table'")
        .fetch_all(&mut connection)
        .await?;
    let mut all = 0i64;
    for table in tables {
        let name: String = table.try_get(0)?;
        let sql = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM \"{name}\""));
        all += sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut connection).await?;
    }
    connection.close().await?;
    Ok(usize::try_from(all)?)
}

async fn open(database: &Path) -> Result<SqliteConnection> {
    Ok(SqliteConnectOptions::from_str(&format!("sqlite:{}", database.display()))?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .connect()
        .await?)
}

/// The least that keeps as many rows in as many commits: one prepared insert in a loop.
struct BareLoop {
    connection: SqliteConnection,
    payload: String,
    written: usize,
}

impl BareLoop {
    async fn new(folder: &Path) -> Result<Self> {
        let mut connection = open(&folder.join("bare.db")).await?;
        sqlx::query(
            "CREATE TABLE bare (tenant TEXT, id TEXT, kind TEXT, payload TEXT, at BIGINT, \
             PRIMARY KEY (tenant, id))",
        )
        .execute(&mut connection)
        .await?;
        sqlx::query("CREATE INDEX bare_by_time ON bare (tenant, kind, at)")
            .execute(&mut connection)
            .await?;
        Ok(Self { connection, payload: "x".repeat(200), written: 0 })
    }

    async fn run(&mut self, rows: usize, commits: usize) -> Result<Duration> {
        let began = Instant::now();
        let first = self.written;
        for commit in 1..=commits {
            let mut tx = self.connection.begin_with("BEGIN IMMEDIATE").await?;
            while self.written - first < rows * commit / commits {
                sqlx::query("INSERT INTO bare VALUES ($1, $2, $3, $4, $5)")
                    .bind("ten_0123456789abcdef")
                    .bind(format!("row_{:016}", self.written))
                    .bind("kind")
                    .bind(&self.payload)
                    .bind(i64::try_from(self.written)?)
                    .execute(&mut *tx)
                    .await?;
                self.written += 1;
            }
            tx.commit().await?;
        }
        Ok(began.elapsed())
    }
}

/// A network that takes every post at once, and notes when it was asked to.
struct Probe {
    asked: Mutex<HashMap<String, Instant>>,
}

#[async_trait]
impl Connector for Probe {
    fn connection(&self) -> &str {
        "probe"
    }
    fn network(&self) -> &'static str {
        "probe"
    }
    fn capabilities(&self) -> Capabilities {
        Capabilities {
            buttons: true,
            edits: true,
            threads: true,
            private: false,
            forms: true,
            text_chars_max: 10_000,
        }
    }
    fn health(&self) -> Health {
        Health::Connected
    }
    async fn check(&self) -> Result<String, ConnectorError> {
        Ok("connected".to_owned())
    }
    async fn receive(
        &self,
        _intake: Arc<dyn Intake>,
        mut stop: watch::Receiver<bool>,
    ) -> Result<(), ConnectorError> {
        let _ = stop.wait_for(|stop| *stop).await;
        Ok(())
    }
    async fn send(&self, outgoing: &Outgoing) -> Result<RemotePost, SendError> {
        let message = outgoing.reply_to.clone().unwrap_or_default();
        self.asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(message)
            .or_insert_with(Instant::now);
        Ok(RemotePost { id: outgoing.idempotency_key.clone(), ..RemotePost::default() })
    }
}

async fn latency(claims: &mut Claims) -> Result<()> {
    let ground = Ground::new(RECORDS).await?;
    let road = ground.road().await?;
    let metrics = webhooks::Metrics::new();
    let inbox = Inbox::new(ground.crm.clone(), metrics.clone());
    let probe = Arc::new(Probe { asked: Mutex::new(HashMap::new()) });
    let (stop, stopping) = watch::channel(false);
    let sender = Arc::new(Sender {
        crm: ground.crm.clone(),
        connectors: HashMap::from([("probe".to_owned(), probe.clone() as Arc<dyn Connector>)]),
        public_url: "http://127.0.0.1/".parse()?,
        metrics: metrics.clone(),
        worker: "bench".to_owned(),
    });
    let taking = tokio::spawn(workers::inbox(
        road,
        inbox.clone(),
        "bench".to_owned(),
        metrics,
        stopping.clone(),
    ));
    let sending = tokio::spawn(outbox(sender, stopping));
    let count = usize::try_from(RATE * SECONDS)?;
    let mut stored = Vec::with_capacity(count);
    let mut tick = tokio::time::interval(Duration::from_secs(1) / RATE);
    for number in 0..count {
        tick.tick().await;
        // Each names another customer, all over the workspace, so that each makes a card.
        let event = ground.message(number, (number * 7_919) % RECORDS);
        inbox.store(std::slice::from_ref(&event), None).await?;
        stored.push((format!("message-{number}"), Instant::now()));
    }
    let began = Instant::now();
    while probe.asked.lock().unwrap_or_else(PoisonError::into_inner).len() < count {
        if began.elapsed() > Duration::from_secs(30) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    stop.send_replace(true);
    let (_, _) = tokio::join!(taking, sending);
    let asked = probe.asked.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let mut waits = Vec::with_capacity(count);
    for (message, stored) in &stored {
        let asked = asked.get(message).with_context(|| format!("{message} has no card"))?;
        waits.push(asked.saturating_duration_since(*stored));
    }
    let bare = bare_commits(ground.folder.path(), count).await?;
    let (ours, bare) = (p99_ms(waits), p99_ms(bare));
    claims.add(Claim::at_most(
        format!(
            "message stored to card ready to send, 99th percentile, {RATE} a second, {RECORDS} \
             records"
        ),
        ours,
        50.0,
        "ms",
    ));
    claims.add(Claim::new(
        "the same against one bare commit's 99th percentile",
        format!("{:.1} times ({bare:.2} ms)", ours / bare),
        "told, without a goal",
        true,
    ));
    Ok(())
}

/// How long one row and its commit take at the same rate.
async fn bare_commits(folder: &Path, count: usize) -> Result<Vec<Duration>> {
    let mut connection = open(&folder.join("commits.db")).await?;
    sqlx::query("CREATE TABLE bare (id BIGINT PRIMARY KEY, payload TEXT)")
        .execute(&mut connection)
        .await?;
    let mut took = Vec::with_capacity(count);
    let mut tick = tokio::time::interval(Duration::from_secs(1) / RATE);
    for number in 0..count.min(1_000) {
        tick.tick().await;
        let began = Instant::now();
        sqlx::query("INSERT INTO bare VALUES ($1, $2)")
            .bind(i64::try_from(number)?)
            .bind("x".repeat(500))
            .execute(&mut connection)
            .await?;
        took.push(began.elapsed());
    }
    Ok(took)
}

fn p99_ms(mut took: Vec<Duration>) -> f64 {
    took.sort_unstable();
    let at = (took.len() * 99 / 100).min(took.len().saturating_sub(1));
    took.get(at).map_or(f64::INFINITY, |d| d.as_secs_f64() * 1_000.0)
}
