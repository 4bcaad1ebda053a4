//! People, who write as they do in Discord's own client: they say, reply, forward, edit and delete,
//! and start threads. What their client would not let them do is an error to the test. What they do
//! with the bot's commands and buttons is in `using.rs`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::content::CONTENT_CHARS_MAX;
use super::ids::{ChannelId, GuildId, MessageId, UserId};
use super::options::intents;
use super::permissions::Permission;
use super::server::Shared;
use super::state::{Member, Message, Place, Reference, World, flags, kinds};
use super::visible::{Visible, shown};

/// Somebody with an account.
#[derive(Clone)]
pub struct Person {
    pub(super) shared: Arc<Shared>,
    pub(super) id: UserId,
    name: String,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.name, self.id)
    }
}

impl Person {
    pub(super) fn new(shared: Arc<Shared>, id: UserId, name: &str) -> Self {
        Self { shared, id, name: name.to_owned() }
    }

    /// Their id.
    pub fn id(&self) -> UserId {
        self.id
    }

    /// Their name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What mentions them.
    pub fn mention(&self) -> String {
        format!("<@{}>", self.id)
    }

    /// Joins a guild.
    ///
    /// # Errors
    /// When there is no such guild.
    pub fn join(&self, guild: GuildId) -> Result<()> {
        let mut world = self.shared.world();
        let joined_at = world.clock.now();
        let here = world.guilds.get_mut(&guild).context("there is no such guild")?;
        let member = Member { joined_at, roles: Default::default() };
        here.members.insert(self.id, member.clone());
        let mut payload = world.member_payload(self.id, &member);
        payload["guild_id"] = json!(guild);
        if world.guild(guild).is_ok() {
            world.tell("GUILD_MEMBER_ADD", &payload, Some(guild), intents::GUILD_MEMBERS);
        }
        Ok(())
    }

    /// Leaves a guild.
    ///
    /// # Errors
    /// When they are not in it.
    pub fn leave(&self, guild: GuildId) -> Result<()> {
        let mut world = self.shared.world();
        let here = world.guilds.get_mut(&guild).context("there is no such guild")?;
        here.members.remove(&self.id).with_context(|| format!("{self:?} is not in it"))?;
        let payload = json!({ "guild_id": guild, "user": world.user_payload(self.id) });
        if world.guild(guild).is_ok() {
            world.tell("GUILD_MEMBER_REMOVE", &payload, Some(guild), intents::GUILD_MEMBERS);
        }
        Ok(())
    }

    /// Lets nobody but friends write to them, or everybody they meet in a guild again.
    pub fn close_direct_messages(&self, closed: bool) {
        if let Some(user) = self.shared.world().users.get_mut(&self.id) {
            user.closed = closed;
        }
    }

    /// Their direct messages with the bot.
    pub fn direct(&self) -> ChannelId {
        self.shared.world().direct(self.id)
    }

    /// Says something.
    ///
    /// # Errors
    /// When they may not there, or it is too long.
    pub fn say(&self, channel: ChannelId, text: &str) -> Result<MessageId> {
        let message = Message::blank(self.id, channel);
        self.send(message, text)
    }

    /// Says something with files; none is really there.
    ///
    /// # Errors
    /// When they may not there, or it is too long.
    pub fn say_with(&self, channel: ChannelId, text: &str, files: &[&str]) -> Result<MessageId> {
        let mut message = Message::blank(self.id, channel);
        for name in files {
            let id = self.shared.clock.id().to_string();
            let url = format!("https://cdn.discordapp.com/attachments/{channel}/{id}/{name}");
            message.attachments.push(json!({
                "id": id,
                "filename": name,
                "size": 1_024,
                "url": url,
                "proxy_url": url,
                "content_type": "application/octet-stream",
            }));
        }
        self.send(message, text)
    }

    /// Replies to a message, and pings who wrote it, as their client does unless told otherwise.
    ///
    /// # Errors
    /// When they do not see it, may not reply, or it is too long.
    pub fn reply(&self, to: MessageId, text: &str) -> Result<MessageId> {
        let original = self.seen(to)?;
        ensure!(original.only_for.is_none(), "to what one alone sees nobody replies");
        let mut message = Message::blank(self.id, original.channel);
        message.kind = kinds::REPLY;
        message.reference =
            Some(Reference { forwards: false, channel: original.channel, message: Some(to) });
        if original.author != self.id {
            message.mentions.push(original.author);
        }
        self.send(message, text)
    }

    /// Forwards a message to another channel: its words, and neither who said them nor where.
    ///
    /// # Errors
    /// When they do not see it, or may not say anything there.
    pub fn forward(&self, what: MessageId, to: ChannelId) -> Result<MessageId> {
        let original = self.seen(what)?;
        ensure!(original.only_for.is_none(), "what one alone sees is not forwarded");
        let mut message = Message::blank(self.id, to);
        message.flags |= flags::HAS_SNAPSHOT;
        message.reference =
            Some(Reference { forwards: true, channel: original.channel, message: Some(what) });
        message.snapshots.push(self.shared.world().snapshot_of(&original));
        self.send(message, "")
    }

    /// Changes what they said.
    ///
    /// # Errors
    /// When it is not theirs, or too long.
    pub fn edit(&self, what: MessageId, text: &str) -> Result<()> {
        let said = self.own(what)?;
        check_length(text)?;
        let mut world = self.shared.world();
        let now = world.clock.now();
        let mut pings = world.pings_of(self.id, said.channel, text);
        // Whom it replies to it goes on mentioning.
        let replied = said.reference.and_then(|reference| reference.message);
        let replied = replied.and_then(|id| world.messages.get(&id)).map(|message| message.author);
        let replied = replied.filter(|author| said.mentions.contains(author));
        pings.users.extend(replied.filter(|author| !pings.users.contains(author)));
        let message = world.messages.get_mut(&what).context("the message is gone")?;
        message.content = text.trim().to_owned();
        message.edited_at = Some(now);
        message.mentions = pings.users;
        message.mention_roles = pings.roles;
        message.mentions_everyone = pings.everyone;
        world.tell_message("MESSAGE_UPDATE", what);
        Ok(())
    }

    /// Deletes what they said.
    ///
    /// # Errors
    /// When it is not theirs.
    pub fn delete(&self, what: MessageId) -> Result<()> {
        self.own(what)?;
        self.shared.world().remove(what);
        Ok(())
    }

    /// Starts a thread in a channel.
    ///
    /// # Errors
    /// When they may not.
    pub fn start_thread(&self, channel: ChannelId, name: &str) -> Result<ChannelId> {
        self.begin_thread(channel, name, None)
    }

    /// Starts a thread on a message.
    ///
    /// # Errors
    /// When they may not, or there is one.
    pub fn start_thread_on(&self, message: MessageId, name: &str) -> Result<ChannelId> {
        let channel = self.seen(message)?.channel;
        self.begin_thread(channel, name, Some(message))
    }

    fn begin_thread(
        &self,
        channel: ChannelId,
        name: &str,
        message: Option<MessageId>,
    ) -> Result<ChannelId> {
        let mut world = self.shared.world();
        let may = world.may(self.id, channel).has(Permission::CreatePublicThreads);
        ensure!(may, "{self:?} may not start threads there");
        let of_text = world.channels.get(&channel);
        let of_text = of_text.is_some_and(|c| matches!(c.place, Place::Text { .. }));
        ensure!(of_text, "threads hang on text channels");
        let started = world.start_thread(self.id, channel, name, message);
        started.map_err(|refusal| anyhow::anyhow!("Discord refuses: {}", refusal.body))
    }

    /// Puts a thread away.
    ///
    /// # Errors
    /// When it is none.
    pub fn archive(&self, thread: ChannelId) -> Result<()> {
        let archived = self.shared.world().archive_thread(thread, false);
        archived.map_err(|refusal| anyhow::anyhow!("Discord refuses: {}", refusal.body))
    }

    /// What they see in a channel, what only they see included.
    pub fn sees(&self, channel: ChannelId) -> Vec<Visible> {
        let world = self.shared.world();
        if !world.may(self.id, channel).has(Permission::ViewChannel) {
            return Vec::new();
        }
        let here = world.messages.values().filter(|message| {
            message.channel == channel && message.only_for.is_none_or(|one| one == self.id)
        });
        here.map(|message| Visible::of(&world, message)).collect()
    }

    /// Waits until they see such a message in a channel.
    ///
    /// # Errors
    /// When they do not in time; the error shows what they see.
    pub async fn wait_for(
        &self,
        channel: ChannelId,
        is_it: impl Fn(&Visible) -> bool,
        patience: Duration,
    ) -> Result<Visible> {
        let began = Instant::now();
        loop {
            let all = self.sees(channel);
            if let Some(found) = all.iter().find(|message| is_it(message)) {
                return Ok(found.clone());
            }
            if began.elapsed() > patience {
                bail!("{self:?} waited in vain; in {channel} they see:\n{}", shown(&all));
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// A message that they see.
    pub(super) fn seen(&self, id: MessageId) -> Result<Message> {
        let world = self.shared.world();
        let message = world.messages.get(&id).context("there is no such message")?;
        let sees = world.may(self.id, message.channel).has(Permission::ViewChannel)
            && message.only_for.is_none_or(|one| one == self.id);
        ensure!(sees, "{self:?} does not see it");
        Ok(message.clone())
    }

    fn own(&self, id: MessageId) -> Result<Message> {
        let message = self.seen(id)?;
        ensure!(message.author == self.id, "{self:?} did not say it");
        Ok(message)
    }

    fn send(&self, mut message: Message, text: &str) -> Result<MessageId> {
        let mut world = self.shared.world();
        self.check_may_write(&world, message.channel)?;
        check_length(text)?;
        message.content = text.trim().to_owned();
        ensure!(!message.is_empty(), "nobody says nothing");
        let pings = world.pings_of(self.id, message.channel, text);
        let more = pings.users.into_iter().filter(|user| !message.mentions.contains(user));
        let more: Vec<_> = more.collect();
        message.mentions.extend(more);
        message.mention_roles = pings.roles;
        message.mentions_everyone = pings.everyone;
        // A client gives each message a number of its own.
        message.nonce = Some(Value::String(world.clock.id().to_string()));
        Ok(world.post(message))
    }

    fn check_may_write(&self, world: &World, channel: ChannelId) -> Result<()> {
        let place = &world.channels.get(&channel).context("there is no such channel")?.place;
        let needed = match place {
            Place::Thread { locked: true, .. } => bail!("the thread is locked"),
            Place::Thread { .. } => Permission::SendMessagesInThreads,
            Place::Text { .. } | Place::Direct { .. } => Permission::SendMessages,
        };
        let may = world.may(self.id, channel);
        let may = may.has(Permission::ViewChannel) && may.has(needed);
        ensure!(may, "{self:?} may not say anything in {channel}");
        Ok(())
    }
}

fn check_length(text: &str) -> Result<()> {
    let chars = text.trim().chars().count();
    ensure!(chars <= CONTENT_CHARS_MAX, "a message has at most {CONTENT_CHARS_MAX} characters");
    Ok(())
}
