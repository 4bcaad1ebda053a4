//! Threads that everybody sees: started from a message or from nothing, listed, put away and
//! brought back. Left out: private threads and forums.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::ids::{ChannelId, GuildId, MessageId, UserId, moment};
use super::permissions::Permission;
use super::refusal::Refusal;
use super::routes::{Call, Reply};
use super::state::{Channel, Message, Place, Reference, World, flags, kinds};

pub(super) fn start(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let parent = call.id("channel_id")?;
    world.bot_may_start(parent)?;
    if call.field("type") != 11 {
        world.violated(call, "a thread is started with type 11; others are left out here");
    }
    let name = call.field("name").as_str().unwrap_or_default();
    let id = world.start_thread(world.bot, parent, name, None)?;
    let mut payload = world.channel_payload(world.channel(id)?);
    payload["member"] = world.thread_member(id);
    Ok(Reply::created(payload))
}

pub(super) fn start_from_message(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let parent = call.id("channel_id")?;
    world.bot_may_start(parent)?;
    let message = world.message_in(parent, call.id("message_id")?)?.id;
    let name = call.field("name").as_str().unwrap_or_default();
    let id = world.start_thread(world.bot, parent, name, Some(message))?;
    let mut payload = world.channel_payload(world.channel(id)?);
    payload["member"] = world.thread_member(id);
    Ok(Reply::created(payload))
}

pub(super) fn active(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let guild: GuildId = call.id("guild_id")?;
    world.guild(guild)?;
    let seen = |thread: &&Channel| world.may(world.bot, thread.id).has(Permission::ViewChannel);
    let threads = world.threads_of(guild).filter(seen).map(|thread| world.channel_payload(thread));
    let threads: Vec<_> = threads.collect();
    Ok(Reply::ok(json!({ "threads": threads, "members": [], "has_more": false })))
}

impl World {
    fn bot_may_start(&self, parent: ChannelId) -> Result<(), Refusal> {
        let channel = self.channel(parent)?;
        if !matches!(channel.place, Place::Text { .. }) {
            let message = "Cannot execute action on this channel type";
            return Err(Refusal::new(400, 50024, message));
        }
        if self.may(self.bot, parent).has(Permission::CreatePublicThreads) {
            Ok(())
        } else {
            Err(Refusal::missing_permissions())
        }
    }

    fn thread_member(&self, thread: ChannelId) -> Value {
        let joined_at = moment(self.clock.now());
        json!({ "id": thread, "user_id": self.bot, "join_timestamp": joined_at, "flags": 0 })
    }

    /// Starts a thread. One from a message has the message's id.
    pub(super) fn start_thread(
        &mut self,
        owner: UserId,
        parent: ChannelId,
        name: &str,
        message: Option<MessageId>,
    ) -> Result<ChannelId, Refusal> {
        let guild = self.guild_of(parent).ok_or_else(Refusal::unknown_channel)?;
        if message.and_then(|id| self.messages.get(&id)).is_some_and(|m| m.thread.is_some()) {
            return Err(Refusal::thread_exists());
        }
        let id = ChannelId(message.map_or_else(|| self.clock.id(), |message| message.0));
        let place = Place::Thread { guild, parent, owner, archived: false, locked: false };
        let channel = Channel {
            id,
            name: name.to_owned(),
            place,
            overwrites: BTreeMap::new(),
            last_message: None,
        };
        let mut payload = self.channel_payload(&channel);
        payload["newly_created"] = json!(true);
        self.channels.insert(id, channel);
        self.tell_guild("THREAD_CREATE", &payload, guild);
        if let Some(message) = message {
            if let Some(message) = self.messages.get_mut(&message) {
                message.thread = Some(id);
                message.flags |= flags::HAS_THREAD;
            }
            self.tell_message("MESSAGE_UPDATE", message);
            let mut starter = Message::blank(owner, id);
            starter.kind = kinds::THREAD_STARTER;
            starter.reference =
                Some(Reference { forwards: false, channel: parent, message: Some(message) });
            self.post(starter);
        } else {
            let mut notice = Message::blank(owner, parent);
            notice.kind = kinds::THREAD_CREATED;
            notice.content = name.to_owned();
            notice.reference = Some(Reference { forwards: false, channel: id, message: None });
            self.post(notice);
        }
        Ok(id)
    }

    /// Puts a thread away, or for good.
    pub(super) fn archive_thread(&mut self, id: ChannelId, for_good: bool) -> Result<(), Refusal> {
        let channel = self.channels.get_mut(&id).ok_or_else(Refusal::unknown_channel)?;
        let Place::Thread { archived, locked, guild, .. } = &mut channel.place else {
            return Err(Refusal::unknown_channel());
        };
        *archived = true;
        *locked = for_good;
        let guild = *guild;
        if let Some(channel) = self.channels.get(&id) {
            let payload = self.channel_payload(channel);
            self.tell_guild("THREAD_UPDATE", &payload, guild);
        }
        Ok(())
    }
}
