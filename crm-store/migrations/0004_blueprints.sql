-- Blueprints that people change: what records would lose on their way between versions, which
-- blueprints are in the trash, and work that goes on in the background.

-- What a record would have lost in migrations, as JSON; nothing when it lost nothing.
ALTER TABLE record ADD COLUMN shelf TEXT;
-- Whether it went to the trash because its blueprint did.
ALTER TABLE record ADD COLUMN with_blueprint BIGINT NOT NULL DEFAULT 0;
CREATE INDEX record_trash ON record (tenant, blueprint, id) WHERE trashed_at IS NOT NULL;

-- A version of a blueprint never changes, so what is in the trash stands beside it.
CREATE TABLE trashed_blueprint (
    tenant TEXT NOT NULL REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED,
    blueprint TEXT NOT NULL,
    trashed_at BIGINT NOT NULL,
    trashed_by TEXT,
    PRIMARY KEY (tenant, blueprint),
    FOREIGN KEY (tenant, trashed_by) REFERENCES member (tenant, id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE job (
    tenant TEXT NOT NULL REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    spec TEXT NOT NULL,
    status TEXT NOT NULL,
    -- Where it goes on; it moves in the commit of each part.
    position TEXT,
    done BIGINT NOT NULL,
    total BIGINT NOT NULL,
    report TEXT NOT NULL,
    why TEXT,
    created_by TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    ended_at BIGINT,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    lease_owner TEXT,
    lease_until BIGINT,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, created_by) REFERENCES member (tenant, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX job_open ON job (due_at, id) WHERE ended_at IS NULL;
