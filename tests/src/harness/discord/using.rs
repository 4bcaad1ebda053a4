//! What people do with the bot: commands, the menus of messages and of people, buttons, menus and
//! modals. Their client lets them use only what is there and offered to them. What comes of it is
//! in `answers.rs`.

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value, json};

use super::answers::{Interaction, Modal};
use super::commands::Command;
use super::filling::Form;
use super::ids::{ChannelId, GuildId, InteractionId, MessageId, UserId};
use super::interactions::{Began, Kind, owners};
use super::payloads::ATTACHMENT_BYTES_MAX;
use super::people::Person;
use super::permissions::{Permission, Permissions};
use super::state::World;
use super::visible::{Choice, every};

impl Person {
    /// Clicks the button with this custom id.
    ///
    /// # Errors
    /// When there is none that can be clicked.
    pub fn click(&self, message: MessageId, custom_id: &str) -> Result<Interaction> {
        let component = self.component(message, custom_id)?;
        ensure!(component["type"] == 2, "{custom_id} is no button");
        let data = json!({
            "id": component["id"], "component_type": 2, "custom_id": custom_id,
        });
        self.use_component(message, data)
    }

    /// Clicks the button on which this stands.
    ///
    /// # Errors
    /// When there is none, or more than one, or it leads elsewhere.
    pub fn press(&self, message: MessageId, label: &str) -> Result<Interaction> {
        let seen = self.look_at(message)?;
        let mut there = seen.buttons.iter().filter(|button| button.label.contains(label));
        let button = there.next().with_context(|| format!("no button says {label}: {seen}"))?;
        ensure!(there.next().is_none(), "more than one button says {label}: {seen}");
        let custom_id = button.custom_id.as_deref().context("the button is a link")?;
        self.click(message, custom_id)
    }

    /// Chooses in a menu, by what is sent or by what people read.
    ///
    /// # Errors
    /// When the menu is not there, or does not offer it, or wants more or fewer.
    pub fn select(
        &self,
        message: MessageId,
        custom_id: &str,
        values: &[&str],
    ) -> Result<Interaction> {
        let component = self.component(message, custom_id)?;
        let kind = component["type"].as_u64().unwrap_or_default();
        let bound = |name: &str| component[name].as_u64().unwrap_or(1);
        let (least, most) = (bound("min_values"), bound("max_values"));
        ensure!(matches!(kind, 3 | 5..=8), "{custom_id} is no menu");
        let count = values.len() as u64;
        ensure!((least..=most).contains(&count), "the menu wants {least} to {most} choices");
        let mut resolved = Map::new();
        let mut chosen = Vec::new();
        {
            let world = self.shared.world();
            let channel = world.messages.get(&message).context("the message is gone")?.channel;
            let form = Form { world: &world, guild: world.guild_of(channel), typing: None };
            for value in values {
                let given = json!(value);
                match kind {
                    3 => chosen.push(offered(&component, &given)?),
                    5 => form.user(&given, &mut resolved)?,
                    6 => form.role(&given, &mut resolved)?,
                    8 => form.channel(&given, &mut resolved)?,
                    _ => form
                        .user(&given, &mut resolved)
                        .or_else(|_| form.role(&given, &mut resolved))?,
                }
                if kind != 3 {
                    chosen.push(given);
                }
            }
        }
        let mut data = json!({
            "id": component["id"], "component_type": kind, "custom_id": custom_id, "values": chosen,
        });
        if kind != 3 {
            data["resolved"] = Value::Object(resolved);
        }
        self.use_component(message, data)
    }

    /// Gives a command, such as `/deal move`, with its options as an object.
    ///
    /// # Errors
    /// When the bot did not register it, it is not offered to them there, or an option is wrong.
    pub fn slash(&self, channel: ChannelId, command: &str, options: Value) -> Result<Interaction> {
        self.give(Kind::Command, channel, command, &options, None)
    }

    /// Types one option of a command, and sees what is offered for it.
    ///
    /// # Errors
    /// When it cannot be given, is not completed, or nothing is offered in time.
    pub async fn autocomplete(
        &self,
        channel: ChannelId,
        command: &str,
        options: Value,
        (option, typed): (&str, &str),
    ) -> Result<Vec<Choice>> {
        let typing = Some((option, typed));
        let began = self.give(Kind::Autocomplete, channel, command, &options, typing)?;
        began.choices().await
    }

    /// Gives the command of a message's menu.
    ///
    /// # Errors
    /// When the bot did not register it, or it is not offered to them there.
    pub fn context_menu(&self, message: MessageId, command: &str) -> Result<Interaction> {
        let target = self.seen(message)?;
        let mut world = self.shared.world();
        let known = self.offered(&world, 3, command, target.channel)?;
        let mut payload = world.message_payload(&target);
        if let Some(guild) = world.guild_of(target.channel) {
            payload["guild_id"] = json!(guild);
        }
        let mut data = named(&known);
        data["target_id"] = json!(message);
        data["resolved"] = json!({ "messages": { message.to_string(): payload } });
        let mut began = self.begin(&world, Kind::Command, target.channel);
        began.command_name = Some(known.name);
        began.target_message = Some(message);
        self.tell(&mut world, began, &data)
    }

    /// Gives the command of a person's menu, in a channel.
    ///
    /// # Errors
    /// When the bot did not register it, or it is not offered to them there.
    pub fn user_menu(&self, channel: ChannelId, on: UserId, command: &str) -> Result<Interaction> {
        let mut world = self.shared.world();
        let known = self.offered(&world, 2, command, channel)?;
        let mut resolved = Map::new();
        let form = Form { world: &world, guild: world.guild_of(channel), typing: None };
        form.user(&json!(on), &mut resolved)?;
        let mut data = named(&known);
        data["target_id"] = json!(on);
        data["resolved"] = Value::Object(resolved);
        let mut began = self.begin(&world, Kind::Command, channel);
        began.command_name = Some(known.name);
        began.target_user = Some(on);
        self.tell(&mut world, began, &data)
    }

    /// Fills in a modal and sends it: a text for each input, by its label or custom id. What they
    /// do not touch is sent as it stood there.
    ///
    /// # Errors
    /// When there is no such input, or their client would not send it.
    pub fn submit_modal(&self, modal: &Modal, values: &[(&str, &str)]) -> Result<Interaction> {
        for (input, _) in values {
            let known = modal.inputs.iter().any(|one| one.is_called(input));
            ensure!(known, "the modal has no input {input}: {:?}", modal.inputs);
        }
        let mut rows = Vec::new();
        for (index, input) in modal.inputs.iter().enumerate() {
            let typed = values.iter().find(|(name, _)| input.is_called(name));
            let value = typed.map_or(input.value.as_str(), |(_, value)| value);
            input.check(value)?;
            let id = 2 * index + 1;
            let inner = json!({
                "type": 4, "id": id + 1, "custom_id": input.custom_id, "value": value,
            });
            rows.push(if input.in_row {
                json!({ "type": 1, "id": id, "components": [inner] })
            } else {
                json!({ "type": 18, "id": id, "component": inner })
            });
        }
        let data = json!({ "custom_id": modal.custom_id, "components": rows });
        let mut world = self.shared.world();
        let of = world.interactions.get(&modal.of).context("the modal answers something")?.clone();
        ensure!(of.user == self.id, "the modal was shown to somebody else");
        let mut began = self.begin(&world, Kind::Modal, of.channel);
        began.modal_of = Some(of.id);
        began.source = of.source;
        self.tell(&mut world, began, &data)
    }

    /// A component that they can use.
    fn component(&self, message: MessageId, custom_id: &str) -> Result<Value> {
        let components = self.seen(message)?.components;
        let all = every(&components);
        let found = all.iter().find(|component| component["custom_id"] == custom_id);
        let found = found.with_context(|| match self.look_at(message) {
            Ok(seen) => format!("nothing there has the custom id {custom_id}: {seen:?}"),
            Err(error) => error.to_string(),
        })?;
        ensure!(found["disabled"] != true, "{custom_id} is grey");
        Ok((*found).clone())
    }

    fn look_at(&self, message: MessageId) -> Result<super::visible::Visible> {
        let message = self.seen(message)?;
        Ok(super::visible::Visible::of(&self.shared.world(), &message))
    }

    fn use_component(&self, message: MessageId, data: Value) -> Result<Interaction> {
        let mut world = self.shared.world();
        let of = world.messages.get(&message).context("the message is gone")?;
        ensure!(of.author == world.bot, "the message is not the bot's");
        let channel = of.channel;
        let mut began = self.begin(&world, Kind::Component, channel);
        began.source = Some(message);
        self.tell(&mut world, began, &data)
    }

    fn give(
        &self,
        kind: Kind,
        channel: ChannelId,
        command: &str,
        options: &Value,
        typing: Option<(&str, &str)>,
    ) -> Result<Interaction> {
        let mut world = self.shared.world();
        let words: Vec<_> = command.trim_start_matches('/').split_whitespace().collect();
        let (name, rest) = words.split_first().context("a command has a name")?;
        let known = self.offered(&world, 1, name, channel)?;
        let form = Form { world: &world, guild: world.guild_of(channel), typing };
        let filled = form.fill(name, rest, &known.options, options)?;
        let mut data = named(&known);
        data["options"] = Value::Array(filled.options);
        if !filled.resolved.is_empty() {
            data["resolved"] = Value::Object(filled.resolved);
        }
        let mut began = self.begin(&world, kind, channel);
        began.command_name = Some(filled.name);
        self.tell(&mut world, began, &data)
    }

    /// A command that is offered to them in a channel.
    fn offered(&self, world: &World, kind: u64, name: &str, channel: ChannelId) -> Result<Command> {
        let guild = world.guild_of(channel);
        let may = world.may(self.id, channel);
        let uses = may.has(Permission::ViewChannel) && may.has(Permission::UseApplicationCommands);
        ensure!(uses, "{self:?} may not use commands in {channel}");
        let here = |command: &&Command| {
            command.kind == kind
                && command.guild.is_none_or(|of| Some(of) == guild)
                && command.is_offered(guild.is_none())
                && command.needs.is_none_or(|needs| guild.is_none() || allows(may, needs))
        };
        let all: Vec<_> = world.commands.iter().filter(here).collect();
        // A guild's own stands before one of the same name that is everywhere.
        let mut found = all.iter().filter(|command| command.name == name);
        let found = found.clone().find(|c| c.guild.is_some()).or_else(|| found.next());
        let Some(found) = found else {
            let names: Vec<_> = all.iter().map(|command| command.name.as_str()).collect();
            bail!("{name} is not offered to {self:?} in {channel}; there are {names:?}");
        };
        Ok((*found).clone())
    }

    fn begin(&self, world: &World, kind: Kind, channel: ChannelId) -> Began {
        Began {
            id: InteractionId(world.clock.id()),
            token: format!("{}{}", world.clock.secret(), world.clock.secret()),
            kind,
            user: self.id,
            channel,
            guild: world.guild_of(channel),
            at: world.clock.now(),
            source: None,
            command_name: None,
            target_user: None,
            target_message: None,
            modal_of: None,
            first: None,
            original: None,
            followups: Vec::new(),
        }
    }

    /// Tells the bot what they did.
    fn tell(&self, world: &mut World, began: Began, data: &Value) -> Result<Interaction> {
        let (id, guild) = (began.id, began.guild);
        if let Some(guild) = guild {
            let there = world.guild(guild).is_ok();
            ensure!(there, "the bot is no longer in the guild; nothing of it can be used");
        }
        let payload = self.payload(world, &began, data);
        world.interactions.insert(id, began);
        world.tell("INTERACTION_CREATE", &payload, guild, 0);
        Ok(Interaction::new(self.shared.clone(), id))
    }

    fn payload(&self, world: &World, began: &Began, data: &Value) -> Value {
        let may = world.may(self.id, began.channel);
        let mut payload = json!({
            "id": began.id,
            "application_id": world.bot,
            "type": began.kind.number(),
            "token": began.token,
            "version": 1,
            "data": data,
            "channel_id": began.channel,
            "channel": world.partial_channel(began.channel, may),
            "app_permissions": world.may(world.bot, began.channel),
            "locale": "en-US",
            "entitlements": [],
            "entitlement_sku_ids": [],
            "authorizing_integration_owners": owners(began),
            "context": u8::from(began.guild.is_none()),
            "attachment_size_limit": ATTACHMENT_BYTES_MAX,
        });
        match began.guild {
            Some(guild) => self.add_guild(world, guild, may, &mut payload),
            None => payload["user"] = world.user_payload(self.id),
        }
        if let Some(source) = began.source.and_then(|id| world.messages.get(&id)) {
            payload["message"] = world.message_payload(source);
        }
        payload
    }

    fn add_guild(&self, world: &World, guild: GuildId, may: Permissions, payload: &mut Value) {
        payload["guild_id"] = json!(guild);
        payload["guild"] = json!({ "id": guild, "locale": "en-US", "features": [] });
        payload["guild_locale"] = json!("en-US");
        if let Some(member) = world.member_in(guild, self.id) {
            let mut member = world.member_payload(self.id, member);
            member["permissions"] = json!(may);
            payload["member"] = member;
        }
    }
}

fn allows(may: Permissions, needs: Permissions) -> bool {
    may == Permissions::ALL || may.0 & needs.0 == needs.0
}

fn named(command: &Command) -> Value {
    let mut data = json!({ "id": command.id, "name": command.name, "type": command.kind });
    if let Some(guild) = command.guild {
        data["guild_id"] = json!(guild);
    }
    data
}

fn offered(menu: &Value, given: &Value) -> Result<Value> {
    let options = menu["options"].as_array().into_iter().flatten();
    let mut found = options.filter(|o| o["value"] == *given || o["label"] == *given);
    let found = found.next().with_context(|| format!("the menu does not offer {given}"))?;
    Ok(found["value"].clone())
}
