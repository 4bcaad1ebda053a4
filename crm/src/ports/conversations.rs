//! What conversations with customers need of a store.

use async_trait::async_trait;

use crate::conversations::Conversation;
use crate::errors::StoreError;
use crate::ids::TenantId;

/// Reading conversations.
#[async_trait]
pub trait ReadConversations: Send {
    /// The conversation with an account.
    async fn conversation(
        &mut self,
        connection: &str,
        account: &str,
    ) -> Result<Option<Conversation>, StoreError>;
}

/// Writing conversations.
#[async_trait]
pub trait WriteConversations: Send {
    /// Keeps who wrote to an account last, in the place of what was kept.
    async fn put_conversation(&mut self, conversation: &Conversation) -> Result<(), StoreError>;
}

/// Finding whose a conversation is, before a tenant is known.
#[async_trait]
pub trait Conversing: Send + Sync {
    /// The tenant that wrote to an account last.
    async fn tenant_of_conversation(
        &self,
        connection: &str,
        account: &str,
    ) -> Result<Option<TenantId>, StoreError>;
}
