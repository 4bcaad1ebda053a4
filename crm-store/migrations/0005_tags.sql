-- Tags and which records have them, segments and who is in them, and saved views.

CREATE TABLE tag (
    tenant TEXT NOT NULL REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED,
    id TEXT NOT NULL,
    -- As it is shown.
    name TEXT NOT NULL,
    -- As it is compared.
    key TEXT NOT NULL,
    colour TEXT,
    about TEXT,
    created_at BIGINT NOT NULL,
    -- When it was deleted or merged into another; its row stays for whoever undoes that.
    gone_at BIGINT,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX tag_key ON tag (tenant, key) WHERE gone_at IS NULL;

CREATE TABLE record_tag (
    tenant TEXT NOT NULL,
    record TEXT NOT NULL,
    tag TEXT NOT NULL,
    tagged_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, record, tag),
    FOREIGN KEY (tenant, record) REFERENCES record (tenant, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant, tag) REFERENCES tag (tenant, id) DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID; -- only: sqlite
); -- only: postgres
CREATE INDEX record_tag_tag ON record_tag (tenant, tag, record);

-- The records that had a tag when it was deleted or merged, for as long as that can be undone.
CREATE TABLE shelved_tag (
    tenant TEXT NOT NULL,
    tag TEXT NOT NULL,
    record TEXT NOT NULL,
    tagged_at BIGINT NOT NULL,
    -- Whether the record got the other tag by the merge.
    moved BIGINT NOT NULL,
    PRIMARY KEY (tenant, tag, record),
    FOREIGN KEY (tenant, record) REFERENCES record (tenant, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant, tag) REFERENCES tag (tenant, id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE segment (
    tenant TEXT NOT NULL REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED,
    id TEXT NOT NULL,
    key TEXT NOT NULL,
    definition TEXT NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX segment_key ON segment (tenant, key);

CREATE TABLE segment_member (
    tenant TEXT NOT NULL,
    record TEXT NOT NULL,
    segment TEXT NOT NULL,
    joined_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, record, segment),
    FOREIGN KEY (tenant, record) REFERENCES record (tenant, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant, segment) REFERENCES segment (tenant, id) DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID; -- only: sqlite
); -- only: postgres
CREATE INDEX segment_member_segment ON segment_member (tenant, segment, record);

CREATE TABLE saved_view (
    tenant TEXT NOT NULL REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED,
    id TEXT NOT NULL,
    owner TEXT,
    definition TEXT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, owner) REFERENCES member (tenant, id) DEFERRABLE INITIALLY DEFERRED
);

-- The view that somebody sees first of a blueprint.
CREATE TABLE default_view (
    tenant TEXT NOT NULL,
    member TEXT NOT NULL,
    blueprint TEXT NOT NULL,
    saved_view TEXT NOT NULL,
    PRIMARY KEY (tenant, member, blueprint),
    FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant, saved_view)
        REFERENCES saved_view (tenant, id) DEFERRABLE INITIALLY DEFERRED
);
