-- Flows apart from the versions of their blueprints, so that a new stage is there for every
-- record at once; whose turn it is where members take turns; and what currencies are worth.

CREATE TABLE flow (
    tenant TEXT NOT NULL REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED,
    blueprint TEXT NOT NULL,
    key TEXT NOT NULL,
    -- Its place among the flows of the blueprint.
    position BIGINT NOT NULL,
    definition TEXT NOT NULL,
    PRIMARY KEY (tenant, blueprint, key)
);

CREATE TABLE flow_turn (
    tenant TEXT NOT NULL REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED,
    blueprint TEXT NOT NULL,
    flow TEXT NOT NULL,
    stage TEXT NOT NULL,
    turn BIGINT NOT NULL,
    PRIMARY KEY (tenant, blueprint, flow, stage)
);

CREATE TABLE rate (
    tenant TEXT NOT NULL REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED,
    currency TEXT NOT NULL,
    -- How much of it one unit of the base currency buys, as decimal text.
    per_base TEXT NOT NULL,
    is_base BIGINT NOT NULL,
    PRIMARY KEY (tenant, currency)
);

CREATE INDEX record_flow ON record (tenant, blueprint, flow, state, id);

-- What was in the newest version of each blueprint. The old text is passed over from now on.
INSERT INTO flow (tenant, blueprint, key, position, definition)
SELECT b.tenant, b.id, json_extract(f.value, '$.key'), f.key, f.value -- only: sqlite
FROM blueprint AS b, json_each(b.definition, '$.flows') AS f -- only: sqlite
SELECT b.tenant, b.id, f.value->>'key', f.place - 1, f.value::text -- only: postgres
FROM blueprint AS b, -- only: postgres
    json_array_elements(b.definition::json->'flows') WITH ORDINALITY AS f (value, place) -- only: postgres
WHERE b.version = (
    SELECT MAX(n.version) FROM blueprint AS n WHERE n.tenant = b.tenant AND n.id = b.id);
