//! A message as somebody sees it on their screen: words, embeds, buttons, menus. Left out: how it
//! is laid out.

use std::fmt;

use serde_json::Value;

use super::ids::{ChannelId, MessageId, UserId};
use super::state::{Message, World, flags};

/// A message on somebody's screen.
#[derive(Debug, Clone, PartialEq)]
pub struct Visible {
    /// Its id.
    pub id: MessageId,
    /// Where it is.
    pub channel: ChannelId,
    /// The name of who wrote it.
    pub author: String,
    /// Who wrote it.
    pub author_id: UserId,
    /// The words outside embeds.
    pub content: String,
    /// The embeds.
    pub embeds: Vec<Embed>,
    /// The buttons, row after row.
    pub buttons: Vec<Button>,
    /// The menus.
    pub selects: Vec<Select>,
    /// What it replies to.
    pub reply_to: Option<MessageId>,
    /// The words of what it forwards.
    pub forwarded: Option<String>,
    /// Who put which sign on it.
    pub reactions: Vec<(String, Vec<UserId>)>,
    /// Whether it was changed.
    pub edited: bool,
    /// Whether the bot is "thinking".
    pub loading: bool,
    /// Whether it makes no sound.
    pub silent: bool,
    /// The one who sees it.
    pub only_for: Option<UserId>,
    /// The thread that hangs on it.
    pub thread: Option<ChannelId>,
    /// All of it, as Discord gives it out.
    pub json: Value,
}

/// An embed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Embed {
    /// Its title.
    pub title: String,
    /// Where the title leads.
    pub url: String,
    /// Its text.
    pub description: String,
    /// Its fields: a name and a value each.
    pub fields: Vec<(String, String)>,
    /// The small print.
    pub footer: String,
    /// The line above the title.
    pub author: String,
}

/// A button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Button {
    /// What stands on it, its emoji first.
    pub label: String,
    /// What a click sends; none where it leads somewhere.
    pub custom_id: Option<String>,
    /// Where it leads.
    pub url: Option<String>,
    /// Whether it is grey.
    pub disabled: bool,
}

/// A menu.
#[derive(Debug, Clone, PartialEq)]
pub struct Select {
    /// What a choice sends.
    pub custom_id: String,
    /// What stands in it before anything is chosen.
    pub placeholder: String,
    /// What can be chosen; nothing for menus of people, roles and channels.
    pub options: Vec<Choice>,
    /// Whether it is grey.
    pub disabled: bool,
}

/// Something that can be chosen.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// What people read.
    pub name: String,
    /// What is sent.
    pub value: Value,
}

impl Visible {
    pub(super) fn of(world: &World, message: &Message) -> Self {
        let json = world.message_payload(message);
        let author = world.users.get(&message.author);
        let mut visible = Self {
            id: message.id,
            channel: message.channel,
            author: author.map(|user| user.name.clone()).unwrap_or_default(),
            author_id: message.author,
            content: message.content.clone(),
            embeds: message.embeds.iter().map(embed).collect(),
            buttons: Vec::new(),
            selects: Vec::new(),
            reply_to: message.reference.filter(|r| !r.forwards).and_then(|r| r.message),
            forwarded: message.snapshots.first().map(|copy| string(&copy["message"]["content"])),
            reactions: message.reactions.clone(),
            edited: message.edited_at.is_some(),
            loading: message.flags & flags::LOADING != 0,
            silent: message.flags & flags::SUPPRESS_NOTIFICATIONS != 0,
            only_for: message.only_for,
            thread: message.thread,
            json,
        };
        for component in every(&message.components) {
            match component["type"].as_u64() {
                Some(2) => visible.buttons.push(button(component)),
                Some(3 | 5..=8) => visible.selects.push(select(component)),
                Some(10) => {
                    if !visible.content.is_empty() {
                        visible.content.push('\n');
                    }
                    visible.content.push_str(component["content"].as_str().unwrap_or_default());
                }
                _ => {}
            }
        }
        visible
    }

    /// Everything that can be read in it, buttons and menus included, a line each.
    pub fn text(&self) -> String {
        let mut lines = vec![self.content.clone()];
        lines.extend(self.forwarded.clone());
        for embed in &self.embeds {
            lines.extend([embed.author.clone(), embed.title.clone(), embed.description.clone()]);
            lines.extend(embed.fields.iter().map(|(name, value)| format!("{name}: {value}")));
            lines.push(embed.footer.clone());
        }
        lines.extend(self.buttons.iter().map(|button| format!("[{}]", button.label)));
        for select in &self.selects {
            let options: Vec<_> = select.options.iter().map(|o| o.name.as_str()).collect();
            lines.push(format!("<{}: {}>", select.placeholder, options.join(" | ")));
        }
        lines.retain(|line| !line.is_empty());
        lines.join("\n")
    }

    /// The button on which this stands.
    pub fn button(&self, label: &str) -> Option<&Button> {
        self.buttons.iter().find(|button| button.label.contains(label))
    }

    /// The menu that offers this.
    pub fn select(&self, option: &str) -> Option<&Select> {
        let offers = |select: &&Select| select.options.iter().any(|o| o.name.contains(option));
        self.selects.iter().find(offers)
    }
}

impl fmt::Display for Visible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.id, self.author)?;
        if let Some(reader) = self.only_for {
            write!(f, " to {reader} alone")?;
        }
        for (is_so, word) in [(self.edited, "edited"), (self.loading, "loading")] {
            if is_so {
                write!(f, " ({word})")?;
            }
        }
        write!(f, ": {}", self.text().replace('\n', "\n    "))
    }
}

/// What a wait that failed shows.
pub(super) fn shown(all: &[Visible]) -> String {
    if all.is_empty() {
        return "nothing is there".to_owned();
    }
    all.iter().map(|one| format!("  {one}")).collect::<Vec<_>>().join("\n")
}

/// Every component, at any depth, in the order in which they are read.
pub(super) fn every(components: &[Value]) -> Vec<&Value> {
    let mut found = Vec::new();
    for component in components {
        found.push(component);
        found.extend(every(component["components"].as_array().map_or(&[], Vec::as_slice)));
        if component["accessory"].is_object() {
            found.push(&component["accessory"]);
        }
    }
    found
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn embed(embed: &Value) -> Embed {
    let fields = embed["fields"].as_array().into_iter().flatten();
    Embed {
        title: string(&embed["title"]),
        url: string(&embed["url"]),
        description: string(&embed["description"]),
        fields: fields.map(|field| (string(&field["name"]), string(&field["value"]))).collect(),
        footer: string(&embed["footer"]["text"]),
        author: string(&embed["author"]["name"]),
    }
}

fn button(button: &Value) -> Button {
    let parts = [string(&button["emoji"]["name"]), string(&button["label"])];
    let label: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    Button {
        label: label.join(" "),
        custom_id: button["custom_id"].as_str().map(str::to_owned),
        url: button["url"].as_str().map(str::to_owned),
        disabled: button["disabled"] == true,
    }
}

fn select(select: &Value) -> Select {
    let options = select["options"].as_array().into_iter().flatten();
    Select {
        custom_id: string(&select["custom_id"]),
        placeholder: string(&select["placeholder"]),
        options: options
            .map(|option| Choice { name: string(&option["label"]), value: option["value"].clone() })
            .collect(),
        disabled: select["disabled"] == true,
    }
}
