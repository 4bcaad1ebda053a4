//! Whether a bot can be used, for `tieline doctor`: asks Discord who it is, what it may read, and what
//! it may do in each room that is ours, and changes nothing.

use serde_json::Value;
use serenity::http::Route;
use serenity::model::id::{GuildId, UserId};

use super::channels::number;
use super::events::{id, name_of};
use super::failure::Failure;
use super::rest::Rest;
use crate::{ConnectorError, Room};

/// An application that may read what messages say: with Discord's consent, or below the size that
/// needs one.
const READS_CONTENT: u64 = 1 << 18 | 1 << 19;

/// What the bot is allowed to do on a server: to view channels, send messages there and in threads,
/// embed links, and read what was said before.
const PERMISSIONS: u64 = 1 << 10 | 1 << 11 | 1 << 14 | 1 << 16 | 1 << 38;
/// The same, each with its name on Discord's pages.
const NAMES: [(u64, &str); 5] = [
    (1 << 10, "View Channel"),
    (1 << 11, "Send Messages"),
    (1 << 14, "Embed Links"),
    (1 << 16, "Read Message History"),
    (1 << 38, "Send Messages in Threads"),
];
/// Who has it may do all.
const ADMINISTRATOR: u64 = 1 << 3;

/// Says in words how the bot is.
pub(super) async fn check(rest: &Rest) -> Result<String, ConnectorError> {
    let told = |failure: Failure| failure.for_the_connection();
    let bot = rest.get(Route::UserMe, Vec::new()).await.map_err(told)?;
    let application = rest.get(Route::Oauth2ApplicationCurrent, Vec::new()).await.map_err(told)?;
    let guilds = rest.get(Route::UserMeGuilds, Vec::new()).await.map_err(told)?;
    let name = name_of(&bot).unwrap_or_else(|| "the bot".to_owned());
    let count = guilds.as_array().map_or(0, Vec::len);
    let servers = match count {
        0 => "is on no server yet".to_owned(),
        1 => "is on 1 server".to_owned(),
        more => format!("is on {more} servers"),
    };
    let mut words = format!("@{name} {servers}.");
    if let Some(id) = id(&application, "id").filter(|_| count == 0) {
        words.push_str(&format!(" Invite it: {}", invitation(&id)));
    }
    if !reads_content(&application) {
        words.push_str(
            " It may not read messages: names in them show no cards, and only commands work. Turn \
             on “Message Content Intent” under “Bot” in Discord's developer portal.",
        );
    }
    Ok(words)
}

/// What is wrong with rooms, each with what to do about it.
pub(super) async fn check_rooms(rest: &Rest, rooms: &[Room]) -> Vec<String> {
    let Ok(bot) = rest.get(Route::UserMe, Vec::new()).await else { return Vec::new() };
    let bot = id(&bot, "id").unwrap_or_default();
    let mut troubles = Vec::new();
    for room in rooms {
        let name = &room.name;
        match missing(rest, &bot, &room.id).await {
            Ok(missing) if missing.is_empty() => {}
            Ok(missing) => troubles.push(format!(
                "In {name} the bot lacks {}. Give its role that in the channel's settings.",
                missing.join(", ")
            )),
            Err(failure @ Failure::Refused { .. }) if failure.is_gone() || is_hidden(&failure) => {
                troubles.push(format!(
                    "{name} is gone, or the bot was removed or may not see it. Invite it again and \
                     let it view the channel, or unbind the room in the console.",
                ));
            }
            Err(failure) => {
                let why = failure.for_the_connection();
                troubles.push(format!("{name} could not be looked at: {why}. Try again later."));
            }
        }
    }
    troubles
}

/// Discord's numbers for channels that are gone or not shown.
fn is_hidden(failure: &Failure) -> bool {
    matches!(failure, Failure::Refused { code: 10_003 | 10_004 | 50_001, .. })
}

/// What the bot needs in a channel, and lacks.
async fn missing(rest: &Rest, bot: &str, channel: &str) -> Result<Vec<&'static str>, Failure> {
    let channel = rest.get(Route::Channel { channel_id: number(channel) }, Vec::new()).await?;
    let Some(guild) = id(&channel, "guild_id") else { return Ok(Vec::new()) };
    let guild_id = GuildId::new(guild.parse().unwrap_or(1));
    let user_id = UserId::new(bot.parse().unwrap_or(1));
    let roles = rest.get(Route::GuildRoles { guild_id }, Vec::new()).await?;
    let member = rest.get(Route::GuildMember { guild_id, user_id }, Vec::new()).await?;
    let has = allowed(&roles, &member, &channel, &guild, bot);
    Ok(NAMES.iter().filter(|(bit, _)| has & bit == 0).map(|(_, name)| *name).collect())
}

/// What somebody may do in a channel:
/// <https://discord.com/developers/docs/topics/permissions#permission-hierarchy>.
fn allowed(roles: &Value, member: &Value, channel: &Value, guild: &str, user: &str) -> u64 {
    let bits = |value: &Value| value.as_str().and_then(|bits| bits.parse::<u64>().ok());
    let mine = member["roles"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let mine = mine.chain([guild]).collect::<Vec<_>>();
    let is_mine = |of: &&Value| id(of, "id").is_some_and(|id| mine.contains(&id.as_str()));
    let roles = roles.as_array().into_iter().flatten().filter(is_mine);
    let base = roles.filter_map(|role| bits(&role["permissions"])).fold(0, |all, one| all | one);
    if base & ADMINISTRATOR != 0 {
        return u64::MAX;
    }
    let written = channel["permission_overwrites"].as_array().cloned().unwrap_or_default();
    let of = |wanted: &dyn Fn(&str) -> bool| {
        let wanted = written.iter().filter(|one| id(one, "id").is_some_and(|id| wanted(&id)));
        wanted.fold((0, 0), |(allow, deny), one| {
            let both = (bits(&one["allow"]), bits(&one["deny"]));
            (allow | both.0.unwrap_or_default(), deny | both.1.unwrap_or_default())
        })
    };
    // For everybody, then for roles, then for oneself.
    let is_role = |id: &str| id != guild && mine.contains(&id);
    let steps: [&dyn Fn(&str) -> bool; 3] = [&|id| id == guild, &is_role, &|id| id == user];
    steps.iter().fold(base, |has, step| {
        let (allow, deny) = of(*step);
        (has & !deny) | allow
    })
}

/// The link that brings the bot to a server, with its commands.
fn invitation(application: &str) -> String {
    format!(
        "https://discord.com/oauth2/authorize?client_id={application}\
         &scope=bot+applications.commands&permissions={PERMISSIONS}"
    )
}

fn reads_content(application: &Value) -> bool {
    application["flags"].as_u64().unwrap_or_default() & READS_CONTENT != 0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_written_for_a_role_or_oneself_comes_after_what_is_for_everybody() {
        let may = |written: Value, roles: Value| {
            let all = json!([
                { "id": "1", "permissions": "1024" },
                { "id": "2", "permissions": "2048" },
                { "id": "3", "permissions": "8" },
            ]);
            let channel = json!({ "permission_overwrites": written });
            allowed(&all, &json!({ "roles": roles }), &channel, "1", "7")
        };
        let write =
            |id: &str, allow: &str, deny: &str| json!({ "id": id, "allow": allow, "deny": deny });
        assert_eq!(may(json!([]), json!([])), 1024);
        assert_eq!(may(json!([]), json!(["2"])), 1024 | 2048);
        assert_eq!(may(json!([write("1", "0", "1024")]), json!(["2"])), 2048);
        let role = json!([write("1", "0", "1024"), write("2", "1024", "0")]);
        assert_eq!(may(role, json!(["2"])), 1024 | 2048);
        let own = json!([write("2", "1024", "0"), write("7", "0", "3072")]);
        assert_eq!(may(own, json!(["2"])), 0);
        let others = json!([write("4", "0", "1024")]);
        assert_eq!(may(others, json!(["2"])), 1024 | 2048);
        assert_eq!(may(json!([write("1", "0", "1024")]), json!(["3"])), u64::MAX);
        assert_eq!(NAMES.iter().fold(0, |all, (bit, _)| all | bit), PERMISSIONS);
    }

    #[test]
    fn the_readme_shows_the_link_that_asks_for_no_more_than_is_needed() {
        let readme = include_str!("../../../README.md");
        assert!(readme.contains(&invitation("ID")), "{}", invitation("ID"));
    }
}
