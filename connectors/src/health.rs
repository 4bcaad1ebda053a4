//! How a connection is doing, kept where everybody who has to do with it can say and ask it. What
//! changes is logged once.

use std::sync::{Mutex, PoisonError};

use crate::Health;

/// How one connection is doing.
pub(crate) struct KeptHealth {
    connection: String,
    health: Mutex<Health>,
}

impl KeptHealth {
    /// That of a connection that was not started yet.
    pub(crate) fn new(connection: &str) -> Self {
        let health = Health::Connecting { why: "not started yet".to_owned() };
        Self { connection: connection.to_owned(), health: Mutex::new(health) }
    }

    /// How it is doing.
    pub(crate) fn get(&self) -> Health {
        self.health.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How it is doing from now on.
    pub(crate) fn set(&self, health: Health) {
        let mut current = self.health.lock().unwrap_or_else(PoisonError::into_inner);
        if *current == health {
            return;
        }
        let connection = &self.connection;
        match &health {
            Health::Connected => tracing::info!(connection, "connected"),
            Health::Connecting { why } => tracing::info!(connection, why, "connecting"),
            Health::Broken { why, remedy } => {
                tracing::error!(connection, why, remedy, "cannot connect");
            }
        }
        *current = health;
    }
}
