//! How Discord writes people, guilds and channels. Built by hand after its documentation, so that a
//! client's own idea of them is put to the test. Left out: what is never set here, where Discord
//! leaves it out, too.

use serde_json::{Value, json};

use super::ids::{ChannelId, GuildId, UserId, made_at, moment};
use super::options::intents;
use super::permissions::Permissions;
use super::state::{Channel, Guild, Member, Place, Role, User, World};

/// The most bytes of a file, where nobody pays for more.
pub(super) const ATTACHMENT_BYTES_MAX: u64 = 10 * 1024 * 1024;

pub(super) fn user(user: &User) -> Value {
    let mut payload = json!({
        "id": user.id,
        "username": user.name,
        "discriminator": if user.is_bot { "4711" } else { "0" },
        "global_name": if user.is_bot { Value::Null } else { json!(user.name) },
        "avatar": null,
        "avatar_decoration_data": null,
        "collectibles": null,
        "primary_guild": null,
        "public_flags": 0,
        "flags": 0,
    });
    if user.is_bot {
        payload["bot"] = json!(true);
    }
    payload
}

pub(super) fn role(role: &Role) -> Value {
    let mut payload = json!({
        "id": role.id,
        "name": role.name,
        "permissions": role.permissions,
        "position": role.position,
        "color": 0,
        "colors": { "primary_color": 0, "secondary_color": null, "tertiary_color": null },
        "hoist": false,
        "managed": role.of_bot.is_some(),
        "mentionable": false,
        "icon": null,
        "unicode_emoji": null,
        "flags": 0,
    });
    if let Some(bot) = role.of_bot {
        payload["tags"] = json!({ "bot_id": bot });
    }
    payload
}

/// A member without saying who it is, as beside a message.
pub(super) fn bare_member(member: &Member) -> Value {
    json!({
        "avatar": null,
        "banner": null,
        "communication_disabled_until": null,
        "deaf": false,
        "flags": 0,
        "joined_at": moment(member.joined_at),
        "mute": false,
        "nick": null,
        "pending": false,
        "premium_since": null,
        "roles": member.roles,
    })
}

impl World {
    pub(super) fn user_payload(&self, id: UserId) -> Value {
        self.users.get(&id).map_or(Value::Null, user)
    }

    pub(super) fn member_payload(&self, id: UserId, member: &Member) -> Value {
        let mut payload = bare_member(member);
        payload["user"] = self.user_payload(id);
        payload
    }

    /// The member with this id, if they are one.
    pub(super) fn member_in(&self, guild: GuildId, user: UserId) -> Option<&Member> {
        self.guilds.get(&guild)?.members.get(&user)
    }

    /// What is the same of a guild over HTTP and over the gateway.
    pub(super) fn guild_payload(&self, guild: &Guild) -> Value {
        json!({
            "id": guild.id,
            "name": guild.name,
            "icon": null,
            "description": null,
            "home_header": null,
            "splash": null,
            "discovery_splash": null,
            "features": [],
            "banner": null,
            "owner_id": guild.owner,
            "application_id": null,
            "region": "deprecated",
            "afk_channel_id": null,
            "afk_timeout": 300,
            "system_channel_id": null,
            "system_channel_flags": 0,
            "widget_enabled": false,
            "widget_channel_id": null,
            "verification_level": 0,
            "roles": guild.roles.values().map(role).collect::<Vec<_>>(),
            "default_message_notifications": 0,
            "mfa_level": 0,
            "explicit_content_filter": 0,
            "max_presences": null,
            "max_members": 25_000_000,
            "max_stage_video_channel_users": 50,
            "max_video_channel_users": 25,
            "vanity_url_code": null,
            "premium_tier": 0,
            "premium_subscription_count": 0,
            "preferred_locale": "en-US",
            "rules_channel_id": null,
            "safety_alerts_channel_id": null,
            "public_updates_channel_id": null,
            "premium_progress_bar_enabled": false,
            "nsfw": false,
            "nsfw_level": 0,
            "emojis": [],
            "stickers": [],
            "incidents_data": null,
        })
    }

    /// A guild as the gateway introduces it.
    pub(super) fn guild_create(&self, guild: &Guild) -> Value {
        let mut payload = self.guild_payload(guild);
        let joined = guild.members.get(&self.bot);
        let joined_at = joined.map_or(made_at(guild.id.0), |member| member.joined_at);
        // Who is offline is left out where there are many; nobody here is many.
        let members = guild.members.iter().map(|(id, member)| self.member_payload(*id, member));
        payload["joined_at"] = json!(moment(joined_at));
        payload["large"] = json!(false);
        payload["unavailable"] = json!(false);
        payload["member_count"] = json!(guild.members.len());
        payload["members"] = members.collect();
        payload["channels"] = self.channels_of(guild.id).map(|c| self.channel_payload(c)).collect();
        payload["threads"] = self.threads_of(guild.id).map(|c| self.channel_payload(c)).collect();
        for empty in [
            "voice_states",
            "presences",
            "stage_instances",
            "guild_scheduled_events",
            "soundboard_sounds",
        ] {
            payload[empty] = json!([]);
        }
        payload
    }

    /// A guild's text channels.
    pub(super) fn channels_of(&self, guild: GuildId) -> impl Iterator<Item = &Channel> {
        let of_guild = move |channel: &&Channel| {
            let is_text = matches!(channel.place, Place::Text { .. });
            is_text && channel.place.guild() == Some(guild)
        };
        self.channels.values().filter(of_guild)
    }

    /// A guild's threads that are not put away.
    pub(super) fn threads_of(&self, guild: GuildId) -> impl Iterator<Item = &Channel> {
        let of_guild = move |channel: &&Channel| {
            let is_open = matches!(channel.place, Place::Thread { archived: false, .. });
            is_open && channel.place.guild() == Some(guild)
        };
        self.channels.values().filter(of_guild)
    }

    pub(super) fn channel_payload(&self, channel: &Channel) -> Value {
        let last_message = channel.last_message;
        match &channel.place {
            Place::Text { guild } => {
                let overwrites = channel.overwrites.iter().map(|(id, overwrite)| {
                    json!({
                        "id": id.to_string(),
                        "type": u8::from(overwrite.of_member),
                        "allow": overwrite.allow,
                        "deny": overwrite.deny,
                    })
                });
                json!({
                    "id": channel.id,
                    "type": 0,
                    "guild_id": guild,
                    "name": channel.name,
                    "topic": null,
                    "nsfw": false,
                    "parent_id": null,
                    "position": 0,
                    "flags": 0,
                    "rate_limit_per_user": 0,
                    "last_message_id": last_message,
                    "permission_overwrites": overwrites.collect::<Vec<_>>(),
                })
            }
            Place::Thread { guild, parent, owner, archived, locked } => {
                let said = self.messages.values().filter(|m| m.channel == channel.id).count();
                json!({
                    "id": channel.id,
                    "type": 11,
                    "guild_id": guild,
                    "parent_id": parent,
                    "owner_id": owner,
                    "name": channel.name,
                    "flags": 0,
                    "rate_limit_per_user": 0,
                    "last_message_id": last_message,
                    "message_count": said,
                    "member_count": 1,
                    "total_message_sent": said,
                    "thread_metadata": {
                        "archived": archived,
                        "archive_timestamp": moment(made_at(channel.id.0)),
                        "auto_archive_duration": 4320,
                        "locked": locked,
                        "create_timestamp": moment(made_at(channel.id.0)),
                    },
                })
            }
            Place::Direct { with } => json!({
                "id": channel.id,
                "type": 1,
                "flags": 0,
                "last_message_id": last_message,
                "recipients": [self.user_payload(*with)],
            }),
        }
    }

    /// The channel that an interaction came from, with what the person who began it may do there.
    pub(super) fn partial_channel(&self, id: ChannelId, may: Permissions) -> Value {
        let Some(channel) = self.channels.get(&id) else {
            return Value::Null;
        };
        let mut payload = self.channel_payload(channel);
        if let Some(fields) = payload.as_object_mut() {
            fields.remove("permission_overwrites");
        }
        payload["permissions"] = json!(may);
        payload
    }

    /// What an application says of its privileges, as one that is in few guilds.
    pub(super) fn application_flags(&self) -> u64 {
        let flags = [
            (intents::GUILD_PRESENCES, 1 << 13),
            (intents::GUILD_MEMBERS, 1 << 15),
            (intents::MESSAGE_CONTENT, 1 << 19),
        ];
        let granted = |(intent, _): &&(u64, u64)| self.options.privileges & intent != 0;
        flags.iter().filter(granted).fold(0, |all, (_, flag)| all | flag)
    }

    /// The bot's application.
    pub(super) fn application_payload(&self) -> Value {
        let owner = self.users.values().find(|user| !user.is_bot);
        let owner = owner.map_or_else(|| self.user_payload(self.bot), user);
        json!({
            "id": self.bot,
            "name": "Tieline",
            "icon": null,
            "description": "",
            "type": null,
            "bot": self.user_payload(self.bot),
            "bot_public": false,
            "bot_require_code_grant": false,
            "verify_key": "0".repeat(64),
            "flags": self.application_flags(),
            "flags_new": self.application_flags().to_string(),
            "redirect_uris": [],
            "interactions_endpoint_url": null,
            "role_connections_verification_url": null,
            "owner": owner,
            "approximate_guild_count": self.guilds.len(),
            "approximate_user_install_count": 0,
            "approximate_user_authorization_count": 0,
            "explicit_content_filter": 0,
            "team": null,
            "eligible_oauth2_scopes": [],
            "summary": "",
            "rpc_origins": [],
        })
    }
}
