//! The networks. Each connector translates one network into the chat model of `crm::chat` and
//! back, and knows nothing of records, commands or cards beyond it. A network's own ids and
//! types never leave its folder.
//!
//! A connector stores what arrives through [`Intake`] before it lets the network know, and sends
//! what it is given with the idempotency key it is given. It decides nothing.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use crm::chat::{Capabilities, Outgoing, RemotePost};
use crm::ports::Intake;
use tokio::sync::watch;

pub mod console;
#[cfg(feature = "discord")]
pub mod discord;
#[cfg(any(feature = "discord", feature = "matrix"))]
mod health;
#[cfg(feature = "matrix")]
pub mod matrix;
#[cfg(any(feature = "discord", feature = "matrix"))]
mod patience;
mod plain;

/// How a connection is doing, for `doctor`, readiness and the owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Health {
    /// Connected.
    Connected,
    /// On its way, or trying again.
    Connecting {
        /// What it is waiting for.
        why: String,
    },
    /// It will not connect until somebody does something.
    Broken {
        /// What is wrong.
        why: String,
        /// What to do about it.
        remedy: String,
    },
}

/// A room that is somebody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// The room, as the network names it.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// Why a post was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// It may work later; after this long, when the network said so.
    #[error("{why}")]
    Later {
        /// Why, without addresses or secrets.
        why: String,
        /// How long the network asks to wait.
        after: Option<Duration>,
    },
    /// It never will.
    #[error("{why}")]
    Never {
        /// Why, without addresses or secrets.
        why: String,
    },
}

/// Why a connector stopped by itself.
#[derive(Debug, thiserror::Error)]
pub enum ConnectorError {
    /// It will not connect until somebody does something.
    #[error("{why}")]
    Broken {
        /// What is wrong, without addresses or secrets.
        why: String,
        /// What to do about it.
        remedy: String,
    },
    /// It lost its connection or its state; starting it again may help.
    #[error("{why}")]
    Lost {
        /// What happened, without addresses or secrets.
        why: String,
    },
}

/// One configured account on a network.
#[async_trait]
pub trait Connector: Send + Sync {
    /// Its name in the configuration (`matrix`).
    fn connection(&self) -> &str;
    /// The network's name (`matrix`).
    fn network(&self) -> &'static str;
    /// What the network can do.
    fn capabilities(&self) -> Capabilities;
    /// How it is doing.
    fn health(&self) -> Health;
    /// Looks whether the account can be used, and changes nothing. Says in words how it is.
    async fn check(&self) -> Result<String, ConnectorError>;
    /// Looks whether rooms can be seen and written in, and changes nothing. Says what is wrong with
    /// them, and what to do; nothing where nothing is, or where the network does not say.
    async fn check_rooms(&self, rooms: &[Room]) -> Vec<String> {
        let _ = rooms;
        Vec::new()
    }
    /// Receives until `stop` turns true. Everything that arrives is stored through `intake`
    /// before the network is told that it was read.
    async fn receive(
        &self,
        intake: Arc<dyn Intake>,
        stop: watch::Receiver<bool>,
    ) -> Result<(), ConnectorError>;
    /// Shows a post, or the new state of one. The same idempotency key shows it once.
    async fn send(&self, outgoing: &Outgoing) -> Result<RemotePost, SendError>;
}
