//! Writing to customers on their own networks: over which connection somebody can be reached, and
//! where an answer belongs. What a network does with a message is its connector's matter; mailboxes
//! and groups are not written to here.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use crate::chat::{Author, Place};
use crate::ids::{MemberId, RecordId};
use crate::records::{Identity, IdentityKind};

/// The longest message to a customer, in characters. Every network shows so much in one post.
pub const WORDS_CHARS_MAX: usize = 1_500;

/// The networks on which somebody can be written to, each with the connection that does it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(BTreeMap<IdentityKind, String>);

/// An account that can be written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// The channel.
    pub identity: Identity,
    /// The connection that writes.
    pub connection: String,
    /// The account, as its network names it.
    pub account: String,
}

impl Networks {
    /// Networks by their names, each with a connection. Of several connections to one network, the
    /// first one writes.
    pub fn new(connections: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut networks = BTreeMap::new();
        for (network, connection) in connections {
            if let Some(kind) = IdentityKind::parse(&network) {
                networks.entry(kind).or_insert(connection);
            }
        }
        Self(networks)
    }

    /// Whether nobody can be written to at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this kind of channel is connected.
    pub fn has(&self, kind: IdentityKind) -> bool {
        self.0.contains_key(&kind)
    }

    /// How a channel is written to. None where its network is not connected, where only a name is
    /// known and not the account behind it, and where nothing arrives.
    pub fn way_to(&self, identity: &Identity) -> Option<Reach> {
        let connection = self.0.get(&identity.kind)?.clone();
        if identity.bounced_at.is_some() {
            return None;
        }
        let account = account_of(identity)?;
        Some(Reach { identity: identity.clone(), connection, account })
    }
}

/// The account behind a channel, as its network names it. A Matrix account is its own name; of the
/// others the name says nothing for sure, because it may change hands.
fn account_of(identity: &Identity) -> Option<String> {
    match identity.kind {
        IdentityKind::Matrix => Some(identity.value.clone()),
        _ => identity.stable_id.clone(),
    }
}

/// The channel that an account is: its kind, and whether its id is the channel's own value.
pub fn channel_of(account: &Author) -> Option<(IdentityKind, bool)> {
    let kind = IdentityKind::parse(&account.network)?;
    Some((kind, kind == IdentityKind::Matrix))
}

/// A conversation with one account of a customer: who wrote to them last, about what, and where an
/// answer is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// The connection.
    pub connection: String,
    /// The account.
    pub account: String,
    /// The person.
    pub person: RecordId,
    /// What it is about: the deal whose card was used, or the person.
    pub about: RecordId,
    /// Who wrote last.
    pub member: MemberId,
    /// Where they did, when that was in chat.
    pub place: Option<Place>,
    /// The thread there.
    pub thread: Option<String>,
    /// The one account there that sees it, when it was said in private.
    pub private_to: Option<String>,
    /// When they wrote.
    pub at: DateTime<Utc>,
}

/// What a network is called by people.
pub fn network_name(kind: IdentityKind) -> &'static str {
    match kind {
        IdentityKind::Email => "e-mail",
        IdentityKind::Phone => "phone",
        IdentityKind::Domain => "the web",
        IdentityKind::Matrix => "Matrix",
        IdentityKind::Telegram => "Telegram",
        IdentityKind::Discord => "Discord",
        IdentityKind::Github => "GitHub",
        IdentityKind::Linkedin => "LinkedIn",
        IdentityKind::Twitter => "X",
        IdentityKind::Alias => "a name",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(kind: IdentityKind, value: &str, stable_id: Option<&str>) -> Identity {
        Identity {
            id: "idn_06cq3m5v9k2f8h1t".parse().expect("an id"),
            record: "rec_06cq3m5v9k2f8h1t".parse().expect("an id"),
            kind,
            value: value.to_owned(),
            verified: false,
            primary: true,
            created_at: DateTime::UNIX_EPOCH,
            label: None,
            stable_id: stable_id.map(str::to_owned),
            bounced_at: None,
        }
    }

    #[test]
    fn who_is_known_by_a_name_alone_is_not_written_to() {
        let networks = [("discord", "first"), ("discord", "second"), ("console", "chat")];
        let networks = networks.map(|(network, name)| (network.to_owned(), name.to_owned()));
        let networks = Networks::new(networks);
        let known = identity(IdentityKind::Discord, "anna_s", Some("80351110224678912"));
        let way = networks.way_to(&known).expect("a way");
        assert_eq!((way.connection.as_str(), way.account.as_str()), ("first", "80351110224678912"));
        assert_eq!(networks.way_to(&identity(IdentityKind::Discord, "anna_s", None)), None);
        assert_eq!(
            networks.way_to(&identity(IdentityKind::Matrix, "@anna:acme.example", None)),
            None
        );
        let bounced = Identity { bounced_at: Some(DateTime::UNIX_EPOCH), ..known };
        assert_eq!(networks.way_to(&bounced), None);
    }
}
