//! A Discord message, edit, deletion or reaction in the words of the chat model. Pure functions of
//! the payload as it came and of what is known about its channel, tolerant of whatever may be sent:
//! what has no words becomes [`Event::Unknown`] and is never acted upon.
//!
//! Payloads are read as JSON, not as serenity's types: the same reading serves what serenity
//! understood, what it did not, and what was fetched to fill a gap.
//!
//! Left out: stickers, polls, embeds and files without a word beside them. What a bot or a webhook
//! says is never a message, so that two bots cannot talk to each other for ever.

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use crm::chat::{Author, Event, Forwarded, Inbound, Message, Place};
use serde_json::Value;

/// The network's name.
pub(super) const NETWORK: &str = "discord";

/// Discord counts time from the first second of 2015, in milliseconds since 1970.
const EPOCH_MILLIS: i64 = 1_420_070_400_000;
/// The kinds of messages that people write: alone, and in answer to another.
const SAID: [i64; 2] = [0, 19];
/// A reference that carries a message along, instead of answering it.
pub(super) const FORWARD: i64 = 1;

/// Where a message stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    /// The channel; for a thread, the one that it hangs on.
    pub room: String,
    /// The thread's own channel.
    pub thread: Option<String>,
    /// The server; none in a direct message.
    pub guild: Option<String>,
}

impl Standing {
    /// Whether only one person and the bot are there.
    pub(super) fn is_direct(&self) -> bool {
        self.guild.is_none()
    }

    /// The channel that messages are sent to and fetched from.
    pub(super) fn channel(&self) -> &str {
        self.thread.as_deref().unwrap_or(&self.room)
    }

    pub(super) fn place(&self, connection: &str) -> Place {
        Place::new(connection, &self.room)
    }
}

/// What has to be known to read an event.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    /// The configured account.
    pub connection: &'a str,
    /// The bot's own account, whose messages are nobody's news.
    pub bot: &'a str,
    /// Where it stands.
    pub standing: &'a Standing,
    /// What the time is.
    pub now: DateTime<Utc>,
}

impl View<'_> {
    fn inbound(&self, key: String, event: Event) -> Inbound {
        Inbound {
            connection: self.connection.to_owned(),
            key,
            lane: self.standing.room.clone(),
            event,
        }
    }

    fn place(&self) -> Place {
        self.standing.place(self.connection)
    }

    /// Something that is kept and counted.
    fn unknown(&self, key: String, kind: &str) -> Inbound {
        let kind = kind.chars().take(100).collect();
        self.inbound(key, Event::Unknown { place: Some(self.place()), kind })
    }

    /// What a payload of this kind says; nothing when it is nobody's news.
    pub(super) fn events(&self, kind: &str, json: &Value) -> Vec<Inbound> {
        let one = match kind {
            "MESSAGE_CREATE" => self.message(json),
            "MESSAGE_UPDATE" => self.edit(json),
            "MESSAGE_REACTION_ADD" => self.reaction(json),
            "MESSAGE_DELETE" => id(json, "id").map(|message| self.deletion(&message)),
            "MESSAGE_DELETE_BULK" => {
                let all = json["ids"].as_array().into_iter().flatten();
                let all = all.filter_map(Value::as_str).filter(|message| is_id(message));
                return all.map(|message| self.deletion(message)).collect();
            }
            other => {
                let key = format!("u:{other}:{}", self.now.timestamp_millis());
                Some(self.unknown(key, other))
            }
        };
        one.into_iter().collect()
    }

    /// A message that is new to us; none when it is our own or another bot's.
    pub(super) fn message(&self, json: &Value) -> Option<Inbound> {
        let id = id(json, "id")?;
        if self.is_a_machines(json) {
            return None;
        }
        let key = format!("m:{id}");
        let kind = json["type"].as_i64().unwrap_or_default();
        if !SAID.contains(&kind) {
            return Some(self.unknown(key, &format!("MESSAGE_CREATE/{kind}")));
        }
        let Some(author) = author(json) else {
            return Some(self.unknown(key, "MESSAGE_CREATE/without author"));
        };
        let text = words(json);
        if text.trim().is_empty() {
            return Some(self.unknown(key, "MESSAGE_CREATE/without words"));
        }
        let reference = &json["message_reference"];
        let is_forwarded = reference["type"].as_i64().unwrap_or_default() == FORWARD;
        let message = Message {
            place: self.place(),
            thread: self.standing.thread.clone(),
            reply_to: self::id(reference, "message_id").filter(|_| !is_forwarded),
            author,
            at: when(json, &id, self.now),
            permalink: Some(permalink(self.standing, &id)),
            direct: self.standing.is_direct(),
            answer_to: None,
            room_name: None,
            alone: false,
            forwarded: is_forwarded.then(|| forwarded(json)),
            text: text.clone(),
            id,
        };
        let event = match self.addressed(&text) {
            Some(said) => Event::Commanded(Message { text: said, ..message }),
            None => Event::Message(message),
        };
        Some(self.inbound(key, event))
    }

    /// An edit by its author. Discord says so of many changes that are none, such as a preview that
    /// came later; those have no time of editing.
    fn edit(&self, json: &Value) -> Option<Inbound> {
        let id = id(json, "id")?;
        let edited = json["edited_timestamp"].as_str()?;
        if self.is_a_machines(json) || json.get("content").is_none() {
            return None;
        }
        let author = author(json)?;
        let at = DateTime::parse_from_rfc3339(edited).ok()?.to_utc();
        let text = words(json);
        if text.trim().is_empty() {
            return None;
        }
        let key = format!("e:{id}:{}", at.timestamp_millis());
        let at = at.min(self.now + Duration::hours(1));
        Some(
            self.inbound(key, Event::Edited { place: self.place(), message: id, author, text, at }),
        )
    }

    /// A message that was taken back.
    fn deletion(&self, message: &str) -> Inbound {
        let event =
            Event::Deleted { place: self.place(), message: message.to_owned(), at: self.now };
        self.inbound(format!("d:{message}"), event)
    }

    /// A reaction with an emoji that everybody has; none for others, and for the bot's own.
    fn reaction(&self, json: &Value) -> Option<Inbound> {
        let (message, user) = (id(json, "message_id")?, id(json, "user_id")?);
        let emoji = &json["emoji"];
        if user == self.bot || !emoji["id"].is_null() {
            return None;
        }
        if json["member"]["user"]["bot"].as_bool().unwrap_or_default() {
            return None;
        }
        let symbol = text(emoji, "name").filter(|symbol| !symbol.is_empty())?;
        let named = &json["member"];
        let name = text(named, "nick").or_else(|| name_of(&named["user"]));
        let author = Author {
            network: NETWORK.to_owned(),
            name: name.unwrap_or_else(|| user.clone()),
            id: user.clone(),
        };
        // Whoever takes a reaction back and puts it there again means it again.
        let key = format!("r:{message}:{user}:{symbol}:{}", self.now.timestamp_millis());
        let event = Event::Reacted { place: self.place(), message, symbol, author, at: self.now };
        Some(self.inbound(key, event))
    }

    fn is_a_machines(&self, json: &Value) -> bool {
        let author = &json["author"];
        let is_bot = author["bot"].as_bool().unwrap_or_default();
        // Discord's own notices are written by “Discord”.
        let is_system = author["system"].as_bool().unwrap_or_default();
        is_bot || is_system || !json["webhook_id"].is_null() || author["id"] == self.bot
    }

    /// What is said to the bot by name, which is a command.
    fn addressed(&self, text: &str) -> Option<String> {
        let rest = text.trim_start().strip_prefix("<@")?;
        let rest = rest.strip_prefix('!').unwrap_or(rest).strip_prefix(self.bot)?;
        Some(rest.strip_prefix('>')?.trim().to_owned())
    }
}

/// What a message says: its own words, or those that it carries along from elsewhere.
fn words(json: &Value) -> String {
    let mut said = text(json, "content").map(|content| plain(&content, json)).unwrap_or_default();
    for snapshot in json["message_snapshots"].as_array().into_iter().flatten() {
        let carried = snapshot.get("message").unwrap_or(snapshot);
        let carried = text(carried, "content").map(|content| plain(&content, carried));
        if let Some(carried) = carried.filter(|carried| !carried.trim().is_empty()) {
            if !said.is_empty() {
                said.push('\n');
            }
            said.push_str(&carried);
        }
    }
    said
}

/// Where a message that was passed on came from. Who wrote it stands there only where it was looked
/// up (`originals`).
fn forwarded(json: &Value) -> Forwarded {
    let reference = &json["message_reference"];
    let from = (id(reference, "channel_id"), id(reference, "message_id"));
    let permalink = match from {
        (Some(channel), Some(message)) => {
            let guild = id(reference, "guild_id").unwrap_or_else(|| "@me".to_owned());
            Some(format!("https://discord.com/channels/{guild}/{channel}/{message}"))
        }
        _ => None,
    };
    Forwarded { author: author(reference), permalink }
}

/// Text with people and emoji called by their names, instead of by Discord's numbers. Whoever is
/// first addressed is left as they are, so that it can be told whether that is the bot.
fn plain(content: &str, json: &Value) -> String {
    let mut names = HashMap::new();
    for person in json["mentions"].as_array().into_iter().flatten() {
        if let (Some(id), Some(name)) = (id(person, "id"), name_of(person)) {
            names.insert(id, name);
        }
    }
    let mut out = String::with_capacity(content.len());
    let mut rest = content;
    let mut is_first = true;
    while let Some(at) = rest.find('<') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let end = from.find('>').map(|end| end + 1);
        let mark = end.map(|end| &from[..end]);
        let opens = is_first && out.trim().is_empty();
        is_first = false;
        match mark.and_then(|mark| called(mark, &names)) {
            Some(name) if !opens || !name.starts_with('@') => out.push_str(&name),
            _ => {
                let kept = mark.filter(|_| opens).unwrap_or("<");
                out.push_str(kept);
                rest = &from[kept.len()..];
                continue;
            }
        }
        rest = &from[end.unwrap_or(1)..];
    }
    out.push_str(rest);
    out
}

/// What a mark stands for: `<@1>`, `<@!1>` a person, `<:name:1>`, `<a:name:1>` an emoji.
fn called(mark: &str, names: &HashMap<String, String>) -> Option<String> {
    let inner = mark.strip_prefix('<')?.strip_suffix('>')?;
    if let Some(person) = inner.strip_prefix('@') {
        let id = person.strip_prefix('!').unwrap_or(person);
        return names.get(id).map(|name| format!("@{name}"));
    }
    let (kind, named) = inner.split_once(':')?;
    let (name, id) = named.split_once(':')?;
    let is_emoji = matches!(kind, "" | "a") && is_id(id) && !name.is_empty();
    is_emoji.then(|| format!(":{name}:"))
}

/// Who wrote a message, by the name that they have on the server, if they have one there.
fn author(json: &Value) -> Option<Author> {
    let author = &json["author"];
    let id = id(author, "id")?;
    let nick = text(&json["member"], "nick").filter(|nick| !nick.trim().is_empty());
    let name = nick.or_else(|| name_of(author)).unwrap_or_else(|| id.clone());
    Some(Author { network: NETWORK.to_owned(), id, name })
}

/// What a person calls themselves.
pub(super) fn name_of(user: &Value) -> Option<String> {
    let chosen = text(user, "global_name").filter(|name| !name.trim().is_empty());
    chosen.or_else(|| text(user, "username")).filter(|name| !name.trim().is_empty())
}

/// When a message was written: as its payload says, or as its number says.
fn when(json: &Value, id: &str, now: DateTime<Utc>) -> DateTime<Utc> {
    let told = json["timestamp"].as_str();
    let told = told.and_then(|at| DateTime::parse_from_rfc3339(at).ok()).map(|at| at.to_utc());
    let at = told.or_else(|| written_at(id)).unwrap_or(now);
    if at < now + Duration::hours(1) { at } else { now }
}

/// The time that stands in a number of Discord's.
pub(super) fn written_at(id: &str) -> Option<DateTime<Utc>> {
    let number = id.parse::<u64>().ok()?;
    let millis = i64::try_from(number >> 22).ok()?.checked_add(EPOCH_MILLIS)?;
    DateTime::from_timestamp_millis(millis)
}

/// The least number that something of this moment may have.
pub(super) fn first_id_of(at: DateTime<Utc>) -> u64 {
    u64::try_from(at.timestamp_millis() - EPOCH_MILLIS).unwrap_or_default() << 22
}

/// The link that opens a message.
fn permalink(standing: &Standing, message: &str) -> String {
    let guild = standing.guild.as_deref().unwrap_or("@me");
    format!("https://discord.com/channels/{guild}/{}/{message}", standing.channel())
}

/// One of Discord's numbers, as text.
pub(super) fn id(json: &Value, key: &str) -> Option<String> {
    match json.get(key)? {
        Value::String(id) if is_id(id) => Some(id.clone()),
        Value::Number(id) => id.as_u64().map(|id| id.to_string()),
        _ => None,
    }
}

fn is_id(text: &str) -> bool {
    text.len() <= 20 && text.parse::<u64>().is_ok_and(|id| id > 0)
}

fn text(json: &Value, key: &str) -> Option<String> {
    json.get(key)?.as_str().map(storable)
}

/// Text that every database takes: PostgreSQL has no place for a zero character.
pub(super) fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

#[cfg(test)]
#[path = "events_test.rs"]
mod tests;
