-- What a team sells and how records are judged for it, what was found out, and who waits for a
-- decision.

CREATE TABLE product (
    tenant TEXT NOT NULL REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED,
    id TEXT NOT NULL,
    key TEXT NOT NULL,
    definition TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX product_key ON product (tenant, key);

CREATE TABLE criterion (
    tenant TEXT NOT NULL REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED,
    id TEXT NOT NULL,
    product TEXT NOT NULL,
    position BIGINT NOT NULL,
    definition TEXT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, product) REFERENCES product (tenant, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX criterion_product ON criterion (tenant, product, position);

-- Rows are added and never changed; of a record and a criterion, the highest number counts.
CREATE TABLE assessment (
    tenant TEXT NOT NULL REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED,
    id TEXT NOT NULL,
    record TEXT NOT NULL,
    criterion TEXT NOT NULL,
    number BIGINT NOT NULL,
    value BIGINT,
    by_rule BIGINT NOT NULL,
    member TEXT,
    reason TEXT,
    evidence TEXT,
    undoes BIGINT,
    at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, record) REFERENCES record (tenant, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant, criterion) REFERENCES criterion (tenant, id)
        DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX assessment_number ON assessment (tenant, record, criterion, number);
CREATE INDEX assessment_record ON assessment (tenant, record, id);

-- What the assessments come to; lists find it in field_index, as the column `score.` and the key.
CREATE TABLE score (
    tenant TEXT NOT NULL REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED,
    record TEXT NOT NULL,
    product TEXT NOT NULL,
    value BIGINT NOT NULL,
    coverage BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (tenant, record, product),
    FOREIGN KEY (tenant, record) REFERENCES record (tenant, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant, product) REFERENCES product (tenant, id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE lead (
    tenant TEXT NOT NULL REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED,
    id TEXT NOT NULL,
    product TEXT NOT NULL,
    record TEXT NOT NULL,
    status TEXT NOT NULL,
    -- -1 while nothing is known.
    score BIGINT NOT NULL,
    coverage BIGINT NOT NULL,
    assignee TEXT,
    snoozed_until BIGINT,
    -- All of it; the columns are for finding it.
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, record) REFERENCES record (tenant, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant, product) REFERENCES product (tenant, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant, assignee) REFERENCES member (tenant, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX lead_rank ON lead
    (tenant, product, status, score DESC, coverage DESC, created_at, id);
CREATE INDEX lead_best ON lead (tenant, status, score DESC, coverage DESC, created_at, id);
CREATE INDEX lead_record ON lead (tenant, record, id);
-- One that waits for a record and a product, and no more.
CREATE UNIQUE INDEX lead_open ON lead (tenant, product, record) WHERE status = 'open';
