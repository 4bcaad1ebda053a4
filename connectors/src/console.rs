//! Tieline's own chat. What people write there comes in through the web; this connector shows
//! what Tieline says: it keeps each post as a message and tells the open pages.
//!
//! There is nothing to poll and no network that could fail. A post's id is its idempotency key,
//! so that showing it again changes nothing.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use crm::Env;
use crm::chat::{Author, Capabilities, Outgoing, PRIVATE_ROOM, Place, RemotePost};
use crm::errors::StoreError;
use crm::ids::TenantId;
use crm::ports::{Hub, Intake, Live, StoredMessage};
use serde_json::json;
use tokio::sync::watch;

use crate::{Connector, ConnectorError, Health, SendError, plain};

/// The network's name.
pub const NETWORK: &str = "console";

pub use crm::chat::private_room;

/// Tieline's own chat.
pub struct Console {
    connection: String,
    hub: Arc<dyn Hub>,
    live: Arc<dyn Live>,
    env: Env,
}

impl Console {
    /// The chat, under this name in the configuration.
    pub fn new(
        connection: impl Into<String>,
        hub: Arc<dyn Hub>,
        live: Arc<dyn Live>,
        env: Env,
    ) -> Self {
        Self { connection: connection.into(), hub, live, env }
    }

    /// Whose workspace a place belongs to: the one it is bound to, or, for a private room, the
    /// only one that its account has.
    async fn tenant(&self, outgoing: &Outgoing) -> Result<TenantId, SendError> {
        let place = &outgoing.place;
        if let Some(tenant) = self.hub.tenant_of_place(place).await.map_err(unavailable)? {
            return Ok(tenant);
        }
        let account = outgoing.private_to.as_deref().or(place.room.strip_prefix(PRIVATE_ROOM));
        if let Some(account) = account {
            let tenants =
                self.hub.tenants_of_account(NETWORK, account).await.map_err(unavailable)?;
            if let [tenant] = tenants.as_slice() {
                return Ok(tenant.clone());
            }
        }
        Err(SendError::Never {
            why: "This conversation belongs to no workspace any more.".to_owned(),
        })
    }
}

fn unavailable(error: StoreError) -> SendError {
    SendError::Later { why: error.to_string(), after: None }
}

#[async_trait]
impl Connector for Console {
    fn connection(&self) -> &str {
        &self.connection
    }

    fn network(&self) -> &'static str {
        NETWORK
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            buttons: true,
            edits: true,
            threads: true,
            private: true,
            forms: true,
            text_chars_max: 20_000,
        }
    }

    fn health(&self) -> Health {
        Health::Connected
    }

    async fn check(&self) -> Result<String, ConnectorError> {
        match self.hub.check().await {
            Ok(()) => Ok("Tieline's own chat is ready.".to_owned()),
            Err(error) => Err(ConnectorError::Lost { why: error.to_string() }),
        }
    }

    async fn receive(
        &self,
        _intake: Arc<dyn Intake>,
        mut stop: watch::Receiver<bool>,
    ) -> Result<(), ConnectorError> {
        // Nobody is left to say so when the sender is gone; that is a stop, too.
        let _ = stop.wait_for(|stop| *stop).await;
        Ok(())
    }

    async fn send(&self, outgoing: &Outgoing) -> Result<RemotePost, SendError> {
        let tenant = self.tenant(outgoing).await?;
        let (message, post) = shown(outgoing, self.env.now());
        self.hub.show_message(&tenant, &message).await.map_err(unavailable)?;
        self.live.message(&tenant, &message.place, &message.id);
        Ok(post)
    }
}

/// The message that shows a post, and what to remember about it.
fn shown(outgoing: &Outgoing, now: DateTime<Utc>) -> (StoredMessage, RemotePost) {
    let (id, room, at) = match &outgoing.existing {
        Some(post) => (post.id.clone(), post.room.clone(), shown_at(post).unwrap_or(now)),
        None => {
            let room = outgoing.private_to.as_deref().map(private_room);
            let room = room.filter(|room| *room != outgoing.place.room);
            (outgoing.idempotency_key.clone(), room, now)
        }
    };
    let place = match &room {
        Some(room) => Place::new(&outgoing.place.connection, room),
        None => outgoing.place.clone(),
    };
    let message = StoredMessage {
        place,
        id: id.clone(),
        // A private room is another conversation: the thread is not there.
        thread: outgoing.thread.clone().filter(|_| room.is_none()),
        author: Author {
            network: NETWORK.to_owned(),
            id: "tieline".to_owned(),
            name: "Tieline".to_owned(),
        },
        member: None,
        text: plain::lines(&outgoing.content).join("\n"),
        content: Some(outgoing.content.clone()),
        post: Some(outgoing.post.clone()),
        at,
        edited_at: outgoing.existing.is_some().then_some(now),
        deleted_at: None,
        permalink: None,
    };
    (message, RemotePost { id, room, state: json!({"shown_at": at}) })
}

/// When a post was first shown, which its edits keep.
fn shown_at(post: &RemotePost) -> Option<DateTime<Utc>> {
    serde_json::from_value(post.state.get("shown_at")?.clone()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crm::chat::Content;

    fn said(text: &str) -> Outgoing {
        Outgoing {
            post: "pst_0000000000000001".parse().unwrap(),
            idempotency_key: "post_1.1".to_owned(),
            place: Place::new("console", "team"),
            thread: Some("msg_1".to_owned()),
            reply_to: Some("msg_1".to_owned()),
            private_to: None,
            existing: None,
            content: Content { text: text.to_owned(), ..Content::default() },
        }
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn a_post_is_the_same_message_however_often_it_is_shown() {
        let (message, post) = shown(&said("hello"), at(1));
        assert_eq!((message.id.as_str(), post.id.as_str()), ("post_1.1", "post_1.1"));
        assert_eq!(message.place, Place::new("console", "team"));
        assert_eq!(message.thread.as_deref(), Some("msg_1"));
        assert_eq!((message.text.as_str(), message.edited_at), ("hello", None));
        assert_eq!(shown(&said("hello"), at(1)), (message, post));
    }

    #[test]
    fn an_edit_changes_the_message_and_keeps_its_date() {
        let (_, post) = shown(&said("hello"), at(1));
        let edit = Outgoing {
            idempotency_key: "post_1.2".to_owned(),
            existing: Some(post.clone()),
            ..said("hello again")
        };
        let (message, edited) = shown(&edit, at(9));
        assert_eq!((message.id.as_str(), message.text.as_str()), ("post_1.1", "hello again"));
        assert_eq!((message.at, message.edited_at), (at(1), Some(at(9))));
        assert_eq!(edited, post);
    }

    #[test]
    fn what_is_for_one_account_is_shown_in_its_private_room() {
        let secret = Outgoing { private_to: Some("mem_1".to_owned()), ..said("your link") };
        let (message, post) = shown(&secret, at(1));
        assert_eq!(message.place, Place::new("console", "dm:mem_1"));
        assert_eq!((message.thread, post.room.as_deref()), (None, Some("dm:mem_1")));
        let there = Outgoing { place: Place::new("console", "dm:mem_1"), ..secret };
        let (message, post) = shown(&there, at(1));
        assert_eq!(message.place, Place::new("console", "dm:mem_1"));
        assert_eq!((message.thread.as_deref(), post.room), (Some("msg_1"), None));
    }
}
