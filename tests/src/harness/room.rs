//! A Matrix room as a person's client shows it.
//!
//! The events come as they were sent; [`fold`] makes of them what is on the
//! screen: edits folded in, deleted messages gone, reactions gathered. Left
//! out: state, receipts, and the order of threads.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Deserialize;
use serde_json::Value;

/// One event of a room's timeline, decrypted where that was possible.
#[derive(Debug, Clone, Deserialize)]
pub struct Event {
    /// The room that it is in.
    pub room: String,
    /// Its id.
    pub event_id: String,
    /// Who sent it.
    pub sender: String,
    /// Such as `m.room.message`; `m.room.encrypted` when it could not be decrypted.
    #[serde(rename = "type")]
    pub kind: String,
    /// Present on state events.
    pub state_key: Option<String>,
    /// When the homeserver received it.
    pub ts_ms: i64,
    /// Such as `m.text`.
    pub msgtype: Option<String>,
    /// The plain text.
    pub body: Option<String>,
    /// The HTML.
    pub formatted_body: Option<String>,
    /// `m.relates_to`: what it replies to, edits, reacts to, which thread it is in.
    pub relates_to: Option<Value>,
    /// `m.new_content` of an edit.
    pub new_content: Option<Value>,
    /// `m.mentions`.
    pub mentions: Option<Value>,
    /// The event that a redaction deletes.
    pub redacts: Option<String>,
    /// Whether it came encrypted and could be read.
    pub decrypted: bool,
    /// Whether it came encrypted and could not be read.
    pub undecryptable: bool,
    /// The whole content.
    pub content: Value,
}

impl Event {
    /// Whether it is a message, of any msgtype, that is not an edit.
    pub fn is_message(&self) -> bool {
        self.kind == "m.room.message" && self.edits().is_none()
    }

    /// The message that this one edits.
    pub fn edits(&self) -> Option<&str> {
        self.related("m.replace")
    }

    /// The root of the thread that it is in.
    pub fn thread_root(&self) -> Option<&str> {
        self.related("m.thread")
    }

    /// The message that it replies to; none for the fallback that threads carry.
    pub fn reply_to(&self) -> Option<&str> {
        let relation = self.relates_to.as_ref()?;
        if relation["is_falling_back"] == true {
            return None;
        }
        relation["m.in_reply_to"]["event_id"].as_str()
    }

    /// The message that this reaction is on, and its key.
    pub fn reacts_to(&self) -> Option<(&str, &str)> {
        let key = self.relates_to.as_ref()?["key"].as_str()?;
        Some((self.related("m.annotation")?, key))
    }

    fn related(&self, how: &str) -> Option<&str> {
        let relation = self.relates_to.as_ref()?;
        if relation["rel_type"] == how { relation["event_id"].as_str() } else { None }
    }
}

/// A message as a room shows it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visible {
    /// The id of the message, not of its edits.
    pub event_id: String,
    /// Who wrote it.
    pub sender: String,
    /// The text, edits folded in; empty when it could not be decrypted.
    pub body: String,
    /// The HTML, edits folded in.
    pub formatted_body: Option<String>,
    /// Such as `m.text` or `m.notice`.
    pub msgtype: String,
    /// The root of its thread.
    pub thread_root: Option<String>,
    /// What it replies to.
    pub reply_to: Option<String>,
    /// How many edits were folded in.
    pub edits: usize,
    /// Who reacted with what.
    pub reactions: BTreeMap<String, Vec<String>>,
    /// Whether it is the "unable to decrypt" that a client would show.
    pub undecryptable: bool,
}

/// A room as a client shows it, from its events in order.
pub fn fold(events: &[Event], room: &str) -> Vec<Visible> {
    let events: Vec<&Event> = events.iter().filter(|event| event.room == room).collect();
    let redacted: HashSet<&str> = events.iter().filter_map(|e| e.redacts.as_deref()).collect();
    let readable: HashSet<&str> =
        events.iter().filter(|e| !e.undecryptable).map(|e| e.event_id.as_str()).collect();
    let mut shown: Vec<Visible> = Vec::new();
    let mut place: HashMap<&str, usize> = HashMap::new();
    let live = |event: &&&Event| !redacted.contains(event.event_id.as_str());

    for event in events.iter().filter(live) {
        let hidden_twin = event.undecryptable && readable.contains(event.event_id.as_str());
        let is_shown = (event.is_message() && event.body.is_some()) || event.undecryptable;
        if hidden_twin || !is_shown {
            continue;
        }
        place.insert(&event.event_id, shown.len());
        shown.push(Visible {
            event_id: event.event_id.clone(),
            sender: event.sender.clone(),
            body: event.body.clone().unwrap_or_default(),
            formatted_body: event.formatted_body.clone(),
            msgtype: event.msgtype.clone().unwrap_or_default(),
            thread_root: event.thread_root().map(str::to_owned),
            reply_to: event.reply_to().map(str::to_owned),
            edits: 0,
            reactions: BTreeMap::new(),
            undecryptable: event.undecryptable,
        });
    }
    for event in events.iter().filter(live) {
        if let (Some(target), Some(new)) = (event.edits(), &event.new_content) {
            let message = place.get(target).map(|index| &mut shown[*index]);
            // Nobody edits another's message: clients ignore such an event.
            if let Some(message) = message.filter(|message| message.sender == event.sender) {
                let field = |key: &str| new[key].as_str().map(str::to_owned);
                message.body = field("body").unwrap_or_default();
                message.formatted_body = field("formatted_body");
                message.msgtype = field("msgtype").unwrap_or_default();
                message.edits += 1;
            }
        }
        if let Some((target, key)) = event.reacts_to()
            && let Some(index) = place.get(target)
        {
            let who = shown[*index].reactions.entry(key.to_owned()).or_default();
            if !who.contains(&event.sender) {
                who.push(event.sender.clone());
            }
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(id: &str, sender: &str, kind: &str, content: Value) -> Event {
        serde_json::from_value(json!({
            "room": "!r", "event_id": id, "sender": sender, "type": kind, "ts_ms": 0,
            "msgtype": content["msgtype"], "body": content["body"],
            "relates_to": content.get("m.relates_to"), "new_content": content.get("m.new_content"),
            "redacts": content.get("redacts"),
            "decrypted": false, "undecryptable": kind == "m.room.encrypted", "content": content,
        }))
        .expect("an event")
    }

    fn message(id: &str, sender: &str, body: &str) -> Event {
        event(id, sender, "m.room.message", json!({"msgtype": "m.text", "body": body}))
    }

    fn edit(id: &str, sender: &str, of: &str, body: &str) -> Event {
        let content = json!({
            "msgtype": "m.text", "body": format!("* {body}"),
            "m.new_content": {"msgtype": "m.text", "body": body},
            "m.relates_to": {"rel_type": "m.replace", "event_id": of},
        });
        event(id, sender, "m.room.message", content)
    }

    fn bodies(events: &[Event]) -> Vec<String> {
        fold(events, "!r").into_iter().map(|message| message.body).collect()
    }

    #[test]
    fn the_last_edit_by_the_author_is_what_shows() {
        let events = [
            message("$1", "@a", "one"),
            edit("$2", "@a", "$1", "two"),
            edit("$3", "@b", "$1", "forged"),
            edit("$4", "@a", "$1", "three"),
        ];
        assert_eq!(bodies(&events), ["three"]);
        assert_eq!(fold(&events, "!r")[0].edits, 2);
    }

    #[test]
    fn a_redacted_message_is_gone_and_a_redacted_edit_is_undone() {
        let gone = event("$9", "@a", "m.room.redaction", json!({"redacts": "$2"}));
        let events = [message("$1", "@a", "one"), edit("$2", "@a", "$1", "two"), gone];
        assert_eq!(bodies(&events), ["one"]);
        let gone = event("$9", "@a", "m.room.redaction", json!({"redacts": "$1"}));
        assert!(bodies(&[message("$1", "@a", "one"), gone]).is_empty());
    }

    #[test]
    fn a_message_whose_key_came_late_shows_once() {
        let events = [
            event("$1", "@a", "m.room.encrypted", json!({})),
            message("$2", "@a", "after"),
            message("$1", "@a", "before"),
        ];
        assert_eq!(bodies(&events), ["after", "before"]);
        assert_eq!(bodies(&events[..2]), ["", "after"]);
    }

    #[test]
    fn reactions_are_gathered_by_key() {
        let on =
            json!({"m.relates_to": {"rel_type": "m.annotation", "event_id": "$1", "key": "✅"}});
        let events = [
            message("$1", "@a", "one"),
            event("$2", "@b", "m.reaction", on.clone()),
            event("$3", "@c", "m.reaction", on),
            event("$4", "@b", "m.room.redaction", json!({"redacts": "$2"})),
        ];
        assert_eq!(fold(&events, "!r")[0].reactions["✅"], ["@c"]);
    }
}
