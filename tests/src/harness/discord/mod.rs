//! A Discord of the test's own, in the test's process: the HTTP API and the gateway of version 10,
//! with guilds, people and a bot. It is strict. Every request is checked against Discord's
//! published description and against what Tieline promises; [`Discord::violations`] says what was
//! wrong, and a test asserts at its end that nothing was.
//!
//! | a story needs | it takes |
//! |---|---|
//! | a server with channels, people and permissions | `scene.rs`, from [`Discord::guild`] on |
//! | somebody who talks and reacts | `people.rs` and `reacting.rs`: [`Person`] |
//! | somebody who uses commands, buttons, modals | `using.rs` and `answers.rs`: [`Interaction`] |
//! | to see what they see | `visible.rs`: [`Visible`] |
//! | errors, outages, broken connections, time that passes | `trouble.rs` |
//!
//! Left out, because nothing here meets it: voice, files, forums, emojis, bans, webhooks
//! that are no interaction's, and the pictures of embeds.

mod answers;
mod commands;
mod content;
mod faults;
mod filling;
mod followups;
mod gateway;
mod ids;
mod interactions;
mod limits;
mod line;
mod message_payloads;
mod messages;
mod options;
mod payloads;
mod people;
mod permissions;
mod pings;
mod places;
mod posting;
mod reacting;
mod refusal;
mod routes;
mod scene;
mod schema;
mod server;
mod sessions;
mod state;
mod threads;
mod trouble;
mod using;
mod violations;
mod visible;

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use answers::{Input, Interaction, Modal};
pub use faults::Fault;
pub use ids::{ChannelId, CommandId, GuildId, InteractionId, MessageId, RoleId, UserId};
pub use options::{Limits, Options, intents};
pub use people::Person;
pub use permissions::Permission;
pub use violations::{Request, Violation};
pub use visible::{Button, Choice, Embed, Select, Visible};

use self::ids::Clock;
use self::line::{Line, Lines};
use self::server::Shared;
use self::state::World;
use super::port::free_port;

/// A Discord; it ends when dropped.
pub struct Discord {
    port: u16,
    shared: Arc<Shared>,
    lines: Lines,
    serving: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for Discord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Discord({})", self.url())
    }
}

impl Discord {
    /// A Discord with a bot, and nobody else.
    ///
    /// # Errors
    /// When there is no port.
    pub async fn start() -> Result<Self> {
        Self::start_with(Options::default()).await
    }

    /// As [`Self::start`], and as strict as this says.
    ///
    /// # Errors
    /// When there is no port.
    pub async fn start_with(options: Options) -> Result<Self> {
        let port = free_port()?;
        let clock = Arc::new(Clock::new());
        let world = World::new(clock.clone(), options, port);
        let shared = Arc::new(Shared::new(clock, world));
        let mut discord = Self { port, shared, lines: Lines::default(), serving: None };
        discord.serve().await?;
        Ok(discord)
    }

    async fn serve(&mut self) -> Result<()> {
        let tcp = TcpListener::bind(("127.0.0.1", self.port)).await?;
        let router = server::router(self.shared.clone());
        let service = router.into_make_service_with_connect_info::<Line>();
        let listener = self.lines.on(tcp);
        self.serving = Some(tokio::spawn(async move {
            let _ = axum::serve(listener, service).await;
        }));
        Ok(())
    }

    /// Where its API is, as a client's proxy wants it: without `/api/v10`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Where its gateway is.
    pub fn gateway_url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.port)
    }

    /// The bot's token.
    pub fn token(&self) -> String {
        self.shared.world().token.clone()
    }

    /// The bot's account, whose id is its application's, too.
    pub fn bot(&self) -> UserId {
        self.shared.world().bot
    }

    /// What everybody in a channel sees.
    pub fn messages(&self, channel: ChannelId) -> Vec<Visible> {
        let world = self.shared.world();
        let here = world.messages.values().filter(|m| m.channel == channel && m.only_for.is_none());
        here.map(|message| Visible::of(&world, message)).collect()
    }

    /// A message, as whoever may see it sees it now.
    pub fn visible(&self, message: MessageId) -> Option<Visible> {
        let world = self.shared.world();
        world.messages.get(&message).map(|message| Visible::of(&world, message))
    }

    /// Waits until there is such a message in a channel.
    ///
    /// # Errors
    /// When there is none in time; the error shows what there is.
    pub async fn wait_for(
        &self,
        channel: ChannelId,
        is_it: impl Fn(&Visible) -> bool,
        patience: Duration,
    ) -> Result<Visible> {
        let mut found = None;
        let waited = wait(patience, || {
            found = self.messages(channel).into_iter().find(|message| is_it(message));
            found.is_some()
        });
        if waited.await
            && let Some(found) = found
        {
            return Ok(found);
        }
        let there = visible::shown(&self.messages(channel));
        let connected = self.connections();
        bail!("no such message came; in {channel} there are:\n{there}\n{connected} connections")
    }

    /// Waits until the bot listens at the gateway.
    ///
    /// # Errors
    /// When it does not in time; the error shows what it asked for.
    pub async fn wait_connected(&self, patience: Duration) -> Result<()> {
        if wait(patience, || self.connections() > 0).await {
            return Ok(());
        }
        let requests: Vec<_> = self.requests();
        bail!("the bot does not listen at the gateway; it asked for {requests:#?}")
    }

    /// Waits until this is so.
    ///
    /// # Errors
    /// When it is not in time.
    pub async fn wait_until(
        &self,
        what: &str,
        is_so: impl Fn(&Self) -> bool,
        patience: Duration,
    ) -> Result<()> {
        if wait(patience, || is_so(self)).await {
            return Ok(());
        }
        bail!("in vain did the test wait until {what}; there was wrong: {:#?}", self.violations())
    }

    /// How many sessions are told what happens.
    pub fn connections(&self) -> usize {
        let world = self.shared.world();
        world.sessions.all.values().filter(|session| session.connection.is_some()).count()
    }

    /// How many IDENTIFYs came.
    pub fn identified(&self) -> usize {
        self.shared.world().sessions.identified_at.len()
    }

    /// How many sessions went on after a RESUME.
    pub fn resumed(&self) -> u32 {
        self.shared.world().sessions.resumed
    }

    /// What was wrong with what the bot sent.
    pub fn violations(&self) -> Vec<Violation> {
        self.shared.world().violations.clone()
    }

    /// The same, and forgets it.
    pub fn take_violations(&self) -> Vec<Violation> {
        std::mem::take(&mut self.shared.world().violations)
    }

    /// Where this Discord did not answer as the published description says. It is to be empty, too;
    /// what is in it is a mistake of this harness, and not of the bot.
    pub fn own_faults(&self) -> Vec<String> {
        self.shared.world().own_faults.clone()
    }

    /// What people waited for, and had no answer in three seconds.
    pub fn unanswered(&self) -> Vec<String> {
        self.shared.world().unanswered()
    }

    /// Every request that came, the newest last.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.world().requests.clone()
    }

    /// Answers with 401, 403 and 429, but for limits that others share: what Discord counts against
    /// a bot.
    pub fn invalid_requests(&self) -> u32 {
        self.shared.world().counters.invalid
    }

    /// Answers with 429.
    pub fn too_many_requests(&self) -> u32 {
        self.shared.world().counters.too_many
    }

    /// The names of the commands that are registered in a guild, or everywhere.
    pub fn commands(&self, guild: Option<GuildId>) -> Vec<String> {
        let world = self.shared.world();
        let here = world.commands.iter().filter(|command| command.guild == guild);
        here.map(|command| command.name.clone()).collect()
    }
}

impl Drop for Discord {
    fn drop(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
        }
        self.lines.cut();
    }
}

/// Looks again and again until this is so.
async fn wait(patience: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    let began = Instant::now();
    loop {
        if is_so() {
            return true;
        }
        if began.elapsed() > patience {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
