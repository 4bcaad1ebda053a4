//! The one chat model that every network is translated into and out of: what arrives
//! ([`Inbound`]), what is shown ([`Outgoing`], [`Card`]) and what a network can do
//! ([`Capabilities`]). Ids of a network are opaque here: only its own connector may parse them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ids::{PostId, TenantId};
use crate::mails::Mail;

/// A conversation: a configured account on a network, and the room there.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, utoipa::ToSchema,
)]
pub struct Place {
    /// The configured account (`matrix`), as named in the configuration.
    pub connection: String,
    /// The room, channel or chat, as the network names it.
    pub room: String,
}

impl Place {
    /// A place.
    pub fn new(connection: impl Into<String>, room: impl Into<String>) -> Self {
        Self { connection: connection.into(), room: room.into() }
    }
}

/// Who wrote or pressed, as the network says. The id never changes; the name is only a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Author {
    /// The network (`matrix`, `console`).
    pub network: String,
    /// The account's immutable id.
    pub id: String,
    /// What the account calls itself.
    pub name: String,
}

/// One thing that happened on a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Somebody said something.
    Message(Message),
    /// Somebody used a command of the network's own, or spoke to Tieline by name: the text is a
    /// command, without what commands begin with elsewhere.
    Commanded(Message),
    /// Somebody changed what they said.
    Edited {
        /// Where.
        place: Place,
        /// The message that was changed.
        message: String,
        /// Who changed it.
        author: Author,
        /// The whole new text.
        text: String,
        /// When.
        at: DateTime<Utc>,
    },
    /// A message was taken back.
    Deleted {
        /// Where.
        place: Place,
        /// The message.
        message: String,
        /// When.
        at: DateTime<Utc>,
    },
    /// A reaction that is no button: `message` carries `symbol` from now on.
    Reacted {
        /// Where.
        place: Place,
        /// The message that was reacted to.
        message: String,
        /// The emoji.
        symbol: String,
        /// Who.
        author: Author,
        /// When.
        at: DateTime<Utc>,
    },
    /// A native button was pressed.
    Pressed {
        /// Where.
        place: Place,
        /// The button's token.
        token: String,
        /// Who pressed it.
        author: Author,
        /// When.
        at: DateTime<Utc>,
        /// The handle of an answer to this press, where the network has such a thing.
        #[serde(default)]
        answer_to: Option<String>,
        /// What whoever pressed wrote, where the button asks for words.
        #[serde(default)]
        text: Option<String>,
    },
    /// A mail came in, for the tenant that its connection or program belongs to.
    Mail {
        /// Whose.
        tenant: TenantId,
        /// What.
        mail: Mail,
    },
    /// Something the connector does not know; kept and counted, never acted upon.
    Unknown {
        /// Where, when that much was clear.
        place: Option<Place>,
        /// The network's name for it.
        kind: String,
    },
}

/// A message that somebody wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Where.
    pub place: Place,
    /// Its id on the network.
    pub id: String,
    /// The thread it stands in, by its root message.
    pub thread: Option<String>,
    /// The message it answers.
    pub reply_to: Option<String>,
    /// Who wrote it.
    pub author: Author,
    /// What it says, as plain text.
    pub text: String,
    /// When it was written, as the network says.
    pub at: DateTime<Utc>,
    /// A link that opens it on the network.
    pub permalink: Option<String>,
    /// Whether only this author and Tieline are in the room.
    pub direct: bool,
    /// Whether it was said to Tieline alone in a room of many, and is answered so.
    #[serde(default)]
    pub alone: bool,
    /// The handle of its answer, where that is not its id. A network may forget it soon; its
    /// connector then answers as it would answer anything.
    #[serde(default)]
    pub answer_to: Option<String>,
    /// What people call the room, where the network says so.
    #[serde(default)]
    pub room_name: Option<String>,
    /// Where it came from, when somebody passed it on: then the words are not their own.
    #[serde(default)]
    pub forwarded: Option<Forwarded>,
}

impl Message {
    /// Whose words these are: of what was passed on, those of whoever wrote it, who may be nobody
    /// that is known.
    pub fn written_by(&self) -> Author {
        let Some(from) = &self.forwarded else { return self.author.clone() };
        from.author.clone().unwrap_or_else(|| Author {
            network: self.author.network.clone(),
            id: String::new(),
            name: "somebody".to_owned(),
        })
    }
}

/// Where a message that was passed on came from, as far as the network says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forwarded {
    /// The account that wrote it.
    pub author: Option<Author>,
    /// A link that opens it.
    pub permalink: Option<String>,
}

/// An event with what the inbox needs: where it came from, what makes it one of a kind, and
/// which events must stay in order with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inbound {
    /// The configured account it came through.
    pub connection: String,
    /// What makes it one of a kind on that connection: the same event again has the same key.
    pub key: String,
    /// Events of one lane are handled in the order in which they arrived.
    pub lane: String,
    /// What happened.
    pub event: Event,
}

/// What a network can do. The core asks this before it offers anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Capabilities {
    /// Native buttons; without them a card lists symbols and numbers to answer with.
    pub buttons: bool,
    /// Posts can be changed in place.
    pub edits: bool,
    /// Posts can stand in a thread.
    pub threads: bool,
    /// Something can be said to one person alone.
    pub private: bool,
    /// Whoever presses a button can be asked for words.
    pub forms: bool,
    /// The longest text of one post, in characters.
    pub text_chars_max: usize,
}

/// A button, or what stands for one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Choice {
    /// The random token that a press gives back.
    pub token: String,
    /// What a person without buttons reacts or answers with (`2️⃣`; the answer is `2`).
    pub symbol: String,
    /// What it says ("Won").
    pub label: String,
    /// Whether it moves a record on, which a network may show as one menu.
    #[serde(default)]
    pub is_stage: bool,
    /// What whoever presses is asked for ("What to say"): the press needs words. A network that
    /// has no forms is given no such button.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asks: Option<String>,
}

/// A button that opens a page, and does nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Opens {
    /// What it says ("Last thread").
    pub label: String,
    /// The page.
    pub url: String,
}

/// A name and a value on a card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CardFact {
    /// The name ("Stage").
    pub name: String,
    /// The value ("Negotiating").
    pub value: String,
}

/// One record on a card. All of it is plain text; the network's connector escapes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Card {
    /// The record's title.
    pub title: String,
    /// A link that opens the record.
    pub url: Option<String>,
    /// What it is ("Deal · DEAL-12").
    pub kind: String,
    /// What to know about it, in order.
    pub facts: Vec<CardFact>,
}

/// One item of a list, with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Item {
    /// What it is ("Person: Anna Schmidt (new)").
    pub text: String,
    /// What belongs to it.
    pub details: Vec<String>,
}

/// What Tieline says in one post.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Content {
    /// Plain text above the cards, in lines.
    pub text: String,
    /// Cards, at most three.
    pub cards: Vec<Card>,
    /// Longer lists, such as what a proposal would make.
    pub items: Vec<Item>,
    /// What just happened ("moved to Won by Rosa").
    pub notice: Option<String>,
    /// What can be pressed.
    pub choices: Vec<Choice>,
    /// What can be opened.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opens: Vec<Opens>,
}

/// A post on its way to a network: new, or the new state of one that is there.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// The post it shows.
    pub post: PostId,
    /// The same for every try, so that a network with idempotent sends shows it once.
    pub idempotency_key: String,
    /// Where.
    pub place: Place,
    /// The thread's root message.
    pub thread: Option<String>,
    /// The message it answers.
    pub reply_to: Option<String>,
    /// Say it to this account alone, where the network can.
    pub private_to: Option<String>,
    /// The post to change; none makes a new one.
    pub existing: Option<RemotePost>,
    /// What to say.
    pub content: Content,
}

/// A post as the network knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemotePost {
    /// Its id there.
    pub id: String,
    /// The room it ended up in, when that is not the place it was meant for.
    #[serde(default)]
    pub room: Option<String>,
    /// What the connector wants to remember about it.
    #[serde(default)]
    pub state: serde_json::Value,
}

/// The room of Tieline's own chat in which one account is alone with Tieline.
pub fn private_room(account: &str) -> String {
    format!("{PRIVATE_ROOM}{account}")
}

/// What the names of such rooms begin with.
pub const PRIVATE_ROOM: &str = "dm:";

/// The symbols that stand for the answers 1 to 10.
pub const DIGITS: [&str; 10] = ["1️⃣", "2️⃣", "3️⃣", "4️⃣", "5️⃣", "6️⃣", "7️⃣", "8️⃣", "9️⃣", "🔟"];

/// The symbols that stand for the answers a to j. Questions use these, so that no answer to a
/// question can be taken for the stage of a deal.
pub const LETTERS: [&str; 10] = ["🇦", "🇧", "🇨", "🇩", "🇪", "🇫", "🇬", "🇭", "🇮", "🇯"];

/// The answer a symbol stands for, or a symbol without its invisible variation marks.
pub fn plain_symbol(symbol: &str) -> String {
    let bare = |text: &str| text.chars().filter(|c| *c != '\u{fe0f}').collect::<String>();
    let wanted = bare(symbol.trim());
    if let Some(place) = DIGITS.iter().position(|digit| bare(digit) == wanted) {
        return (place + 1).to_string();
    }
    match LETTERS.iter().position(|letter| *letter == wanted).zip(Some('a'..='j')) {
        Some((place, mut letters)) => letters.nth(place).map(String::from).unwrap_or(wanted),
        None => wanted.to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_a_keycap_and_a_bare_keycap_are_the_same_answer() {
        assert_eq!(plain_symbol("2️⃣"), "2");
        assert_eq!(plain_symbol("2\u{20e3}"), "2");
        assert_eq!(plain_symbol(" 2 "), "2");
        assert_eq!(plain_symbol("🇧"), "b");
        assert_eq!(plain_symbol("B"), "b");
        assert_eq!(plain_symbol("↩️"), plain_symbol("↩"));
    }
}
