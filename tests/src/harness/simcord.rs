//! A Discord that is not ours: simcord, a model of it in Python, behind doors that any bot can use
//! (`python/discord_bridge.py`). It shares no code with Tieline or with the strict Discord of the
//! tests (`discord`), so that a mistake about Discord would have to be made twice to go unseen.
//!
//! Whatever it refuses fails the test at the next step, with simcord's words. What it leaves out
//! stands in the bridge; limits, broken lines and strange events are played with `discord`.

use std::fmt;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use reqwest::Method;
use serde_json::{Value, json};

use super::PATIENCE;
use super::api::Api;
use super::folder::{self, Folder};
use super::port::free_port;
use super::process::{Process, Program, Signal};
use super::synapse::python;

/// The bot's token. Not a secret: it opens nothing but this.
const TOKEN: &str = "c2ltY29yZA.tests.of-tieline";

/// What marks a message that one person sees, and one that is still to come.
const EPHEMERAL: u64 = 1 << 6;
const LOADING: u64 = 1 << 7;

/// A Discord with one server; stopped and forgotten when dropped.
#[derive(Debug)]
pub struct Simcord {
    port: u16,
    api: Api,
    // Before the folder, so that it has ended when the folder goes.
    _server: Process,
    _folder: Folder,
}

/// Somebody on the server.
#[derive(Debug, Clone)]
pub struct Member {
    name: String,
    api: Api,
}

/// Something that somebody did and the bot has to answer.
#[derive(Debug, Clone)]
pub struct Deed {
    interaction: String,
    api: Api,
}

/// A message on somebody's screen, as Discord gives it out.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown(Value);

impl Simcord {
    /// Starts a Discord with a server that has the bot on it, and nobody else.
    ///
    /// # Errors
    /// When it does not start: simcord may not be installed.
    pub async fn start() -> Result<Self> {
        let folder = Folder::new("simcord")?;
        let port = free_port()?;
        let mut command = Command::new(python()?);
        command
            .arg(folder::package().join("python/discord_bridge.py"))
            .args([port.to_string().as_str(), TOKEN])
            .current_dir(folder.path());
        let program = Program {
            name: "simcord",
            log: folder.path().join("log"),
            on_orphaned: Signal::Kill,
            user: None,
        };
        let mut server = Process::spawn(program, &command)?;
        let api = Api::new(format!("http://127.0.0.1:{port}"))?;
        let deadline = Instant::now() + 2 * PATIENCE;
        loop {
            server.ensure_running().context("`cargo xtask test` installs what simcord needs")?;
            if api.send(Method::GET, "/state", None).await.is_ok_and(|told| told.status == 200) {
                break;
            }
            if Instant::now() > deadline {
                bail!("simcord was not ready in time; its log ends:\n{}", server.log_tail());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(Self { port, api, _server: server, _folder: folder })
    }

    /// The configuration of a connection to it.
    pub fn connection(&self) -> String {
        format!(
            "[connections.discord]\nnetwork = \"discord\"\ntoken = \"{TOKEN}\"\n\
             api = \"http://127.0.0.1:{}\"\n",
            self.port
        )
    }

    /// Somebody on the server, who comes with being named.
    pub fn member(&self, name: &str) -> Member {
        Member { name: name.to_owned(), api: self.api.clone() }
    }

    /// The bot itself, for a test that asks in its place.
    pub fn as_bot(&self) -> Api {
        self.api.with_header("authorization", &format!("Bot {TOKEN}"))
    }

    /// The bot's account.
    ///
    /// # Errors
    /// When something was refused.
    pub async fn bot(&self) -> Result<String> {
        Ok(text(&state(&self.api).await?["bot"]).to_owned())
    }

    /// Waits until the bot listens.
    ///
    /// # Errors
    /// When it does not in time, or something was refused.
    pub async fn wait_connected(&self) -> Result<()> {
        self.wait("the bot listens", |state| state["listens"] == 1).await
    }

    /// Waits until a command is offered.
    ///
    /// # Errors
    /// When it is not in time, or something was refused.
    pub async fn wait_offered(&self, command: &str) -> Result<()> {
        let offers = |state: &Value| {
            state["commands"].as_array().is_some_and(|all| all.iter().any(|one| one == command))
        };
        self.wait(&format!("/{command} is offered"), offers).await
    }

    /// Fails when something that the bot did was refused.
    ///
    /// # Errors
    /// What was refused, and why.
    pub async fn ensure_nothing_refused(&self) -> Result<()> {
        state(&self.api).await.map(|_| ())
    }

    async fn wait(&self, what: &str, is_so: impl Fn(&Value) -> bool) -> Result<()> {
        let began = Instant::now();
        loop {
            let state = state(&self.api).await?;
            if is_so(&state) {
                return Ok(());
            }
            ensure!(began.elapsed() < PATIENCE, "in vain did the test wait until {what}: {state}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Member {
    /// Says something in a channel, by its name, and gives the message's id.
    ///
    /// # Errors
    /// When Discord would not let them.
    pub async fn say(&self, channel: &str, words: &str) -> Result<String> {
        let said = self.does("say", json!({ "channel": channel, "words": words })).await?;
        Ok(text(&said["message"]).to_owned())
    }

    /// Presses the button on which this stands.
    ///
    /// # Errors
    /// When there is none, or Discord would not let them.
    pub async fn press(&self, on: &Shown, label: &str) -> Result<Deed> {
        let button = on.button(label).with_context(|| format!("“{label}” is no button of {on}"))?;
        self.acts("use", json!({ "message": on.id(), "custom_id": button["custom_id"] })).await
    }

    /// Chooses this from a menu.
    ///
    /// # Errors
    /// When it is not offered, or Discord would not let them.
    pub async fn choose(&self, from: &Shown, label: &str) -> Result<Deed> {
        let offers = |menu: &&Value| menu["options"].as_array().is_some();
        let chosen = from.components().into_iter().filter(offers).find_map(|menu| {
            let option = menu["options"].as_array()?.iter().find(|one| one["label"] == label)?;
            Some((menu["custom_id"].clone(), option["value"].clone()))
        });
        let (menu, value) = chosen.with_context(|| format!("“{label}” is in no menu of {from}"))?;
        let asked = json!({ "message": from.id(), "custom_id": menu, "values": [value] });
        self.acts("use", asked).await
    }

    /// Uses a slash command in a channel: its words without the slash, and its options.
    ///
    /// # Errors
    /// When it is not offered, or Discord would not let them.
    pub async fn command(&self, channel: &str, name: &str, options: Value) -> Result<Deed> {
        let asked = json!({ "channel": channel, "name": name, "options": options });
        self.acts("command", asked).await
    }

    /// Uses a command from a message's menu.
    ///
    /// # Errors
    /// When it is not offered, or Discord would not let them.
    pub async fn menu(&self, message: &str, name: &str) -> Result<Deed> {
        self.acts("menu", json!({ "message": message, "name": name })).await
    }

    /// Fills in the form that they were shown, and sends it off.
    ///
    /// # Errors
    /// When there is none, or Discord would not let them.
    pub async fn fill(&self, shown: &Deed, values: Value) -> Result<Deed> {
        self.acts("fill", json!({ "interaction": shown.interaction, "values": values })).await
    }

    /// What they see in a channel, oldest first; in `@` and their own name, what the bot said to
    /// them in private.
    ///
    /// # Errors
    /// When something was refused.
    pub async fn messages(&self, channel: &str) -> Result<Vec<Shown>> {
        let told = self.does("messages", json!({ "channel": channel })).await?;
        Ok(told.as_array().cloned().unwrap_or_default().into_iter().map(Shown).collect())
    }

    /// Waits until they see such a message.
    ///
    /// # Errors
    /// When they do not in time, or something was refused.
    pub async fn sees(&self, channel: &str, so: impl Fn(&Shown) -> bool) -> Result<Shown> {
        let began = Instant::now();
        loop {
            let all = self.messages(channel).await?;
            if let Some(found) = all.iter().find(|message| so(message)) {
                return Ok(found.clone());
            }
            if began.elapsed() > PATIENCE {
                let all = all.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
                bail!("{} sees no such message in {channel}; there are:\n{all}", self.name);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn acts(&self, deed: &str, asked: Value) -> Result<Deed> {
        let done = self.does(deed, asked).await?;
        Ok(Deed { interaction: text(&done["interaction"]).to_owned(), api: self.api.clone() })
    }

    async fn does(&self, deed: &str, mut asked: Value) -> Result<Value> {
        state(&self.api).await?;
        asked["who"] = self.name.clone().into();
        people(&self.api, deed, asked).await
    }
}

impl Deed {
    /// The bot's first answer: its kind in simcord's words, and the form, if it is one.
    ///
    /// # Errors
    /// When there is none within the three seconds that Discord gives, or something was refused.
    pub async fn answered(&self) -> Result<(String, Value)> {
        let began = Instant::now();
        loop {
            state(&self.api).await?;
            let asked = json!({ "interaction": self.interaction });
            let told = people(&self.api, "answered", asked).await?;
            if let Some(kind) = told["kind"].as_str() {
                return Ok((kind.to_owned(), told["form"].clone()));
            }
            ensure!(began.elapsed().as_secs() < 3, "Discord says: the application did not respond");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Whether a message is the answer to it.
    pub fn is_answered_by(&self, message: &Shown) -> bool {
        text(&message.0["interaction_metadata"]["id"]) == self.interaction && !message.is_loading()
    }
}

impl Shown {
    /// Its id.
    pub fn id(&self) -> &str {
        text(&self.0["id"])
    }

    /// The channel that it is in.
    pub fn channel(&self) -> &str {
        text(&self.0["channel_id"])
    }

    /// Whether this account wrote it.
    pub fn is_by(&self, account: &str) -> bool {
        text(&self.0["author"]["id"]) == account
    }

    /// The message that it replies to.
    pub fn reply_to(&self) -> Option<&str> {
        self.0["message_reference"]["message_id"].as_str()
    }

    /// Whether one person alone sees it.
    pub fn is_for_one(&self) -> bool {
        self.0["flags"].as_u64().unwrap_or_default() & EPHEMERAL != 0
    }

    /// Whether it is still to come: “Tieline is thinking…”.
    pub fn is_loading(&self) -> bool {
        self.0["flags"].as_u64().unwrap_or_default() & LOADING != 0
    }

    /// The words outside embeds.
    pub fn content(&self) -> &str {
        text(&self.0["content"])
    }

    /// Its embeds.
    pub fn embeds(&self) -> &[Value] {
        self.0["embeds"].as_array().map_or(&[], Vec::as_slice)
    }

    /// What its first embed says under this name.
    pub fn fact(&self, name: &str) -> Option<&str> {
        let fields = self.embeds().first()?["fields"].as_array()?;
        fields.iter().find(|field| field["name"] == name)?["value"].as_str()
    }

    /// What can be chosen from its menus.
    pub fn choices(&self) -> Vec<&str> {
        let menus = self.components().into_iter().filter_map(|menu| menu["options"].as_array());
        menus.flatten().map(|option| text(&option["label"])).collect()
    }

    /// The button on which this stands.
    pub fn button(&self, label: &str) -> Option<&Value> {
        let is_it = |one: &&Value| one["type"] == 2 && one["label"] == label;
        self.components().into_iter().find(is_it)
    }

    /// Everything that can be read in it.
    pub fn text(&self) -> String {
        let mut lines = vec![self.content().to_owned()];
        for embed in self.embeds() {
            lines.extend([&embed["title"], &embed["description"]].map(|one| text(one).to_owned()));
            for field in embed["fields"].as_array().into_iter().flatten() {
                lines.push(format!("{}: {}", text(&field["name"]), text(&field["value"])));
            }
            lines.push(text(&embed["footer"]["text"]).to_owned());
        }
        let components = self.components();
        lines.extend(components.iter().map(|one| format!("[{}]", text(&one["label"]))));
        lines.extend(self.choices().iter().map(|choice| format!("<{choice}>")));
        lines.retain(|line| !line.is_empty() && line != "[]");
        lines.join("\n")
    }

    fn components(&self) -> Vec<&Value> {
        let rows = self.0["components"].as_array().into_iter().flatten();
        rows.filter_map(|row| row["components"].as_array()).flatten().collect()
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let alone = if self.is_for_one() { " to one alone" } else { "" };
        let loading = if self.is_loading() { " (loading)" } else { "" };
        let author = text(&self.0["author"]["username"]);
        write!(f, "{} {author}{alone}{loading}: {}", self.id(), self.text().replace('\n', "\n    "))
    }
}

async fn people(api: &Api, deed: &str, asked: Value) -> Result<Value> {
    let told = api.send(Method::POST, &format!("/people/{deed}"), Some(asked.clone())).await?;
    ensure!(told.status == 200, "{deed} {asked} is not possible: {}", told.text);
    Ok(told.json())
}

/// How it stands. Fails when something that the bot did was refused.
async fn state(api: &Api) -> Result<Value> {
    let state = api.send(Method::GET, "/state", None).await?.json();
    let refused = state["refused"].as_array().into_iter().flatten().map(text);
    let refused = refused.collect::<Vec<_>>().join("\n");
    ensure!(refused.is_empty(), "simcord refused what the bot did:\n{refused}");
    Ok(state)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
