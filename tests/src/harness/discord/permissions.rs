//! Who may do what in a channel, worked out as Discord does: what everybody may, what roles add,
//! then what the channel takes away and gives, for everybody, for roles, and for one member.
//! Threads go by the channel that they hang on. Left out: timeouts, and every permission that
//! nobody asks for.

use serde::Serialize;

use super::ids::{ChannelId, UserId};
use super::state::{Guild, Place, World};

/// Something that may be allowed or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u64)]
pub enum Permission {
    /// Everything, whatever a channel says.
    Administrator = 1 << 3,
    /// To change the guild itself.
    ManageGuild = 1 << 5,
    /// To put the first reaction of a kind on a message.
    AddReactions = 1 << 6,
    /// To see the channel at all.
    ViewChannel = 1 << 10,
    /// To say something in it.
    SendMessages = 1 << 11,
    /// To delete what others said.
    ManageMessages = 1 << 13,
    /// To send embeds.
    EmbedLinks = 1 << 14,
    /// To send files.
    AttachFiles = 1 << 15,
    /// To see what was said before.
    ReadMessageHistory = 1 << 16,
    /// To ping everybody at once.
    MentionEveryone = 1 << 17,
    /// To use the commands of bots.
    UseApplicationCommands = 1 << 31,
    /// To change and lock threads.
    ManageThreads = 1 << 34,
    /// To start threads that everybody sees.
    CreatePublicThreads = 1 << 35,
    /// To say something in threads.
    SendMessagesInThreads = 1 << 38,
}

/// What a member may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Permissions(pub(super) u64);

impl Permissions {
    pub(super) const NONE: Self = Self(0);
    pub(super) const ALL: Self = Self((1 << 53) - 1);

    /// What everybody may where nobody changed it, and what the bot asked for.
    pub(super) fn usual() -> Self {
        use Permission as P;
        let all = [
            P::AddReactions,
            P::ViewChannel,
            P::SendMessages,
            P::EmbedLinks,
            P::AttachFiles,
            P::ReadMessageHistory,
            P::UseApplicationCommands,
            P::CreatePublicThreads,
            P::SendMessagesInThreads,
        ];
        Self(all.iter().fold(0, |bits, one| bits | *one as u64))
    }

    pub(super) fn has(self, permission: Permission) -> bool {
        let administrator = self.0 & Permission::Administrator as u64 != 0;
        administrator || self.0 & permission as u64 != 0
    }

    pub(super) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(super) fn add(&mut self, permission: Permission) {
        self.0 |= permission as u64;
    }

    pub(super) fn remove(&mut self, permission: Permission) {
        self.0 &= !(permission as u64);
    }
}

/// Written as Discord does: a number in a string.
impl Serialize for Permissions {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl World {
    /// What a member may do in a guild, whatever its channels say.
    pub(super) fn in_guild(&self, user: UserId, guild: &Guild) -> Permissions {
        let Some(member) = guild.members.get(&user) else {
            return Permissions::NONE;
        };
        if guild.owner == user {
            return Permissions::ALL;
        }
        let mut may = Permissions::NONE;
        for role in guild.roles.values() {
            if role.id.0 == guild.id.0 || member.roles.contains(&role.id) {
                may = may.with(role.permissions);
            }
        }
        if may.has(Permission::Administrator) { Permissions::ALL } else { may }
    }

    /// What somebody may do in a channel.
    pub(super) fn may(&self, user: UserId, channel: ChannelId) -> Permissions {
        let Some(here) = self.channels.get(&channel) else {
            return Permissions::NONE;
        };
        let (guild, rules) = match &here.place {
            Place::Direct { with } => {
                let takes_part = user == *with || user == self.bot;
                return if takes_part { Permissions::usual() } else { Permissions::NONE };
            }
            Place::Text { guild } => (guild, here),
            Place::Thread { guild, parent, .. } => match self.channels.get(parent) {
                Some(parent) => (guild, parent),
                None => return Permissions::NONE,
            },
        };
        let Some(guild) = self.guilds.get(guild) else {
            return Permissions::NONE;
        };
        let mut may = self.in_guild(user, guild);
        if may == Permissions::ALL || may == Permissions::NONE {
            return may;
        }
        let roles = guild.members.get(&user).map(|member| member.roles.clone()).unwrap_or_default();
        let rule = |id: u64| rules.overwrites.get(&id).copied().unwrap_or_default();
        let everybody = rule(guild.id.0);
        may = may.without(everybody.deny).with(everybody.allow);
        let of_roles: Vec<_> = roles.iter().map(|role| rule(role.0)).collect();
        let denied = of_roles.iter().fold(Permissions::NONE, |all, one| all.with(one.deny));
        let allowed = of_roles.iter().fold(Permissions::NONE, |all, one| all.with(one.allow));
        may = may.without(denied).with(allowed);
        let own = rule(user.0);
        may.without(own.deny).with(own.allow)
    }
}
