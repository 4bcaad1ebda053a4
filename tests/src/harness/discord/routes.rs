//! What this Discord is asked for, and who answers it. A row stands here for every operation that
//! `tests/specs/discord.json` describes, and for no other.

use serde_json::Value;

use super::refusal::Refusal;
use super::state::World;
use super::{commands, followups, interactions, messages, places, threads};

/// Who may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Anybody.
    Open,
    /// The bot, with its token.
    Bot,
    /// Whoever holds the token of an interaction, which stands in the path.
    Interaction,
}

type Handler = fn(&mut World, &Call) -> Result<Reply, Refusal>;

/// An operation.
pub(super) struct Route {
    pub(super) method: &'static str,
    /// Its path below `/api/v10`, with names in braces.
    pub(super) path: &'static str,
    pub(super) access: Access,
    pub(super) handler: Handler,
}

const fn route(
    method: &'static str,
    path: &'static str,
    access: Access,
    handler: Handler,
) -> Route {
    Route { method, path, access, handler }
}

const WEBHOOK: &str = "/webhooks/{webhook_id}/{webhook_token}";
const ORIGINAL: &str = "/webhooks/{webhook_id}/{webhook_token}/messages/@original";
const FOLLOWUP: &str = "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}";
const CALLBACK: &str = "/interactions/{interaction_id}/{interaction_token}/callback";
const GUILD_COMMANDS: &str = "/applications/{application_id}/guilds/{guild_id}/commands";
const MESSAGE: &str = "/channels/{channel_id}/messages/{message_id}";
const MESSAGE_THREADS: &str = "/channels/{channel_id}/messages/{message_id}/threads";

/// What has a fixed word stands before what has a name in its place.
pub(super) const ROUTES: &[Route] = &[
    route("GET", "/gateway", Access::Open, places::gateway),
    route("GET", "/gateway/bot", Access::Bot, places::gateway_bot),
    route("GET", "/users/@me", Access::Bot, places::current_user),
    route("GET", "/users/@me/guilds", Access::Bot, places::current_user_guilds),
    route("POST", "/users/@me/channels", Access::Bot, places::open_direct),
    route("GET", "/users/{user_id}", Access::Bot, places::user),
    route("GET", "/applications/@me", Access::Bot, places::application),
    route("GET", "/oauth2/applications/@me", Access::Bot, places::application),
    route("GET", "/applications/{application_id}/commands", Access::Bot, commands::list),
    route("PUT", "/applications/{application_id}/commands", Access::Bot, commands::overwrite),
    route("GET", GUILD_COMMANDS, Access::Bot, commands::list),
    route("PUT", GUILD_COMMANDS, Access::Bot, commands::overwrite),
    route("GET", "/guilds/{guild_id}", Access::Bot, places::guild),
    route("GET", "/guilds/{guild_id}/channels", Access::Bot, places::guild_channels),
    route("GET", "/guilds/{guild_id}/roles", Access::Bot, places::guild_roles),
    route("GET", "/guilds/{guild_id}/members", Access::Bot, places::guild_members),
    route("GET", "/guilds/{guild_id}/members/{user_id}", Access::Bot, places::guild_member),
    route("GET", "/guilds/{guild_id}/threads/active", Access::Bot, threads::active),
    route("GET", "/channels/{channel_id}", Access::Bot, places::channel),
    route("POST", "/channels/{channel_id}/threads", Access::Bot, threads::start),
    route("GET", "/channels/{channel_id}/messages", Access::Bot, messages::list),
    route("POST", "/channels/{channel_id}/messages", Access::Bot, messages::create),
    route("GET", MESSAGE, Access::Bot, messages::get),
    route("PATCH", MESSAGE, Access::Bot, messages::edit),
    route("DELETE", MESSAGE, Access::Bot, messages::delete),
    route("POST", MESSAGE_THREADS, Access::Bot, threads::start_from_message),
    route("POST", CALLBACK, Access::Interaction, interactions::callback),
    route("POST", WEBHOOK, Access::Interaction, followups::create),
    route("GET", ORIGINAL, Access::Interaction, followups::get),
    route("PATCH", ORIGINAL, Access::Interaction, followups::edit),
    route("DELETE", ORIGINAL, Access::Interaction, followups::delete),
    route("GET", FOLLOWUP, Access::Interaction, followups::get),
    route("PATCH", FOLLOWUP, Access::Interaction, followups::edit),
    route("DELETE", FOLLOWUP, Access::Interaction, followups::delete),
];

/// What came in, taken apart.
pub(super) struct Call {
    pub(super) route: &'static Route,
    /// The path as it came.
    pub(super) path: String,
    pub(super) params: Params,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Option<Value>,
}

impl Call {
    /// A part of the path.
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| *known == name).map(|(_, text)| text.as_str())
    }

    /// An id in the path; the schema saw already that it is one.
    pub(super) fn id<T: std::str::FromStr>(&self, name: &str) -> Result<T, Refusal> {
        let text = self.param(name).unwrap_or_default();
        let message = format!("Value \"{text}\" is not snowflake.");
        text.parse().map_err(|_| Refusal::field(name, "NUMBER_TYPE_COERCE", message))
    }

    /// A part of the query.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str())
    }

    /// A field of the body.
    pub(super) fn field(&self, name: &str) -> &Value {
        self.body.as_ref().map_or(&Value::Null, |body| &body[name])
    }

    /// The channel, guild or interaction that its limit is counted for.
    pub(super) fn counted_for(&self) -> String {
        let major = ["channel_id", "guild_id", "webhook_token", "interaction_token"];
        let found = major.iter().filter_map(|name| self.param(name));
        found.collect::<Vec<_>>().join(":")
    }
}

/// An answer that says yes.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    /// `null` for none.
    pub(super) body: Value,
}

impl Reply {
    pub(super) fn ok(body: Value) -> Self {
        Self { status: 200, body }
    }

    pub(super) fn created(body: Value) -> Self {
        Self { status: 201, body }
    }

    pub(super) fn empty() -> Self {
        Self { status: 204, body: Value::Null }
    }
}

/// What stands in a path for each name.
type Params = Vec<(&'static str, String)>;

/// Why nothing is found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// There is no such path.
    Path,
    /// There is, with other methods.
    Method,
}

/// The operation that is asked for.
pub(super) fn find(method: &str, path: &str) -> Result<(&'static Route, Params), Missing> {
    let mut missing = Missing::Path;
    for route in ROUTES {
        if let Some(params) = matched(route.path, path) {
            if route.method == method {
                return Ok((route, params));
            }
            missing = Missing::Method;
        }
    }
    Err(missing)
}

/// The operation with this path as it stands above.
pub(super) fn named(method: &str, path: &str) -> Option<&'static Route> {
    ROUTES.iter().find(|route| route.method == method && route.path == path)
}

fn matched(template: &'static str, path: &str) -> Option<Params> {
    let (mut wanted, mut given) = (template.split('/'), path.split('/'));
    let mut params = Vec::new();
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(params),
            (Some(wanted), Some(given)) => {
                let given = decoded(given);
                match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                    Some(name) if !given.is_empty() => params.push((name, given)),
                    _ if wanted == given => {}
                    _ => return None,
                }
            }
            _ => return None,
        }
    }
}

/// A part of a path without its percent signs.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::schema::Schema;
    use super::*;

    #[test]
    fn what_is_described_is_served_and_nothing_else() {
        let described: BTreeSet<_> = Schema::of_discord().operations().into_iter().collect();
        let served: BTreeSet<_> =
            ROUTES.iter().map(|r| (r.method.to_owned(), r.path.to_owned())).collect();
        assert_eq!(described, served);
    }

    #[test]
    fn a_fixed_word_stands_before_a_name() {
        let (route, params) = find("GET", "/webhooks/1/t/messages/@original").expect("a route");
        assert_eq!(route.path, ORIGINAL);
        assert_eq!(params, [("webhook_id", "1".to_owned()), ("webhook_token", "t".to_owned())]);
        let (route, _) = find("GET", "/webhooks/1/t/messages/%40original").expect("a route");
        assert_eq!(route.path, ORIGINAL);
        let (route, _) = find("GET", "/webhooks/1/t/messages/5").expect("a route");
        assert_eq!(route.path, FOLLOWUP);
    }

    #[test]
    fn what_is_unknown_is_not_found() {
        assert_eq!(find("GET", "/channels/1/pins").err(), Some(Missing::Path));
        assert_eq!(find("DELETE", "/channels/1").err(), Some(Missing::Method));
        assert_eq!(find("GET", "/channels//messages").err(), Some(Missing::Path));
    }
}
