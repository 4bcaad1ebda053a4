//! The workers: one takes what is in the inbox down the road, one brings posts up to date on
//! their networks, one works on jobs, one follows the clock, one reminds, one forgets what was
//! settled long ago. Each works on leased rows, so that several processes on one database share
//! the work, and a dead one's work is taken up.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use connectors::{Connector, Health, SendError};
use crm::commands::{FollowClock, Notify, RemindOfTask, Way, WorkOnJob};
use crm::ids::{PostId, TenantId};
use crm::jobs::ClaimedJob;
use crm::ports::{ClaimedInbound, Delivery};
use crm::posts::{OutboxItem, Post, Subject};
use crm::{Actor, Cause, Command, Crm, StoreError};
use futures::FutureExt;
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::sync::watch;
use url::Url;
use webhooks::Metrics;

use crate::cards;
use crate::duplicates;
use crate::intake::Inbox;
use crate::road::Road;

/// How many inbox rows are leased at once.
const INBOX_BATCH: i64 = 64;
/// How many outbox rows are leased at once.
const OUTBOX_BATCH: i64 = 32;
/// How many notices are read at once.
const NOTICES_BATCH: i64 = 50;
/// How long a row stays leased; a dead worker's rows are free after it.
const LEASE_SECONDS: i64 = 30;
/// An event that failed this often is put aside.
const INBOX_TRIES: i64 = 8;
/// A job whose next part failed this often is ended.
const JOB_TRIES: i64 = 8;
/// How long to look away when nothing waits.
const IDLE: Duration = Duration::from_millis(500);
/// How often the clock is looked at for segments.
const CLOCK: Duration = Duration::from_secs(60);
/// The delays before each further try to send, in seconds. After the last the post is given up.
pub const SEND_SCHEDULE_SECONDS: [i64; 10] = [1, 2, 5, 15, 60, 300, 900, 3600, 7200, 14400];
/// How long settled rows are kept for whoever wants to look.
const SETTLED_DAYS: i64 = 7;

/// Takes what is in the inbox down the road until `stop` turns true.
pub async fn inbox(
    road: Arc<Road>,
    inbox: Arc<Inbox>,
    worker: String,
    metrics: Metrics,
    mut stop: watch::Receiver<bool>,
) {
    while !*stop.borrow() {
        let now = road.crm.env().now();
        let claimed = road.crm.hub().claim_inbound(&worker, now, LEASE_SECONDS, INBOX_BATCH).await;
        match claimed {
            Ok(claimed) if claimed.is_empty() => {
                tokio::select! {
                    () = inbox.arrived() => {}
                    () = tokio::time::sleep(IDLE) => {}
                    _ = stop.changed() => {}
                }
            }
            Ok(claimed) => take_all(&road, claimed, &metrics).await,
            Err(error) => {
                tracing::error!(%error, "the inbox cannot be read; trying again");
                tokio::time::sleep(IDLE).await;
            }
        }
    }
}

/// Takes rows lane by lane: within a lane in order, the lanes beside each other.
async fn take_all(road: &Road, claimed: Vec<ClaimedInbound>, metrics: &Metrics) {
    let mut lanes: BTreeMap<String, Vec<ClaimedInbound>> = BTreeMap::new();
    for row in claimed {
        let lane = format!("{}\u{0}{}", row.inbound.connection, row.inbound.lane);
        lanes.entry(lane).or_default().push(row);
    }
    let mut at_work = lanes
        .into_values()
        .map(|lane| take_lane(road, lane, metrics))
        .collect::<FuturesUnordered<_>>();
    while at_work.next().await.is_some() {}
}

async fn take_lane(road: &Road, lane: Vec<ClaimedInbound>, metrics: &Metrics) {
    let mut rows = lane.into_iter();
    while let Some(row) = rows.next() {
        // A bug in the road must not stop the road; the event is put aside for a look.
        let taken = std::panic::AssertUnwindSafe(road.take(&row)).catch_unwind().await;
        let (why, is_its_own_fault) = match taken {
            Ok(Ok(_)) => {
                metrics.handled(&row.inbound.connection);
                continue;
            }
            Ok(Err(error)) => (error.to_string(), matches!(error, StoreError::Corrupt { .. })),
            Err(_) => ("the road panicked".to_owned(), true),
        };
        tracing::error!(inbox.seq = row.seq, %why, "an event could not be taken");
        let behind = rows.collect::<Vec<_>>();
        // While the store is away nothing else can be done either, so this waits for it.
        while let Err(error) = give_back(road, &row, &why, is_its_own_fault, &behind).await {
            tracing::error!(%error, "an event could not be given back; trying again");
            tokio::time::sleep(IDLE).await;
        }
        return;
    }
}

/// Gives a failed row and those behind it back, in their order. Only a row that fails by its own
/// fault is ever put aside; what the store did to it says nothing about it.
async fn give_back(
    road: &Road,
    failed: &ClaimedInbound,
    why: &str,
    is_its_own_fault: bool,
    behind: &[ClaimedInbound],
) -> Result<(), StoreError> {
    let hub = road.crm.hub();
    let now = road.crm.env().now();
    if is_its_own_fault && failed.attempts + 1 >= INBOX_TRIES {
        hub.park_inbound(failed.seq, why, now).await?;
    } else {
        let wait = TimeDelta::milliseconds(200 << failed.attempts.clamp(0, 8));
        hub.retry_inbound(failed.seq, now + wait, why).await?;
    }
    for row in behind {
        hub.retry_inbound(row.seq, now, "waited for an earlier one").await?;
    }
    Ok(())
}

/// What the outbox worker needs.
pub struct Sender {
    /// The door.
    pub crm: Crm,
    /// The connectors of this process, by connection.
    pub connectors: HashMap<String, Arc<dyn Connector>>,
    /// Where record links point to.
    pub public_url: Url,
    /// What is counted.
    pub metrics: Metrics,
    /// Who holds the leases.
    pub worker: String,
}

/// Brings posts up to date on their networks until `stop` turns true.
pub async fn outbox(sender: Arc<Sender>, mut stop: watch::Receiver<bool>) {
    let mut facts = sender.crm.facts();
    while !*stop.borrow() {
        // A connection that is not there is not asked, so that its posts do not use up their tries.
        let connections = sender.connected();
        let now = sender.crm.env().now();
        let claimed = sender
            .crm
            .hub()
            .claim_outbound(&connections, &sender.worker, now, LEASE_SECONDS, OUTBOX_BATCH)
            .await;
        match claimed {
            Ok(items) if items.is_empty() => {
                tokio::select! {
                    _ = facts.recv() => {}
                    () = tokio::time::sleep(IDLE) => {}
                    _ = stop.changed() => {}
                }
            }
            Ok(items) => sender.send_all(items).await,
            Err(error) => {
                tracing::error!(%error, "the outbox cannot be read; trying again");
                tokio::time::sleep(IDLE).await;
            }
        }
    }
}

impl Sender {
    fn connected(&self) -> Vec<String> {
        let connected = self.connectors.iter().filter(|(_, c)| c.health() == Health::Connected);
        connected.map(|(name, _)| name.clone()).collect()
    }

    /// Sends place by place: within a place in order, the places beside each other.
    async fn send_all(&self, items: Vec<OutboxItem>) {
        let mut places: BTreeMap<String, Vec<(OutboxItem, Option<Post>)>> = BTreeMap::new();
        for item in items {
            let post = match self.post(&item.tenant, &item.post).await {
                Ok(post) => post,
                Err(error) => {
                    tracing::error!(%error, "a post cannot be read; it stays in the outbox");
                    continue;
                }
            };
            let place = post.as_ref().map_or_else(String::new, |p| {
                format!("{}\u{0}{}", p.place.connection, p.place.room)
            });
            places.entry(place).or_default().push((item, post));
        }
        let mut at_work = places
            .into_values()
            .map(|posts| async {
                for (item, post) in posts {
                    self.send_one(&item, post).await;
                }
            })
            .collect::<FuturesUnordered<_>>();
        while at_work.next().await.is_some() {}
    }

    async fn post(&self, tenant: &TenantId, post: &PostId) -> Result<Option<Post>, StoreError> {
        self.crm.hub().read(tenant).await?.post(post).await
    }

    async fn send_one(&self, item: &OutboxItem, post: Option<Post>) {
        let delivery = match post {
            None => Delivery::Dead { why: "the post is gone".to_owned() },
            Some(post) => match std::panic::AssertUnwindSafe(self.deliver(item, &post))
                .catch_unwind()
                .await
                .unwrap_or_else(|_| Err(StoreError::corrupt("post", "making it panicked")))
            {
                Ok(delivery) => delivery,
                Err(error) => {
                    tracing::error!(%error, "a post cannot be made; it is tried again");
                    self.later(item, error.to_string(), None)
                }
            },
        };
        let how = match &delivery {
            Delivery::Sent { .. } => "sent",
            Delivery::Retry { .. } => "retried",
            Delivery::Dead { .. } => "dead",
        };
        self.metrics.sent(&item.connection, how);
        match &delivery {
            Delivery::Retry { why, .. } => {
                tracing::warn!(post.id = %item.post, %why, "a post was not sent; it is tried again");
            }
            Delivery::Dead { why } => {
                tracing::error!(post.id = %item.post, %why, "a post was given up");
            }
            Delivery::Sent { .. } => {}
        }
        let now = self.crm.env().now();
        if let Err(error) = self.crm.hub().settle_outbound(item, &delivery, now).await {
            // It is sent again when the lease runs out; its key keeps it from showing twice.
            tracing::error!(%error, "a post's delivery could not be noted");
        }
    }

    async fn deliver(&self, item: &OutboxItem, post: &Post) -> Result<Delivery, StoreError> {
        let Some(connector) = self.connectors.get(&post.place.connection) else {
            let why = format!("there is no connection “{}”", post.place.connection);
            return Ok(Delivery::Dead { why });
        };
        let mut read = self.crm.hub().read(&item.tenant).await?;
        // A room that was unbound hears answers to what was said in it, and nothing of records.
        let tells = !matches!(post.subject, Subject::Text { .. });
        if tells && post.private_to.is_none() && read.place(&post.place).await?.is_none() {
            return Ok(Delivery::Dead { why: "the place is not bound any more".to_owned() });
        }
        let content = cards::render(read.as_mut(), post, &self.public_url).await?;
        drop(read);
        let capabilities = connector.capabilities();
        if post.remote.is_some() && !capabilities.edits {
            // What cannot be changed stays as it was; the next card shows the new state.
            let remote = post.remote.clone().unwrap_or_default();
            return Ok(Delivery::Sent { remote, revision: post.revision });
        }
        let idempotency_key = match post.remote {
            None => post.id.to_string(),
            Some(_) => format!("{}.{}", post.id, post.revision),
        };
        let mut outgoing = crm::chat::Outgoing {
            post: post.id.clone(),
            idempotency_key,
            place: post.place.clone(),
            thread: if capabilities.threads { post.thread.clone() } else { None },
            reply_to: post.reply_to.clone(),
            private_to: post.private_to.clone().filter(|_| capabilities.private),
            existing: post.remote.clone(),
            content,
        };
        let mut sent = connector.send(&outgoing).await;
        if let Ok(remote) = &sent
            && post.remote.is_none()
            && post.revision > 1
        {
            // An earlier try may have got through with an earlier state, and the key makes the
            // network show that one. An edit brings it up to this.
            outgoing.idempotency_key = format!("{}.{}", post.id, post.revision);
            outgoing.existing = Some(remote.clone());
            sent = connector.send(&outgoing).await;
        }
        Ok(match sent {
            Ok(remote) => Delivery::Sent { remote, revision: post.revision },
            Err(SendError::Later { why, after }) => self.later(item, why, after),
            Err(SendError::Never { why }) => Delivery::Dead { why },
        })
    }

    /// When to try again: by the schedule, and never before the network wants it.
    fn later(&self, item: &OutboxItem, why: String, after: Option<Duration>) -> Delivery {
        let tries = usize::try_from(item.attempts).unwrap_or(usize::MAX);
        let Some(seconds) = SEND_SCHEDULE_SECONDS.get(tries) else {
            return Delivery::Dead { why: format!("{why}; given up after {tries} tries") };
        };
        let mut chance = [0u8; 1];
        self.crm.env().random.fill(&mut chance);
        // Up to a tenth more, so that what failed together does not come back together.
        let wait =
            TimeDelta::milliseconds(seconds * 1000 + seconds * i64::from(chance[0]) * 100 / 255);
        let asked = after.and_then(|a| TimeDelta::from_std(a).ok()).unwrap_or_default();
        Delivery::Retry { at: self.crm.env().now() + wait.max(asked), why }
    }
}

/// Works on jobs, one part at a time, until `stop` turns true. Between two parts the job is given
/// back, so that jobs take turns and a part is the most that a crash undoes.
pub async fn jobs(crm: Crm, worker: String, mut stop: watch::Receiver<bool>) {
    let mut facts = crm.facts();
    while !*stop.borrow() {
        let now = crm.env().now();
        match crm.hub().claim_job(&worker, now, LEASE_SECONDS).await {
            Ok(None) => {
                tokio::select! {
                    _ = facts.recv() => {}
                    () = tokio::time::sleep(IDLE) => {}
                    _ = stop.changed() => {}
                }
            }
            Ok(Some(claimed)) => {
                work_on(&crm, &claimed).await;
                // What it says of itself is no news here, and must not pile up.
                facts = facts.resubscribe();
            }
            Err(error) => {
                tracing::error!(%error, "jobs cannot be read; trying again");
                tokio::time::sleep(IDLE).await;
            }
        }
    }
}

/// Follows the clock until `stop` turns true: segments whose filters ask for a time that goes on.
pub async fn clock(crm: Crm, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        if let Err(error) = follow_clock(&crm).await {
            tracing::error!(%error, "segments could not follow the clock; trying again");
        }
        tokio::select! {
            () = tokio::time::sleep(CLOCK) => {}
            _ = stop.changed() => {}
        }
    }
}

async fn follow_clock(crm: &Crm) -> crm::Result<()> {
    let now = crm.env().now();
    for tenant in crm.hub().tenants().await? {
        let mut read = crm.hub().read(&tenant.id).await?;
        let segments = crm::segments::moved_by_clock(read.as_mut(), now).await?;
        drop(read);
        if segments.is_empty() {
            continue;
        }
        // Of several processes on one database, one does it in a minute.
        let cause = Cause::new(format!("clock:{}", now.timestamp() / 60));
        let command = Command::FollowClock(FollowClock { segments });
        crm.run(&Actor::System { tenant: tenant.id }, cause, command).await?;
    }
    Ok(())
}

async fn work_on_part(crm: &Crm, claimed: &ClaimedJob) -> crm::Result<()> {
    // Who is alike is no matter of the domain, which only keeps what is found.
    if let Some(blueprint) = duplicates::asked(crm, claimed).await? {
        return duplicates::look(crm, claimed, &blueprint).await;
    }
    let actor = Actor::System { tenant: claimed.tenant.clone() };
    let command = Command::WorkOnJob(WorkOnJob { job: claimed.job.clone() });
    crm.run(&actor, Cause::new(claimed.cause()), command).await.map(|_| ())
}

/// Does one part of a job, and gives it back.
async fn work_on(crm: &Crm, claimed: &ClaimedJob) {
    let part = std::panic::AssertUnwindSafe(work_on_part(crm, claimed));
    let why = match part.catch_unwind().await {
        Ok(Ok(_)) => None,
        Ok(Err(error)) => Some(error.to_string()),
        Err(_) => Some("a part panicked".to_owned()),
    };
    let now = crm.env().now();
    let hub = crm.hub();
    let noted = match &why {
        None => hub.give_back_job(claimed, now, None).await,
        Some(why) => {
            tracing::error!(job.id = %claimed.job, %why, "a part of a job failed");
            if claimed.attempts + 1 >= JOB_TRIES {
                let why = "It failed each time it was tried. The log says why.";
                hub.fail_job(claimed, why, now).await
            } else {
                let wait = TimeDelta::seconds(1 << claimed.attempts.clamp(0, 8));
                let why = "The last try failed; it is tried again.";
                hub.give_back_job(claimed, now + wait, Some(why)).await
            }
        }
    };
    if let Err(error) = noted {
        // Its lease runs out by itself; its cause keeps the part from being done twice.
        tracing::error!(%error, "a job could not be given back");
    }
}

/// Reminds of tasks whose time has come, and says in private what waits for members, until `stop`
/// turns true. What was said is noted in the commit of the post, so that nothing is said twice.
pub async fn notices(crm: Crm, ways: Vec<Way>, mut stop: watch::Receiver<bool>) {
    let mut facts = crm.facts();
    while !*stop.borrow() {
        let said = match say_notices(&crm, &ways).await {
            Ok(said) => said,
            Err(error) => {
                tracing::error!(%error, "reminders cannot be read; trying again");
                0
            }
        };
        if said == 0 {
            tokio::select! {
                _ = facts.recv() => {}
                () = tokio::time::sleep(IDLE) => {}
                _ = stop.changed() => {}
            }
        }
    }
}

/// Says what is due, and gives how much of it was said.
async fn say_notices(crm: &Crm, ways: &[Way]) -> Result<usize, StoreError> {
    let mut commands = Vec::new();
    for (tenant, task, due) in crm.hub().due_reminders(crm.env().now(), NOTICES_BATCH).await? {
        let remind = RemindOfTask { task, due, ways: ways.to_vec() };
        commands.push((tenant, Command::RemindOfTask(remind)));
    }
    for (tenant, notification) in crm.hub().open_notifications(NOTICES_BATCH).await? {
        let notify = Notify { notification, ways: ways.to_vec() };
        commands.push((tenant, Command::Notify(notify)));
    }
    let mut said = 0;
    for (tenant, command) in commands {
        let cause = Cause::new(format!("notice:{}", crm.env().token()));
        match crm.run(&Actor::System { tenant }, cause, command).await {
            Ok(_) => said += 1,
            Err(error) => tracing::error!(%error, "a notice could not be posted; trying again"),
        }
    }
    Ok(said)
}

/// Forgets what was settled long ago, once an hour.
pub async fn forget(crm: Crm, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let before = crm.env().now() - TimeDelta::days(SETTLED_DAYS);
        match crm.hub().forget_settled(before).await {
            Ok(0) => {}
            Ok(rows) => tracing::info!(rows, "forgot settled rows"),
            Err(error) => tracing::warn!(%error, "settled rows could not be forgotten"),
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(3600)) => {}
            _ = stop.changed() => {}
        }
    }
}
