//! A Matrix event in the words of the chat model. A pure function of the event as it came and
//! of what is known about its room, tolerant of whatever a server may send: what it does not
//! know becomes [`Event::Unknown`] and is never acted upon.
//!
//! Left out: polls, locations, files without a caption. What a bot says (`m.notice`) is never a
//! message, so that two bots cannot talk to each other for ever.

use chrono::{DateTime, Duration, Utc};
use crm::chat::{Author, Event, Inbound, Message, Place};
use serde_json::Value;

/// How an event came, as far as encryption goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seal {
    /// In the clear.
    Open,
    /// Encrypted, by a device of its sender's.
    Decrypted,
    /// Encrypted, but by a device that is not its sender's, or not trusted enough.
    Untrusted,
    /// Encrypted, and it could not be read (yet).
    Locked,
}

/// What has to be known about a room to read its events.
#[derive(Debug, Clone, Copy)]
pub(super) struct RoomView<'a> {
    /// The configured account.
    pub connection: &'a str,
    /// The room's id.
    pub room: &'a str,
    /// The account's own id, whose events are nobody's news.
    pub own_user: &'a str,
    /// Whether only encrypted messages count here.
    pub encrypted: bool,
    /// Whether only verified devices count in encrypted rooms; no device vouches for a reaction
    /// in the clear.
    pub only_verified: bool,
    /// Whether only one person and the account are in it.
    pub direct: bool,
    /// What the sender calls itself here, when known.
    pub sender_name: Option<&'a str>,
    /// What time it is.
    pub now: DateTime<Utc>,
}

/// The kind of an event that a key may still open.
pub(super) const LOCKED: &str = "m.room.encrypted";
const REDACTED_WHILE_LOCKED: &str = "m.room.encrypted/redacted";

/// The key of an event that could not be read, so that it can come in again under its own.
pub(super) fn key_while_locked(event_id: &str) -> String {
    format!("{event_id}:utd")
}

/// The event, or nothing when it is our own or has no id to know it by.
pub(super) fn event_from_matrix(raw: &str, seal: Seal, view: &RoomView<'_>) -> Option<Inbound> {
    let place = Place::new(view.connection, view.room);
    let unknown = |key: String, kind: &str| Inbound {
        connection: view.connection.to_owned(),
        key,
        lane: view.room.to_owned(),
        event: Event::Unknown { place: Some(place.clone()), kind: short(kind) },
    };
    let Ok(json) = serde_json::from_str::<Value>(raw) else {
        let head = serde_json::from_str::<Head>(raw).ok()?;
        return (head.sender.as_deref() != Some(view.own_user))
            .then(|| unknown(head.event_id, "unreadable"));
    };
    let id = text(&json, "event_id")?;
    let kind = text(&json, "type").unwrap_or_else(|| "without a type".to_owned());
    let Some(sender) = text(&json, "sender") else {
        return Some(unknown(id, &kind));
    };
    if sender == view.own_user {
        return None;
    }
    if seal == Seal::Locked || (seal == Seal::Open && kind == "m.room.encrypted") {
        // What was taken back has nothing left that a key could open.
        let kind = if is_redacted(&json) { REDACTED_WHILE_LOCKED } else { LOCKED };
        return Some(unknown(key_while_locked(&id), kind));
    }
    if json.get("state_key").is_some() {
        return Some(unknown(id, &kind));
    }
    let at = when(&json, view.now);
    let said = Said { json: &json, id: &id, sender: &sender, at, seal, view, place: &place };
    let event = match kind.as_str() {
        "m.room.message" => said.message(),
        "m.room.redaction" => said.redaction(),
        "m.reaction" => said.reaction(),
        _ => Err(kind),
    };
    Some(match event {
        Ok(event) => Inbound {
            connection: view.connection.to_owned(),
            key: id,
            lane: view.room.to_owned(),
            event,
        },
        Err(kind) => unknown(id, &kind),
    })
}

/// What is left to read of an event that is nested too deeply to be read.
#[derive(serde::Deserialize)]
struct Head {
    event_id: String,
    sender: Option<String>,
}

struct Said<'a> {
    json: &'a Value,
    id: &'a str,
    sender: &'a str,
    at: DateTime<Utc>,
    seal: Seal,
    view: &'a RoomView<'a>,
    place: &'a Place,
}

impl Said<'_> {
    fn message(&self) -> Result<Event, String> {
        match self.seal {
            Seal::Untrusted => return Err("m.room.message/untrusted device".to_owned()),
            Seal::Open if self.view.encrypted => {
                return Err("m.room.message/unencrypted".to_owned());
            }
            _ => {}
        }
        let content = &self.json["content"];
        if is_redacted(self.json) {
            return Err("m.room.message/redacted".to_owned());
        }
        let relation = &content["m.relates_to"];
        if relation["rel_type"] == "m.replace" {
            let malformed = || "m.room.message/malformed edit".to_owned();
            let message = text(relation, "event_id").ok_or_else(malformed)?;
            let new = content.get("m.new_content").ok_or_else(malformed)?;
            return Ok(Event::Edited {
                place: self.place.clone(),
                message,
                author: self.author(),
                text: words(new)?,
                at: self.at,
            });
        }
        let mut said = words(content)?;
        let answered = text(&relation["m.in_reply_to"], "event_id");
        if answered.is_some() {
            said = without_reply_fallback(&said);
        }
        let in_thread = relation["rel_type"] == "m.thread";
        let falls_back = in_thread && relation["is_falling_back"] == true;
        Ok(Event::Message(Message {
            place: self.place.clone(),
            id: self.id.to_owned(),
            thread: text(relation, "event_id").filter(|_| in_thread),
            reply_to: answered.filter(|_| !falls_back),
            author: self.author(),
            text: said,
            at: self.at,
            permalink: Some(permalink(self.view, self.id, self.sender)),
            direct: self.view.direct,
            answer_to: None,
            room_name: None,
            alone: false,
            forwarded: None,
        }))
    }

    fn redaction(&self) -> Result<Event, String> {
        match self.seal {
            Seal::Open => {}
            Seal::Untrusted => return Err("m.room.redaction/untrusted device".to_owned()),
            // The homeserver checks who may take back what, and it cannot look into this one.
            Seal::Decrypted | Seal::Locked => return Err("m.room.redaction/encrypted".to_owned()),
        }
        // Rooms of version 11 and later say it in the content, older ones beside it.
        let target = text(&self.json["content"], "redacts").or_else(|| text(self.json, "redacts"));
        let message = target.ok_or_else(|| "m.room.redaction/malformed".to_owned())?;
        Ok(Event::Deleted { place: self.place.clone(), message, at: self.at })
    }

    fn reaction(&self) -> Result<Event, String> {
        match self.seal {
            Seal::Untrusted => return Err("m.reaction/untrusted device".to_owned()),
            Seal::Open if self.view.encrypted && self.view.only_verified => {
                return Err("m.reaction/unencrypted".to_owned());
            }
            _ => {}
        }
        let relation = &self.json["content"]["m.relates_to"];
        let is_reaction = relation["rel_type"] == "m.annotation";
        match (text(relation, "event_id"), text(relation, "key")) {
            (Some(message), Some(symbol)) if is_reaction => Ok(Event::Reacted {
                place: self.place.clone(),
                message,
                symbol,
                author: self.author(),
                at: self.at,
            }),
            _ => Err("m.reaction/malformed".to_owned()),
        }
    }

    fn author(&self) -> Author {
        let localpart = self.sender.trim_start_matches('@').split(':').next().unwrap_or_default();
        let name = self.view.sender_name.map(storable).filter(|name| !name.trim().is_empty());
        Author {
            network: "matrix".to_owned(),
            id: self.sender.to_owned(),
            name: name.unwrap_or_else(|| localpart.to_owned()),
        }
    }
}

fn is_redacted(json: &Value) -> bool {
    json["unsigned"].get("redacted_because").is_some()
}

/// What a message or its new content says, or the name of what it is instead.
fn words(content: &Value) -> Result<String, String> {
    let body = text(content, "body").ok_or_else(|| "m.room.message/malformed".to_owned())?;
    let kind = text(content, "msgtype").unwrap_or_else(|| "malformed".to_owned());
    let is_caption = || text(content, "filename").is_some_and(|name| name != body);
    match kind.as_str() {
        "m.text" | "m.emote" => Ok(body),
        "m.image" | "m.file" | "m.audio" | "m.video" if is_caption() => Ok(body),
        _ => Err(format!("m.room.message/{kind}")),
    }
}

/// A reply's own words: older clients put what is answered before them, each line quoted.
fn without_reply_fallback(body: &str) -> String {
    if !body.starts_with("> <") && !body.starts_with("> * <") {
        return body.to_owned();
    }
    let own = body.lines().skip_while(|line| line.starts_with('>')).collect::<Vec<_>>();
    own.join("\n").trim_start_matches('\n').to_owned()
}

/// When the event was written; a claim that makes no sense counts as now.
fn when(json: &Value, now: DateTime<Utc>) -> DateTime<Utc> {
    let claimed = json["origin_server_ts"].as_i64().filter(|millis| *millis >= 0);
    let claimed = claimed.and_then(DateTime::from_timestamp_millis);
    claimed.filter(|at| *at < now + Duration::hours(1)).unwrap_or(now)
}

fn permalink(view: &RoomView<'_>, event: &str, sender: &str) -> String {
    let server = |id: &str| id.split_once(':').map(|(_, server)| server.to_owned());
    let mut via: Vec<String> = Vec::new();
    for server in [server(sender), server(view.own_user)].into_iter().flatten() {
        if !via.contains(&server) {
            via.push(server);
        }
    }
    let via = via.iter().map(|server| format!("via={}", encoded(server))).collect::<Vec<_>>();
    format!("https://matrix.to/#/{}/{}?{}", encoded(view.room), encoded(event), via.join("&"))
}

fn encoded(part: &str) -> String {
    let mut out = String::with_capacity(part.len());
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

fn text(json: &Value, key: &str) -> Option<String> {
    json.get(key)?.as_str().map(storable)
}

/// Text that every database takes: PostgreSQL has no place for a zero character.
fn storable(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

fn short(kind: &str) -> String {
    kind.chars().take(100).collect()
}

#[cfg(test)]
#[path = "events_test.rs"]
mod tests;
