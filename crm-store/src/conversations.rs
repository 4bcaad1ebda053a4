//! Conversations with customers: one row for each of their accounts that somebody wrote to.

use async_trait::async_trait;
use crm::StoreError;
use crm::chat::Place;
use crm::conversations::Conversation;
use crm::ids::TenantId;
use crm::ports::{Conversing, ReadConversations, WriteConversations};

use crate::Store;
use crate::bound::Bound;
use crate::core::{Row, values};

const CONVERSATION: &str =
    "SELECT * FROM conversation WHERE tenant = $1 AND connection = $2 AND account = $3";
const PUT: &str = "\
INSERT INTO conversation (tenant, connection, account, person, about, member, place_connection,
    place_room, thread, private_to, at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (tenant, connection, account) DO UPDATE SET person = $4, about = $5, member = $6,
    place_connection = $7, place_room = $8, thread = $9, private_to = $10, at = $11";
const TENANT_OF: &str = "\
SELECT tenant FROM conversation WHERE connection = $1 AND account = $2
ORDER BY at DESC, tenant LIMIT 1";

fn read_conversation(row: &Row) -> Result<Conversation, StoreError> {
    let place = row.opt_text("place_connection")?.zip(row.opt_text("place_room")?);
    Ok(Conversation {
        connection: row.text("connection")?,
        account: row.text("account")?,
        person: row.parsed("person")?,
        about: row.parsed("about")?,
        member: row.parsed("member")?,
        place: place.map(|(connection, room)| Place::new(connection, room)),
        thread: row.opt_text("thread")?,
        private_to: row.opt_text("private_to")?,
        at: row.time("at")?,
    })
}

#[async_trait]
impl ReadConversations for Bound {
    async fn conversation(
        &mut self,
        connection: &str,
        account: &str,
    ) -> Result<Option<Conversation>, StoreError> {
        self.one(CONVERSATION, values![connection, account], read_conversation).await
    }
}

#[async_trait]
impl WriteConversations for Bound {
    async fn put_conversation(&mut self, conversation: &Conversation) -> Result<(), StoreError> {
        let place = conversation.place.as_ref();
        let args = values![
            &conversation.connection,
            &conversation.account,
            &conversation.person,
            &conversation.about,
            &conversation.member,
            &place.map(|place| place.connection.clone()),
            &place.map(|place| place.room.clone()),
            &conversation.thread,
            &conversation.private_to,
            conversation.at,
        ];
        self.later(PUT, args).await
    }
}

#[async_trait]
impl Conversing for Store {
    async fn tenant_of_conversation(
        &self,
        connection: &str,
        account: &str,
    ) -> Result<Option<TenantId>, StoreError> {
        let rows = self.shared.db.rows(TENANT_OF, values![connection, account]).await?;
        rows.first().map(|row| row.parsed("tenant")).transpose()
    }
}
