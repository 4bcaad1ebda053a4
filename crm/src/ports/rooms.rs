//! What rooms that belong to records need of a store.

use async_trait::async_trait;

use crate::chat::Place;
use crate::errors::StoreError;
use crate::ids::RecordId;
use crate::rooms::TiedRoom;

/// Reading which rooms belong to what.
#[async_trait]
pub trait ReadRooms: Send {
    /// What a thread belongs to, or the room that it is in; none asks for the room itself.
    async fn tied_room(
        &mut self,
        place: &Place,
        thread: Option<&str>,
    ) -> Result<Option<TiedRoom>, StoreError>;
    /// The rooms of a record, oldest first.
    async fn rooms_of(&mut self, record: &RecordId) -> Result<Vec<TiedRoom>, StoreError>;
}

/// Writing which rooms belong to what.
#[async_trait]
pub trait WriteRooms: Send {
    /// Ties a room or thread, whatever it belonged to.
    async fn put_tied_room(&mut self, room: &TiedRoom) -> Result<(), StoreError>;
    /// Unties a room or thread.
    async fn delete_tied_room(
        &mut self,
        place: &Place,
        thread: Option<&str>,
    ) -> Result<(), StoreError>;
}
