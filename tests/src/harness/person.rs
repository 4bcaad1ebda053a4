//! Somebody in a Matrix room, with a client that shares no code with Tieline's.
//!
//! A test tells a person to write, react, edit or delete, and asks what they
//! see: each event as it came, or the room as a client would show it, with
//! edits folded in and deleted messages gone. Encrypted rooms work as plain
//! ones do. Left out: media, verification, several devices of one person
//! (log in twice for that).

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{oneshot, watch};

use super::folder::{self, Folder};
use super::process::{tail, tell};
use super::room::fold;
pub use super::room::{Event, Visible};
use super::synapse::python;

/// A message to send: text, and what goes with it.
#[derive(Debug, Clone, Default)]
pub struct Message(serde_json::Map<String, Value>);

impl Message {
    /// A plain text.
    pub fn text(body: &str) -> Self {
        Self::default().with("body", body)
    }

    /// The HTML form.
    #[must_use]
    pub fn html(self, html: &str) -> Self {
        self.with("html", html)
    }

    /// Another msgtype than `m.text`.
    #[must_use]
    pub fn msgtype(self, msgtype: &str) -> Self {
        self.with("msgtype", msgtype)
    }

    /// In the thread under this message.
    #[must_use]
    pub fn in_thread(self, root: &str) -> Self {
        self.with("thread_root", root)
    }

    /// As a reply to this message.
    #[must_use]
    pub fn reply_to(self, event_id: &str) -> Self {
        self.with("reply_to", event_id)
    }

    /// Naming these users in `m.mentions`.
    #[must_use]
    pub fn mentions(mut self, user_ids: &[&str]) -> Self {
        self.0.insert("mentions".to_owned(), json!(user_ids));
        self
    }

    fn with(mut self, key: &str, value: &str) -> Self {
        self.0.insert(key.to_owned(), json!(value));
        self
    }
}

/// Logged in on a device of their own; gone when dropped.
#[derive(Debug)]
pub struct Person {
    user_id: String,
    device_id: String,
    stdin: tokio::sync::Mutex<ChildStdin>,
    heard: Arc<Heard>,
    changes: watch::Receiver<usize>,
    _child: Child,
    log: PathBuf,
    _folder: Folder,
}

#[derive(Debug, Default)]
struct Heard(Mutex<Inbox>);

#[derive(Debug, Default)]
struct Inbox {
    events: Vec<Event>,
    invites: Vec<(String, Option<String>)>,
    asked: u64,
    waiting: HashMap<u64, oneshot::Sender<Result<Value, String>>>,
    over: bool,
}

impl Heard {
    fn inbox(&self) -> MutexGuard<'_, Inbox> {
        self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Person {
    /// Logs a registered user in on a new device and begins to listen.
    pub async fn login(homeserver: &str, user_id: &str, password: &str) -> Result<Self> {
        let folder = Folder::new("person")?;
        let log = folder.path().join("log");
        let mut child = Command::new(python()?)
            .arg(folder::package().join("python/person.py"))
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&log)?)
            .kill_on_drop(true)
            .spawn()
            .context("start a person")?;
        let stdin = child.stdin.take().context("a person's stdin")?;
        let stdout = child.stdout.take().context("a person's stdout")?;
        let heard = Arc::new(Heard::default());
        let (changed, changes) = watch::channel(0);
        tokio::spawn(listen(stdout, heard.clone(), changed));
        let mut person = Self {
            user_id: user_id.to_owned(),
            device_id: String::new(),
            stdin: tokio::sync::Mutex::new(stdin),
            heard,
            changes,
            _child: child,
            log,
            _folder: folder,
        };
        let store = person._folder.path().display().to_string();
        let credentials = json!({
            "homeserver": homeserver, "user_id": user_id, "password": password, "store": store,
        });
        person.device_id = text(&person.ask("login", credentials).await?, "device_id")?;
        Ok(person)
    }

    /// Such as `@alice:localhost`.
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    /// The device that this person is logged in on.
    pub fn device_id(&self) -> &str {
        &self.device_id
    }

    /// Creates a private room and returns its id.
    pub async fn create_room(
        &self,
        name: &str,
        encrypted: bool,
        invite: &[&str],
    ) -> Result<String> {
        let room = json!({"name": name, "encrypted": encrypted, "invite": invite});
        text(&self.ask("create_room", room).await?, "room")
    }

    /// Joins a room, by invitation or because it is open.
    pub async fn join(&self, room: &str) -> Result<()> {
        self.ask("join", json!({"room": room})).await.map(drop)
    }

    /// Leaves a room.
    pub async fn leave(&self, room: &str) -> Result<()> {
        self.ask("leave", json!({"room": room})).await.map(drop)
    }

    /// Invites somebody.
    pub async fn invite(&self, room: &str, user_id: &str) -> Result<()> {
        self.ask("invite", json!({"room": room, "user_id": user_id})).await.map(drop)
    }

    /// Writes a plain text and returns the event's id.
    pub async fn say(&self, room: &str, body: &str) -> Result<String> {
        self.send(room, Message::text(body)).await
    }

    /// Sends a message and returns the event's id.
    pub async fn send(&self, room: &str, message: Message) -> Result<String> {
        let mut fields = message.0;
        fields.insert("room".to_owned(), json!(room));
        text(&self.ask("send", Value::Object(fields)).await?, "event_id")
    }

    /// Sends any event, encrypted where the room is.
    pub async fn send_event(&self, room: &str, kind: &str, content: Value) -> Result<String> {
        let event = json!({"room": room, "type": kind, "content": content});
        text(&self.ask("send_event", event).await?, "event_id")
    }

    /// Edits a message of their own and returns the edit's id.
    pub async fn edit(&self, room: &str, event_id: &str, body: &str) -> Result<String> {
        let edit = json!({"room": room, "event_id": event_id, "body": body});
        text(&self.ask("edit", edit).await?, "event_id")
    }

    /// Reacts to a message and returns the reaction's id.
    pub async fn react(&self, room: &str, event_id: &str, key: &str) -> Result<String> {
        let reaction = json!({"room": room, "event_id": event_id, "key": key});
        text(&self.ask("react", reaction).await?, "event_id")
    }

    /// Deletes a message, an edit or a reaction.
    pub async fn redact(&self, room: &str, event_id: &str) -> Result<String> {
        let redaction = json!({"room": room, "event_id": event_id});
        text(&self.ask("redact", redaction).await?, "event_id")
    }

    /// Who has joined the room.
    pub async fn members(&self, room: &str) -> Result<Vec<String>> {
        let answer = self.ask("members", json!({"room": room})).await?;
        Ok(serde_json::from_value(answer["members"].clone())?)
    }

    /// The room's state events.
    pub async fn room_state(&self, room: &str) -> Result<Vec<Value>> {
        let answer = self.ask("room_state", json!({"room": room})).await?;
        Ok(serde_json::from_value(answer["state"].clone())?)
    }

    /// Waits until everything that the server has by now has been received.
    ///
    /// For saying that something did *not* happen.
    pub async fn sync(&self) -> Result<()> {
        self.ask("sync", json!({})).await.map(drop)
    }

    /// Every event so far, in the order it came.
    ///
    /// One that could not be decrypted at first is there a second time once it could.
    pub fn events(&self) -> Vec<Event> {
        self.heard.inbox().events.clone()
    }

    /// A point in [`Self::events`], for [`Self::wait_for_since`].
    pub fn mark(&self) -> usize {
        self.heard.inbox().events.len()
    }

    /// The first event, of all so far and those to come, that the test looks for.
    pub async fn wait_for(
        &self,
        wanted: impl Fn(&Event) -> bool,
        patience: Duration,
    ) -> Result<Event> {
        self.wait_for_since(0, wanted, patience).await
    }

    /// The first event after a [`Self::mark`] that the test looks for.
    pub async fn wait_for_since(
        &self,
        mark: usize,
        wanted: impl Fn(&Event) -> bool,
        patience: Duration,
    ) -> Result<Event> {
        self.wait_until(patience, |inbox| {
            inbox.events.iter().skip(mark).find(|e| wanted(e)).cloned()
        })
        .await
        .with_context(|| format!("an event that {} waited for", self.user_id))
    }

    /// Waits until the room shows what the test looks for, and returns that.
    pub async fn wait_until_visible(
        &self,
        room: &str,
        wanted: impl Fn(&Visible) -> bool,
        patience: Duration,
    ) -> Result<Visible> {
        self.wait_until(patience, |inbox| fold(&inbox.events, room).into_iter().find(|v| wanted(v)))
            .await
            .with_context(|| format!("a message that {} waited for", self.user_id))
    }

    /// Waits for an invitation and returns the room's id.
    pub async fn wait_for_invite(&self, from: Option<&str>, patience: Duration) -> Result<String> {
        self.wait_until(patience, |inbox| {
            let mut invites = inbox.invites.iter().rev();
            let found = invites.find(|(_, by)| from.is_none() || by.as_deref() == from)?;
            Some(found.0.clone())
        })
        .await
        .with_context(|| format!("an invitation that {} waited for", self.user_id))
    }

    /// The room as a client shows it now, oldest message first.
    pub fn visible(&self, room: &str) -> Vec<Visible> {
        fold(&self.heard.inbox().events, room)
    }

    async fn wait_until<T>(
        &self,
        patience: Duration,
        found: impl Fn(&Inbox) -> Option<T>,
    ) -> Result<T> {
        let mut changes = self.changes.clone();
        let search = async {
            loop {
                changes.borrow_and_update();
                {
                    let inbox = self.heard.inbox();
                    if let Some(found) = found(&inbox) {
                        return Ok(found);
                    }
                    if inbox.over {
                        bail!("the person's program ended:\n{}", tail(&self.log));
                    }
                }
                if changes.changed().await.is_err() {
                    bail!("the person's program ended:\n{}", tail(&self.log));
                }
            }
        };
        match tokio::time::timeout(patience, search).await {
            Ok(found) => found,
            Err(_) => bail!("nothing within {patience:?}; {} saw:\n{}", self.user_id, self.story()),
        }
    }

    async fn ask(&self, what: &str, mut fields: Value) -> Result<Value> {
        let (answer, answered) = oneshot::channel();
        let number = {
            let mut inbox = self.heard.inbox();
            inbox.asked += 1;
            let number = inbox.asked;
            inbox.waiting.insert(number, answer);
            number
        };
        fields["id"] = json!(number);
        fields["do"] = json!(what);
        let line = format!("{fields}\n");
        self.stdin.lock().await.write_all(line.as_bytes()).await.with_context(|| {
            format!("tell {} to {what}; log:\n{}", self.user_id, tail(&self.log))
        })?;
        let answer = tokio::time::timeout(2 * super::PATIENCE, answered)
            .await
            .with_context(|| format!("{} took too long to {what}", self.user_id))?
            .with_context(|| {
                format!("{} ended during {what}:\n{}", self.user_id, tail(&self.log))
            })?;
        answer.map_err(|error| anyhow!("{} could not {what}: {error}", self.user_id))
    }

    /// Everything seen, a line per event, for a failing test's message.
    fn story(&self) -> String {
        let mut lines = Vec::new();
        for event in &self.heard.inbox().events {
            let what = match (&event.body, event.reacts_to()) {
                (Some(body), _) => body.clone(),
                (None, Some((on, key))) => format!("{key} on {on}"),
                (None, None) => String::new(),
            };
            lines.push(format!("  {} {} {}: {what}", event.event_id, event.sender, event.kind));
        }
        lines.join("\n")
    }
}

impl Drop for Person {
    fn drop(&mut self) {
        tell(&format!("{}'s program", self.user_id), &tail(&self.log));
        tell(&format!("what {} saw", self.user_id), &self.story());
    }
}

fn text(answer: &Value, key: &str) -> Result<String> {
    Ok(answer[key].as_str().with_context(|| format!("no {key} in {answer}"))?.to_owned())
}

/// One line from `person.py`.
#[derive(Debug, Deserialize)]
struct Line {
    answer: Option<u64>,
    ok: Option<Value>,
    error: Option<String>,
    event: Option<Event>,
    invite: Option<Invite>,
}

#[derive(Debug, Deserialize)]
struct Invite {
    room: String,
    inviter: Option<String>,
}

async fn listen(stdout: ChildStdout, heard: Arc<Heard>, changed: watch::Sender<usize>) {
    let mut lines = BufReader::new(stdout).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let line: Line = match serde_json::from_str(&line) {
            Ok(line) => line,
            Err(error) => {
                eprintln!("person.py wrote {line:?}: {error}");
                break;
            }
        };
        let mut inbox = heard.inbox();
        inbox.events.extend(line.event);
        inbox.invites.extend(line.invite.map(|invite| (invite.room, invite.inviter)));
        if let Some(number) = line.answer {
            let answer = match line.error {
                Some(error) => Err(error),
                None => Ok(line.ok.unwrap_or_default()),
            };
            if let Some(waiting) = inbox.waiting.remove(&number) {
                // The asker may have given up.
                let _ = waiting.send(answer);
            }
        }
        drop(inbox);
        changed.send_modify(|count| *count += 1);
    }
    let mut inbox = heard.inbox();
    inbox.over = true;
    inbox.waiting.clear();
    drop(inbox);
    changed.send_modify(|count| *count += 1);
}
