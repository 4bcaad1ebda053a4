//! Where a test's messages are put: a file, written whole with each commit, so that it survives
//! the death of its process as a database does; and the account under test, with its desk.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use connectors::matrix::Matrix;
use connectors::{Connector as _, ConnectorError, Health};
use crm::Env;
use crm::chat::{Event, Inbound, Message};
use crm::errors::StoreError;
use crm::offers::{Asked, Suggesting, Suggestion};
use crm::ports::{Intake, Stored};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::server::{Synapse, password};

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Kept {
    pub cursor: Option<String>,
    pub events: Vec<Inbound>,
}

/// An intake in a file.
pub struct Desk {
    file: PathBuf,
    /// Dies when it is about to store this text.
    dies_at: Option<String>,
    /// How many times it still refuses.
    pub refuses: Mutex<u32>,
    lock: tokio::sync::Mutex<()>,
}

impl Desk {
    pub fn new(file: &Path, dies_at: Option<String>) -> Self {
        Self {
            file: file.to_owned(),
            dies_at,
            refuses: Mutex::new(0),
            lock: tokio::sync::Mutex::default(),
        }
    }

    pub fn kept(&self) -> Kept {
        match std::fs::read_to_string(&self.file) {
            Ok(text) => serde_json::from_str(&text).unwrap(),
            Err(_) => Kept::default(),
        }
    }

    pub fn messages(&self) -> Vec<Message> {
        let events = self.kept().events.into_iter();
        events
            .filter_map(|inbound| match inbound.event {
                Event::Message(message) => Some(message),
                _ => None,
            })
            .collect()
    }

    pub fn texts(&self) -> Vec<String> {
        self.messages().into_iter().map(|message| message.text).collect()
    }

    /// Waits for an event.
    pub async fn gets<T>(&self, what: impl Fn(&Inbound) -> Option<T>) -> T {
        let deadline = Instant::now() + Duration::from_secs(40);
        loop {
            if let Some(found) = self.kept().events.iter().find_map(&what) {
                return found;
            }
            let kept = || format!("{:#?}", self.kept());
            assert!(Instant::now() < deadline, "never came; there was {}", kept());
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Waits for a message with this text.
    pub async fn hears(&self, text: &str) -> Message {
        self.gets(|inbound| match &inbound.event {
            Event::Message(message) if message.text == text => Some(message.clone()),
            _ => None,
        })
        .await
    }
}

#[async_trait]
impl Intake for Desk {
    async fn store(
        &self,
        batch: &[Inbound],
        cursor: Option<(&str, &str)>,
    ) -> Result<Stored, StoreError> {
        let _alone = self.lock.lock().await;
        let said = serde_json::to_string(batch).unwrap();
        if self.dies_at.as_ref().is_some_and(|text| said.contains(text.as_str())) {
            std::process::abort();
        }
        {
            let mut refuses = self.refuses.lock().unwrap();
            if *refuses > 0 && !batch.is_empty() {
                *refuses -= 1;
                return Err(StoreError::Conflict);
            }
        }
        let mut kept = self.kept();
        let mut known: HashSet<String> = kept.events.iter().map(|one| one.key.clone()).collect();
        let mut stored = Stored::default();
        for inbound in batch {
            if known.insert(inbound.key.clone()) {
                kept.events.push(inbound.clone());
                stored.new += 1;
            } else {
                stored.repeated += 1;
            }
        }
        if let Some((_, cursor)) = cursor {
            kept.cursor = Some(cursor.to_owned());
        }
        let new = self.file.with_extension("new");
        std::fs::write(&new, serde_json::to_string(&kept).unwrap()).unwrap();
        std::fs::rename(&new, &self.file).unwrap();
        Ok(stored)
    }

    async fn cursor(&self, _connection: &str) -> Result<Option<String>, StoreError> {
        Ok(self.kept().cursor)
    }

    async fn rooms(&self, _: &str) -> Result<Vec<(String, DateTime<Utc>)>, StoreError> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl Suggesting for Desk {
    async fn suggest(&self, _: &Asked) -> Result<Vec<Suggestion>, StoreError> {
        Ok(Vec::new())
    }
}

/// The account under test.
pub struct Bot {
    pub folder: tempfile::TempDir,
    pub url: String,
    pub name: String,
    pub password: Option<String>,
}

impl Bot {
    pub async fn registered(synapse: &Synapse, name: &str) -> Self {
        synapse.register(name).await;
        Self {
            folder: tempfile::tempdir().unwrap(),
            url: synapse.url(),
            name: name.to_owned(),
            password: Some(password(name)),
        }
    }

    pub fn id(&self) -> String {
        format!("@{}:localhost", self.name)
    }

    pub fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    pub fn desk_file(&self) -> PathBuf {
        self.folder.path().join("desk.json")
    }

    pub fn matrix(&self) -> Matrix {
        let mut config = json!({
            "homeserver": self.url, "user": self.name, "invite_from": ["localhost"],
        });
        if let Some(password) = &self.password {
            config["password"] = json!(password);
        }
        let config = serde_json::from_value(config).unwrap();
        Matrix::new("matrix", config, &self.state(), Env::system())
    }

    /// The session that it keeps.
    pub fn session(&self) -> Value {
        let text = std::fs::read_to_string(self.state().join("session.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// Starts listening.
    pub async fn starts(&self) -> Listening {
        let listening = self.begins();
        listening.is_connected().await;
        listening
    }

    pub fn begins(&self) -> Listening {
        let matrix = Arc::new(self.matrix());
        let desk = Arc::new(Desk::new(&self.desk_file(), None));
        let (stop, stopped) = watch::channel(false);
        let (listener, intake) = (matrix.clone(), desk.clone());
        let task = tokio::spawn(async move { listener.receive(intake, stopped).await });
        Listening { matrix, desk, stop, task }
    }
}

/// An account that listens.
pub struct Listening {
    pub matrix: Arc<Matrix>,
    pub desk: Arc<Desk>,
    stop: watch::Sender<bool>,
    task: JoinHandle<Result<(), ConnectorError>>,
}

impl Listening {
    pub async fn is_connected(&self) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while self.matrix.health() != Health::Connected {
            let health = self.matrix.health();
            assert!(!matches!(health, Health::Broken { .. }), "{health:?}");
            assert!(Instant::now() < deadline, "{health:?}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    /// Stops as the program does.
    pub async fn stops(self) {
        self.stop.send(true).unwrap();
        self.ends().await.unwrap();
    }

    /// Waits for it to end by itself.
    pub async fn ends(self) -> Result<(), ConnectorError> {
        let ended = tokio::time::timeout(Duration::from_secs(60), self.task).await;
        ended.expect("it does not end").unwrap()
    }
}
