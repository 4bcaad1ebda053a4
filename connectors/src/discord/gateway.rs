//! The line on which Discord tells what happens: serenity keeps it up, with heartbeats, resuming
//! and as many shards as Discord asks for.
//!
//! serenity hands each event to a task of its own, and says nothing about their order. So it runs on
//! a thread of its own with a scheduler that has one queue: tasks begin there in the order in which
//! they were made, and all that ours does before it ends is to put its event into a channel. What
//! arrives while that is full is dropped, and said to be: whoever listens then fetches it.
//!
//! serenity calls again by itself when the line breaks, and says nothing of it. So its shards are
//! looked at: while one of them is not connected, the line is down; and one that does not come back
//! is hung up and called anew.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use secrecy::ExposeSecret;
use serenity::Client;
use serenity::async_trait;
use serenity::client::{Context, RawEventHandler};
use serenity::gateway::{ConnectionStage, GatewayError, ShardManager};
use serenity::http::HttpBuilder;
use serenity::model::application::Interaction;
use serenity::model::event::Event;
use serenity::model::gateway::GatewayIntents;
use tokio::sync::{mpsc, oneshot, watch};

use super::config::DiscordConfig;

/// How many events may wait to be stored.
const WAITING_MAX: usize = 20_000;
/// How many presses and commands may wait for their first answer.
const PRESSED_MAX: usize = 4_096;

/// How often it is looked whether the line is up.
const LOOK: Duration = Duration::from_secs(1);
/// A line that is down for so long does not come back by itself. Shards are called five seconds
/// apart.
const DOWN_MAX: Duration = Duration::from_secs(90);
const DOWN_MAX_PER_SHARD: Duration = Duration::from_secs(6);

/// Why the line ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ended {
    /// The token is not, or no longer, one of a bot.
    SignedOut,
    /// The bot may not read what messages say.
    NoContent,
    /// Discord wants more shards.
    MoreShards,
    /// It may come back.
    Lost(String),
}

/// The line, while it is up.
pub(super) struct Gateway {
    /// Everything but presses and commands, in order.
    pub events: mpsc::Receiver<Event>,
    /// Presses and commands, because somebody waits for these; each with how many events were told
    /// before it.
    pub interactions: mpsc::Receiver<(Interaction, u64)>,
    /// Whether all of the line is up.
    pub up: watch::Receiver<bool>,
    /// How it ended.
    pub ended: oneshot::Receiver<Ended>,
    dropped: Arc<AtomicBool>,
    /// Its end hangs the line up.
    _hang_up: oneshot::Sender<()>,
}

impl Gateway {
    /// Opens the line.
    ///
    /// # Errors
    /// When the machine has no thread left.
    pub(super) fn open(
        config: &DiscordConfig,
        intents: GatewayIntents,
        shards: u32,
    ) -> std::io::Result<Self> {
        let (events, of_events) = mpsc::channel(WAITING_MAX);
        let (interactions, of_interactions) = mpsc::channel(PRESSED_MAX);
        let (end, ended) = oneshot::channel();
        let (hang_up, hung_up) = oneshot::channel();
        let (state, up) = watch::channel(false);
        let dropped = Arc::new(AtomicBool::new(false));
        let heard = AtomicU64::new(0);
        let ear = Ear { events, interactions, heard, dropped: dropped.clone() };
        let config = config.clone();
        std::thread::Builder::new().name("discord-gateway".to_owned()).spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let how = match runtime {
                Ok(runtime) => {
                    let line = Line { intents, shards, state, hung_up };
                    runtime.block_on(listen(&config, ear, line))
                }
                Err(error) => Ended::Lost(error.to_string()),
            };
            // Nobody listens any more when the receiver is gone.
            let _ = end.send(how);
        })?;
        Ok(Self {
            events: of_events,
            interactions: of_interactions,
            up,
            ended,
            dropped,
            _hang_up: hang_up,
        })
    }

    /// Whether events were dropped since this was asked last.
    pub(super) fn has_dropped(&self) -> bool {
        self.dropped.swap(false, Ordering::Relaxed)
    }
}

/// What the bot listens to: servers and their channels, messages and reactions there and in
/// private, and what they say, where Discord allows that.
pub(super) fn intents(with_content: bool) -> GatewayIntents {
    let intents = GatewayIntents::GUILDS
        | GatewayIntents::GUILD_MESSAGES
        | GatewayIntents::GUILD_MESSAGE_REACTIONS
        | GatewayIntents::DIRECT_MESSAGES
        | GatewayIntents::DIRECT_MESSAGE_REACTIONS;
    if with_content { intents | GatewayIntents::MESSAGE_CONTENT } else { intents }
}

/// What a line is opened with.
struct Line {
    intents: GatewayIntents,
    shards: u32,
    /// Where it is said whether it is up.
    state: watch::Sender<bool>,
    hung_up: oneshot::Receiver<()>,
}

async fn listen(config: &DiscordConfig, ear: Ear, line: Line) -> Ended {
    let Line { intents, shards, state, hung_up } = line;
    let shards = shards.max(1);
    let mut http = HttpBuilder::new(config.token.expose_secret()).ratelimiter_disabled(true);
    if let Some(api) = &config.api {
        http = http.proxy(api.as_str().trim_end_matches('/'));
    }
    let client = serenity::client::ClientBuilder::new_with_http(http.build(), intents);
    let mut client: Client = match client.raw_event_handler(ear).await {
        Ok(client) => client,
        Err(error) => return ended_by(&error),
    };
    // Should the question where the line is fail, serenity takes Discord's own, whatever was asked.
    let told = client.ws_url.lock().await.clone();
    if config.api.is_some() && told.contains("discord.gg") {
        return Ended::Lost("the API does not say where its gateway is".to_owned());
    }
    let manager = client.shard_manager.clone();
    let ended = tokio::select! {
        ended = client.start_shards(shards) => ended,
        () = down_for_good(&manager, shards, &state) => {
            manager.shutdown_all().await;
            return Ended::Lost("the line did not come back".to_owned());
        }
        _ = hung_up => Ok(()),
    };
    manager.shutdown_all().await;
    match ended {
        Ok(()) => Ended::Lost("the gateway was closed".to_owned()),
        Err(error) => ended_by(&error),
    }
}

/// Says whether the line is up, and ends when it was down for too long.
async fn down_for_good(manager: &ShardManager, shards: u32, state: &watch::Sender<bool>) {
    let patience = DOWN_MAX + DOWN_MAX_PER_SHARD * shards;
    let wanted = usize::try_from(shards).unwrap_or(usize::MAX);
    let mut up_at = Instant::now();
    while up_at.elapsed() < patience {
        let is_up = {
            let runners = manager.runners.lock().await;
            let up = runners.values().filter(|one| one.stage == ConnectionStage::Connected);
            up.count() == wanted
        };
        state.send_if_modified(|told| std::mem::replace(told, is_up) != is_up);
        if is_up {
            up_at = Instant::now();
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn ended_by(error: &serenity::Error) -> Ended {
    use serenity::Error;
    match error {
        Error::Gateway(GatewayError::InvalidAuthentication | GatewayError::NoAuthentication) => {
            Ended::SignedOut
        }
        Error::Gateway(GatewayError::DisallowedGatewayIntents) => Ended::NoContent,
        Error::Gateway(GatewayError::OverloadedShard | GatewayError::InvalidShardData) => {
            Ended::MoreShards
        }
        // Others may carry addresses, and those a token.
        Error::Gateway(error) => Ended::Lost(error.to_string()),
        _ => Ended::Lost("Discord cannot be reached".to_owned()),
    }
}

/// Hears each event, in order.
struct Ear {
    events: mpsc::Sender<Event>,
    interactions: mpsc::Sender<(Interaction, u64)>,
    /// How many events are in the channel or were.
    heard: AtomicU64,
    dropped: Arc<AtomicBool>,
}

#[async_trait]
impl RawEventHandler for Ear {
    async fn raw_event(&self, _: Context, event: Event) {
        match event {
            Event::InteractionCreate(created) => {
                let before = self.heard.load(Ordering::Relaxed);
                if self.interactions.try_send((created.interaction, before)).is_err() {
                    // Discord tells whoever pressed that it did not work.
                    tracing::warn!("a press was dropped: too many wait for an answer");
                }
            }
            event => {
                if self.events.try_send(event).is_ok() {
                    self.heard.fetch_add(1, Ordering::Relaxed);
                } else {
                    self.dropped.store(true, Ordering::Relaxed);
                }
            }
        }
    }
}
