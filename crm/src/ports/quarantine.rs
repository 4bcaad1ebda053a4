//! What the quarantine and the lists of senders need of a store.

use async_trait::async_trait;

use crate::chat::Place;
use crate::errors::{Result, StoreError};
use crate::ids::{HeldId, RecordId};
use crate::posts::Post;
use crate::quarantine::{HeldMail, HeldStatus, SenderRule};
use crate::records::IdentityKind;

/// Reading held mails and what is known of senders.
#[async_trait]
pub trait ReadQuarantine: Send {
    /// A held mail.
    async fn held(&mut self, id: &HeldId) -> Result<Option<HeldMail>, StoreError>;
    /// The held mail with this number.
    async fn held_by_number(&mut self, number: i64) -> Result<Option<HeldMail>, StoreError>;
    /// The held mail that came as this message.
    async fn held_as(
        &mut self,
        place: &Place,
        message: &str,
    ) -> Result<Option<HeldMail>, StoreError>;
    /// Held mails of this status, newest first, with smaller numbers than this one.
    async fn held_page(
        &mut self,
        status: HeldStatus,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<HeldMail>, StoreError>;
    /// How many mails have this status.
    async fn held_count(&mut self, status: HeldStatus) -> Result<i64, StoreError>;
    /// Posts that show this mail.
    async fn posts_of_held(&mut self, held: &HeldId) -> Result<Vec<Post>, StoreError>;
    /// The records in the trash, or merged into others, that have exactly this identity.
    async fn gone_with(
        &mut self,
        kind: IdentityKind,
        value: &str,
    ) -> Result<Vec<RecordId>, StoreError>;
    /// What was decided about senders, by sender.
    async fn sender_rules(&mut self) -> Result<Vec<SenderRule>, StoreError>;
    /// Where proposals that are made of mails are shown.
    async fn mails_place(&mut self) -> Result<Option<Place>, StoreError>;
}

/// Writing held mails and what is known of senders.
#[async_trait]
pub trait WriteQuarantine: Send {
    /// Adds a held mail.
    async fn insert_held(&mut self, held: &HeldMail) -> Result<(), StoreError>;
    /// Changes how a held mail stands.
    async fn update_held(&mut self, held: &HeldMail) -> Result<(), StoreError>;
    /// Says what holds for a sender, in the place of what held before.
    async fn put_sender_rule(&mut self, rule: &SenderRule) -> Result<(), StoreError>;
    /// Forgets what holds for a sender.
    async fn delete_sender_rule(&mut self, sender: &str) -> Result<(), StoreError>;
    /// Says where proposals that are made of mails are shown; none means nowhere.
    async fn put_mails_place(&mut self, place: Option<&Place>) -> Result<(), StoreError>;
}
