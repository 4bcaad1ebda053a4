//! How messages come to be, change and go, whoever writes them; the gateway tells of each. What the
//! bot writes is read here, against Discord's limits and against Tieline's promise to ping nobody.

use serde_json::Value;

use super::content::{message_errors, texts};
use super::ids::{ChannelId, MessageId, RoleId, UserId};
use super::message_payloads::{components_given_back, embed_given_back};
use super::permissions::Permission;
use super::pings::{Manner, Pings, allowed, pings_replied, written};
use super::refusal::Refusal;
use super::routes::Call;
use super::state::{Message, Place, World, flags, kinds};

/// What the bot wrote; `None` for what it did not mention.
#[derive(Debug, Clone, Default)]
pub(super) struct Said {
    pub(super) content: Option<String>,
    pub(super) embeds: Option<Vec<Value>>,
    pub(super) components: Option<Vec<Value>>,
    pub(super) flags: Option<u64>,
    pub(super) pings: Pings,
}

impl Said {
    pub(super) fn has_embeds(&self) -> bool {
        self.embeds.as_ref().is_some_and(|embeds| !embeds.is_empty())
    }

    /// Puts it into a message.
    pub(super) fn into_message(self, message: &mut Message) {
        message.mentions = self.pings.users;
        message.mention_roles = self.pings.roles;
        message.mentions_everyone = self.pings.everyone;
        if let Some(content) = self.content {
            message.content = content;
        }
        if let Some(embeds) = self.embeds {
            message.embeds = embeds;
        }
        if let Some(components) = self.components {
            message.components = components;
        }
    }
}

impl Message {
    /// One that says nothing yet.
    pub(super) fn blank(author: UserId, channel: ChannelId) -> Self {
        Self {
            id: MessageId(0),
            channel,
            author,
            kind: kinds::PLAIN,
            content: String::new(),
            embeds: Vec::new(),
            components: Vec::new(),
            attachments: Vec::new(),
            flags: 0,
            nonce: None,
            edited_at: None,
            mentions: Vec::new(),
            mention_roles: Vec::new(),
            mentions_everyone: false,
            reference: None,
            snapshots: Vec::new(),
            thread: None,
            reactions: Vec::new(),
            answers: None,
            only_for: None,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        let has_lists = [&self.embeds, &self.components, &self.attachments, &self.snapshots];
        self.content.is_empty() && has_lists.iter().all(|list| list.is_empty())
    }
}

impl World {
    /// Reads what the bot wrote. `replied` is whom it replies to, `standing` the flags that the
    /// message has already.
    pub(super) fn read_said(
        &mut self,
        call: &Call,
        body: &Value,
        manner: Manner,
        replied: Option<UserId>,
        standing: u64,
    ) -> Result<Said, Refusal> {
        let flags = body["flags"].as_u64();
        let of_components = (flags.unwrap_or_default() | standing) & flags::COMPONENTS_V2 != 0;
        let errors = message_errors(body, of_components);
        if !errors.is_empty() {
            return Err(self.refused(call, &errors));
        }
        for left_out in ["attachments", "sticker_ids", "poll", "shared_client_theme"] {
            let value = &body[left_out];
            if !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty()) {
                self.violated(call, format!("{left_out} are left out here"));
            }
        }
        let content = match &body["content"] {
            Value::Null if body.get("content").is_none() => None,
            content => Some(content.as_str().unwrap_or_default().trim().to_owned()),
        };
        let list =
            |name: &str| body.get(name).map(|list| list.as_array().cloned().unwrap_or_default());
        let components = list("components");
        let mut text = content.clone().unwrap_or_default();
        for shown in texts(components.as_deref().unwrap_or_default()) {
            text.push('\n');
            text.push_str(shown);
        }
        let mentions = &body["allowed_mentions"];
        if mentions.is_null() {
            self.violated(
                call,
                "allowed_mentions is missing: what Tieline sends says whom it pings",
            );
        }
        let mut pings = allowed(written(&text), mentions, manner);
        if let Some(replied) = replied
            && pings_replied(mentions)
            && !pings.users.contains(&replied)
        {
            pings.users.push(replied);
        }
        if !pings.is_nobody() {
            self.violated(call, format!("it pings: {pings:?}; nothing that Tieline sends may"));
        }
        Ok(Said {
            content,
            embeds: list("embeds").map(|embeds| embeds.iter().map(embed_given_back).collect()),
            components: components.map(|components| components_given_back(&components)),
            flags,
            pings,
        })
    }

    /// Puts a message into its channel.
    pub(super) fn post(&mut self, mut message: Message) -> MessageId {
        let id = MessageId(self.clock.id());
        message.id = id;
        let channel_id = message.channel;
        let mut wakes = None;
        if let Some(channel) = self.channels.get_mut(&channel_id) {
            channel.last_message = Some(id);
            if let Place::Thread { archived, locked: false, guild, .. } = &mut channel.place
                && std::mem::take(archived)
            {
                wakes = Some(*guild);
            }
        }
        self.messages.insert(id, message);
        if let Some(guild) = wakes
            && let Some(channel) = self.channels.get(&channel_id)
        {
            let payload = self.channel_payload(channel);
            self.tell_guild("THREAD_UPDATE", &payload, guild);
        }
        self.tell_message("MESSAGE_CREATE", id);
        id
    }

    /// Puts what the bot wrote in place of what stood there.
    pub(super) fn change(&mut self, id: MessageId, said: Said) -> Result<(), Refusal> {
        let now = self.clock.now();
        let message = self.messages.get_mut(&id).ok_or_else(Refusal::unknown_message)?;
        let mut changed = message.clone();
        if let Some(given) = said.flags {
            // Of a message that stands, these alone change; that it is of components never ends.
            let may_change = flags::SUPPRESS_EMBEDS;
            changed.flags = (changed.flags & !may_change) | (given & may_change);
            changed.flags |= given & flags::COMPONENTS_V2;
        }
        said.into_message(&mut changed);
        // What was awaited has come.
        changed.flags &= !flags::LOADING;
        if changed.is_empty() {
            return Err(Refusal::empty_message());
        }
        changed.edited_at = Some(now);
        *message = changed;
        self.tell_message("MESSAGE_UPDATE", id);
        Ok(())
    }

    /// Takes a message away.
    pub(super) fn remove(&mut self, id: MessageId) {
        if let Some(message) = self.messages.remove(&id)
            && message.only_for.is_none()
        {
            self.tell_deleted(id, message.channel);
        }
    }

    /// Whom what somebody writes pings: for people, everything that is written.
    pub(super) fn pings_of(&self, author: UserId, channel: ChannelId, text: &str) -> Pings {
        let mut pings = written(text);
        pings.users.retain(|user| self.users.contains_key(user));
        let known =
            |role: &RoleId| self.guilds.values().any(|guild| guild.roles.contains_key(role));
        pings.roles.retain(known);
        pings.everyone &= self.may(author, channel).has(Permission::MentionEveryone);
        pings
    }
}
