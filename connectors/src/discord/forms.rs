//! Forms: what somebody is asked for before a button, or a command on a message or a person, can be
//! acted upon. A form comes back by itself, so what it is about travels in its name.

use serde_json::{Value, json};
use serenity::model::application::{ActionRowComponent, ButtonKind, ComponentInteraction};
use serenity::model::user::User;

use super::format::ASKS;

/// Discord's number for a form as an answer.
const FORM: u8 = 9;
/// The most that is put into a form beforehand.
const PREFILLED_CHARS_MAX: usize = 3_500;
/// The most that a button is given, and the longest title and question of a form.
const ANSWER_CHARS_MAX: usize = 1_500;
const LABEL_CHARS_MAX: usize = 45;
/// What marks a form that asks whose an account is.
const ACCOUNT: &str = "account";

/// The token and the question of a button that asks for words.
pub(super) fn asked_by(custom_id: &str) -> Option<(&str, &str)> {
    custom_id.strip_prefix(ASKS)?.strip_prefix(':')?.split_once(':')
}

/// The token of the button whose form was filled in.
pub(super) fn answered(custom_id: &str) -> Option<&str> {
    custom_id.strip_prefix(ASKS)?.strip_prefix(':')
}

/// What the button says that was pressed.
pub(super) fn label_of(press: &ComponentInteraction) -> Option<String> {
    let rows = press.message.components.iter().flat_map(|row| &row.components);
    rows.into_iter().find_map(|component| match component {
        ActionRowComponent::Button(button) => match &button.data {
            ButtonKind::NonLink { custom_id, .. } if *custom_id == press.data.custom_id => {
                button.label.clone()
            }
            _ => None,
        },
        _ => None,
    })
}

/// A form that asks for the words that a button needs.
pub(super) fn question(token: &str, title: &str, asks: &str) -> Value {
    let short = |text: &str| text.chars().take(LABEL_CHARS_MAX).collect::<String>();
    let words = json!({
        "type": 4, "custom_id": "text", "label": short(asks), "style": 2, "required": true,
        "max_length": ANSWER_CHARS_MAX,
    });
    json!({
        "type": FORM,
        "data": {
            "custom_id": format!("{ASKS}:{token}"),
            "title": short(title),
            "components": [{ "type": 1, "components": [words] }],
        },
    })
}

/// A form that asks whose an account is.
pub(super) fn whose(user: &User, name: &str) -> Value {
    let short = |text: &str, most| text.chars().take(most).collect::<String>();
    let about = json!({
        "type": 4, "custom_id": "about", "label": "Who is it?", "style": 1, "required": true,
        "placeholder": "A name, an e-mail address or a key like PER-12", "max_length": 100,
        "value": short(name, 100),
    });
    json!({
        "type": FORM,
        "data": {
            "custom_id": format!("{ACCOUNT}:{}:{}", user.id, user.name),
            "title": short(&format!("Link {name}"), LABEL_CHARS_MAX),
            "components": [{ "type": 1, "components": [about] }],
        },
    })
}

/// The account that a form asked about: its number and its name.
pub(super) fn account_in(custom_id: &str) -> Option<(&str, &str)> {
    let (user, name) = custom_id.strip_prefix(ACCOUNT)?.strip_prefix(':')?.split_once(':')?;
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-');
    (user.parse::<u64>().is_ok() && !name.is_empty() && name.chars().all(is_plain))
        .then_some((user, name))
}

/// A form that asks for a record and some text.
pub(super) fn about(id: &str, title: &str, asks: &str, text: &str) -> Value {
    let line = |component: Value| json!({ "type": 1, "components": [component] });
    let text = text.chars().take(PREFILLED_CHARS_MAX).collect::<String>();
    let mut words = json!({
        "type": 4, "custom_id": "text", "label": asks, "style": 2, "required": true,
    });
    if !text.trim().is_empty() {
        words["value"] = text.into();
    }
    let about = json!({
        "type": 4, "custom_id": "about", "label": "About whom or what", "style": 1,
        "required": id == "note", "placeholder": "Acme, or DEAL-12", "max_length": 100,
    });
    json!({
        "type": FORM,
        "data": { "custom_id": id, "title": title, "components": [line(about), line(words)] },
    })
}
