//! Somebody in a room, with a client that shares no code with ours (matrix-nio).

use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, Command};
use tokio::sync::mpsc;

use super::server::{Synapse, password, python};

/// A person; gone when dropped.
pub struct Person {
    pub id: String,
    /// For calls that its client does not make.
    pub token: String,
    stdin: ChildStdin,
    answers: mpsc::UnboundedReceiver<Value>,
    heard: Arc<Mutex<Vec<Value>>>,
    asked: u64,
    _child: Child,
    _folder: tempfile::TempDir,
}

impl Person {
    pub async fn arrives(synapse: &Synapse, name: &str) -> Self {
        let (id, token) = synapse.register(name).await;
        let folder = tempfile::tempdir().unwrap();
        // Asked at run time: checkouts that share a target folder may share the binary.
        let package = std::env::var("CARGO_MANIFEST_DIR").expect("cargo says where the package is");
        let mut child = Command::new(python())
            .arg(format!("{package}/../tests/python/person.py"))
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(folder.path().join("log")).unwrap())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let stdin = child.stdin.take().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (answered, answers) = mpsc::unbounded_channel();
        let listening = heard.clone();
        tokio::spawn(async move {
            while let Ok(Some(line)) = lines.next_line().await {
                let line: Value = serde_json::from_str(&line).unwrap();
                if line.get("answer").is_some() {
                    let _ = answered.send(line);
                } else {
                    listening.lock().unwrap().push(line);
                }
            }
        });
        let store = folder.path().display().to_string();
        let mut person =
            Self { id, token, stdin, answers, heard, asked: 0, _child: child, _folder: folder };
        let (user_id, homeserver) = (person.id.clone(), synapse.url());
        person
            .asks(json!({
                "do": "login", "homeserver": homeserver, "user_id": user_id,
                "password": password(name), "store": store,
            }))
            .await;
        person
    }

    /// One command to the person's client.
    pub async fn asks(&mut self, mut command: Value) -> Value {
        self.asked += 1;
        command["id"] = json!(self.asked);
        self.stdin.write_all(format!("{command}\n").as_bytes()).await.unwrap();
        let answer = tokio::time::timeout(Duration::from_secs(60), self.answers.recv()).await;
        let answer = answer.expect("a person does not answer").expect("a person is gone");
        assert!(answer.get("error").is_none(), "{command}: {answer}");
        answer["ok"].clone()
    }

    pub async fn creates_room(&mut self, encrypted: bool, invite: &[&str]) -> String {
        let room = self
            .asks(json!({
                "do": "create_room", "name": "room", "encrypted": encrypted, "invite": invite,
            }))
            .await;
        room["room"].as_str().unwrap().to_owned()
    }

    pub async fn says(&mut self, room: &str, body: &str) -> String {
        let sent = self.asks(json!({"do": "send", "room": room, "body": body})).await;
        sent["event_id"].as_str().unwrap().to_owned()
    }

    pub async fn reacts(&mut self, room: &str, message: &str, key: &str) -> String {
        let command = json!({"do": "react", "room": room, "event_id": message, "key": key});
        self.asks(command).await["event_id"].as_str().unwrap().to_owned()
    }

    /// All events of a room that this person has seen, as they are after decryption.
    pub fn events(&self, room: &str) -> Vec<Value> {
        let heard = self.heard.lock().unwrap();
        let events = heard.iter().filter_map(|line| line.get("event"));
        events.filter(|event| event["room"] == room).cloned().collect()
    }

    /// Waits for an event in a room.
    pub async fn sees(&self, room: &str, what: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(event) = self.events(room).into_iter().find(|event| what(event)) {
                return event;
            }
            let events = || format!("{:#?}", self.events(room));
            assert!(Instant::now() < deadline, "never seen; there was {}", events());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits for somebody to be in a room.
    pub async fn sees_join(&self, room: &str, who: &str) {
        self.sees(room, |event| {
            event["state_key"] == who && event["content"]["membership"] == "join"
        })
        .await;
    }

    /// Waits for an invitation that is not to this room.
    pub async fn is_invited(&self) -> String {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let invited = self
                .heard
                .lock()
                .unwrap()
                .iter()
                .find_map(|line| Some(line.get("invite")?["room"].as_str()?.to_owned()));
            if let Some(room) = invited {
                return room;
            }
            assert!(Instant::now() < deadline, "never invited");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
