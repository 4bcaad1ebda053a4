//! The commands that the bot registered, everywhere or in one guild. Left out: changing one at a
//! time, and what a guild's administrators allow of them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::ids::{CommandId, GuildId};
use super::message_payloads::without_nulls;
use super::permissions::Permissions;
use super::refusal::{FormError, Refusal};
use super::routes::{Call, Reply};
use super::state::World;

/// How many commands of a kind there may be, and their kinds: slash, user, message.
const COMMANDS_MAX: [(u64, usize); 3] = [(1, 100), (2, 15), (3, 15)];
/// The most characters of a command's names, descriptions and values together.
const COMMAND_CHARS_MAX: usize = 8_000;

/// A command.
#[derive(Debug, Clone)]
pub(super) struct Command {
    pub(super) id: CommandId,
    version: u64,
    /// The one guild that it is for.
    pub(super) guild: Option<GuildId>,
    /// 1 for slash commands, 2 for those on a user, 3 for those on a message.
    pub(super) kind: u64,
    pub(super) name: String,
    description: String,
    pub(super) options: Vec<Value>,
    /// What a member must be allowed to see it.
    pub(super) needs: Option<Permissions>,
    /// Where it is offered: 0 in guilds, 1 in direct messages with the bot.
    pub(super) contexts: Option<Vec<u64>>,
    in_direct: bool,
}

impl Command {
    /// Whether it is offered in direct messages, or else in guilds.
    pub(super) fn is_offered(&self, in_direct: bool) -> bool {
        match &self.contexts {
            Some(contexts) => contexts.contains(&u64::from(in_direct)),
            None => !in_direct || (self.guild.is_none() && self.in_direct),
        }
    }

    fn payload(&self, world: &World) -> Value {
        let mut payload = json!({
            "id": self.id,
            "application_id": world.bot,
            "version": self.version.to_string(),
            "default_member_permissions": self.needs,
            "type": self.kind,
            "name": self.name,
            "description": self.description,
            "nsfw": false,
            "contexts": self.contexts,
            "integration_types": [0],
        });
        match self.guild {
            Some(guild) => payload["guild_id"] = json!(guild),
            None => payload["dm_permission"] = json!(self.in_direct),
        }
        if !self.options.is_empty() {
            payload["options"] = json!(self.options);
        }
        payload
    }
}

pub(super) fn list(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let guild = place(world, call)?;
    let here = world.commands.iter().filter(|command| command.guild == guild);
    Ok(Reply::ok(here.map(|command| command.payload(world)).collect()))
}

/// Puts these in place of all that there were. A command that keeps its name keeps its id.
pub(super) fn overwrite(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let guild = place(world, call)?;
    let given = call.body.as_ref().and_then(Value::as_array).cloned().unwrap_or_default();
    let errors = command_errors(&given);
    if !errors.is_empty() {
        return Err(world.refused(call, &errors));
    }
    let mut fresh = Vec::new();
    for command in &given {
        let (kind, name) = (kind_of(command), text(&command["name"]).to_owned());
        let same = |old: &&Command| old.guild == guild && old.kind == kind && old.name == name;
        let known = world.commands.iter().find(same).map(|command| command.id);
        let needs = &command["default_member_permissions"];
        let needs = needs.as_u64().or_else(|| needs.as_str().and_then(|bits| bits.parse().ok()));
        let contexts = command["contexts"].as_array();
        fresh.push(Command {
            id: known.unwrap_or_else(|| CommandId(world.clock.id())),
            version: world.clock.id(),
            guild,
            kind,
            name,
            description: text(&command["description"]).to_owned(),
            options: list_of(&command["options"]).iter().map(option_given_back).collect(),
            needs: needs.map(Permissions),
            contexts: contexts.map(|all| all.iter().filter_map(Value::as_u64).collect()),
            in_direct: command["dm_permission"] != false,
        });
    }
    world.commands.retain(|command| command.guild != guild);
    world.commands.extend(fresh);
    list(world, call)
}

/// The guild that is meant, or everywhere.
fn place(world: &World, call: &Call) -> Result<Option<GuildId>, Refusal> {
    if call.param("application_id") != Some(world.bot.to_string().as_str()) {
        let message = "You are not authorized to perform this action on this application";
        return Err(Refusal::new(403, 20012, message));
    }
    if call.param("guild_id").is_none() {
        return Ok(None);
    }
    Ok(Some(world.guild(call.id("guild_id")?)?.id))
}

fn kind_of(command: &Value) -> u64 {
    command["type"].as_u64().unwrap_or(1)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list_of(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// An option as Discord gives it back: without what is null or empty.
fn option_given_back(option: &Value) -> Value {
    let mut option = without_nulls(option);
    if let Some(fields) = option.as_object_mut() {
        for list in ["choices", "channel_types", "options"] {
            if fields.get(list).is_some_and(|list| list_of(list).is_empty()) {
                fields.remove(list);
            }
        }
        if let Some(inner) = fields.get("options").cloned() {
            let inner = list_of(&inner).iter().map(option_given_back).collect();
            fields.insert("options".to_owned(), inner);
        }
    }
    option
}

/// What is wrong with commands, beyond what Discord's description says.
fn command_errors(commands: &[Value]) -> Vec<FormError> {
    let mut errors = Vec::new();
    let mut names = BTreeSet::new();
    for (index, command) in commands.iter().enumerate() {
        let kind = kind_of(command);
        let name = text(&command["name"]);
        if !names.insert((kind, name)) {
            let message = "Application command names must be unique";
            let at = format!("{index}/name");
            errors.push(FormError::new(&at, "APPLICATION_COMMANDS_DUPLICATE_NAME", message));
        }
        let is_described = !text(&command["description"]).is_empty();
        if kind == 1 {
            check_name(name, &format!("{index}/name"), &mut errors);
            if !is_described {
                errors.push(FormError::required(&format!("{index}/description")));
            }
            check_options(&command["options"], &index.to_string(), &mut errors);
        } else if is_described || !list_of(&command["options"]).is_empty() {
            let message = "Context menu commands cannot have description or options";
            let at = index.to_string();
            errors.push(FormError::new(&at, "APPLICATION_COMMAND_INVALID_DESCRIPTION", message));
        }
        if chars_of(command) > COMMAND_CHARS_MAX {
            let message = "Command exceeds maximum size (8000)";
            let at = index.to_string();
            errors.push(FormError::new(&at, "APPLICATION_COMMAND_TOO_LARGE", message));
        }
    }
    for (kind, most) in COMMANDS_MAX {
        if commands.iter().filter(|command| kind_of(command) == kind).count() > most {
            let message = format!("Maximum number of application commands reached ({most}).");
            errors.push(FormError::new("", "APPLICATION_COMMANDS_LIMIT", message));
        }
    }
    errors
}

/// Letters of any script that are not capitals, digits, hyphens and underlines.
fn check_name(name: &str, at: &str, errors: &mut Vec<FormError>) {
    let is_fine = |c: char| c.is_alphanumeric() && !c.is_uppercase() || matches!(c, '-' | '_');
    if name.is_empty() || !name.chars().all(is_fine) {
        let message = "Command name is invalid: lower-case letters, digits, - and _";
        errors.push(FormError::new(at, "APPLICATION_COMMAND_INVALID_NAME", message));
    }
}

fn check_options(options: &Value, at: &str, errors: &mut Vec<FormError>) {
    let options = list_of(options);
    let mut names = BTreeSet::new();
    let mut optional_before = false;
    let is_nested = |option: &Value| matches!(option["type"].as_u64(), Some(1 | 2));
    let nested = options.iter().filter(|option| is_nested(option)).count();
    if nested > 0 && nested < options.len() {
        let message = "Sub-command option types are mutually exclusive to other option types";
        errors.push(FormError::new(at, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message));
    }
    for (index, option) in options.iter().enumerate() {
        let at = format!("{at}/options/{index}");
        let name = text(&option["name"]);
        check_name(name, &format!("{at}/name"), errors);
        if !names.insert(name) {
            let message = "Option names must be unique";
            errors.push(FormError::new(&at, "APPLICATION_COMMAND_OPTIONS_NAME_INVALID", message));
        }
        let is_required = option["required"] == true;
        if is_required && optional_before {
            let message = "Required options must be placed before non-required options";
            errors.push(FormError::new(
                &at,
                "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
                message,
            ));
        }
        optional_before |= !is_required;
        if option["autocomplete"] == true && !list_of(&option["choices"]).is_empty() {
            let message = "Autocomplete and choices exclude each other";
            errors.push(FormError::new(&at, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message));
        }
        if is_nested(option) {
            check_options(&option["options"], &at, errors);
        }
    }
}

/// The characters that count: names, descriptions and values, at any depth.
fn chars_of(part: &Value) -> usize {
    let own = ["name", "description", "value"].iter();
    let own: usize = own.map(|field| text(&part[*field]).chars().count()).sum();
    let inner = list_of(&part["options"]).iter().chain(list_of(&part["choices"]));
    own + inner.map(chars_of).sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(commands: Value) -> Vec<&'static str> {
        command_errors(list_of(&commands)).into_iter().map(|error| error.code).collect()
    }

    #[test]
    fn usual_commands_are_fine() {
        let stage = json!({ "type": 3, "name": "stage", "description": "To", "required": true });
        let step = json!({ "type": 1, "name": "move", "description": "Move", "options": [stage] });
        let deal = json!({ "name": "deal", "description": "Deals", "options": [step] });
        let menu = json!({ "type": 3, "name": "Add to Tieline" });
        assert_eq!(codes(json!([deal, menu])), [""; 0]);
    }

    #[test]
    fn what_discord_refuses_is_found() {
        let named = |name: &str| json!({ "name": name, "description": "d" });
        let invalid = "APPLICATION_COMMAND_INVALID_NAME";
        assert_eq!(codes(json!([named("Deal")])), [invalid]);
        assert_eq!(codes(json!([named("two words")])), [invalid]);
        let twice = json!([named("deal"), named("deal")]);
        assert_eq!(codes(twice), ["APPLICATION_COMMANDS_DUPLICATE_NAME"]);
        assert_eq!(codes(json!([{ "name": "deal" }])), ["BASE_TYPE_REQUIRED"]);
        let described = json!([{ "type": 2, "name": "Who is this", "description": "d" }]);
        assert_eq!(codes(described), ["APPLICATION_COMMAND_INVALID_DESCRIPTION"]);
        let option = |name: &str, required: bool| {
            let mut option = json!({ "type": 3, "name": name, "description": "d" });
            option["required"] = json!(required);
            option
        };
        let options = [option("a", false), option("b", true)];
        let order = json!([{ "name": "deal", "description": "d", "options": options }]);
        assert_eq!(codes(order), ["APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID"]);
        let mixed = [option("a", false), json!({ "type": 1, "name": "s", "description": "d" })];
        let mixed = json!([{ "name": "deal", "description": "d", "options": mixed }]);
        assert_eq!(codes(mixed), ["APPLICATION_COMMAND_OPTIONS_TYPE_INVALID"]);
    }
}
