//! The way in: what connectors and HTTP handlers receive is stored here before anybody is told
//! that it was read. While the store cannot take anything, intake is paused and says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use crm::chat::{Event, Inbound};
use crm::offers::{Asked, Suggesting, Suggestion};
use crm::ports::{Intake, Stored};
use crm::{Crm, StoreError};
use tokio::sync::Notify;
use webhooks::Metrics;

use crate::suggestions::Suggestions;

/// The way in.
pub struct Inbox {
    crm: Crm,
    suggestions: Suggestions,
    metrics: Metrics,
    arrived: Notify,
    paused: AtomicBool,
}

impl Inbox {
    /// A way into this store.
    pub fn new(crm: Crm, metrics: Metrics) -> Arc<Self> {
        Arc::new(Self {
            suggestions: Suggestions::new(crm.clone()),
            crm,
            metrics,
            arrived: Notify::new(),
            paused: AtomicBool::new(false),
        })
    }

    /// Waits until something arrived that was not waited for yet.
    pub async fn arrived(&self) {
        self.arrived.notified().await;
    }

    /// Whether the store refused what arrived last.
    pub fn is_paused(&self) -> bool {
        self.paused.load(Ordering::Relaxed)
    }
}

#[async_trait]
impl Intake for Inbox {
    async fn store(
        &self,
        batch: &[Inbound],
        cursor: Option<(&str, &str)>,
    ) -> Result<Stored, StoreError> {
        let now = self.crm.env().now();
        match self.crm.hub().store_inbound(batch, cursor, now).await {
            Ok(stored) => {
                if self.paused.swap(false, Ordering::Relaxed) {
                    tracing::info!("the store takes messages again; intake goes on");
                }
                if let Some(first) = batch.first() {
                    self.metrics.stored(&first.connection, stored);
                }
                for inbound in batch {
                    if let Event::Unknown { .. } = &inbound.event {
                        self.metrics.unknown_event(&inbound.connection);
                    }
                }
                if stored.new > 0 {
                    self.arrived.notify_one();
                }
                Ok(stored)
            }
            Err(error) => {
                if !self.paused.swap(true, Ordering::Relaxed) {
                    tracing::error!(%error, "the store takes nothing; intake is paused");
                }
                Err(error)
            }
        }
    }

    async fn cursor(&self, connection: &str) -> Result<Option<String>, StoreError> {
        self.crm.hub().cursor(connection).await
    }

    async fn rooms(&self, connection: &str) -> Result<Vec<(String, DateTime<Utc>)>, StoreError> {
        self.crm.hub().rooms(connection).await
    }
}

#[async_trait]
impl Suggesting for Inbox {
    async fn suggest(&self, asked: &Asked) -> Result<Vec<Suggestion>, StoreError> {
        self.suggestions.suggest(asked).await
    }
}
