-- Imports: uploaded files, what became of their rows, and what takes an import back.

CREATE TABLE import (
    tenant TEXT NOT NULL REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    -- The upload as it is kept, once it is whole.
    upload TEXT,
    -- How it is read and where its columns go.
    plan TEXT,
    check_job TEXT,
    run_job TEXT,
    revert_job TEXT,
    created_by TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, created_by) REFERENCES member (tenant, id) DEFERRABLE INITIALLY DEFERRED
);

-- The bytes of a file in pieces of one size, as base 64: every process on the database reads them,
-- and a backup of the database has them.
CREATE TABLE import_chunk (
    tenant TEXT NOT NULL,
    import TEXT NOT NULL,
    number BIGINT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (tenant, import, number),
    FOREIGN KEY (tenant, import) REFERENCES import (tenant, id) DEFERRABLE INITIALLY DEFERRED
);

-- Rows that were not taken, by the place where they stand in the file.
CREATE TABLE import_refused (
    tenant TEXT NOT NULL,
    import TEXT NOT NULL,
    -- Whether it was a dry run.
    is_dry BIGINT NOT NULL,
    line BIGINT NOT NULL,
    starts_at BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (tenant, import, is_dry, line),
    FOREIGN KEY (tenant, import) REFERENCES import (tenant, id) DEFERRABLE INITIALLY DEFERRED
);

-- What a dry run would have made so far, by what it would be recognised by.
CREATE TABLE import_seen (
    tenant TEXT NOT NULL,
    import TEXT NOT NULL,
    key TEXT NOT NULL,
    line BIGINT NOT NULL,
    PRIMARY KEY (tenant, import, key),
    FOREIGN KEY (tenant, import) REFERENCES import (tenant, id) DEFERRABLE INITIALLY DEFERRED
);

-- What an import did to each record, and what takes it back.
CREATE TABLE import_change (
    tenant TEXT NOT NULL,
    import TEXT NOT NULL,
    record TEXT NOT NULL,
    line BIGINT NOT NULL,
    is_made BIGINT NOT NULL,
    -- The record's version afterwards.
    version BIGINT NOT NULL,
    inverse TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (tenant, import, record),
    FOREIGN KEY (tenant, import) REFERENCES import (tenant, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant, record) REFERENCES record (tenant, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX import_change_record ON import_change (tenant, record);
