//! What a story begins with: guilds, channels, people and what they may, and how that changes. The
//! gateway tells of each change, as it does when somebody makes it in Discord's client.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde_json::json;

use super::Discord;
use super::ids::{ChannelId, GuildId, RoleId, UserId};
use super::people::Person;
use super::permissions::{Permission, Permissions};
use super::state::{Channel, Guild, Member, Place, Role, User, World};

impl Discord {
    /// A server that the bot was just added to. Its owner is an account of its own.
    pub fn guild(&self, name: &str) -> GuildId {
        let owner = self.user(&format!("{}.owner", name.to_lowercase())).id();
        let mut world = self.shared.world();
        let id = GuildId(world.clock.id());
        let everybody = Role {
            id: RoleId(id.0),
            name: "@everyone".to_owned(),
            permissions: Permissions::usual(),
            position: 0,
            of_bot: None,
        };
        let member = Member { joined_at: world.clock.now(), roles: BTreeSet::new() };
        let guild = Guild {
            id,
            name: name.to_owned(),
            owner,
            members: BTreeMap::from([(owner, member)]),
            roles: BTreeMap::from([(everybody.id, everybody)]),
            unavailable: false,
        };
        world.guilds.insert(id, guild);
        world.add_bot(id);
        id
    }

    /// A text channel that everybody in its guild sees.
    ///
    /// # Panics
    /// When there is no such guild.
    pub fn channel(&self, guild: GuildId, name: &str) -> ChannelId {
        let mut world = self.shared.world();
        assert!(world.guilds.contains_key(&guild), "there is no guild {guild}");
        let id = ChannelId(world.clock.id());
        let channel = Channel {
            id,
            name: name.to_owned(),
            place: Place::Text { guild },
            overwrites: BTreeMap::new(),
            last_message: None,
        };
        let payload = world.channel_payload(&channel);
        world.channels.insert(id, channel);
        world.tell_guild("CHANNEL_CREATE", &payload, guild);
        id
    }

    /// Somebody with an account, who is in no guild.
    pub fn user(&self, name: &str) -> Person {
        let mut world = self.shared.world();
        let id = UserId(world.clock.id());
        let user = User { id, name: name.to_owned(), is_bot: false, closed: false };
        world.users.insert(id, user);
        Person::new(self.shared.clone(), id, name)
    }

    /// Somebody with an account, who is in a guild.
    ///
    /// # Panics
    /// When there is no such guild.
    pub fn member(&self, guild: GuildId, name: &str) -> Person {
        let person = self.user(name);
        person.join(guild).expect("the guild is there");
        person
    }

    /// A role that gives its holders this, and who holds it.
    ///
    /// # Errors
    /// When the guild is not there.
    pub fn role(
        &self,
        guild: GuildId,
        name: &str,
        gives: &[Permission],
        holders: &[&Person],
    ) -> Result<RoleId> {
        let mut world = self.shared.world();
        let id = RoleId(world.clock.id());
        let here = world.guilds.get_mut(&guild).context("there is no such guild")?;
        let mut permissions = Permissions::NONE;
        gives.iter().for_each(|permission| permissions.add(*permission));
        let position = u16::try_from(here.roles.len())?;
        let role = Role { id, name: name.to_owned(), permissions, position, of_bot: None };
        for holder in holders {
            let member = here.members.get_mut(&holder.id());
            member.with_context(|| format!("{holder:?} is not in it"))?.roles.insert(id);
        }
        let payload = json!({ "guild_id": guild, "role": super::payloads::role(&role) });
        here.roles.insert(id, role);
        world.tell_guild("GUILD_ROLE_CREATE", &payload, guild);
        Ok(id)
    }

    /// Takes something away from the bot in a channel and in its threads.
    ///
    /// # Errors
    /// When the channel is not there.
    pub fn take_away(&self, channel: ChannelId, permission: Permission) -> Result<()> {
        self.overwrite(channel, permission, false)
    }

    /// Lets the bot do it again.
    ///
    /// # Errors
    /// When the channel is not there.
    pub fn give_back(&self, channel: ChannelId, permission: Permission) -> Result<()> {
        self.overwrite(channel, permission, true)
    }

    fn overwrite(&self, channel: ChannelId, permission: Permission, allow: bool) -> Result<()> {
        let mut world = self.shared.world();
        let bot = world.bot;
        let guild = world.guild_of(channel).context("there is no such channel in a guild")?;
        let here = world.channels.get_mut(&channel).context("there is no such channel")?;
        let own = here.overwrites.entry(bot.0).or_default();
        own.of_member = true;
        if allow {
            own.allow.add(permission);
            own.deny.remove(permission);
        } else {
            own.deny.add(permission);
            own.allow.remove(permission);
        }
        let payload = world.channels.get(&channel).map(|channel| world.channel_payload(channel));
        world.tell_guild("CHANNEL_UPDATE", &payload.unwrap_or_default(), guild);
        Ok(())
    }

    /// Takes something away from the bot in all of a guild.
    ///
    /// # Errors
    /// When the guild is not there.
    pub fn take_away_everywhere(&self, guild: GuildId, permission: Permission) -> Result<()> {
        let mut world = self.shared.world();
        let here = world.guilds.get_mut(&guild).context("there is no such guild")?;
        let mut told = Vec::new();
        for role in here.roles.values_mut() {
            role.permissions.remove(permission);
            told.push(json!({ "guild_id": guild, "role": super::payloads::role(role) }));
        }
        for payload in told {
            world.tell_guild("GUILD_ROLE_UPDATE", &payload, guild);
        }
        Ok(())
    }

    /// Deletes a channel or a thread, and all that was said in it.
    ///
    /// # Errors
    /// When it is not there, or is direct messages.
    pub fn delete_channel(&self, channel: ChannelId) -> Result<()> {
        let mut world = self.shared.world();
        let gone = world.channels.get(&channel).context("there is no such channel")?.clone();
        let payload = world.channel_payload(&gone);
        let (event, guild) = match gone.place {
            Place::Text { guild } => ("CHANNEL_DELETE", guild),
            Place::Thread { guild, .. } => ("THREAD_DELETE", guild),
            Place::Direct { .. } => anyhow::bail!("direct messages are not deleted"),
        };
        let hangs_on_it = |other: &Channel| other.place.hangs_on(channel);
        let mut all: Vec<_> =
            world.channels.values().filter(|c| hangs_on_it(c)).map(|c| c.id).collect();
        all.push(channel);
        world.channels.retain(|id, _| !all.contains(id));
        world.messages.retain(|_, message| !all.contains(&message.channel));
        world.tell_guild(event, &payload, guild);
        Ok(())
    }

    /// Removes the bot from a guild, as an administrator does.
    ///
    /// # Errors
    /// When it is not in it.
    pub fn remove_bot(&self, guild: GuildId) -> Result<()> {
        let mut world = self.shared.world();
        let bot = world.bot;
        let here = world.guilds.get_mut(&guild).context("there is no such guild")?;
        here.members.remove(&bot).context("the bot is not in it")?;
        here.roles.retain(|_, role| role.of_bot != Some(bot));
        // What was registered for this guild alone goes with the bot.
        world.commands.retain(|command| command.guild != Some(guild));
        let wanted = super::options::intents::GUILDS;
        world.tell("GUILD_DELETE", &json!({ "id": guild }), Some(guild), wanted);
        Ok(())
    }

    /// Adds the bot to a guild again.
    ///
    /// # Panics
    /// When there is no such guild.
    pub fn add_bot(&self, guild: GuildId) {
        let mut world = self.shared.world();
        assert!(world.guilds.contains_key(&guild), "there is no guild {guild}");
        world.add_bot(guild);
    }
}

impl World {
    fn add_bot(&mut self, guild: GuildId) {
        let bot = self.bot;
        let role = Role {
            id: RoleId(self.clock.id()),
            name: "Tieline".to_owned(),
            permissions: Permissions::usual(),
            position: 1,
            of_bot: Some(bot),
        };
        let joined_at = self.clock.now();
        if let Some(here) = self.guilds.get_mut(&guild) {
            let roles = BTreeSet::from([role.id]);
            here.roles.insert(role.id, role);
            here.members.insert(bot, Member { joined_at, roles });
        }
        self.introduce(guild);
    }

    /// Tells all of a guild, as when the bot is added or an outage ends.
    pub(super) fn introduce(&mut self, guild: GuildId) {
        let payload = self.guilds.get(&guild).map(|guild| self.guild_create(guild));
        if let Some(payload) = payload {
            self.tell_guild("GUILD_CREATE", &payload, guild);
        }
    }
}
