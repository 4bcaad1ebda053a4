//! The messages of a channel: to say something, to reply and forward, to change and delete it, and
//! to read what was said. Left out: the bot's reactions, pins, and deleting many at once.

use std::ops::Bound;

use chrono::TimeDelta;
use serde_json::Value;

use super::ids::{ChannelId, MessageId};
use super::options::intents;
use super::permissions::Permission;
use super::pings::Manner;
use super::posting::Said;
use super::refusal::Refusal;
use super::routes::{Call, Reply};
use super::sessions::hide_words;
use super::state::{Message, Place, Reference, World, flags, kinds};

/// How long the same nonce is the same message: "the past few minutes".
const NONCE_COUNTS_MINUTES: i64 = 3;

/// The flags that a bot may give a message in a channel.
const FLAGS_GIVEN: u64 =
    flags::SUPPRESS_EMBEDS | flags::SUPPRESS_NOTIFICATIONS | flags::COMPONENTS_V2;

pub(super) fn create(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let channel: ChannelId = call.id("channel_id")?;
    world.bot_may_write(channel)?;
    let body = call.body.clone().unwrap_or_default();
    let reference = world.read_reference(channel, &body["message_reference"])?;
    let replied = reference.filter(|reference| !reference.forwards);
    let replied = replied.and_then(|reference| reference.message);
    let replied = replied.and_then(|id| world.messages.get(&id)).map(|message| message.author);
    let replied = replied.filter(|author| *author != world.bot);
    let said = world.read_said(call, &body, Manner::Message, replied, 0)?;
    if said.has_embeds() && !world.may(world.bot, channel).has(Permission::EmbedLinks) {
        return Err(Refusal::missing_permissions());
    }
    let nonce = Some(body["nonce"].clone()).filter(|nonce| !nonce.is_null());
    if body["enforce_nonce"] == true
        && let Some(first) = nonce.as_ref().and_then(|nonce| world.said_with(nonce))
    {
        return Ok(Reply::ok(world.message_payload(first)));
    }
    let mut message = Message::blank(world.bot, channel);
    message.nonce = nonce;
    message.flags = said.flags.unwrap_or_default() & FLAGS_GIVEN;
    said.into_message(&mut message);
    if let Some(reference) = reference {
        message.reference = Some(reference);
        if reference.forwards {
            message.snapshots = world.snapshots(reference)?;
            message.flags |= flags::HAS_SNAPSHOT;
        } else {
            message.kind = kinds::REPLY;
        }
    }
    if message.is_empty() {
        return Err(Refusal::empty_message());
    }
    let id = world.post(message);
    let message = world.message_in(channel, id)?;
    Ok(Reply::ok(world.message_payload(message)))
}

pub(super) fn get(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let channel = call.id("channel_id")?;
    world.channel(channel)?;
    if !world.may(world.bot, channel).has(Permission::ReadMessageHistory) {
        return Err(Refusal::missing_access());
    }
    let message = world.message_in(channel, call.id("message_id")?)?;
    Ok(Reply::ok(world.read_by_bot(message)))
}

pub(super) fn edit(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let channel = call.id("channel_id")?;
    world.channel(channel)?;
    let message = world.message_in(channel, call.id("message_id")?)?;
    if message.author != world.bot {
        return Err(Refusal::edits_another());
    }
    let (id, standing) = (message.id, message.flags);
    if let Some(Place::Thread { archived: true, .. }) =
        world.channels.get(&channel).map(|c| &c.place)
    {
        return Err(Refusal::archived_thread());
    }
    let body = call.body.clone().unwrap_or_default();
    let said = world.read_said(call, &body, Manner::Message, None, standing)?;
    if said.has_embeds() && !world.may(world.bot, channel).has(Permission::EmbedLinks) {
        return Err(Refusal::missing_permissions());
    }
    world.change(id, said)?;
    let message = world.message_in(channel, id)?;
    Ok(Reply::ok(world.message_payload(message)))
}

pub(super) fn delete(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let channel = call.id("channel_id")?;
    world.channel(channel)?;
    let message = world.message_in(channel, call.id("message_id")?)?;
    let is_own = message.author == world.bot;
    let id = message.id;
    if !is_own && !world.may(world.bot, channel).has(Permission::ManageMessages) {
        return Err(Refusal::missing_permissions());
    }
    world.remove(id);
    Ok(Reply::empty())
}

pub(super) fn list(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let channel = call.id("channel_id")?;
    world.channel(channel)?;
    let ways = ["before", "after", "around"];
    if ways.iter().filter(|way| call.query(way).is_some()).count() > 1 {
        world.violated(call, "before, after and around exclude each other");
    }
    if !world.may(world.bot, channel).has(Permission::ReadMessageHistory) {
        // No refusal: nothing was said that it may see.
        return Ok(Reply::ok(Value::Array(Vec::new())));
    }
    let limit = call.query("limit").and_then(|limit| limit.parse().ok()).unwrap_or(50);
    let at = |way: &str| call.query(way).and_then(|id| id.parse().ok()).map(MessageId);
    let first = Bound::Unbounded;
    let mut found: Vec<&Message> = if let Some(after) = at("after") {
        let later = world.listed(channel, Bound::Excluded(after), Bound::Unbounded);
        later.take(limit).collect()
    } else if let Some(around) = at("around") {
        let earlier = world.listed(channel, first, Bound::Excluded(around)).rev();
        let mut found: Vec<_> = earlier.take(limit / 2).collect();
        found.reverse();
        let rest = limit - found.len();
        found.extend(world.listed(channel, Bound::Included(around), Bound::Unbounded).take(rest));
        found
    } else {
        let end = at("before").map_or(Bound::Unbounded, Bound::Excluded);
        let mut found: Vec<_> = world.listed(channel, first, end).rev().take(limit).collect();
        found.reverse();
        found
    };
    // The newest first, whichever were asked for.
    found.reverse();
    Ok(Reply::ok(found.into_iter().map(|message| world.read_by_bot(message)).collect()))
}

impl World {
    /// The messages of a channel that whoever is in it sees, between two.
    fn listed(
        &self,
        channel: ChannelId,
        from: Bound<MessageId>,
        to: Bound<MessageId>,
    ) -> impl DoubleEndedIterator<Item = &Message> {
        let is_here = move |m: &&Message| m.channel == channel && m.only_for.is_none();
        self.messages.range((from, to)).map(|(_, message)| message).filter(is_here)
    }

    /// A message as the bot may read it.
    pub(super) fn read_by_bot(&self, message: &Message) -> Value {
        let mut payload = self.message_payload(message);
        let granted = self.options.privileges & intents::MESSAGE_CONTENT != 0;
        if !granted && self.guild_of(message.channel).is_some() {
            hide_words(&mut payload, self.bot);
        }
        payload
    }

    /// Whether the bot may say something in a channel.
    pub(super) fn bot_may_write(&self, id: ChannelId) -> Result<(), Refusal> {
        let may = self.may(self.bot, id);
        match &self.channel(id)?.place {
            Place::Text { .. } if may.has(Permission::SendMessages) => Ok(()),
            Place::Thread { locked: true, .. } if !may.has(Permission::ManageThreads) => {
                Err(Refusal::archived_thread())
            }
            Place::Thread { .. } if may.has(Permission::SendMessagesInThreads) => Ok(()),
            Place::Text { .. } | Place::Thread { .. } => Err(Refusal::missing_permissions()),
            Place::Direct { with } => {
                if self.users.get(with).is_some_and(|user| user.closed) {
                    Err(Refusal::closed_to_you())
                } else if !self.meets(*with) {
                    Err(Refusal::nobody_in_common())
                } else {
                    Ok(())
                }
            }
        }
    }

    /// What the bot's message refers to, if that is there.
    fn read_reference(&self, here: ChannelId, given: &Value) -> Result<Option<Reference>, Refusal> {
        if given.is_null() {
            return Ok(None);
        }
        let forwards = given["type"] == 1;
        let id = |name: &str| given[name].as_str().and_then(|id| id.parse::<u64>().ok());
        let channel = id("channel_id").map_or(here, ChannelId);
        let may = self.may(self.bot, channel);
        if forwards {
            if id("channel_id").is_none() {
                let at = "message_reference/channel_id";
                return Err(Refusal::field(at, "BASE_TYPE_REQUIRED", "This field is required"));
            }
            self.channel(channel)?;
        } else if channel != here {
            let code = "REPLIES_CANNOT_REFERENCE_OTHER_CHANNEL";
            let message = "Cannot reply to a message in a different channel";
            return Err(Refusal::field("message_reference", code, message));
        }
        if !may.has(Permission::ReadMessageHistory) {
            return Err(Refusal::history_unreadable());
        }
        let message = id("message_id").map(MessageId);
        let original = message.and_then(|message| self.message_in(channel, message).ok());
        match original {
            Some(original) => Ok(Some(Reference { forwards, channel, message: Some(original.id) })),
            None if !forwards && given["fail_if_not_exists"] == false => Ok(None),
            None => {
                let code = "MESSAGE_REFERENCE_UNKNOWN_MESSAGE";
                Err(Refusal::field("message_reference", code, "Unknown message"))
            }
        }
    }

    /// What a forward carries. What the bot may not read, it cannot forward.
    fn snapshots(&self, reference: Reference) -> Result<Vec<Value>, Refusal> {
        let original = reference.message.and_then(|id| self.messages.get(&id));
        let original = original.ok_or_else(Refusal::unknown_message)?;
        let in_guild = self.guild_of(original.channel).is_some();
        let granted = self.options.privileges & intents::MESSAGE_CONTENT != 0;
        if in_guild && !granted && original.author != self.bot {
            let code = "MESSAGE_FORWARD_CONTENT_REQUIRED";
            let message = "The content of the message is not accessible";
            return Err(Refusal::field("message_reference", code, message));
        }
        Ok(vec![self.snapshot_of(original)])
    }

    /// What the bot said with this nonce, if that was not long ago.
    fn said_with(&self, nonce: &Value) -> Option<&Message> {
        let since = self.clock.now() - TimeDelta::minutes(NONCE_COUNTS_MINUTES);
        let is_it = |message: &&Message| {
            message.author == self.bot
                && message.nonce.as_ref() == Some(nonce)
                && super::ids::made_at(message.id.0) >= since
        };
        self.messages.values().find(is_it)
    }

    /// Reads what the bot wrote as an answer to an interaction.
    pub(super) fn read_answer(
        &mut self,
        call: &Call,
        body: &Value,
        standing: u64,
    ) -> Result<Said, Refusal> {
        self.read_said(call, body, Manner::Interaction, None, standing)
    }
}
