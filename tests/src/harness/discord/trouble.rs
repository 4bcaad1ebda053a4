//! What goes wrong, and time that passes: requests that fail, hang or break, sockets that drop, a
//! token that is no longer good, outages of a guild and of all of Discord.

use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::Discord;
use super::faults::Fault;
use super::ids::{ChannelId, GuildId, MessageId};
use super::options::{Limits, intents};
use super::routes;
use super::sessions::Control;

impl Discord {
    /// What time it is here.
    pub fn now(&self) -> DateTime<Utc> {
        self.shared.clock.now()
    }

    /// Lets so much time pass here, at once. Heartbeats go by the machine's clock, and notice
    /// nothing.
    pub fn pass(&self, time: Duration) {
        self.shared.clock.pass(time);
    }

    /// Lets this go wrong with the next requests to a route, which is called as Discord does, such
    /// as `/channels/{channel_id}/messages`.
    ///
    /// # Errors
    /// When there is no such route.
    pub fn fail_next(&self, times: usize, method: &str, path: &str, fault: Fault) -> Result<()> {
        let route = routes::named(method, path).with_context(|| {
            format!("{method} {path} is not served; a path has its names in braces")
        })?;
        self.shared.world().faults.plant(route.method, route.path, times, fault);
        Ok(())
    }

    /// Nothing that was still to go wrong does.
    pub fn heal(&self) {
        self.shared.world().faults.clear();
    }

    /// Lets go on whatever hangs.
    pub fn let_go(&self) {
        self.shared.held.send_replace(());
    }

    /// Enforces limits from now on, or none.
    pub fn limit(&self, limits: Option<Limits>) {
        self.shared.world().options.limits = limits;
    }

    /// Which privileged intents the bot has from now on.
    pub fn grant(&self, privileges: u64) {
        self.shared.world().options.privileges = privileges;
    }

    /// Makes the token worthless, and gives the one that counts from now on. Whoever is connected
    /// is thrown out.
    pub fn revoke_token(&self) -> String {
        let token = self.shared.world().replace_token();
        self.close_connections(4004, "Authentication failed.");
        token
    }

    fn control(&self, control: impl Fn() -> Control) {
        for connection in self.shared.world().sessions.connections.values() {
            // One that has ended is about to take itself out.
            let _ = connection.send(control());
        }
    }

    /// Asks every client to reconnect.
    pub fn ask_to_reconnect(&self) {
        self.control(|| Control::Reconnect);
    }

    /// Tells every client that its session is invalid, and whether it may be resumed.
    pub fn invalidate_sessions(&self, resumable: bool) {
        self.control(|| Control::Invalidate { resumable });
    }

    /// Closes every connection with a code.
    pub fn close_connections(&self, code: u16, reason: &'static str) {
        self.control(|| Control::Close(code, reason));
    }

    /// Drops every connection to the gateway without a word.
    pub fn drop_connections(&self) {
        self.control(|| Control::Drop);
    }

    /// Leaves heartbeats without an answer, or answers them again.
    pub fn ignore_heartbeats(&self, ignored: bool) {
        self.shared.world().sessions.deaf = ignored;
    }

    /// Forgets all sessions, so that none can be resumed.
    pub fn forget_sessions(&self) {
        self.shared.world().sessions.all.clear();
    }

    /// Deletes many messages of a channel at once, as moderators' bots do.
    ///
    /// # Errors
    /// When the channel is not there.
    pub fn delete_messages(&self, channel: ChannelId, messages: &[MessageId]) -> Result<()> {
        let mut world = self.shared.world();
        anyhow::ensure!(world.channels.contains_key(&channel), "there is no such channel");
        world.messages.retain(|id, _| !messages.contains(id));
        world.tell_bulk_deleted(channel, messages);
        Ok(())
    }

    /// Tells of an event that nobody knows, or of one that is not as it should be.
    pub fn tell(&self, event: &str, data: &Value, guild: Option<GuildId>) {
        self.shared.world().tell(event, data, guild, 0);
    }

    /// How many shards the bot needs at least from now on; who has fewer is thrown out.
    pub fn need_shards(&self, shards: u64) {
        self.shared.world().options.shards = shards;
        self.close_connections(4011, "Sharding required.");
    }

    /// Lets Discord have trouble with a guild, or no more.
    ///
    /// # Errors
    /// When there is no such guild.
    pub fn guild_outage(&self, guild: GuildId, is_out: bool) -> Result<()> {
        let mut world = self.shared.world();
        let here = world.guilds.get_mut(&guild).context("there is no such guild")?;
        here.unavailable = is_out;
        if is_out {
            let gone = json!({ "id": guild, "unavailable": true });
            world.tell("GUILD_DELETE", &gone, Some(guild), intents::GUILDS);
        } else {
            world.introduce(guild);
        }
        Ok(())
    }

    /// All of Discord is gone: connections break, and nobody answers.
    pub async fn go_down(&mut self) {
        if let Some(serving) = self.serving.take() {
            serving.abort();
            // Only when it has ended is its port free.
            let _ = serving.await;
        }
        self.lines.cut();
    }

    /// It is back, with all that it knew.
    ///
    /// # Errors
    /// When its port was taken.
    pub async fn come_back(&mut self) -> Result<()> {
        self.serve().await
    }
}
