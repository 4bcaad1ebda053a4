//! The bot itself, and where it is: users, guilds, channels, members, roles, and the address of the
//! gateway. All of it is read; nothing here changes a guild.

use serde_json::{Value, json};

use super::ids::{ChannelId, GuildId, UserId};
use super::options::intents;
use super::payloads::{role, user as user_json};
use super::refusal::Refusal;
use super::routes::{Call, Reply};
use super::state::World;

fn address(world: &World) -> String {
    format!("ws://127.0.0.1:{}", world.port)
}

pub(super) fn gateway(world: &mut World, _: &Call) -> Result<Reply, Refusal> {
    Ok(Reply::ok(json!({ "url": address(world) })))
}

pub(super) fn gateway_bot(world: &mut World, _: &Call) -> Result<Reply, Refusal> {
    Ok(Reply::ok(json!({
        "url": address(world),
        "shards": world.options.shards,
        "session_start_limit": {
            "total": 1000,
            "remaining": world.sessions_left(),
            "reset_after": 86_400_000,
            "max_concurrency": 1,
        },
    })))
}

pub(super) fn current_user(world: &mut World, _: &Call) -> Result<Reply, Refusal> {
    let mut payload = world.user_payload(world.bot);
    payload["mfa_enabled"] = json!(false);
    payload["verified"] = json!(true);
    payload["locale"] = json!("en-US");
    payload["email"] = Value::Null;
    payload["premium_type"] = json!(0);
    Ok(Reply::ok(payload))
}

pub(super) fn current_user_guilds(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let at = |name: &str| call.query(name).and_then(|id| id.parse::<u64>().ok());
    let limit = at("limit").and_then(|limit| usize::try_from(limit).ok()).unwrap_or(200);
    let here = world.guilds.values().filter(|guild| {
        let id = guild.id.0;
        guild.members.contains_key(&world.bot)
            && at("after").is_none_or(|after| id > after)
            && at("before").is_none_or(|before| id < before)
    });
    let each = here.take(limit).map(|guild| {
        let mut payload = json!({
            "id": guild.id,
            "name": guild.name,
            "icon": null,
            "banner": null,
            "owner": false,
            "permissions": world.in_guild(world.bot, guild),
            "features": [],
        });
        if call.query("with_counts") == Some("true") {
            payload["approximate_member_count"] = json!(guild.members.len());
            payload["approximate_presence_count"] = json!(guild.members.len());
        }
        payload
    });
    Ok(Reply::ok(each.collect()))
}

pub(super) fn user(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let user = world.users.get(&call.id("user_id")?).ok_or_else(Refusal::unknown_user)?;
    Ok(Reply::ok(user_json(user)))
}

/// Opens the direct messages of the bot and somebody. Whether they may be written to shows when
/// that is tried.
pub(super) fn open_direct(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let asked = call.field("recipient_id").as_str().and_then(|id| id.parse().ok());
    let known = asked.map(UserId).filter(|user| world.users.contains_key(user));
    let with = known.ok_or_else(|| Refusal::new(400, 50033, "Invalid Recipient(s)"))?;
    if with == world.bot {
        // Here, and here alone, with this status.
        return Err(Refusal { status: 400, ..Refusal::closed_to_you() });
    }
    let id = world.direct(with);
    let channel = world.channel(id)?;
    Ok(Reply::ok(world.channel_payload(channel)))
}

pub(super) fn application(world: &mut World, _: &Call) -> Result<Reply, Refusal> {
    Ok(Reply::ok(world.application_payload()))
}

pub(super) fn guild(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let guild = world.guild(call.id("guild_id")?)?;
    let mut payload = world.guild_payload(guild);
    if call.query("with_counts") == Some("true") {
        payload["approximate_member_count"] = json!(guild.members.len());
        payload["approximate_presence_count"] = json!(guild.members.len());
    }
    Ok(Reply::ok(payload))
}

/// A guild's channels, those among them that the bot does not see, as Discord does; threads are no
/// part of the list.
pub(super) fn guild_channels(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let guild: GuildId = call.id("guild_id")?;
    world.guild(guild)?;
    Ok(Reply::ok(world.channels_of(guild).map(|c| world.channel_payload(c)).collect()))
}

pub(super) fn guild_roles(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let guild = world.guild(call.id("guild_id")?)?;
    Ok(Reply::ok(guild.roles.values().map(role).collect()))
}

pub(super) fn guild_member(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let guild = world.guild(call.id("guild_id")?)?;
    let user = call.id("user_id")?;
    match guild.members.get(&user) {
        Some(member) => Ok(Reply::ok(world.member_payload(user, member))),
        None if world.users.contains_key(&user) => Err(Refusal::unknown_member()),
        None => Err(Refusal::unknown_user()),
    }
}

/// A guild's members, which only a bot with that privilege is told.
pub(super) fn guild_members(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let guild = world.guild(call.id("guild_id")?)?;
    if world.options.privileges & intents::GUILD_MEMBERS == 0 {
        return Err(Refusal::missing_access());
    }
    let limit = call.query("limit").and_then(|limit| limit.parse().ok()).unwrap_or(1);
    let after = call.query("after").and_then(|id| id.parse().ok()).unwrap_or(0);
    let members = guild.members.iter().filter(|(user, _)| user.0 > after).take(limit);
    Ok(Reply::ok(members.map(|(user, member)| world.member_payload(*user, member)).collect()))
}

pub(super) fn channel(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let id: ChannelId = call.id("channel_id")?;
    let channel = world.channel(id)?;
    Ok(Reply::ok(world.channel_payload(channel)))
}
