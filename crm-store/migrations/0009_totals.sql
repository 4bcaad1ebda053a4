-- How many records stand in each state of each blueprint, and what their numbers come to, so that
-- boards need not read the records. Derived: it is written when the store opens.
CREATE TABLE stage_total (
    tenant TEXT NOT NULL REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED,
    blueprint TEXT NOT NULL,
    -- Empty for records that go through no states.
    flow TEXT NOT NULL,
    state TEXT NOT NULL,
    -- Empty counts the records themselves.
    column_id TEXT NOT NULL,
    -- Folded; empty for plain numbers.
    currency TEXT NOT NULL,
    -- How many records, or how many values.
    items BIGINT NOT NULL,
    -- The sum of the values: whole units, and ten-thousandths beside them.
    units BIGINT NOT NULL,
    parts BIGINT NOT NULL,
    -- How many values are too large to be added.
    beyond BIGINT NOT NULL,
    PRIMARY KEY (tenant, blueprint, flow, state, column_id, currency)
);

-- An index that answers by itself is taken before one that fits better but does not, so those
-- that fit best name the record, too.
DROP INDEX record_title;
CREATE INDEX record_title ON record (tenant, title_folded, id);
DROP INDEX identity_value;
CREATE INDEX identity_value ON identity (tenant, kind, value, record);
