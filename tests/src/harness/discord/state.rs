//! What there is at this Discord: guilds, channels, members, messages, and what is known of the
//! bot. Everything is behind one lock, so that what a request changes and what the gateway tells of
//! it have one order. Left out: whatever a CRM in a chat never meets, such as voice, emojis and
//! bans.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::commands::Command;
use super::faults::Faults;
use super::ids::{ChannelId, Clock, GuildId, InteractionId, MessageId, RoleId, UserId};
use super::interactions::Began;
use super::limits::Counters;
use super::options::Options;
use super::permissions::{Permission, Permissions};
use super::refusal::Refusal;
use super::sessions::Sessions;
use super::violations::{Request, Violation};

/// A person or a bot.
#[derive(Debug, Clone)]
pub(super) struct User {
    pub(super) id: UserId,
    pub(super) name: String,
    pub(super) is_bot: bool,
    /// Whether nobody but friends may write to them.
    pub(super) closed: bool,
}

/// A server.
#[derive(Debug, Clone)]
pub(super) struct Guild {
    pub(super) id: GuildId,
    pub(super) name: String,
    pub(super) owner: UserId,
    pub(super) members: BTreeMap<UserId, Member>,
    pub(super) roles: BTreeMap<RoleId, Role>,
    /// Whether Discord has trouble with it.
    pub(super) unavailable: bool,
}

/// Somebody in a guild.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) joined_at: DateTime<Utc>,
    pub(super) roles: BTreeSet<RoleId>,
}

/// What gives its holders permissions.
#[derive(Debug, Clone)]
pub(super) struct Role {
    pub(super) id: RoleId,
    pub(super) name: String,
    pub(super) permissions: Permissions,
    pub(super) position: u16,
    /// The bot that it came with.
    pub(super) of_bot: Option<UserId>,
}

/// Where messages are.
#[derive(Debug, Clone)]
pub(super) struct Channel {
    pub(super) id: ChannelId,
    pub(super) name: String,
    pub(super) place: Place,
    /// What it allows and denies, by the id of a role or a member.
    pub(super) overwrites: BTreeMap<u64, Overwrite>,
    pub(super) last_message: Option<MessageId>,
}

/// What kind of channel it is.
#[derive(Debug, Clone)]
pub(super) enum Place {
    /// A text channel.
    Text {
        /// Its guild.
        guild: GuildId,
    },
    /// A thread that everybody sees who sees its channel.
    Thread {
        /// Its guild.
        guild: GuildId,
        /// The channel that it hangs on.
        parent: ChannelId,
        /// Who started it.
        owner: UserId,
        /// Put away; whoever writes in it brings it back.
        archived: bool,
        /// Put away for good.
        locked: bool,
    },
    /// What the bot and somebody say to each other.
    Direct {
        /// Who it is.
        with: UserId,
    },
}

impl Place {
    /// The guild that it is in.
    pub(super) fn guild(&self) -> Option<GuildId> {
        match self {
            Self::Text { guild } | Self::Thread { guild, .. } => Some(*guild),
            Self::Direct { .. } => None,
        }
    }

    fn is_direct_with(&self, user: UserId) -> bool {
        matches!(self, Self::Direct { with } if *with == user)
    }

    pub(super) fn hangs_on(&self, channel: ChannelId) -> bool {
        matches!(self, Self::Thread { parent, .. } if *parent == channel)
    }
}

/// What a channel allows and denies a role or a member.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Overwrite {
    pub(super) of_member: bool,
    pub(super) allow: Permissions,
    pub(super) deny: Permissions,
}

/// A message.
#[derive(Debug, Clone)]
pub(super) struct Message {
    pub(super) id: MessageId,
    pub(super) channel: ChannelId,
    pub(super) author: UserId,
    pub(super) kind: u8,
    pub(super) content: String,
    pub(super) embeds: Vec<Value>,
    pub(super) components: Vec<Value>,
    pub(super) attachments: Vec<Value>,
    pub(super) flags: u64,
    pub(super) nonce: Option<Value>,
    pub(super) edited_at: Option<DateTime<Utc>>,
    pub(super) mentions: Vec<UserId>,
    pub(super) mention_roles: Vec<RoleId>,
    pub(super) mentions_everyone: bool,
    pub(super) reference: Option<Reference>,
    pub(super) snapshots: Vec<Value>,
    pub(super) thread: Option<ChannelId>,
    /// Who put which sign on it.
    pub(super) reactions: Vec<(String, Vec<UserId>)>,
    /// The interaction that it answers.
    pub(super) answers: Option<InteractionId>,
    /// The one person who sees it.
    pub(super) only_for: Option<UserId>,
}

/// What a message refers to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reference {
    pub(super) forwards: bool,
    pub(super) channel: ChannelId,
    pub(super) message: Option<MessageId>,
}

/// The flags of a message.
pub(super) mod flags {
    /// It is shown without embeds.
    pub(crate) const SUPPRESS_EMBEDS: u64 = 1 << 2;
    /// A thread hangs on it.
    pub(crate) const HAS_THREAD: u64 = 1 << 5;
    /// One person sees it.
    pub(crate) const EPHEMERAL: u64 = 1 << 6;
    /// What it will say is still being made.
    pub(crate) const LOADING: u64 = 1 << 7;
    /// It makes no sound.
    pub(crate) const SUPPRESS_NOTIFICATIONS: u64 = 1 << 12;
    /// It was forwarded.
    pub(crate) const HAS_SNAPSHOT: u64 = 1 << 14;
    /// It consists of components alone.
    pub(crate) const COMPONENTS_V2: u64 = 1 << 15;
}

/// The kinds of messages that there are here.
pub(super) mod kinds {
    /// Somebody says something.
    pub(crate) const PLAIN: u8 = 0;
    /// The channel says that somebody started a thread.
    pub(crate) const THREAD_CREATED: u8 = 18;
    /// A reply.
    pub(crate) const REPLY: u8 = 19;
    /// What answers a command.
    pub(crate) const COMMAND: u8 = 20;
    /// The thread shows the message that it hangs on.
    pub(crate) const THREAD_STARTER: u8 = 21;
    /// What answers a command of a context menu.
    pub(crate) const CONTEXT_MENU: u8 = 23;
}

/// Everything.
pub(super) struct World {
    pub(super) clock: Arc<Clock>,
    pub(super) options: Options,
    pub(super) port: u16,
    pub(super) bot: UserId,
    pub(super) token: String,
    pub(super) users: BTreeMap<UserId, User>,
    pub(super) guilds: BTreeMap<GuildId, Guild>,
    pub(super) channels: BTreeMap<ChannelId, Channel>,
    pub(super) messages: BTreeMap<MessageId, Message>,
    pub(super) commands: Vec<Command>,
    pub(super) interactions: BTreeMap<InteractionId, Began>,
    pub(super) sessions: Sessions,
    pub(super) counters: Counters,
    pub(super) faults: Faults,
    pub(super) requests: Vec<Request>,
    pub(super) violations: Vec<Violation>,
    pub(super) own_faults: Vec<String>,
}

impl World {
    pub(super) fn new(clock: Arc<Clock>, options: Options, port: u16) -> Self {
        let bot = UserId(clock.id());
        let user = User { id: bot, name: "tieline".to_owned(), is_bot: true, closed: false };
        Self {
            bot,
            token: token(bot, &clock),
            users: BTreeMap::from([(bot, user)]),
            guilds: BTreeMap::new(),
            channels: BTreeMap::new(),
            messages: BTreeMap::new(),
            commands: Vec::new(),
            interactions: BTreeMap::new(),
            sessions: Sessions::default(),
            counters: Counters::default(),
            faults: Faults::default(),
            requests: Vec::new(),
            violations: Vec::new(),
            own_faults: Vec::new(),
            clock,
            options,
            port,
        }
    }

    /// From now on another token counts.
    pub(super) fn replace_token(&mut self) -> String {
        self.token = token(self.bot, &self.clock);
        self.token.clone()
    }

    pub(super) fn guild_of(&self, channel: ChannelId) -> Option<GuildId> {
        self.channels.get(&channel)?.place.guild()
    }

    /// A guild that the bot is in.
    pub(super) fn guild(&self, id: GuildId) -> Result<&Guild, Refusal> {
        let guild = self.guilds.get(&id).ok_or_else(Refusal::unknown_guild)?;
        if guild.members.contains_key(&self.bot) {
            Ok(guild)
        } else {
            Err(Refusal::missing_access())
        }
    }

    /// A channel that the bot sees.
    pub(super) fn channel(&self, id: ChannelId) -> Result<&Channel, Refusal> {
        let channel = self.channels.get(&id).ok_or_else(Refusal::unknown_channel)?;
        if self.may(self.bot, id).has(Permission::ViewChannel) {
            Ok(channel)
        } else {
            Err(Refusal::missing_access())
        }
    }

    /// A message in a channel that anybody in it sees.
    pub(super) fn message_in(
        &self,
        channel: ChannelId,
        id: MessageId,
    ) -> Result<&Message, Refusal> {
        let message = self.messages.get(&id);
        let here = message.filter(|m| m.channel == channel && m.only_for.is_none());
        here.ok_or_else(Refusal::unknown_message)
    }

    /// The direct messages of the bot and somebody, which there are from when they are asked for.
    pub(super) fn direct(&mut self, with: UserId) -> ChannelId {
        let is_it = |channel: &&Channel| channel.place.is_direct_with(with);
        if let Some(channel) = self.channels.values().find(is_it) {
            return channel.id;
        }
        let id = ChannelId(self.clock.id());
        let channel = Channel {
            id,
            name: String::new(),
            place: Place::Direct { with },
            overwrites: BTreeMap::new(),
            last_message: None,
        };
        self.channels.insert(id, channel);
        id
    }

    /// Whether the bot meets somebody in a guild.
    pub(super) fn meets(&self, user: UserId) -> bool {
        let both = |guild: &Guild| {
            guild.members.contains_key(&user) && guild.members.contains_key(&self.bot)
        };
        self.guilds.values().any(both)
    }
}

/// A token as a bot's look: its id, and two parts that nobody guesses.
fn token(bot: UserId, clock: &Clock) -> String {
    let secret = clock.secret();
    let (moment, proof) = secret.split_at(6);
    format!("bot{bot}.{moment}.{proof}")
}
