-- Rooms and threads that belong to a record: what is said in them stands on its timeline.

CREATE TABLE tied_room (
    tenant TEXT NOT NULL REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED,
    connection TEXT NOT NULL,
    room TEXT NOT NULL,
    -- Empty for the room itself.
    thread TEXT NOT NULL,
    record TEXT NOT NULL,
    tied_by TEXT,
    tied_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, connection, room, thread),
    FOREIGN KEY (tenant, record) REFERENCES record (tenant, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant, tied_by) REFERENCES member (tenant, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX tied_room_record ON tied_room (tenant, record);

-- From when on what is said in a place is read; before it was bound where somebody asked for that.
ALTER TABLE place ADD COLUMN read_from BIGINT;
