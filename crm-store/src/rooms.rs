//! Rooms and threads that belong to records.

use async_trait::async_trait;
use crm::StoreError;
use crm::chat::Place;
use crm::ids::RecordId;
use crm::ports::{ReadRooms, WriteRooms};
use crm::rooms::TiedRoom;

use crate::bound::Bound;
use crate::core::{Row, values};

/// The room itself stands behind its threads.
const TIED: &str = "\
SELECT * FROM tied_room
WHERE tenant = $1 AND connection = $2 AND room = $3 AND thread IN ($4, '')
ORDER BY thread DESC LIMIT 1";
const OF_RECORD: &str = "\
SELECT * FROM tied_room WHERE tenant = $1 AND record = $2
ORDER BY tied_at, connection, room, thread";
const PUT: &str = "\
INSERT INTO tied_room (tenant, connection, room, thread, record, tied_by, tied_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (tenant, connection, room, thread)
DO UPDATE SET record = $5, tied_by = $6, tied_at = $7";
const DELETE: &str = "\
DELETE FROM tied_room WHERE tenant = $1 AND connection = $2 AND room = $3 AND thread = $4";

fn read_room(row: &Row) -> Result<TiedRoom, StoreError> {
    let thread = row.text("thread")?;
    Ok(TiedRoom {
        place: Place::new(row.text("connection")?, row.text("room")?),
        thread: (!thread.is_empty()).then_some(thread),
        record: row.parsed("record")?,
        by: row.opt_parsed("tied_by")?,
        at: row.time("tied_at")?,
    })
}

#[async_trait]
impl ReadRooms for Bound {
    async fn tied_room(
        &mut self,
        place: &Place,
        thread: Option<&str>,
    ) -> Result<Option<TiedRoom>, StoreError> {
        let args = values![&place.connection, &place.room, thread.unwrap_or_default()];
        self.one(TIED, args, read_room).await
    }

    async fn rooms_of(&mut self, record: &RecordId) -> Result<Vec<TiedRoom>, StoreError> {
        self.all(OF_RECORD, values![record], read_room).await
    }
}

#[async_trait]
impl WriteRooms for Bound {
    async fn put_tied_room(&mut self, tied: &TiedRoom) -> Result<(), StoreError> {
        let args = values![
            &tied.place.connection,
            &tied.place.room,
            tied.thread.as_deref().unwrap_or_default(),
            &tied.record,
            &tied.by,
            tied.at,
        ];
        self.later(PUT, args).await
    }

    async fn delete_tied_room(
        &mut self,
        place: &Place,
        thread: Option<&str>,
    ) -> Result<(), StoreError> {
        let args = values![&place.connection, &place.room, thread.unwrap_or_default()];
        self.later(DELETE, args).await
    }
}
