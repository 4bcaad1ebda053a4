//! Matrix: rooms, threads, reactions and end-to-end encryption, on any homeserver.
//!
//! # Nothing that arrives is lost
//!
//! A homeserver gives the same answer to the same `since` until a later `since` is used; that
//! alone makes it safe to be killed at any moment, if *our* token moves only with our own commit.
//! The SDK gets in the way twice, because it keeps a token, too, and saves it before we see the
//! answer:
//!
//! 1. Its event handlers run after it saved its token, so an event that a handler loses is lost.
//!    We use no handlers: the loop in `receive` takes the answer of each `sync_once`, stores its
//!    timelines and our token in one commit, and only then asks for more with that token.
//! 2. After a crash between its save and our commit we ask with our older token again. When
//!    nothing new was said meanwhile, the answer carries the very token that the SDK has saved,
//!    and the SDK drops it as "the same sync response twice" — messages and all. So whenever a
//!    session is opened, the SDK's saved token is set to ours *before* the session is restored,
//!    and before every round the loop checks that both still agree; when they do not, it opens
//!    the session again.
//!
//! Room keys come in the same answers and are deleted on the server once a later `since` is
//! used. They are safe as well: we never use a token before the SDK has processed the answer
//! that brought it, and an answer that is processed a second time does no harm (the SDK knows a
//! replayed Olm message when it sees one). Events that come in twice have the same key.
//!
//! What the server leaves out of a long answer (`limited`) is fetched back to our old token
//! before the commit (`gaps`). What cannot be decrypted is stored as unknown, remembered in the
//! state folder, tried again when keys arrive, and comes in under its own key then (`late`).
//!
//! The very first answer is not news: with no token of ours, only the token is stored. The same
//! goes for what was said in a room before we joined it.
//!
//! # Nothing is shown twice
//!
//! A message is sent with a transaction id made of its idempotency key. A homeserver that has
//! seen the id from this device answers with the first event, even if the second try was
//! encrypted anew. That is why the device never changes (`session`).
//!
//! Left out: buttons (reactions stand for them), files, calls, polls, and verifying people.
//! Reactions and deletions are never encrypted, anywhere in Matrix: in an encrypted room a
//! dishonest homeserver could press a button in somebody's name, though it cannot say a word.
//! Who sets `only_verified_devices` is safe from that, too: reactions in encrypted rooms are
//! neither offered nor listened to then, and people answer by number. Deletions still count.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use crm::Env;
use crm::chat::{Capabilities, Outgoing, RemotePost};
use crm::ports::Intake;
use tokio::sync::{RwLock, watch};

use crate::health::KeptHealth;
use crate::{Connector, ConnectorError, Health, SendError};

mod check;
mod config;
mod events;
mod failure;
mod format;
mod gaps;
mod late;
mod reactions;
mod receive;
mod rooms;
mod send;
mod session;
mod trust;

pub use config::MatrixConfig;

/// A Matrix account.
pub struct Matrix {
    connection: String,
    config: MatrixConfig,
    folder: session::Folder,
    env: Env,
    health: KeptHealth,
    /// The open session. Sends hold it for as long as they run, so that there are never two
    /// clients that encrypt with the same keys.
    session: RwLock<Option<Arc<send::Sender>>>,
}

impl Matrix {
    /// An account, under this name in the configuration, with a folder of its own. Needs no
    /// network: it connects when it begins to receive.
    pub fn new(
        connection: impl Into<String>,
        config: MatrixConfig,
        state_dir: &Path,
        env: Env,
    ) -> Self {
        let connection = connection.into();
        Self {
            health: KeptHealth::new(&connection),
            connection,
            config,
            folder: session::Folder::new(state_dir),
            env,
            session: RwLock::new(None),
        }
    }
}

#[async_trait]
impl Connector for Matrix {
    fn connection(&self) -> &str {
        &self.connection
    }

    fn network(&self) -> &'static str {
        "matrix"
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            buttons: false,
            edits: true,
            threads: true,
            private: true,
            forms: false,
            text_chars_max: 20_000,
        }
    }

    fn health(&self) -> Health {
        self.health.get()
    }

    async fn check(&self) -> Result<String, ConnectorError> {
        check::check(&self.config, &self.folder).await
    }

    async fn receive(
        &self,
        intake: Arc<dyn Intake>,
        stop: watch::Receiver<bool>,
    ) -> Result<(), ConnectorError> {
        receive::receive(self, &*intake, stop).await
    }

    async fn send(&self, outgoing: &Outgoing) -> Result<RemotePost, SendError> {
        // Held until the message is out; see the field. Not waited for: opening may take long.
        let session = self.session.try_read();
        match session.as_ref().ok().and_then(|session| session.as_ref()) {
            Some(sender) => sender.send(outgoing).await,
            None => Err(SendError::Later {
                why: "The Matrix connection is not up yet.".to_owned(),
                after: None,
            }),
        }
    }
}
