-- Which customers somebody wrote to on their networks: one row for each account.

CREATE TABLE conversation (
    tenant TEXT NOT NULL REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED,
    connection TEXT NOT NULL,
    account TEXT NOT NULL,
    person TEXT NOT NULL,
    -- The record that was written about; often a deal.
    about TEXT NOT NULL,
    member TEXT NOT NULL,
    -- Where an answer is shown.
    place_connection TEXT,
    place_room TEXT,
    thread TEXT,
    private_to TEXT,
    at BIGINT NOT NULL,
    PRIMARY KEY (tenant, connection, account),
    FOREIGN KEY (tenant, person) REFERENCES record (tenant, id)
        DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant, about) REFERENCES record (tenant, id)
        DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX conversation_account ON conversation (connection, account, at);
CREATE INDEX conversation_person ON conversation (tenant, person);
CREATE INDEX conversation_about ON conversation (tenant, about);

-- Where a post goes that waits in the outbox, so that the posts of one room stay in order and a
-- busy room keeps no other one waiting.
ALTER TABLE outbox ADD COLUMN room TEXT NOT NULL DEFAULT '';
UPDATE outbox SET room = (
    SELECT post.room FROM post WHERE post.tenant = outbox.tenant AND post.id = outbox.post)
WHERE done_at IS NULL AND dead_at IS NULL;
CREATE INDEX outbox_room ON outbox (connection, room, created_at)
    WHERE done_at IS NULL AND dead_at IS NULL;
