//! The workers: one takes what is in the inbox down the road, one works on jobs, one follows the
//! clock, one reminds, one forgets what was settled long ago. Each works on leased rows, so that
//! several processes on one database share the work, and a dead one's work is taken up. What brings
//! posts to their networks has a file of its own (`outbox`).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use crm::commands::{FollowClock, Notify, RemindOfTask, Way, WorkOnJob};
use crm::jobs::ClaimedJob;
use crm::ports::ClaimedInbound;
use crm::{Actor, Cause, Command, Crm, StoreError};
use futures::FutureExt;
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::sync::watch;
use webhooks::Metrics;

use crate::duplicates;
use crate::intake::Inbox;
use crate::road::Road;

/// How many inbox rows are leased at once.
const INBOX_BATCH: i64 = 64;
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
