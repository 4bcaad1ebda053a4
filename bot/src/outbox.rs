//! The outbox: brings posts up to date on their networks. Rooms are served beside each other, and
//! each in order; a room that has much to show keeps no other one waiting. Each post is leased, so
//! that several processes on one database share the work, and a dead one's work is taken up.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use connectors::{Connector, Health, SendError};
use crm::commands::NoteUndelivered;
use crm::ids::{PostId, TenantId};
use crm::ports::Delivery;
use crm::posts::{OutboxItem, Post, Subject, WantedPosts};
use crm::{Actor, Cause, Command, Crm, StoreError};
use futures::FutureExt;
use tokio::sync::watch;
use tokio::task::JoinSet;
use url::Url;
use webhooks::Metrics;

use crate::cards;

/// How many rows are leased at once.
const BATCH: i64 = 16;
/// How many are in hand at once.
const IN_HAND_MAX: usize = 128;
/// From how many on a connection gets no more, so that one that hangs leaves room for the others.
const OF_A_CONNECTION_MAX: usize = 64;
/// From how many on a room gets no more.
const OF_A_ROOM_MAX: usize = 4;
/// How long a row stays leased; a dead worker's rows are free after it.
const LEASE_SECONDS: i64 = 30;
/// What waited for its turn for so long is leased anew, before its lease runs out.
const IN_HAND_TIME_MAX: Duration = Duration::from_secs(20);
/// How long to look away when nothing waits.
const IDLE: Duration = Duration::from_millis(500);
/// The delays before each further try to send, in seconds. After the last the post is given up.
pub const SEND_SCHEDULE_SECONDS: [i64; 10] = [1, 2, 5, 15, 60, 300, 900, 3600, 7200, 14400];

/// What sending needs.
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

/// A row that is leased, and since when.
type InHand = (OutboxItem, Instant);
/// A connection and a room there.
type Room = (String, String);

/// The rows in hand: by room, in order. The first of each is being sent.
#[derive(Default)]
struct Rooms(HashMap<Room, VecDeque<InHand>>);

impl Rooms {
    fn count(&self) -> usize {
        self.0.values().map(VecDeque::len).sum()
    }

    /// Those that get no more.
    fn busy(&self) -> Vec<String> {
        let busy = self.0.iter().filter(|(_, rows)| rows.len() >= OF_A_ROOM_MAX);
        busy.map(|((_, room), _)| room.clone()).collect()
    }

    /// Takes a row in hand, and gives it back when nothing is being sent to its room.
    fn add(&mut self, item: OutboxItem) -> Option<InHand> {
        let room = (item.connection.clone(), item.room.clone());
        let rows = self.0.entry(room).or_default();
        rows.push_back((item, Instant::now()));
        if rows.len() == 1 { rows.front().cloned() } else { None }
    }

    /// How many go to a connection.
    fn of(&self, connection: &str) -> usize {
        let here = self.0.iter().filter(|((name, _), _)| name == connection);
        here.map(|(_, rows)| rows.len()).sum()
    }

    /// What waits behind a row that was not sent: its turn is not come.
    fn drop_rest(&mut self, room: &Room) -> Vec<OutboxItem> {
        let rows = self.0.remove(room).unwrap_or_default();
        rows.into_iter().skip(1).map(|(item, _)| item).collect()
    }

    /// The first row of a room is done; gives the next.
    fn next(&mut self, room: &Room) -> Option<InHand> {
        let rows = self.0.get_mut(room)?;
        rows.pop_front();
        let next = rows.front().cloned();
        if next.is_none() {
            self.0.remove(room);
        }
        next
    }
}

/// Brings posts up to date on their networks until `stop` turns true.
pub async fn outbox(sender: Arc<Sender>, mut stop: watch::Receiver<bool>) {
    let mut facts = sender.crm.facts();
    let mut rooms = Rooms::default();
    // Tasks of their own: one of them may hold what the next claim waits for.
    let mut at_work = JoinSet::new();
    // Whether more may wait than is in hand.
    let mut look = true;
    while !*stop.borrow() {
        if look && rooms.count() < IN_HAND_MAX {
            match sender.claim(&rooms).await {
                Ok(items) => {
                    look = !items.is_empty();
                    for row in items.into_iter().filter_map(|item| rooms.add(item)) {
                        at_work.spawn(sender.clone().send(row));
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "the outbox cannot be read; trying again");
                    look = false;
                    tokio::time::sleep(IDLE).await;
                }
            }
            if look {
                continue;
            }
        }
        tokio::select! {
            Some(room) = at_work.join_next(), if !at_work.is_empty() => {
                // It catches what goes wrong in it.
                if let Ok((room, is_over)) = room {
                    if !is_over {
                        sender.give_back(&rooms.drop_rest(&room)).await;
                    } else if let Some(row) = rooms.next(&room) {
                        at_work.spawn(sender.clone().send(row));
                    }
                }
                look = true;
            }
            _ = facts.recv() => look = true,
            () = tokio::time::sleep(IDLE) => look = true,
            _ = stop.changed() => {}
        }
    }
    // What is being sent is finished; what waits for its turn is for whoever comes next.
    while at_work.join_next().await.is_some() {}
}

impl Sender {
    /// Leases what is due, on connections that are there: the posts of others do not use up their
    /// tries.
    async fn claim(&self, rooms: &Rooms) -> Result<Vec<OutboxItem>, StoreError> {
        let connected = self.connectors.iter().filter(|(name, connector)| {
            connector.health() == Health::Connected && rooms.of(name) < OF_A_CONNECTION_MAX
        });
        let connections = connected.map(|(name, _)| name.clone()).collect::<Vec<_>>();
        let busy = rooms.busy();
        let wanted = WantedPosts { connections: &connections, busy: &busy };
        let now = self.crm.env().now();
        self.crm.hub().claim_outbound(wanted, &self.worker, now, LEASE_SECONDS, BATCH).await
    }

    /// Gives back what waits behind a post that is tried again later.
    async fn give_back(&self, items: &[OutboxItem]) {
        if items.is_empty() {
            return;
        }
        if let Err(error) = self.crm.hub().give_back_outbound(items, &self.worker).await {
            // It comes back when its lease runs out.
            tracing::error!(%error, "posts could not be given back");
        }
    }

    /// Sends a row, and says whose turn is over, and whether the row is.
    async fn send(self: Arc<Self>, (item, since): InHand) -> (Room, bool) {
        let room = (item.connection.clone(), item.room.clone());
        // Another may have it by now; what is left undone comes back when its lease runs out.
        if since.elapsed() > IN_HAND_TIME_MAX {
            return (room, false);
        }
        let sending = std::panic::AssertUnwindSafe(self.take(&item)).catch_unwind();
        let is_over = sending.await.unwrap_or_else(|_| {
            tracing::error!(post.id = %item.post, "sending a post panicked");
            false
        });
        (room, is_over)
    }

    async fn take(&self, item: &OutboxItem) -> bool {
        match self.post(&item.tenant, &item.post).await {
            Ok(post) => self.send_one(item, post).await,
            Err(error) => {
                tracing::error!(%error, "a post cannot be read; it stays in the outbox");
                false
            }
        }
    }

    async fn post(&self, tenant: &TenantId, post: &PostId) -> Result<Option<Post>, StoreError> {
        self.crm.hub().read(tenant).await?.post(post).await
    }

    /// Sends a post. False means that it is tried again.
    async fn send_one(&self, item: &OutboxItem, post: Option<Post>) -> bool {
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
        if let Delivery::Dead { why } = &delivery {
            self.tell_that_it_is_lost(item, why).await;
        }
        let now = self.crm.env().now();
        if let Err(error) = self.crm.hub().settle_outbound(item, &delivery, now).await {
            // It is sent again when the lease runs out; its key keeps it from showing twice.
            tracing::error!(%error, "a post's delivery could not be noted");
            return false;
        }
        !matches!(delivery, Delivery::Retry { .. })
    }

    /// Tells whoever wrote to a customer that it did not arrive. Of other posts nobody is told.
    async fn tell_that_it_is_lost(&self, item: &OutboxItem, why: &str) {
        let system = Actor::System { tenant: item.tenant.clone() };
        let lost = NoteUndelivered { post: item.post.clone(), why: why.to_owned() };
        let cause = Cause::new(format!("undelivered:{}", item.id));
        if let Err(error) = self.crm.run(&system, cause, Command::NoteUndelivered(lost)).await {
            tracing::error!(%error, "that a message was lost could not be told");
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
        let mut content = cards::render(read.as_mut(), post, &self.public_url).await?;
        drop(read);
        let capabilities = connector.capabilities();
        if !capabilities.forms {
            content.choices.retain(|choice| choice.asks.is_none());
        }
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
