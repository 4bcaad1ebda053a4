//! What people do with commands, components and modals, and the bot's first answer to it: once, and
//! within three seconds. Left out: activities, purchases, and interactions that come over HTTP.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::content::modal_errors;
use super::ids::{ChannelId, GuildId, InteractionId, MessageId, UserId};
use super::refusal::{FormError, Refusal};
use super::routes::{Call, Reply};
use super::state::{Message, Reference, World, flags, kinds};

/// How long a person waits for the first answer.
pub(super) const ANSWER_SECONDS: i64 = 3;
/// How long its token is good for.
const TOKEN_MINUTES: i64 = 15;

/// The flags that a bot may give an answer.
pub(super) const FLAGS_GIVEN: u64 = flags::SUPPRESS_EMBEDS
    | flags::EPHEMERAL
    | flags::SUPPRESS_NOTIFICATIONS
    | flags::COMPONENTS_V2;

/// What a person did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// They gave a command.
    Command,
    /// They used a component of a message.
    Component,
    /// They are typing an option of a command.
    Autocomplete,
    /// They sent a modal.
    Modal,
}

impl Kind {
    pub(super) fn number(self) -> u64 {
        match self {
            Self::Command => 2,
            Self::Component => 3,
            Self::Autocomplete => 4,
            Self::Modal => 5,
        }
    }
}

/// The bot's first answer.
#[derive(Debug, Clone)]
pub(super) struct First {
    /// Its type, such as 4 for a message.
    pub(super) kind: u64,
    pub(super) data: Value,
    /// When it came.
    pub(super) at: DateTime<Utc>,
}

/// Something that a person did, and what came of it.
#[derive(Debug, Clone)]
pub(super) struct Began {
    pub(super) id: InteractionId,
    pub(super) token: String,
    pub(super) kind: Kind,
    pub(super) user: UserId,
    pub(super) channel: ChannelId,
    pub(super) guild: Option<GuildId>,
    pub(super) at: DateTime<Utc>,
    /// The message whose component was used.
    pub(super) source: Option<MessageId>,
    /// The command, with its sub-commands.
    pub(super) command_name: Option<String>,
    /// Whom or what a command of a context menu was given on.
    pub(super) target_user: Option<UserId>,
    pub(super) target_message: Option<MessageId>,
    /// What the modal answered that they sent.
    pub(super) modal_of: Option<InteractionId>,
    pub(super) first: Option<First>,
    /// The message that answers it.
    pub(super) original: Option<MessageId>,
    pub(super) followups: Vec<MessageId>,
}

impl Began {
    /// The first answers that Discord takes.
    fn answers_taken(&self) -> &'static [u64] {
        match self.kind {
            Kind::Command => &[4, 5, 9],
            Kind::Component => &[4, 5, 6, 7, 9],
            Kind::Autocomplete => &[8],
            Kind::Modal if self.source.is_some() => &[4, 5, 6, 7],
            Kind::Modal => &[4, 5],
        }
    }

    pub(super) fn token_ended(&self, now: DateTime<Utc>) -> bool {
        now - self.at > TimeDelta::minutes(TOKEN_MINUTES)
    }
}

/// The bot's first answer.
pub(super) fn callback(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let id = call.id("interaction_id")?;
    let now = world.clock.now();
    let began = world.interactions.get(&id);
    let began = began.filter(|began| call.param("interaction_token") == Some(&began.token));
    let Some(began) = began.cloned() else {
        return Err(Refusal::unknown_interaction());
    };
    if began.first.is_some() {
        world.violated(call, "an interaction is answered once");
        return Err(Refusal::acknowledged_before());
    }
    let waited = now - began.at;
    if waited > TimeDelta::seconds(ANSWER_SECONDS) {
        let waited = waited.as_seconds_f64();
        world.violated(call, format!("answered after {waited:.1} s; Discord waits for 3 s"));
        return Err(Refusal::unknown_interaction());
    }
    let kind = call.field("type").as_u64().unwrap_or_default();
    let data = call.field("data").clone();
    let taken = began.answers_taken();
    if !taken.contains(&kind) {
        let message = format!("Value must be one of {taken:?}.");
        return Err(world.refused(call, &[FormError::new("type", "BASE_TYPE_CHOICES", message)]));
    }
    let original = match kind {
        4 | 5 => Some(world.answer_with_message(call, &began, kind, &data)?),
        6 => began.source,
        7 => {
            let source = began.source.ok_or_else(Refusal::unknown_message)?;
            let standing = world.messages.get(&source).ok_or_else(Refusal::unknown_message)?.flags;
            if !data.is_null() {
                let said = world.read_answer(call, &data, standing)?;
                world.change(source, said)?;
            }
            Some(source)
        }
        9 => {
            let errors = modal_errors(&data);
            if !errors.is_empty() {
                return Err(world.refused(call, &errors));
            }
            None
        }
        _ => None,
    };
    let at = world.clock.now();
    if let Some(began) = world.interactions.get_mut(&id) {
        began.first = Some(First { kind, data, at });
        began.original = original;
    }
    if call.query("with_response") == Some("true") {
        return Ok(Reply::ok(world.callback_payload(&began, kind, original)));
    }
    Ok(Reply::empty())
}

impl World {
    fn answer_with_message(
        &mut self,
        call: &Call,
        began: &Began,
        kind: u64,
        data: &Value,
    ) -> Result<MessageId, Refusal> {
        let mut message = Message::blank(self.bot, began.channel);
        message.answers = Some(began.id);
        message.flags = data["flags"].as_u64().unwrap_or_default() & FLAGS_GIVEN;
        if kind == 4 {
            let said = self.read_answer(call, data, 0)?;
            said.into_message(&mut message);
            if message.is_empty() {
                return Err(Refusal::empty_message());
            }
        } else {
            message.flags |= flags::LOADING;
        }
        if message.flags & flags::EPHEMERAL != 0 {
            message.only_for = Some(began.user);
        }
        message.kind = match began.kind {
            _ if began.source.is_some() => kinds::REPLY,
            _ if began.target_user.is_some() || began.target_message.is_some() => {
                kinds::CONTEXT_MENU
            }
            _ => kinds::COMMAND,
        };
        if let Some(source) = began.source {
            let channel = began.channel;
            message.reference = Some(Reference { forwards: false, channel, message: Some(source) });
        }
        Ok(self.post(message))
    }

    fn callback_payload(&self, began: &Began, kind: u64, original: Option<MessageId>) -> Value {
        let message = original.and_then(|id| self.messages.get(&id));
        let mut interaction = json!({
            "id": began.id,
            "type": began.kind.number(),
            "channel_id": began.channel,
        });
        if let Some(guild) = began.guild {
            interaction["guild_id"] = json!(guild);
        }
        let mut payload = json!({ "interaction": interaction });
        if let Some(message) = message {
            let has = |flag: u64| json!(message.flags & flag != 0);
            let interaction = &mut payload["interaction"];
            interaction["response_message_id"] = json!(message.id);
            interaction["response_message_loading"] = has(flags::LOADING);
            interaction["response_message_ephemeral"] = has(flags::EPHEMERAL);
            if matches!(kind, 4 | 7) {
                payload["resource"] =
                    json!({ "type": kind, "message": self.message_payload(message) });
            }
        }
        payload
    }

    /// What a message says of the interaction that it answers.
    pub(super) fn interaction_metadata(&self, began: &Began) -> Value {
        let mut metadata = json!({
            "id": began.id,
            "type": began.kind.number(),
            "user": self.user_payload(began.user),
            "authorizing_integration_owners": owners(began),
        });
        if let Some(user) = began.target_user {
            metadata["target_user"] = self.user_payload(user);
        }
        if let Some(message) = began.target_message {
            metadata["target_message_id"] = json!(message);
        }
        match began.kind {
            Kind::Component => metadata["interacted_message_id"] = json!(began.source),
            Kind::Modal => {
                let of = began.modal_of.and_then(|id| self.interactions.get(&id));
                metadata["triggering_interaction_metadata"] =
                    of.map_or(Value::Null, |of| self.interaction_metadata(of));
            }
            Kind::Command | Kind::Autocomplete => {}
        }
        metadata
    }

    /// What people waited for in vain.
    pub(super) fn unanswered(&self) -> Vec<String> {
        let now = self.clock.now();
        let waited = |began: &&Began| {
            began.first.is_none() && now - began.at > TimeDelta::seconds(ANSWER_SECONDS)
        };
        let each = self.interactions.values().filter(waited).map(|began| {
            let name = self.users.get(&began.user).map_or("somebody", |user| &user.name);
            let what = began.command_name.as_deref().unwrap_or("what they clicked or sent");
            format!("{name} had no answer to {what} ({:?})", began.kind)
        });
        each.collect()
    }
}

/// For whom the bot was installed where it was used.
pub(super) fn owners(began: &Began) -> Value {
    json!({ "0": began.guild.map_or("0".to_owned(), |guild| guild.to_string()) })
}
