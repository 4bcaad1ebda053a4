//! Reactions, with signs that Unicode has. People put them on messages and take them back; that the
//! bot does, and the emojis of guilds, are left out.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::ids::MessageId;
use super::options::intents;
use super::people::Person;
use super::permissions::Permission;
use super::state::{Message, World};

impl Person {
    /// Puts a reaction on a message.
    ///
    /// # Errors
    /// When they do not see it, may not, or did so before.
    pub fn react(&self, to: MessageId, emoji: &str) -> Result<()> {
        let message = self.seen(to)?;
        let mut world = self.shared.world();
        let may = world.may(self.id, message.channel);
        let may = may.has(Permission::AddReactions) && may.has(Permission::ReadMessageHistory);
        ensure!(may && message.only_for.is_none(), "{self:?} may not react to it");
        let Some(message) = world.messages.get_mut(&to) else {
            return Ok(());
        };
        let known = message.reactions.iter_mut().find(|(known, _)| known == emoji);
        match known {
            Some((_, who)) if who.contains(&self.id) => anyhow::bail!("{self:?} reacted before"),
            Some((_, who)) => who.push(self.id),
            None => message.reactions.push((emoji.to_owned(), vec![self.id])),
        }
        self.tell_of_reaction(&mut world, to, emoji, "MESSAGE_REACTION_ADD");
        Ok(())
    }

    /// Takes a reaction back.
    ///
    /// # Errors
    /// When there is none of theirs.
    pub fn take_reaction_back(&self, from: MessageId, emoji: &str) -> Result<()> {
        self.seen(from)?;
        let mut world = self.shared.world();
        let message = world.messages.get_mut(&from);
        let reactions = message.map(|message| &mut message.reactions);
        let mut of_emoji = reactions.into_iter().flatten().filter(|(known, _)| known == emoji);
        let place = of_emoji.next().and_then(|(_, who)| {
            let place = who.iter().position(|one| *one == self.id)?;
            Some(who.remove(place))
        });
        ensure!(place.is_some(), "{self:?} did not react with {emoji}");
        if let Some(message) = world.messages.get_mut(&from) {
            message.reactions.retain(|(_, who)| !who.is_empty());
        }
        self.tell_of_reaction(&mut world, from, emoji, "MESSAGE_REACTION_REMOVE");
        Ok(())
    }

    fn tell_of_reaction(&self, world: &mut World, to: MessageId, emoji: &str, event: &str) {
        let Some(message) = world.messages.get(&to) else {
            return;
        };
        let (channel, author) = (message.channel, message.author);
        if !world.hears(channel) {
            return;
        }
        let guild = world.guild_of(channel);
        let mut data = json!({
            "user_id": self.id,
            "channel_id": channel,
            "message_id": to,
            "emoji": { "id": null, "name": emoji },
            "burst": false,
            "type": 0,
        });
        if event == "MESSAGE_REACTION_ADD" {
            data["message_author_id"] = json!(author);
        }
        if let Some(guild) = guild {
            data["guild_id"] = json!(guild);
            if let Some(member) = world.member_in(guild, self.id)
                && event == "MESSAGE_REACTION_ADD"
            {
                data["member"] = world.member_payload(self.id, member);
            }
        }
        let wanted = match guild {
            Some(_) => intents::GUILD_MESSAGE_REACTIONS,
            None => intents::DIRECT_MESSAGE_REACTIONS,
        };
        world.tell(event, &data, guild, wanted);
    }
}

/// The reactions on a message, as Discord writes them.
pub(super) fn reactions(message: &Message) -> Value {
    let each = message.reactions.iter().map(|(emoji, who)| {
        json!({
            "emoji": { "id": null, "name": emoji },
            "count": who.len(),
            "count_details": { "burst": 0, "normal": who.len() },
            "burst_colors": [],
            "me_burst": false,
            "me": false,
        })
    });
    each.collect()
}
