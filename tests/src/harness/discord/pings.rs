//! Whom a text pings: what is written in it, and what of that is allowed. Tieline promises that
//! nothing that it sends pings anybody, so whatever would is a violation here. Left out: code, in
//! which Discord does not look for mentions; a bot that relies on that is told so.

use serde_json::Value;

use super::ids::{RoleId, UserId};

/// Who is pinged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pings {
    pub(super) users: Vec<UserId>,
    pub(super) roles: Vec<RoleId>,
    pub(super) everyone: bool,
}

impl Pings {
    pub(super) fn is_nobody(&self) -> bool {
        *self == Self::default()
    }
}

/// Which way a message goes out, which decides what is allowed where it says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// As a message in a channel: everything is allowed.
    Message,
    /// As an answer to an interaction: people are allowed.
    Interaction,
}

/// What is written in a text.
pub(super) fn written(text: &str) -> Pings {
    let mut pings = Pings::default();
    for (at, _) in text.match_indices('<') {
        if text[..at].ends_with('\\') {
            continue;
        }
        let Some((inside, _)) = text[at + 1..].split_once('>') else {
            continue;
        };
        if let Some(role) = inside.strip_prefix("@&").and_then(|id| id.parse().ok()) {
            push(&mut pings.roles, role);
        } else if let Some(user) = inside.strip_prefix('@') {
            let user = user.strip_prefix('!').unwrap_or(user);
            if let Ok(user) = user.parse() {
                push(&mut pings.users, user);
            }
        }
    }
    pings.everyone = text.contains("@everyone") || text.contains("@here");
    pings
}

/// What is left of it by `allowed_mentions`.
pub(super) fn allowed(written: Pings, allowed_mentions: &Value, manner: Manner) -> Pings {
    if allowed_mentions.is_null() {
        return match manner {
            Manner::Message => written,
            Manner::Interaction => Pings { users: written.users, ..Pings::default() },
        };
    }
    let parses = |kind: &str| listed(&allowed_mentions["parse"], kind);
    let named = |list: &str, id: u64| listed(&allowed_mentions[list], &id.to_string());
    Pings {
        users: kept(written.users, |user| parses("users") || named("users", user.0)),
        roles: kept(written.roles, |role| parses("roles") || named("roles", role.0)),
        everyone: written.everyone && parses("everyone"),
    }
}

/// Whether whoever is replied to is pinged.
pub(super) fn pings_replied(allowed_mentions: &Value) -> bool {
    allowed_mentions.is_null() || allowed_mentions["replied_user"] == true
}

fn listed(list: &Value, entry: &str) -> bool {
    list.as_array().is_some_and(|list| list.iter().any(|one| one == entry))
}

fn push<T: PartialEq>(list: &mut Vec<T>, entry: T) {
    if !list.contains(&entry) {
        list.push(entry);
    }
}

fn kept<T>(mut list: Vec<T>, keep: impl Fn(&T) -> bool) -> Vec<T> {
    list.retain(keep);
    list
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn mentions_are_found_and_escaped_ones_are_not() {
        let pings = written("<@1> <@!2> <@1> <@&3> \\<@4> <#5> <@x> @everyone");
        assert_eq!(pings.users, [UserId(1), UserId(2)]);
        assert_eq!(pings.roles, [RoleId(3)]);
        assert!(pings.everyone);
        assert!(written("mail@here.example is not one, yet Discord says it is").everyone);
        assert!(written("a < b, <@ 1>").is_nobody());
    }

    #[test]
    fn what_is_not_allowed_does_not_ping() {
        let text = || written("<@1> <@&3> @here");
        assert!(allowed(text(), &json!({ "parse": [] }), Manner::Message).is_nobody());
        assert!(!allowed(text(), &Value::Null, Manner::Interaction).everyone);
        assert_eq!(allowed(text(), &Value::Null, Manner::Message), text());
        let one = allowed(text(), &json!({ "parse": [], "users": ["1"] }), Manner::Message);
        assert_eq!(one, Pings { users: vec![UserId(1)], ..Pings::default() });
        let roles = allowed(text(), &json!({ "parse": ["roles"] }), Manner::Message);
        assert_eq!(roles.roles, [RoleId(3)]);
    }
}
