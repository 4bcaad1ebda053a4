//! What the bot says after its first answer to an interaction: more messages, and changes to those
//! that there are, for a quarter of an hour. Left out: webhooks that are no interaction's.

use super::ids::MessageId;
use super::interactions::{Began, FLAGS_GIVEN};
use super::refusal::Refusal;
use super::routes::{Call, Reply};
use super::state::{Message, Reference, World, flags, kinds};

/// Says one more thing; after a deferred answer, what was awaited.
pub(super) fn create(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let began = world.answered(call)?;
    let body = call.body.clone().unwrap_or_default();
    let loading = began.original.and_then(|id| world.messages.get(&id));
    let loading = loading.filter(|message| message.flags & flags::LOADING != 0);
    if let Some(awaited) = loading.map(|message| message.id) {
        let said = world.read_answer(call, &body, 0)?;
        world.change(awaited, said)?;
        return given_back(world, awaited);
    }
    let said = world.read_answer(call, &body, 0)?;
    let mut message = Message::blank(world.bot, began.channel);
    message.answers = Some(began.id);
    message.flags = said.flags.unwrap_or_default() & FLAGS_GIVEN;
    if message.flags & flags::EPHEMERAL != 0 {
        message.only_for = Some(began.user);
    }
    said.into_message(&mut message);
    if message.is_empty() {
        return Err(Refusal::empty_message());
    }
    if let Some(original) = began.original.filter(|id| world.messages.contains_key(id)) {
        message.kind = kinds::REPLY;
        let channel = began.channel;
        message.reference = Some(Reference { forwards: false, channel, message: Some(original) });
    }
    let id = world.post(message);
    if let Some(began) = world.interactions.get_mut(&began.id) {
        began.followups.push(id);
    }
    given_back(world, id)
}

pub(super) fn get(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let id = world.meant(call)?;
    given_back(world, id)
}

pub(super) fn edit(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let id = world.meant(call)?;
    let standing = world.messages.get(&id).map_or(0, |message| message.flags);
    let body = call.body.clone().unwrap_or_default();
    let said = world.read_answer(call, &body, standing)?;
    world.change(id, said)?;
    given_back(world, id)
}

pub(super) fn delete(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let id = world.meant(call)?;
    world.remove(id);
    Ok(Reply::empty())
}

fn given_back(world: &World, id: MessageId) -> Result<Reply, Refusal> {
    let message = world.messages.get(&id).ok_or_else(Refusal::unknown_message)?;
    Ok(Reply::ok(world.message_payload(message)))
}

impl World {
    /// The interaction whose token is in the path, if it was answered and is not too old.
    fn answered(&self, call: &Call) -> Result<Began, Refusal> {
        if call.param("webhook_id") != Some(self.bot.to_string().as_str()) {
            return Err(Refusal::unknown_webhook());
        }
        let token = call.param("webhook_token").unwrap_or_default();
        let began = self.interactions.values().find(|began| began.token == token);
        let began = began.ok_or_else(Refusal::invalid_webhook_token)?;
        if began.token_ended(self.clock.now()) {
            return Err(Refusal::invalid_webhook_token());
        }
        if began.first.is_none() {
            return Err(Refusal::unknown_webhook());
        }
        Ok(began.clone())
    }

    /// The message that is meant, which must be one of this interaction's.
    fn meant(&self, call: &Call) -> Result<MessageId, Refusal> {
        let began = self.answered(call)?;
        let id = match call.param("message_id") {
            None => began.original.ok_or_else(Refusal::unknown_message)?,
            Some(_) => call.id("message_id")?,
        };
        let is_its = began.original == Some(id) || began.followups.contains(&id);
        if is_its && self.messages.contains_key(&id) {
            Ok(id)
        } else {
            Err(Refusal::unknown_message())
        }
    }
}
