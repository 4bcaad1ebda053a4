//! Listening: what the gateway tells is stored, in order; presses and commands are taken beside that
//! (`answering`), because somebody waits for them.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use crm::chat::{Event as Happened, Inbound};
use crm::ports::Intake;
use serde_json::Value;
use serenity::http::Route;
use serenity::model::event::Event;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::answering::answer_all;
use super::events::{Standing, View, first_id_of, id};
use super::failure::{Failure, signed_out};
use super::gaps::store_away;
use super::gateway::{Ended, Gateway, intents};
use super::{Account, Inner};
use crate::patience::{Patience, stopped};
use crate::{ConnectorError, Health};

/// The most that is stored in one commit.
const BATCH_MAX: usize = 200;
/// How often it is looked which rooms are ours.
const LOOK: Duration = Duration::from_secs(5);
/// A line that was up for so long was a good one.
const GOOD_LINE: Duration = Duration::from_secs(120);
/// With so few calls left of those that Discord allows in a day, it is waited for more.
const CALLS_LEFT_MIN: u64 = 20;
/// How often it is looked again because of what is said in a room that is nobody's.
pub(super) const LOOK_AGAIN: Duration = Duration::from_millis(500);
/// How long presses that were acknowledged get to be stored when the line ends.
const LAST_PRESSES: Duration = Duration::from_secs(5);

/// Listens until it is told to stop, or until nothing but a person can help.
pub(super) async fn receive(
    inner: &Arc<Inner>,
    intake: Arc<dyn Intake>,
    mut stop: watch::Receiver<bool>,
) -> Result<(), ConnectorError> {
    inner.signed_out.send_replace(false);
    let mut patience = Patience::new(&inner.env);
    let mut with_content = true;
    loop {
        inner.health.set(Health::Connecting { why: "calling Discord".to_owned() });
        let ended = match inner.rest.get(Route::GatewayBot, Vec::new()).await {
            Ok(front) => {
                let calls = &front["session_start_limit"];
                let left = calls["remaining"].as_u64().unwrap_or(u64::MAX);
                if left < CALLS_LEFT_MIN {
                    let wait =
                        Duration::from_millis(calls["reset_after"].as_u64().unwrap_or(60_000));
                    let why = format!(
                        "Discord allows only {left} more connects today; waiting {} minutes",
                        wait.as_secs() / 60
                    );
                    inner.health.set(Health::Connecting { why });
                    if !patience.wait_at_least(wait, &mut stop).await {
                        return Ok(());
                    }
                    continue;
                }
                let shards = front["shards"].as_u64().and_then(|n| u32::try_from(n).ok());
                let gateway =
                    Gateway::open(&inner.config, intents(with_content), shards.unwrap_or(1));
                match gateway {
                    Ok(gateway) => {
                        let ended = listen(inner, &intake, gateway, &mut patience, &mut stop).await;
                        match ended {
                            Ok(Some(ended)) => ended,
                            Ok(None) => return Ok(()),
                            Err(ConnectorError::Lost { why }) => Ended::Lost(why),
                            Err(broken) => return Err(broke(inner, broken)),
                        }
                    }
                    Err(error) => Ended::Lost(error.to_string()),
                }
            }
            Err(Failure::SignedOut) => Ended::SignedOut,
            Err(failure) => Ended::Lost(failure.for_the_connection().to_string()),
        };
        match ended {
            Ended::SignedOut => return Err(broke(inner, signed_out())),
            Ended::NoContent if with_content => {
                with_content = false;
                tracing::warn!(
                    connection = inner.connection,
                    remedy = "turn on “Message Content Intent” under “Bot” in Discord's developer \
                              portal, and start Tieline again",
                    "the bot may not read messages: names show no cards, and only commands work"
                );
                continue;
            }
            Ended::NoContent => {
                return Err(broke(
                    inner,
                    ConnectorError::Broken {
                        why: "Discord lets the bot listen to nothing.".to_owned(),
                        remedy: "Look at “Bot” in Discord's developer portal.".to_owned(),
                    },
                ));
            }
            Ended::MoreShards | Ended::Lost(_) => {
                let why = match ended {
                    Ended::Lost(why) => why,
                    _ => "Discord asks for more shards".to_owned(),
                };
                inner.health.set(Health::Connecting { why });
                // Each call counts; Discord allows a thousand a day.
                if !patience.wait_at_least(Duration::from_secs(5), &mut stop).await {
                    return Ok(());
                }
            }
        }
    }
}

fn broke(inner: &Inner, error: ConnectorError) -> ConnectorError {
    if let ConnectorError::Broken { why, remedy } = &error {
        inner.health.set(Health::Broken { why: why.clone(), remedy: remedy.clone() });
    }
    error
}

/// Listens while the line is up. None when we were told to stop.
async fn listen(
    inner: &Arc<Inner>,
    intake: &Arc<dyn Intake>,
    mut gateway: Gateway,
    patience: &mut Patience,
    stop: &mut watch::Receiver<bool>,
) -> Result<Option<Ended>, ConnectorError> {
    let (_none, replaced) = mpsc::channel(1);
    let presses = std::mem::replace(&mut gateway.interactions, replaced);
    let mut signed_out_now = inner.signed_out.subscribe();
    let mut stop_events = stop.clone();
    let (taken, so_far) = watch::channel(0_u64);
    let began = Instant::now();
    let events = async {
        let mut count = 0;
        let mut listening = Listening::new(inner, &**intake, stop_events.clone());
        let mut look = tokio::time::interval(LOOK);
        let mut reading = JoinSet::new();
        loop {
            tokio::select! {
                event = gateway.events.recv() => {
                    let Some(event) = event else { return Ok(()) };
                    // Each call counts, so that a line that breaks at once is no good one.
                    if began.elapsed() > GOOD_LINE {
                        patience.reset();
                    }
                    listening.hear(event).await?;
                    count += 1;
                    for _ in 1..BATCH_MAX {
                        let Ok(event) = gateway.events.try_recv() else { break };
                        listening.hear(event).await?;
                        count += 1;
                    }
                    listening.put_away().await?;
                    taken.send_replace(count);
                    if gateway.has_dropped() {
                        listening.fill_all_gaps().await?;
                    }
                }
                Ok(()) = gateway.up.changed() => {
                    let is_up = *gateway.up.borrow_and_update();
                    inner.health.set(if is_up { Health::Connected } else { interrupted() });
                }
                _ = look.tick() => {
                    listening.look().await;
                    for room in listening.take_unread().await? {
                        let (inner, intake) = (inner.clone(), intake.clone());
                        reading.spawn(read_back(inner, intake, room, stop_events.clone()));
                    }
                    inner.answer_forgotten().await;
                }
                () = stopped(&mut stop_events) => return Ok(()),
            }
        }
    };
    let mut at_work = JoinSet::new();
    let heard = tokio::select! {
        heard = events => heard,
        () = answer_all(inner, intake, presses, so_far, stop.clone(), &mut at_work) => Ok(()),
        _ = signed_out_now.wait_for(|gone| *gone) => Err(signed_out()),
        () = stopped(stop) => Ok(()),
    };
    // What was acknowledged and is not stored yet is stored now, or lost.
    let last = async { while at_work.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(LAST_PRESSES, last).await;
    heard?;
    if *stop.borrow() {
        return Ok(None);
    }
    // It ended by itself; it has said how, or will in a moment.
    let ended = tokio::time::timeout(Duration::from_secs(5), &mut gateway.ended).await;
    Ok(Some(match ended {
        Ok(Ok(ended)) => ended,
        _ => Ended::Lost("the gateway fell silent".to_owned()),
    }))
}

/// Reads what was said in a room before it was ours, beside what is said meanwhile.
async fn read_back(
    inner: Arc<Inner>,
    intake: Arc<dyn Intake>,
    room: String,
    mut stop: watch::Receiver<bool>,
) {
    if let Err(error) = inner.read_from_the_start(&room, &*intake, &mut stop).await {
        // What is missing is asked for again by the next connect.
        tracing::warn!(room, %error, "a room could not be read as far back as was wanted");
    }
}

fn interrupted() -> Health {
    Health::Connecting { why: "the line to Discord broke; calling again".to_owned() }
}

/// What was heard and is not stored yet.
struct Listening<'l> {
    inner: &'l Inner,
    intake: &'l dyn Intake,
    stop: watch::Receiver<bool>,
    /// The channel of what waits, what waits, and how far the channel is read with it.
    waiting: Option<Waiting>,
    /// The servers that are there, and since when the bot is on each.
    guilds: HashMap<String, String>,
    /// Those that are still to be told the commands.
    untold: HashSet<String>,
    /// Rooms that became ours and are still to be read.
    unread: HashSet<String>,
    looked_at: Option<Instant>,
}

struct Waiting {
    channel: String,
    events: Vec<Inbound>,
    read: Option<u64>,
}

impl<'l> Listening<'l> {
    fn new(inner: &'l Inner, intake: &'l dyn Intake, stop: watch::Receiver<bool>) -> Self {
        Self {
            inner,
            intake,
            stop,
            waiting: None,
            guilds: HashMap::new(),
            untold: HashSet::new(),
            unread: HashSet::new(),
            looked_at: None,
        }
    }

    async fn hear(&mut self, event: Event) -> Result<(), ConnectorError> {
        let inner = self.inner;
        match event {
            Event::Ready(ready) => {
                let account = Account {
                    bot: ready.ready.user.id.to_string(),
                    application: ready.ready.application.id.to_string(),
                };
                *inner.account.lock().unwrap_or_else(PoisonError::into_inner) = Some(account);
                self.look().await;
                inner.health.set(Health::Connected);
            }
            Event::Resumed(_) => inner.health.set(Health::Connected),
            Event::GuildCreate(created) => self.found_guild(&created.guild).await?,
            Event::GuildDelete(deleted) => {
                let guild = deleted.guild.id.to_string();
                if deleted.guild.unavailable {
                    return Ok(());
                }
                self.put_away().await?;
                self.guilds.remove(&guild);
                inner.channels.forget_guild(&guild);
                tracing::warn!(
                    guild,
                    remedy = "invite the bot again, or unbind its rooms in the console",
                    "the bot was removed from a server"
                );
            }
            Event::ChannelCreate(one) => self.learn(&one.channel),
            Event::ChannelUpdate(one) => self.learn(&one.channel),
            Event::ThreadCreate(one) => self.learn(&one.thread),
            Event::ThreadUpdate(one) => self.learn(&one.thread),
            Event::ThreadListSync(sync) => sync.threads.iter().for_each(|one| self.learn(one)),
            Event::ChannelDelete(one) => inner.channels.forget(&one.channel.id.to_string()),
            Event::ThreadDelete(one) => inner.channels.forget(&one.thread.id.to_string()),
            other => {
                if let Some((kind, payload)) = known_kind(&other) {
                    self.take(&kind, payload).await?;
                }
            }
        }
        Ok(())
    }

    fn learn(&self, channel: &impl serde::Serialize) {
        self.inner.channels.learn(&json(channel), None);
    }

    async fn found_guild(
        &mut self,
        guild: &serenity::model::guild::Guild,
    ) -> Result<(), ConnectorError> {
        self.put_away().await?;
        let id = guild.id.to_string();
        for channel in guild.channels.values() {
            self.inner.channels.learn(&json(channel), Some(&id));
        }
        for thread in &guild.threads {
            let mut thread = json(thread);
            thread["guild_id"] = id.clone().into();
            self.inner.channels.learn(&thread, Some(&id));
        }
        self.guilds.insert(id.clone(), guild.joined_at.to_string());
        self.inner.fill_gaps(&id, true, self.intake, &mut self.stop).await?;
        self.untold.insert(id);
        self.register_the_rest().await;
        Ok(())
    }

    /// What people said or did with what was said, as JSON; and what nobody knows.
    async fn take(&mut self, kind: &str, mut payload: Value) -> Result<(), ConnectorError> {
        let now = self.inner.env.now();
        let Some(channel) = id(&payload, "channel_id") else {
            // Kept and counted, without a place.
            let unknown = Inbound {
                connection: self.inner.connection.clone(),
                key: format!("u:{kind}:{}", now.timestamp_millis()),
                lane: String::new(),
                event: Happened::Unknown { place: None, kind: kind.to_owned() },
            };
            return self.store(&[unknown], None).await;
        };
        let standing = self.standing(&channel, &payload).await;
        let is_ours = self.is_ours(&standing).await;
        if is_ours && kind == "MESSAGE_CREATE" {
            self.inner.add_original_author(&mut payload).await;
        }
        let bot = self.inner.account().map(|account| account.bot).unwrap_or_default();
        let view = View { connection: &self.inner.connection, bot: &bot, standing: &standing, now };
        let events = view.events(kind, &payload);
        // What is said in a room that is nobody's is nobody's, unless it is said to the bot.
        let is_said_to_us = events.iter().any(|one| matches!(one.event, Happened::Commanded(_)));
        if !is_ours && !is_said_to_us {
            return Ok(());
        }
        let message = id(&payload, "id").and_then(|id| id.parse::<u64>().ok());
        // A mark behind which something is missing stays where it is.
        let moves = is_ours && kind == "MESSAGE_CREATE" && !self.inner.has_hole(&channel);
        let read = message.filter(|_| moves);
        self.wait(&channel, events, read).await
    }

    /// Where a channel's messages stand. Should Discord not say, it is a room by itself.
    async fn standing(&self, channel: &str, payload: &Value) -> Standing {
        if let Some(known) = self.inner.channels.standing(channel) {
            return known;
        }
        let guild = id(payload, "guild_id");
        if guild.is_none() {
            // Only private conversations are on no server.
            return Standing { room: channel.to_owned(), thread: None, guild: None };
        }
        match self.inner.channels.standing_of(&self.inner.rest, channel).await {
            Ok(standing) => standing,
            Err(failure) => {
                self.inner.note_failure(&failure);
                Standing { room: channel.to_owned(), thread: None, guild }
            }
        }
    }

    /// Whether a room is somebody's; who gave it to us a moment ago is heard at once.
    async fn is_ours(&mut self, standing: &Standing) -> bool {
        if standing.is_direct() || self.inner.is_bound(&standing.room) {
            return true;
        }
        if self.looked_at.is_none_or(|at| at.elapsed() > LOOK_AGAIN) {
            self.look().await;
        }
        self.inner.is_bound(&standing.room)
    }

    /// Looks which rooms are ours, and tells the commands where that has changed or is still to do.
    async fn look(&mut self) {
        // What is ours from the start is read on when its server is told of.
        let is_first = self.looked_at.is_none();
        self.looked_at = Some(Instant::now());
        let rooms = match self.intake.rooms(&self.inner.connection).await {
            Ok(rooms) => rooms,
            Err(error) => {
                tracing::warn!(%error, "which rooms are ours could not be read; it is tried again");
                return;
            }
        };
        let rooms = rooms.into_iter().map(|(room, at)| (room, first_id_of(at)));
        let rooms = rooms.collect::<HashMap<_, _>>();
        let changed = {
            let mut bound = self.inner.bound.lock().unwrap_or_else(PoisonError::into_inner);
            let changed = rooms.keys().filter(|room| !bound.contains_key(*room));
            let gone = bound.keys().filter(|room| !rooms.contains_key(*room));
            let changed = changed.chain(gone).cloned().collect::<Vec<_>>();
            *bound = rooms;
            changed
        };
        let guilds = changed.iter().filter_map(|room| self.inner.channels.guild(room));
        self.untold.extend(guilds.filter(|guild| self.guilds.contains_key(guild)));
        if !is_first {
            self.leave_to_be_read(changed);
        }
        self.register_the_rest().await;
    }

    /// Rooms that became ours are read from where somebody wanted that; until then their marks stay.
    fn leave_to_be_read(&mut self, changed: Vec<String>) {
        for room in changed.into_iter().filter(|room| self.inner.is_bound(room)) {
            if let Some(guild) = self.inner.channels.guild(&room) {
                let channels = self.inner.channels.of_rooms(&guild, |one| one == room);
                let mut holes = self.inner.holes.lock().unwrap_or_else(PoisonError::into_inner);
                holes.extend(channels.into_iter().map(|(channel, _)| channel));
            }
            self.unread.insert(room);
        }
    }

    /// The rooms that became ours and are to be read now.
    async fn take_unread(&mut self) -> Result<HashSet<String>, ConnectorError> {
        let unread = std::mem::take(&mut self.unread);
        if !unread.is_empty() {
            self.put_away().await?;
        }
        Ok(unread)
    }

    /// Tells the commands of servers that could not be told them yet.
    async fn register_the_rest(&mut self) {
        for guild in std::mem::take(&mut self.untold) {
            let Some(joined) = self.guilds.get(&guild) else { continue };
            if !self.inner.register(&guild, joined).await {
                self.untold.insert(guild);
            }
        }
    }

    async fn fill_all_gaps(&mut self) -> Result<(), ConnectorError> {
        for guild in self.guilds.keys().cloned().collect::<Vec<_>>() {
            self.inner.fill_gaps(&guild, false, self.intake, &mut self.stop).await?;
        }
        Ok(())
    }

    /// Adds something to what waits; what waits of another channel is put away first.
    async fn wait(
        &mut self,
        channel: &str,
        events: Vec<Inbound>,
        read: Option<u64>,
    ) -> Result<(), ConnectorError> {
        if self.waiting.as_ref().is_some_and(|waiting| waiting.channel != channel) {
            self.put_away().await?;
        }
        let waiting = self.waiting.get_or_insert_with(|| Waiting {
            channel: channel.to_owned(),
            events: Vec::new(),
            read: None,
        });
        waiting.events.extend(events);
        waiting.read = waiting.read.max(read);
        Ok(())
    }

    /// Stores what waits.
    async fn put_away(&mut self) -> Result<(), ConnectorError> {
        let Some(Waiting { channel, events, read }) = self.waiting.take() else { return Ok(()) };
        let mark = self.inner.mark_of(&channel);
        let read = read.map(|read| read.to_string());
        self.store(&events, read.as_deref().map(|read| (mark.as_str(), read))).await
    }

    async fn store(
        &mut self,
        events: &[Inbound],
        read: Option<(&str, &str)>,
    ) -> Result<(), ConnectorError> {
        self.inner.store(self.intake, events, read, &mut self.stop).await
    }
}

impl Inner {
    /// Stores, as often as it takes.
    pub(super) async fn store(
        &self,
        intake: &dyn Intake,
        events: &[Inbound],
        read: Option<(&str, &str)>,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<(), ConnectorError> {
        if events.is_empty() && read.is_none() {
            return Ok(());
        }
        let mut patience = Patience::new(&self.env);
        while let Err(error) = intake.store(events, read).await {
            if !patience.wait(stop).await {
                return Err(store_away(error));
            }
        }
        Ok(())
    }
}

pub(super) fn json(payload: &impl serde::Serialize) -> Value {
    serde_json::to_value(payload).unwrap_or_default()
}

/// The kind and payload of an event that says what people say, or that the SDK does not know. Others
/// are about the server itself.
pub(super) fn known_kind(event: &Event) -> Option<(String, Value)> {
    let (kind, payload) = match event {
        Event::MessageCreate(one) => ("MESSAGE_CREATE", json(one)),
        Event::MessageUpdate(one) => ("MESSAGE_UPDATE", json(one)),
        Event::MessageDelete(one) => ("MESSAGE_DELETE", json(one)),
        Event::MessageDeleteBulk(all) => ("MESSAGE_DELETE_BULK", json(all)),
        Event::ReactionAdd(one) => ("MESSAGE_REACTION_ADD", json(one)),
        Event::Unknown(unknown) => {
            tracing::debug!(kind = unknown.kind, "an event that the SDK does not know");
            return Some((unknown.kind.clone(), unknown.value.clone()));
        }
        _ => return None,
    };
    Some((kind.to_owned(), payload))
}
