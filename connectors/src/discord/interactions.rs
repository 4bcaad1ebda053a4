//! Presses, menus and commands: what they say in the words of the chat model, and how they are
//! answered within the three seconds that Discord gives.
//!
//! What Discord gives with each, its token, is good for a quarter of an hour and for answering only.
//! It travels with the event as the handle of its answer, so that the answer still finds its way
//! after a crash.
//!
//! Left out: menus of people, roles and channels, and forms with anything but text; serenity does
//! not read those in forms.

use chrono::{DateTime, Utc};
use crm::chat::{Author, Event, Inbound, Message};
use crm::offers::{Argument, Asked, Offer};
use serde_json::{Value, json};
use serenity::model::application::{
    ActionRowComponent, CommandData, CommandDataOption, CommandDataOptionValue, CommandInteraction,
    CommandType, ComponentInteraction, ComponentInteractionDataKind, Interaction, ModalInteraction,
    ResolvedTarget,
};
use serenity::model::guild::Member;
use serenity::model::user::User;

use super::basket::{self, Baskets};
use super::commands;
use super::events::{NETWORK, Standing, View, storable};
use super::format::{EPHEMERAL, MENU};
use super::forms;

/// The kinds of first answers: <https://discord.com/developers/docs/interactions/receiving-and-responding>.
const SAY: u8 = 4;
const SAY_LATER: u8 = 5;
const CHANGE_LATER: u8 = 6;
const SUGGEST: u8 = 8;
/// How many suggestions Discord takes, and how long each may be.
const SUGGESTIONS_MAX: usize = 25;
const SUGGESTION_CHARS_MAX: usize = 100;

/// How an interaction is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// For all to see, in the place of the first answer.
    Open,
    /// To whoever asked alone, in the place of the first answer.
    Private,
    /// To whoever pressed alone, beside what was pressed.
    Press,
}

/// The handle of an answer: how it is given, to whom, and with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Handle {
    /// How it is answered.
    pub how: How,
    /// The interaction.
    pub id: String,
    /// Whose it is.
    pub user: String,
    /// What Discord gave for answering it.
    pub token: String,
}

impl Handle {
    /// Whether a first answer was promised, which the answer takes the place of.
    pub(super) fn is_promised(&self) -> bool {
        self.how != How::Press
    }

    /// Whether the answer is for one person alone.
    pub(super) fn is_private(&self) -> bool {
        self.how != How::Open
    }

    pub(super) fn write(&self) -> String {
        let how = match self.how {
            How::Open => "open",
            How::Private => "private",
            How::Press => "press",
        };
        format!("{how}:{}:{}:{}", self.id, self.user, self.token)
    }

    pub(super) fn read(text: &str) -> Option<Self> {
        let (how, rest) = text.split_once(':')?;
        let how = match how {
            "open" => How::Open,
            "private" => How::Private,
            "press" => How::Press,
            _ => return None,
        };
        let (id, rest) = rest.split_once(':')?;
        let (user, token) = rest.split_once(':')?;
        Some(Self { how, id: id.to_owned(), user: user.to_owned(), token: token.to_owned() })
    }
}

/// What is done about an interaction.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// Store these, then answer so.
    Take(Vec<Inbound>, Value),
    /// Ask what may be meant, and answer with that.
    Suggest(Asked),
    /// Answer so.
    Answer(Value),
    /// Nothing is known of it: its kind.
    Unknown(String),
}

/// What has to be known to read an interaction.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scene<'a> {
    /// The configured account.
    pub connection: &'a str,
    /// The bot's own account.
    pub bot: &'a str,
    /// Where it happened.
    pub standing: &'a Standing,
    /// What people call the room.
    pub room_name: Option<&'a str>,
    /// The commands that there are.
    pub offers: &'static [Offer],
    /// What people have selected.
    pub baskets: &'a Baskets,
    /// What the time is.
    pub now: DateTime<Utc>,
}

/// Where an interaction happened: the channel's number.
pub(super) fn channel_of(interaction: &Interaction) -> Option<String> {
    Some(match interaction {
        Interaction::Command(one) | Interaction::Autocomplete(one) => one.channel_id.to_string(),
        Interaction::Component(one) => one.channel_id.to_string(),
        Interaction::Modal(one) => one.channel_id.to_string(),
        _ => return None,
    })
}

/// An interaction's number and token.
pub(super) fn answerable(interaction: &Interaction) -> Option<(u64, &str)> {
    Some(match interaction {
        Interaction::Command(one) | Interaction::Autocomplete(one) => (one.id.get(), &one.token),
        Interaction::Component(one) => (one.id.get(), &one.token),
        Interaction::Modal(one) => (one.id.get(), &one.token),
        _ => return None,
    })
}

/// Whether a first answer promises another one.
pub(super) fn promises(first: &Value) -> bool {
    first["type"] == SAY_LATER
}

/// The handle by which the promised answer is given.
pub(super) fn handle_of(interaction: &Interaction) -> Option<Handle> {
    let (id, token) = answerable(interaction)?;
    let user = match interaction {
        Interaction::Command(one) => one.user.id,
        Interaction::Modal(one) => one.user.id,
        Interaction::Component(one) => one.user.id,
        _ => return None,
    };
    let token = token.to_owned();
    Some(Handle { how: How::Open, id: id.to_string(), user: user.to_string(), token })
}

impl Scene<'_> {
    /// What is done about an interaction.
    pub(super) fn step(&self, interaction: &Interaction) -> Step {
        match interaction {
            Interaction::Command(command) => self.command(command),
            Interaction::Autocomplete(command) => self.typed(command),
            Interaction::Component(component) => self.pressed(component),
            Interaction::Modal(form) => self.form(form),
            other => Step::Unknown(format!("INTERACTION_CREATE/{}", u8::from(other.kind()))),
        }
    }

    fn pressed(&self, press: &ComponentInteraction) -> Step {
        if let Some((token, asks)) = forms::asked_by(&press.data.custom_id) {
            let title = forms::label_of(press).unwrap_or_else(|| asks.to_owned());
            return Step::Answer(forms::question(token, &title, asks));
        }
        if let Some(of_basket) = basket::Press::of(&press.data.custom_id) {
            return self.pressed_on_basket(press, of_basket);
        }
        let token = match &press.data.kind {
            ComponentInteractionDataKind::Button => Some(&press.data.custom_id),
            ComponentInteractionDataKind::StringSelect { values }
                if press.data.custom_id == MENU =>
            {
                values.first()
            }
            _ => None,
        };
        let Some(token) = token else {
            return Step::Unknown("INTERACTION_CREATE/component".to_owned());
        };
        let who = author(&press.user, press.member.as_ref());
        self.takes_press((&press.id.to_string(), &press.token), who, token, None)
    }

    /// A button of a basket.
    fn pressed_on_basket(&self, press: &ComponentInteraction, of_basket: basket::Press) -> Step {
        let user = press.user.id.to_string();
        let messages = self.baskets.take(&user, self.standing.channel());
        if messages.is_empty() || of_basket == basket::Press::Clear {
            return Step::Answer(basket::empty());
        }
        let said = basket::capture(&messages, of_basket);
        let who = author(&press.user, press.member.as_ref());
        let id = press.id.to_string();
        let event = self.commanded((&id, &press.token, How::Open), who, said, None);
        Step::Take(vec![self.inbound(&id, event)], later(false))
    }

    /// A press, with the words that the button asked for, if it did.
    fn takes_press(
        &self,
        (id, answered_with): (&str, &str),
        author: Author,
        token: &str,
        text: Option<String>,
    ) -> Step {
        let handle = Handle {
            how: How::Press,
            id: id.to_owned(),
            user: author.id.clone(),
            token: answered_with.to_owned(),
        };
        let event = Event::Pressed {
            place: self.standing.place(self.connection),
            token: storable(token),
            author,
            at: self.now,
            answer_to: Some(handle.write()),
            text,
        };
        Step::Take(vec![self.inbound(id, event)], json!({ "type": CHANGE_LATER }))
    }

    fn command(&self, command: &CommandInteraction) -> Step {
        match command.data.kind {
            CommandType::ChatInput => {}
            CommandType::Message | CommandType::User => return self.on_something(command),
            _ => return Step::Unknown("INTERACTION_CREATE/command".to_owned()),
        }
        let Some((offer, given)) = self.offer(&command.data) else {
            return self.gone();
        };
        let said = offer.said(&given);
        let who = author(&command.user, command.member.as_deref());
        let (id, token) = (command.id.to_string(), &command.token);
        let how = if offer.private { How::Private } else { How::Open };
        let event = self.commanded((&id, token, how), who, said, None);
        Step::Take(vec![self.inbound(&id, event)], later(offer.private))
    }

    /// A command on a message or a person.
    fn on_something(&self, command: &CommandInteraction) -> Step {
        let (id, token) = (command.id.to_string(), &command.token);
        let who = author(&command.user, command.member.as_deref());
        match (command.data.name.as_str(), command.data.target()) {
            (commands::WHO_IS_THIS, Some(ResolvedTarget::User(user, _))) => {
                let said = format!("who {NETWORK}:{}", user.id);
                let event = self.commanded((&id, token, How::Private), who, said, None);
                Step::Take(vec![self.inbound(&id, event)], later(true))
            }
            (commands::LINK_TO_PERSON, Some(ResolvedTarget::User(user, member))) => {
                let nick = member.and_then(|member| member.nick.clone());
                let name = nick.or_else(|| user.global_name.clone().map(|name| name.to_string()));
                Step::Answer(forms::whose(user, &name.unwrap_or_else(|| user.name.to_string())))
            }
            (commands::CAPTURE, Some(ResolvedTarget::Message(message))) => {
                let message_id = message.id.to_string();
                let json = serde_json::to_value(message).unwrap_or_default();
                // It may have been said before this channel was ours.
                let mut taken = Vec::new();
                taken.extend(self.view().message(&json));
                let said = "capture".to_owned();
                let event = self.commanded((&id, token, How::Open), who, said, Some(message_id));
                taken.push(self.inbound(&id, event));
                Step::Take(taken, later(false))
            }
            (commands::SELECT, Some(ResolvedTarget::Message(message))) => {
                let json = serde_json::to_value(message).unwrap_or_default();
                let mut taken = Vec::new();
                taken.extend(self.view().message(&json));
                let count = self.baskets.add(&who.id, self.standing.channel(), message.id.get());
                Step::Take(taken, basket::selected(count))
            }
            (commands::NOTE, Some(ResolvedTarget::Message(message))) => {
                Step::Answer(forms::about("note", "Add a note", "Note", &message.content))
            }
            (commands::TASK, Some(ResolvedTarget::Message(message))) => Step::Answer(forms::about(
                "task",
                "New task",
                "What is to be done",
                &message.content,
            )),
            _ => self.gone(),
        }
    }

    /// A form that was filled in.
    fn form(&self, form: &ModalInteraction) -> Step {
        let value = |id: &str| {
            let rows = form.data.components.iter().flat_map(|row| &row.components);
            rows.into_iter().find_map(|component| match component {
                ActionRowComponent::InputText(input) if input.custom_id == id => {
                    let value = input.value.as_deref().map(str::trim);
                    value.filter(|value| !value.is_empty()).map(storable)
                }
                _ => None,
            })
        };
        let (id, who) = (form.id.to_string(), author(&form.user, form.member.as_ref()));
        let (name, about, text) = (form.data.custom_id.as_str(), value("about"), value("text"));
        if let (Some(token), Some(text)) = (forms::answered(name), &text) {
            return self.takes_press((&id, &form.token), who, token, Some(text.clone()));
        }
        // A command is one line; only notes keep theirs.
        let line = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let said = match (name, about, text) {
            ("note", Some(about), Some(text)) => Some(format!("note {about} {text}")),
            ("task", Some(about), Some(text)) => Some(format!("task {} for:{about}", line(text))),
            ("task", None, Some(text)) => Some(format!("task {}", line(text))),
            (name, Some(about), None) => forms::account_in(name)
                .map(|(user, name)| format!("account {} {NETWORK}:{name} id:{user}", line(about))),
            _ => None,
        };
        let Some(said) = said else {
            return Step::Answer(say("Something is missing in the form. Open it again."));
        };
        let event = self.commanded((&id, &form.token, How::Private), who, said, None);
        Step::Take(vec![self.inbound(&id, event)], later(true))
    }

    /// Something that is being typed.
    fn typed(&self, command: &CommandInteraction) -> Step {
        let nothing = Step::Answer(suggestions(&[]));
        let Some((offer, given)) = self.offer(&command.data) else { return nothing };
        let Some(typed) = command.data.autocomplete() else { return nothing };
        let argument = offer.arguments.iter().find(|argument| argument.name == typed.name);
        let Some(Argument { kind, .. }) = argument else { return nothing };
        Step::Suggest(Asked {
            place: self.standing.place(self.connection),
            author: author(&command.user, command.member.as_deref()),
            direct: self.standing.is_direct(),
            kind: *kind,
            typed: storable(typed.value),
            given: given.into_iter().filter(|(name, _)| *name != typed.name).collect(),
        })
    }

    /// The command that was used, with what was given.
    fn offer(&self, data: &CommandData) -> Option<(&'static Offer, Vec<(String, String)>)> {
        let mut words = vec![data.name.as_str()];
        let mut options: &[CommandDataOption] = &data.options;
        while let [one] = options
            && let CommandDataOptionValue::SubCommand(inner)
            | CommandDataOptionValue::SubCommandGroup(inner) = &one.value
        {
            words.push(&one.name);
            options = inner;
        }
        let offer = self.offers.iter().find(|offer| offer.words == words)?;
        let given = options.iter().filter_map(|option| {
            let value = match &option.value {
                CommandDataOptionValue::String(value)
                | CommandDataOptionValue::Autocomplete { value, .. } => storable(value),
                CommandDataOptionValue::Integer(value) => value.to_string(),
                CommandDataOptionValue::Number(value) => value.to_string(),
                CommandDataOptionValue::Boolean(value) => value.to_string(),
                _ => return None,
            };
            Some((option.name.clone(), value))
        });
        Some((offer, given.collect()))
    }

    fn commanded(
        &self,
        (id, token, how): (&str, &str, How),
        author: Author,
        said: String,
        reply_to: Option<String>,
    ) -> Event {
        let user = author.id.clone();
        let handle = Handle { how, id: id.to_owned(), user, token: token.to_owned() };
        Event::Commanded(Message {
            place: self.standing.place(self.connection),
            id: id.to_owned(),
            thread: self.standing.thread.clone(),
            reply_to,
            author,
            text: said,
            at: self.now,
            permalink: None,
            direct: self.standing.is_direct(),
            answer_to: Some(handle.write()),
            room_name: self.room_name.map(|name| format!("#{}", storable(name))),
            alone: how == How::Private,
            forwarded: None,
        })
    }

    fn inbound(&self, id: &str, event: Event) -> Inbound {
        Inbound {
            connection: self.connection.to_owned(),
            key: format!("i:{id}"),
            lane: self.standing.room.clone(),
            event,
        }
    }

    fn view(&self) -> View<'_> {
        View { connection: self.connection, bot: self.bot, standing: self.standing, now: self.now }
    }

    fn gone(&self) -> Step {
        Step::Answer(say(
            "I do not know this command any more. Discord may need a minute to show the new ones.",
        ))
    }
}

/// Whoever acts, by the name that they have on the server, if they have one there.
fn author(user: &User, member: Option<&Member>) -> Author {
    let nick = member.and_then(|member| member.nick.clone());
    let name = nick.or_else(|| user.global_name.as_ref().map(ToString::to_string));
    Author {
        network: NETWORK.to_owned(),
        id: user.id.to_string(),
        name: storable(&name.unwrap_or_else(|| user.name.to_string())),
    }
}

/// “Something comes”, to all or to whoever asked.
fn later(private: bool) -> Value {
    let flags = if private { EPHEMERAL } else { 0 };
    json!({ "type": SAY_LATER, "data": { "flags": flags } })
}

/// A few words to whoever acted.
pub(super) fn say(text: &str) -> Value {
    json!({
        "type": SAY,
        "data": { "content": text, "flags": EPHEMERAL, "allowed_mentions": { "parse": [] } },
    })
}

/// What may be meant: what it is called, and what it stands for.
pub(super) fn suggestions(all: &[(String, String)]) -> Value {
    let short = |text: &str| text.chars().take(SUGGESTION_CHARS_MAX).collect::<String>();
    let choices = all.iter().filter(|(label, value)| {
        !label.trim().is_empty() && (1..=SUGGESTION_CHARS_MAX).contains(&value.chars().count())
    });
    let choices = choices.take(SUGGESTIONS_MAX);
    let choices = choices.map(|(label, value)| json!({ "name": short(label), "value": value }));
    json!({ "type": SUGGEST, "data": { "choices": choices.collect::<Vec<_>>() } })
}
