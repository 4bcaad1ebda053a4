//! Whether a bot can be used, for `tieline doctor`: asks Discord who it is and what it may read, and
//! changes nothing.

use serde_json::Value;
use serenity::http::Route;

use super::events::{id, name_of};
use super::rest::Rest;
use crate::ConnectorError;

/// An application that may read what messages say: with Discord's consent, or below the size that
/// needs one.
const READS_CONTENT: u64 = 1 << 18 | 1 << 19;

/// What the bot is allowed to do on a server: to view channels, send messages there and in threads,
/// embed links, and read what was said before.
const PERMISSIONS: u64 = 1 << 10 | 1 << 11 | 1 << 14 | 1 << 16 | 1 << 38;

/// Says in words how the bot is.
pub(super) async fn check(rest: &Rest) -> Result<String, ConnectorError> {
    let told = |failure: super::failure::Failure| failure.for_the_connection();
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
    use super::*;

    #[test]
    fn the_readme_shows_the_link_that_asks_for_no_more_than_is_needed() {
        let readme = include_str!("../../../README.md");
        assert!(readme.contains(&invitation("ID")), "{}", invitation("ID"));
    }
}
