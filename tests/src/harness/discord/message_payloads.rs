//! How Discord writes messages: embeds and components with what it adds to them, replies with what
//! they answer, forwards as copies without an author. Left out: stickers and polls.

use serde_json::{Map, Value, json};

use super::ids::{made_at, moment};
use super::reacting::reactions;
use super::state::{Message, World, kinds};

impl World {
    /// A message as it is given to whoever asks.
    pub(super) fn message_payload(&self, message: &Message) -> Value {
        let mut payload = self.message_without_reference(message);
        let Some(reference) = message.reference else {
            return payload;
        };
        let guild = self.guild_of(reference.channel);
        let mut refers = json!({
            "type": u8::from(reference.forwards),
            "channel_id": reference.channel,
        });
        if let Some(message) = reference.message {
            refers["message_id"] = json!(message);
        }
        if let Some(guild) = guild {
            refers["guild_id"] = json!(guild);
        }
        payload["message_reference"] = refers;
        if reference.forwards {
            payload["message_snapshots"] = json!(message.snapshots);
        } else if matches!(message.kind, kinds::REPLY | kinds::THREAD_STARTER) {
            let original = reference.message.and_then(|id| self.messages.get(&id));
            payload["referenced_message"] =
                original.map_or(Value::Null, |original| self.message_without_reference(original));
        }
        payload
    }

    fn message_without_reference(&self, message: &Message) -> Value {
        let mentions = message.mentions.iter().map(|id| self.user_payload(*id));
        let mut payload = json!({
            "id": message.id,
            "channel_id": message.channel,
            "type": message.kind,
            "author": self.user_payload(message.author),
            "content": message.content,
            "timestamp": moment(made_at(message.id.0)),
            "edited_timestamp": message.edited_at.map(moment),
            "tts": false,
            "pinned": false,
            "mention_everyone": message.mentions_everyone,
            "mentions": mentions.collect::<Vec<_>>(),
            "mention_roles": message.mention_roles,
            "attachments": message.attachments,
            "embeds": message.embeds,
            "components": message.components,
            "flags": message.flags,
        });
        if !message.reactions.is_empty() {
            payload["reactions"] = reactions(message);
        }
        if let Some(nonce) = &message.nonce {
            payload["nonce"] = nonce.clone();
        }
        if let Some(thread) = message.thread.and_then(|thread| self.channels.get(&thread)) {
            payload["thread"] = self.channel_payload(thread);
        }
        if let Some(began) = message.answers.and_then(|id| self.interactions.get(&id)) {
            payload["application_id"] = json!(self.bot);
            payload["webhook_id"] = json!(self.bot);
            payload["interaction_metadata"] = self.interaction_metadata(began);
            if let Some(command) = &began.command_name {
                payload["interaction"] = json!({
                    "id": began.id,
                    "type": 2,
                    "name": command,
                    "user": self.user_payload(began.user),
                });
            }
        }
        payload
    }

    /// What a forward carries of a message: the words, and neither who said them nor where.
    pub(super) fn snapshot_of(&self, message: &Message) -> Value {
        // What was forwarded before is forwarded as it stands.
        if let Some(snapshot) = message.snapshots.first() {
            return snapshot.clone();
        }
        let mentions = message.mentions.iter().map(|id| self.user_payload(*id));
        json!({ "message": {
            "type": message.kind,
            "content": message.content,
            "mentions": mentions.collect::<Vec<_>>(),
            "mention_roles": message.mention_roles,
            "attachments": message.attachments,
            "embeds": message.embeds,
            "components": message.components,
            "timestamp": moment(made_at(message.id.0)),
            "edited_timestamp": message.edited_at.map(moment),
            "flags": message.flags,
        }})
    }
}

/// An embed as Discord gives it back: its kind said, what was null left out.
pub(super) fn embed_given_back(embed: &Value) -> Value {
    let mut embed = without_nulls(embed);
    embed["type"] = json!("rich");
    for field in embed["fields"].as_array_mut().into_iter().flatten() {
        if field["inline"].is_null() {
            field["inline"] = json!(false);
        }
    }
    for picture in ["image", "thumbnail"] {
        if let Some(url) = embed[picture]["url"].as_str().map(str::to_owned) {
            embed[picture] = json!({ "url": url, "proxy_url": url, "width": 0, "height": 0 });
        }
    }
    // Indexing made what is not there; it goes again.
    without_nulls(&embed)
}

/// Components as Discord gives them back: each with a number, and with what goes without saying.
pub(super) fn components_given_back(components: &[Value]) -> Vec<Value> {
    let mut number = 0;
    components.iter().map(|component| numbered(&without_nulls(component), &mut number)).collect()
}

fn numbered(component: &Value, number: &mut u64) -> Value {
    let mut component = component.clone();
    *number += 1;
    if component["id"].as_u64().is_none_or(|id| id == 0) {
        component["id"] = json!(*number);
    }
    if matches!(component["type"].as_u64(), Some(3 | 5..=8)) {
        for bound in ["min_values", "max_values"] {
            if component[bound].is_null() {
                component[bound] = json!(1);
            }
        }
    }
    if let Some(inner) = component["components"].as_array() {
        component["components"] = inner.iter().map(|inner| numbered(inner, number)).collect();
    }
    if component["accessory"].is_object() {
        component["accessory"] = numbered(&component["accessory"], number);
    }
    without_nulls(&component)
}

/// The same without what is null, at any depth.
pub(super) fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let told = fields.iter().filter(|(_, value)| !value.is_null());
            Value::Object(told.map(|(k, v)| (k.clone(), without_nulls(v))).collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().map(without_nulls).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_embed_comes_back_with_its_kind_and_without_nulls() {
        let sent =
            json!({ "title": "Acme", "url": null, "fields": [{ "name": "a", "value": "b" }] });
        let given = embed_given_back(&sent);
        let field = json!({ "name": "a", "value": "b", "inline": false });
        assert_eq!(given, json!({ "title": "Acme", "type": "rich", "fields": [field] }));
    }

    #[test]
    fn components_come_back_numbered() {
        let button = json!({ "type": 2, "style": 1, "custom_id": "a", "label": "A", "url": null });
        let select = json!({ "type": 3, "custom_id": "b", "options": [] });
        let rows = [
            json!({ "type": 1, "components": [button] }),
            json!({ "type": 1, "components": [select] }),
        ];
        let given = components_given_back(&rows);
        assert_eq!(given[0]["id"], 1);
        assert_eq!(given[0]["components"][0]["id"], 2);
        assert!(given[0]["components"][0].get("url").is_none());
        assert_eq!(given[1]["components"][0]["id"], 4);
        assert_eq!(given[1]["components"][0]["max_values"], 1);
    }
}
