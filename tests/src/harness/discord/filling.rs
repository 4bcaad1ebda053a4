//! What a person fills in when they give a command: their client knows the command's options, lets
//! them leave out only what is optional, and sends beside the ids what they stand for. What it
//! would not let them send is an error to the test. Left out: files.

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value, json};

use super::ids::{ChannelId, GuildId, RoleId, UserId};
use super::payloads::{bare_member, role};
use super::permissions::Permissions;
use super::state::World;

/// The options of a command as they are sent, and what their ids stand for.
pub(super) struct Filled {
    pub(super) options: Vec<Value>,
    pub(super) resolved: Map<String, Value>,
    /// The command with its sub-commands.
    pub(super) name: String,
}

/// Who fills in, and where.
pub(super) struct Form<'a> {
    pub(super) world: &'a World,
    pub(super) guild: Option<GuildId>,
    /// The option that is being typed, and what of it.
    pub(super) typing: Option<(&'a str, &'a str)>,
}

impl Form<'_> {
    /// Fills in the options below `words`, the sub-commands after the command's name.
    pub(super) fn fill(
        &self,
        name: &str,
        words: &[&str],
        offered: &[Value],
        given: &Value,
    ) -> Result<Filled> {
        let mut resolved = Map::new();
        let Some((word, rest)) = words.split_first() else {
            let options = self.values(name, offered, given, &mut resolved)?;
            return Ok(Filled { options, resolved, name: name.to_owned() });
        };
        let is_it = |option: &&Value| {
            option["name"] == *word && matches!(option["type"].as_u64(), Some(1 | 2))
        };
        let known = offered.iter().find(is_it).with_context(|| {
            format!("/{name} has no sub-command {word}; it offers {}", names(offered))
        })?;
        let inner = known["options"].as_array().map_or(&[] as &[Value], Vec::as_slice);
        let filled = self.fill(&format!("{name} {word}"), rest, inner, given)?;
        let option = json!({ "name": word, "type": known["type"], "options": filled.options });
        Ok(Filled { options: vec![option], ..filled })
    }

    fn values(
        &self,
        name: &str,
        offered: &[Value],
        given: &Value,
        resolved: &mut Map<String, Value>,
    ) -> Result<Vec<Value>> {
        let none = Map::new();
        let given = match given {
            Value::Null => &none,
            Value::Object(given) => given,
            other => bail!("options are an object, and not {other}"),
        };
        let nested = offered.iter().any(|option| matches!(option["type"].as_u64(), Some(1 | 2)));
        ensure!(!nested, "/{name} wants one of its sub-commands: {}", names(offered));
        let typed = self.typing.map(|(option, _)| option.to_owned());
        for option in given.keys().chain(&typed) {
            let known = offered.iter().any(|one| one["name"] == *option);
            ensure!(known, "/{name} has no option {option}; it has {}", names(offered));
        }
        let mut options = Vec::new();
        for option in offered {
            let option_name = option["name"].as_str().unwrap_or_default();
            let kind = &option["type"];
            if let Some((_, text)) = self.typing.filter(|(typed, _)| *typed == option_name) {
                let completes = option["autocomplete"] == true;
                ensure!(completes, "{option_name} of /{name} is not completed while it is typed");
                let typed = json!({
                    "name": option_name, "type": kind, "value": text, "focused": true,
                });
                options.push(typed);
            } else if let Some(value) = given.get(option_name) {
                let value = self.value(option, value, resolved);
                let value = value.with_context(|| format!("{option_name} of /{name}"))?;
                options.push(json!({ "name": option_name, "type": kind, "value": value }));
            } else if option["required"] == true && self.typing.is_none() {
                bail!("{option_name} of /{name} is needed");
            }
        }
        Ok(options)
    }

    fn value(
        &self,
        option: &Value,
        given: &Value,
        resolved: &mut Map<String, Value>,
    ) -> Result<Value> {
        let choices = option["choices"].as_array().map_or(&[] as &[Value], Vec::as_slice);
        if !choices.is_empty() {
            let is_it = |choice: &&Value| choice["value"] == *given || choice["name"] == *given;
            let choice = choices.iter().find(is_it);
            let choice = choice.with_context(|| format!("{given} is not offered"))?;
            return Ok(choice["value"].clone());
        }
        let bound = |name: &str| option[name].as_f64();
        match option["type"].as_u64() {
            Some(3) => {
                let text = given.as_str().context("a text is wanted")?;
                let chars = text.chars().count() as f64;
                let least = bound("min_length").unwrap_or(0.0);
                let most = bound("max_length").unwrap_or(6_000.0);
                ensure!((least..=most).contains(&chars), "{least} to {most} characters are wanted");
            }
            Some(kind @ (4 | 10)) => {
                ensure!(kind == 10 || given.is_i64() || given.is_u64(), "a whole number is wanted");
                let number = given.as_f64().context("a number is wanted")?;
                let least = bound("min_value").unwrap_or(f64::MIN);
                let most = bound("max_value").unwrap_or(f64::MAX);
                ensure!((least..=most).contains(&number), "{least} to {most} is wanted");
            }
            Some(5) => ensure!(given.is_boolean(), "true or false is wanted"),
            Some(6) => self.user(given, resolved)?,
            Some(7) => self.channel(given, resolved)?,
            Some(8) => self.role(given, resolved)?,
            Some(9) => {
                let is_one = self.user(given, resolved).or_else(|_| self.role(given, resolved));
                is_one.context("somebody or a role is wanted")?;
            }
            other => bail!("an option of type {other:?} cannot be filled in here"),
        }
        Ok(given.clone())
    }

    /// Puts in what these ids stand for.
    pub(super) fn user(&self, given: &Value, resolved: &mut Map<String, Value>) -> Result<()> {
        let id = UserId(number(given)?);
        ensure!(self.world.users.contains_key(&id), "nobody has the id {id}");
        put(resolved, "users", id.0, self.world.user_payload(id));
        if let Some(guild) = self.guild.and_then(|guild| self.world.guilds.get(&guild))
            && let Some(member) = guild.members.get(&id)
        {
            let mut payload = bare_member(member);
            payload["permissions"] = json!(self.world.in_guild(id, guild));
            for unsaid in ["deaf", "mute"] {
                payload.as_object_mut().map(|fields| fields.remove(unsaid));
            }
            put(resolved, "members", id.0, payload);
        }
        Ok(())
    }

    pub(super) fn channel(&self, given: &Value, resolved: &mut Map<String, Value>) -> Result<()> {
        let id = ChannelId(number(given)?);
        ensure!(self.world.channels.contains_key(&id), "no channel has the id {id}");
        put(resolved, "channels", id.0, self.world.partial_channel(id, Permissions::usual()));
        Ok(())
    }

    pub(super) fn role(&self, given: &Value, resolved: &mut Map<String, Value>) -> Result<()> {
        let id = RoleId(number(given)?);
        let guild = self.guild.and_then(|guild| self.world.guilds.get(&guild));
        let known = guild.and_then(|guild| guild.roles.get(&id));
        let known = known.with_context(|| format!("no role has the id {id}"))?;
        put(resolved, "roles", id.0, role(known));
        Ok(())
    }
}

fn number(given: &Value) -> Result<u64> {
    let text = given.as_str().context("an id is wanted")?;
    text.parse().context("an id is a number in a string")
}

fn put(resolved: &mut Map<String, Value>, kind: &str, id: u64, what: Value) {
    let all = resolved.entry(kind).or_insert_with(|| json!({}));
    all[id.to_string()] = what;
}

fn names(options: &[Value]) -> String {
    let names: Vec<_> = options.iter().filter_map(|option| option["name"].as_str()).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
