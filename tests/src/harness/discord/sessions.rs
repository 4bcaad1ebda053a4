//! Who listens at the gateway, and what each is told. An event is numbered for each session, kept
//! for one that comes back, and told only to those whose intents and shard it concerns, with its
//! words only to those who may read them. Left out: presences and typing.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

use super::ids::{ChannelId, GuildId, MessageId, UserId};
use super::options::intents;
use super::payloads::bare_member;
use super::permissions::Permission;
use super::state::{Place, World};

/// What a connection is told to do.
#[derive(Debug)]
pub(super) enum Control {
    /// To send what its session has not sent yet.
    Flush,
    /// To ask the client to reconnect (operation 7).
    Reconnect,
    /// To say that the session is invalid (operation 9), and whether it may be resumed.
    Invalidate {
        /// Whether it may.
        resumable: bool,
    },
    /// To close the socket with a code.
    Close(u16, &'static str),
    /// To be gone without a word.
    Drop,
}

/// What is true of the gateway as a whole.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    pub(super) all: BTreeMap<String, Session>,
    pub(super) connections: BTreeMap<u64, UnboundedSender<Control>>,
    /// When each IDENTIFY came.
    pub(super) identified_at: Vec<DateTime<Utc>>,
    /// How many sessions went on.
    pub(super) resumed: u32,
    /// Whether heartbeats are left without an answer.
    pub(super) deaf: bool,
}

/// What a client is told from its READY on.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: String,
    pub(super) intents: u64,
    pub(super) shard: (u64, u64),
    /// The number of the newest event.
    pub(super) newest: u64,
    /// The newest events, each with its number.
    pub(super) kept: VecDeque<(u64, String)>,
    /// The connection that is told, while there is one.
    pub(super) connection: Option<u64>,
}

impl Session {
    /// Whether events of this guild, or of no guild, are for its shard.
    pub(super) fn holds(&self, guild: Option<GuildId>) -> bool {
        let (shard, of) = self.shard;
        guild.map_or(shard == 0, |guild| (guild.0 >> 22) % of.max(1) == shard)
    }

    pub(super) fn tell(&mut self, event: &str, data: &Value, keep: usize) {
        self.newest += 1;
        let text = json!({ "op": 0, "t": event, "s": self.newest, "d": data }).to_string();
        self.kept.push_back((self.newest, text));
        while self.kept.len() > keep {
            self.kept.pop_front();
        }
    }
}

/// The intents of which a session needs one to hear of something in a guild or in direct messages.
fn wanted(in_guild: bool) -> u64 {
    if in_guild { intents::GUILD_MESSAGES } else { intents::DIRECT_MESSAGES }
}

impl World {
    /// Tells every session that it concerns; without intents, every one of the shard.
    pub(super) fn tell(&mut self, event: &str, data: &Value, guild: Option<GuildId>, wanted: u64) {
        let keep = self.options.events_kept;
        for session in self.sessions.all.values_mut() {
            if session.holds(guild) && (wanted == 0 || session.intents & wanted != 0) {
                session.tell(event, data, keep);
            }
        }
        self.flush();
    }

    /// Tells of something that happened to a guild or its channels, if the bot is there to hear it.
    pub(super) fn tell_guild(&mut self, event: &str, data: &Value, guild: GuildId) {
        if self.guild(guild).is_ok_and(|guild| !guild.unavailable) {
            self.tell(event, data, Some(guild), intents::GUILDS);
        }
    }

    /// Wakes every connection that has something to send.
    pub(super) fn flush(&mut self) {
        for connection in self.sessions.connections.values() {
            // A connection that has ended is about to take itself out.
            let _ = connection.send(Control::Flush);
        }
    }

    /// Tells of a new or changed message, with its words only to those who may read them.
    pub(super) fn tell_message(&mut self, event: &str, id: MessageId) {
        let Some(message) = self.messages.get(&id) else {
            return;
        };
        let channel = message.channel;
        if message.only_for.is_some() || !self.hears(channel) {
            return;
        }
        let guild = self.guild_of(channel);
        let mut payload = self.message_payload(message);
        if let Some(guild) = guild {
            payload["guild_id"] = json!(guild);
            if let Some(member) = self.member_in(guild, message.author)
                && message.answers.is_none()
            {
                payload["member"] = bare_member(member);
            }
            for mentioned in payload["mentions"].as_array_mut().into_iter().flatten() {
                let user = mentioned["id"].as_str().and_then(|id| id.parse().ok());
                let member = user.and_then(|user: UserId| self.member_in(guild, user));
                mentioned["member"] = member.map_or(Value::Null, bare_member);
            }
        }
        let mut wordless = payload.clone();
        if guild.is_some() {
            hide_words(&mut wordless, self.bot);
        }
        let keep = self.options.events_kept;
        let wanted = wanted(guild.is_some());
        for session in self.sessions.all.values_mut() {
            if session.holds(guild) && session.intents & wanted != 0 {
                let granted = session.intents & intents::MESSAGE_CONTENT != 0;
                let told = if granted { &payload } else { &wordless };
                session.tell(event, told, keep);
            }
        }
        self.flush();
    }

    /// Tells that a message is gone.
    pub(super) fn tell_deleted(&mut self, id: MessageId, channel: ChannelId) {
        if !self.hears(channel) {
            return;
        }
        let guild = self.guild_of(channel);
        let mut data = json!({ "id": id, "channel_id": channel });
        if let Some(guild) = guild {
            data["guild_id"] = json!(guild);
        }
        self.tell("MESSAGE_DELETE", &data, guild, wanted(guild.is_some()));
    }

    /// Tells that many messages are gone.
    pub(super) fn tell_bulk_deleted(&mut self, channel: ChannelId, ids: &[MessageId]) {
        if !self.hears(channel) {
            return;
        }
        let guild = self.guild_of(channel);
        let data = json!({ "ids": ids, "channel_id": channel, "guild_id": guild });
        self.tell("MESSAGE_DELETE_BULK", &data, guild, wanted(guild.is_some()));
    }

    /// Whether the bot is there to hear what is said in a channel.
    pub(super) fn hears(&self, channel: ChannelId) -> bool {
        let available = match self.channels.get(&channel).map(|channel| &channel.place) {
            Some(Place::Text { guild } | Place::Thread { guild, .. }) => {
                self.guilds.get(guild).is_some_and(|guild| !guild.unavailable)
            }
            Some(Place::Direct { .. }) => true,
            None => false,
        };
        available && self.may(self.bot, channel).has(Permission::ViewChannel)
    }
}

/// Takes out what is read only with the privilege of reading messages: all words in a guild but the
/// bot's own and those that mention it.
pub(super) fn hide_words(message: &mut Value, bot: UserId) {
    let bot = json!(bot);
    hide_in(message, &bot);
    if let Some(original) = message.get_mut("referenced_message").filter(|it| it.is_object()) {
        hide_in(original, &bot);
    }
    if mentions(message, &bot) {
        return;
    }
    let snapshots = message.get_mut("message_snapshots").and_then(Value::as_array_mut);
    for snapshot in snapshots.into_iter().flatten() {
        hide_in(&mut snapshot["message"], &bot);
    }
}

fn mentions(message: &Value, bot: &Value) -> bool {
    message["mentions"].as_array().is_some_and(|all| all.iter().any(|user| user["id"] == *bot))
}

fn hide_in(message: &mut Value, bot: &Value) {
    if message["author"]["id"] == *bot || mentions(message, bot) {
        return;
    }
    message["content"] = json!("");
    for list in ["embeds", "attachments", "components"] {
        message[list] = json!([]);
    }
}
