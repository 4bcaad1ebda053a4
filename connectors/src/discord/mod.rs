//! Discord: servers, channels, threads and private messages, with cards, buttons, menus, slash
//! commands, and commands on messages and people.
//!
//! # Nothing that arrives is lost
//!
//! Discord tells an event once, and knows nothing of whether it was stored. What it tells while the
//! line is up is stored in order (`gateway`, `receive`), and with each message how far its channel
//! was read. After a connect that does not go on where the last one ended, each channel of ours is
//! read from there on (`gaps`), before anything newer of it is stored. Edits, deletions and
//! reactions of a gap are not told again by anybody.
//!
//! A press or a command is stored before Discord is told that it arrived (`interactions`). Should
//! the store be slow, Discord is told first, because it gives no more than three seconds.
//!
//! # Nothing is shown twice
//!
//! A message carries a nonce that Discord holds against those of the last minutes (`send`), and goes
//! out no faster than Discord allows (`pace`).
//!
//! # A channel that is nobody's is not read
//!
//! On a server the bot sees channels that nobody gave to Tieline. What is said there is not stored,
//! unless it is said to the bot by name.
//!
//! Left out: voice, files, stickers, polls and forums; forms that ask for more than text; and
//! fetching what was said in private while the line was down.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use crm::Env;
use crm::chat::{Capabilities, Outgoing, RemotePost};
use crm::offers::Offer;
use crm::ports::Intake;
use tokio::sync::watch;

use crate::health::KeptHealth;
use crate::{Connector, ConnectorError, Health, Room, SendError};

mod answering;
mod basket;
mod channels;
mod check;
mod commands;
mod config;
mod events;
mod failure;
mod format;
mod forms;
mod gaps;
mod gateway;
mod interactions;
mod originals;
mod pace;
mod promises;
mod receive;
mod registering;
mod rest;
mod send;

pub use config::DiscordConfig;

/// A Discord bot.
pub struct Discord {
    inner: Arc<Inner>,
}

/// Who the bot is, as Discord told.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Account {
    /// Its account.
    bot: String,
    /// Its application.
    application: String,
}

/// What listening, sending and answering share.
struct Inner {
    connection: String,
    config: DiscordConfig,
    folder: PathBuf,
    env: Env,
    /// The commands that there are.
    offers: &'static [Offer],
    rest: rest::Rest,
    channels: channels::Channels,
    first_answers: promises::FirstAnswers,
    promised: promises::Promised,
    baskets: basket::Baskets,
    unreadable: originals::Unreadable,
    account: Mutex<Option<Account>>,
    /// The rooms that are somebody's, each with the least number of what may be read there.
    bound: Mutex<HashMap<String, u64>>,
    /// Channels with a gap that could not be filled: their marks stay before it.
    holes: Mutex<HashSet<String>>,
    health: KeptHealth,
    /// Turns true when Discord no longer takes the token, whoever finds that out.
    signed_out: watch::Sender<bool>,
}

impl Discord {
    /// A bot, under this name in the configuration, with a folder of its own and the commands that
    /// it offers. Needs no network: it connects when it begins to receive.
    ///
    /// # Errors
    /// When this machine can make no secure connections.
    pub fn new(
        connection: impl Into<String>,
        config: DiscordConfig,
        folder: &Path,
        env: Env,
        offers: &'static [Offer],
    ) -> Result<Self, String> {
        let connection = connection.into();
        let inner = Inner {
            health: KeptHealth::new(&connection),
            connection,
            rest: rest::Rest::new(&config)?,
            config,
            folder: folder.to_owned(),
            env,
            offers,
            channels: channels::Channels::default(),
            first_answers: promises::FirstAnswers::default(),
            promised: promises::Promised::default(),
            baskets: basket::Baskets::default(),
            unreadable: originals::Unreadable::default(),
            account: Mutex::new(None),
            bound: Mutex::new(HashMap::new()),
            holes: Mutex::new(HashSet::new()),
            signed_out: watch::Sender::new(false),
        };
        Ok(Self { inner: Arc::new(inner) })
    }
}

impl Inner {
    fn account(&self) -> Option<Account> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn is_bound(&self, room: &str) -> bool {
        self.bound_since(room).is_some()
    }

    /// The least number that something may have which was said since a room is somebody's.
    fn bound_since(&self, room: &str) -> Option<u64> {
        self.bound.lock().unwrap_or_else(PoisonError::into_inner).get(room).copied()
    }

    fn has_hole(&self, channel: &str) -> bool {
        self.holes.lock().unwrap_or_else(PoisonError::into_inner).contains(channel)
    }

    /// Stops everything when the token turns out to be none: each further question would count
    /// towards a ban of this machine.
    fn note_failure(&self, failure: &failure::Failure) {
        if *failure == failure::Failure::SignedOut {
            self.signed_out.send_replace(true);
        }
    }
}

#[async_trait]
impl Connector for Discord {
    fn connection(&self) -> &str {
        &self.inner.connection
    }

    fn network(&self) -> &'static str {
        events::NETWORK
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            buttons: true,
            edits: true,
            threads: true,
            private: true,
            forms: true,
            text_chars_max: 2_000,
        }
    }

    fn health(&self) -> Health {
        self.inner.health.get()
    }

    async fn check(&self) -> Result<String, ConnectorError> {
        check::check(&self.inner.rest).await
    }

    async fn check_rooms(&self, rooms: &[Room]) -> Vec<String> {
        check::check_rooms(&self.inner.rest, rooms).await
    }

    async fn receive(
        &self,
        intake: Arc<dyn Intake>,
        stop: watch::Receiver<bool>,
    ) -> Result<(), ConnectorError> {
        receive::receive(&self.inner, intake, stop).await
    }

    async fn send(&self, outgoing: &Outgoing) -> Result<RemotePost, SendError> {
        if *self.inner.signed_out.borrow() {
            return Err(failure::Failure::SignedOut.for_a_post());
        }
        self.inner.send(outgoing).await
    }
}
