//! The commands as Discord is told of them: slash commands with what they take, commands on
//! messages and on people. What they mean is not known here.

use crm::offers::{Argument, ArgumentKind, Offer};
use serde_json::{Value, json};

/// Commands on a message.
pub(super) const CAPTURE: &str = "Capture";
pub(super) const SELECT: &str = "Select";
pub(super) const NOTE: &str = "Add note to record";
pub(super) const TASK: &str = "New task";
/// Commands on a person.
pub(super) const WHO_IS_THIS: &str = "Who is this";
pub(super) const LINK_TO_PERSON: &str = "Link to person";

/// Discord's numbers for kinds of commands and of what they take.
const SLASH: u8 = 1;
const ON_PERSON: u8 = 2;
const ON_MESSAGE: u8 = 3;
const SUBCOMMAND: u8 = 1;
const STRING: u8 = 3;
const INTEGER: u8 = 4;
/// How long a description may be.
const DESCRIPTION_CHARS_MAX: usize = 100;

/// All commands of a server that has a room of ours.
pub(super) fn for_a_bound_guild(offers: &[Offer]) -> Value {
    let mut all = slash(offers);
    all.extend(
        [CAPTURE, SELECT, NOTE, TASK].map(|name| json!({ "name": name, "type": ON_MESSAGE })),
    );
    all.extend(
        [WHO_IS_THIS, LINK_TO_PERSON].map(|name| json!({ "name": name, "type": ON_PERSON })),
    );
    all.into()
}

/// What can be done on a server that has none: give us one.
pub(super) fn for_any_guild(offers: &[Offer]) -> Value {
    slash(offers.iter().filter(|offer| offer.words == ["bind"])).into()
}

/// Families of commands become one command with several steps.
fn slash<'o>(offers: impl IntoIterator<Item = &'o Offer>) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    for offer in offers {
        let arguments = offer.arguments.iter().map(option).collect::<Vec<_>>();
        let help = short(offer.help);
        match offer.words {
            [name] => all.push(json!({
                "name": name, "type": SLASH, "description": help, "options": arguments,
            })),
            [family, step] => {
                let step = json!({
                    "name": step, "type": SUBCOMMAND, "description": help, "options": arguments,
                });
                let known = all.iter_mut().find(|command| command["name"] == *family);
                match known.and_then(|known| known["options"].as_array_mut()) {
                    Some(steps) => steps.push(step),
                    None => all.push(json!({
                        "name": family, "type": SLASH, "options": [step],
                        "description": short(&format!("{family}: show and change")),
                    })),
                }
            }
            _ => {}
        }
    }
    all
}

fn option(argument: &Argument) -> Value {
    let kind = if argument.kind == ArgumentKind::Count { INTEGER } else { STRING };
    let mut option = json!({
        "name": argument.name,
        "type": kind,
        "description": short(argument.help),
        "required": argument.required,
    });
    match argument.kind {
        ArgumentKind::Record
        | ArgumentKind::Stage
        | ArgumentKind::Member
        | ArgumentKind::Tag
        | ArgumentKind::Blueprint => option["autocomplete"] = true.into(),
        ArgumentKind::OneOf(all) => {
            let choices = all.iter().map(|one| json!({ "name": one, "value": one }));
            option["choices"] = choices.collect::<Vec<_>>().into();
        }
        ArgumentKind::Words | ArgumentKind::Count => {}
    }
    option
}

fn short(text: &str) -> String {
    text.chars().take(DESCRIPTION_CHARS_MAX).collect()
}
