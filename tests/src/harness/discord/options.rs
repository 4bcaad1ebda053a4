//! How strict this Discord is, and in what. What it starts with is what Discord does to a bot that
//! it has known for long, without the limits on how often it may be asked. Left out: whatever
//! Discord does not let a bot feel.

use std::time::Duration;

/// The intents that matter here; a bot has the privileged ones only when Discord granted them.
pub mod intents {
    /// What happens to guilds and channels.
    pub const GUILDS: u64 = 1;
    /// Who joins and leaves; a privilege.
    pub const GUILD_MEMBERS: u64 = 1 << 1;
    /// Who is online; a privilege.
    pub const GUILD_PRESENCES: u64 = 1 << 8;
    /// What is said in guilds.
    pub const GUILD_MESSAGES: u64 = 1 << 9;
    /// What people put on messages in guilds.
    pub const GUILD_MESSAGE_REACTIONS: u64 = 1 << 10;
    /// What is said to the bot alone.
    pub const DIRECT_MESSAGES: u64 = 1 << 12;
    /// What people put on messages to the bot alone.
    pub const DIRECT_MESSAGE_REACTIONS: u64 = 1 << 13;
    /// The words of what is said in guilds; a privilege.
    pub const MESSAGE_CONTENT: u64 = 1 << 15;

    /// Every intent that there is.
    pub(crate) const KNOWN: u64 = 0xffff | 0x0001_0000 | 0x0030_0000 | 0x0300_0000;
    /// Those that are privileges.
    pub(crate) const PRIVILEGED: u64 = GUILD_MEMBERS | GUILD_PRESENCES | MESSAGE_CONTENT;
}

/// How strict this Discord is.
#[derive(Debug, Clone)]
pub struct Options {
    /// How often a client has to send a heartbeat.
    pub heartbeat: Duration,
    /// Which privileged intents the bot was granted.
    pub privileges: u64,
    /// How many shards the bot needs at least.
    pub shards: u64,
    /// How many events are kept for a client that resumes.
    pub events_kept: usize,
    /// How long a client has to wait between two IDENTIFYs, where that is enforced.
    pub identify_pause: Option<Duration>,
    /// How often it may be asked, where that is enforced.
    pub limits: Option<Limits>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_millis(41_250),
            privileges: intents::GUILD_MEMBERS | intents::MESSAGE_CONTENT,
            shards: 1,
            events_kept: 1_000,
            identify_pause: None,
            limits: None,
        }
    }
}

/// How often Discord may be asked.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Requests in a second, over all routes but those of interactions.
    pub global_per_second: u32,
    /// Messages in a channel, and the time they are counted over.
    pub messages: (u32, Duration),
    /// Edits in a channel, and the time they are counted over.
    pub edits: (u32, Duration),
    /// Every other route, for each channel, guild or interaction.
    pub others: (u32, Duration),
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            global_per_second: 50,
            messages: (5, Duration::from_secs(5)),
            edits: (5, Duration::from_secs(5)),
            others: (10, Duration::from_secs(5)),
        }
    }
}
