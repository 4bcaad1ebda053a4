-- Records that became one, what came with whom, and the pairs that may be one.

CREATE TABLE merge (
    tenant TEXT NOT NULL REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED,
    other TEXT NOT NULL,
    kept TEXT NOT NULL,
    at BIGINT NOT NULL,
    by_member TEXT,
    -- What the kept record took, with what it held before, as JSON.
    took TEXT NOT NULL,
    -- The ids of the other names, tags and segments that it got, as JSON.
    names TEXT NOT NULL,
    tags TEXT NOT NULL,
    segments TEXT NOT NULL,
    PRIMARY KEY (tenant, other),
    FOREIGN KEY (tenant, other) REFERENCES record (tenant, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant, kept) REFERENCES record (tenant, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant, by_member) REFERENCES member (tenant, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX merge_kept ON merge (tenant, kept, at);

-- The record that it came with; none means the one that it stands on.
ALTER TABLE identity ADD COLUMN came_from TEXT;
ALTER TABLE link ADD COLUMN from_came_from TEXT;
ALTER TABLE link ADD COLUMN to_came_from TEXT;
ALTER TABLE interaction ADD COLUMN came_from TEXT;
ALTER TABLE note ADD COLUMN came_from TEXT;
ALTER TABLE task ADD COLUMN came_from TEXT;
ALTER TABLE provenance ADD COLUMN came_from TEXT;

-- Of two records that may be one, the one with the smaller id comes first.
CREATE TABLE duplicate (
    tenant TEXT NOT NULL REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED,
    one TEXT NOT NULL,
    other TEXT NOT NULL,
    score BIGINT NOT NULL,
    why TEXT NOT NULL,
    found_at BIGINT NOT NULL,
    different_since BIGINT,
    PRIMARY KEY (tenant, one, other),
    FOREIGN KEY (tenant, one) REFERENCES record (tenant, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant, other) REFERENCES record (tenant, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX duplicate_other ON duplicate (tenant, other);
CREATE INDEX duplicate_open ON duplicate (tenant, score, one, other)
    WHERE different_since IS NULL;

-- The folded name that a question asks about.
ALTER TABLE post ADD COLUMN asked TEXT;
CREATE INDEX post_asked ON post (tenant, connection, room, asked, created_at)
    WHERE asked IS NOT NULL;

-- Since when a value is known to be wrong, and which values a proposal gave.
ALTER TABLE provenance ADD COLUMN wrong_at BIGINT;
CREATE INDEX provenance_proposal ON provenance (tenant, proposal);
