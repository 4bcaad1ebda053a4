-- Fewer indexes and checks for each row, since many rows come at once.

-- What they answered, record_listed_title and record_board answer as well.
DROP INDEX record_title;
DROP INDEX record_flow;
-- Many records go through no states.
DROP INDEX record_state;
CREATE INDEX record_state ON record (tenant, state, id) WHERE state IS NOT NULL;

-- What is derived is written with the record that it names, and goes with it; a fact is written
-- with its entry, and a change by its import. What is derived is written anew as the store opens.
ALTER TABLE field_index DROP CONSTRAINT field_index_tenant_record_fkey; -- only: postgres
ALTER TABLE search_word DROP CONSTRAINT search_word_tenant_record_fkey; -- only: postgres
ALTER TABLE fact DROP CONSTRAINT fact_tenant_entry_fkey; -- only: postgres
ALTER TABLE import_change DROP CONSTRAINT import_change_tenant_import_fkey; -- only: postgres
DROP TABLE field_index; -- only: sqlite
CREATE TABLE field_index ( -- only: sqlite
    tenant TEXT NOT NULL, -- only: sqlite
    blueprint TEXT NOT NULL, -- only: sqlite
    column_id TEXT NOT NULL, -- only: sqlite
    item BIGINT NOT NULL, -- only: sqlite
    text_value TEXT, -- only: sqlite
    num_value DOUBLE PRECISION, -- only: sqlite
    time_value BIGINT, -- only: sqlite
    record TEXT NOT NULL, -- only: sqlite
    PRIMARY KEY (tenant, record, column_id, item) -- only: sqlite
) WITHOUT ROWID; -- only: sqlite
CREATE INDEX field_index_text ON field_index (tenant, blueprint, column_id, text_value, record) -- only: sqlite
    WHERE text_value IS NOT NULL; -- only: sqlite
CREATE INDEX field_index_num ON field_index (tenant, blueprint, column_id, num_value, record) -- only: sqlite
    WHERE num_value IS NOT NULL; -- only: sqlite
CREATE INDEX field_index_time ON field_index (tenant, blueprint, column_id, time_value, record) -- only: sqlite
    WHERE time_value IS NOT NULL; -- only: sqlite
DROP TABLE search_word; -- only: sqlite
CREATE TABLE search_word ( -- only: sqlite
    tenant TEXT NOT NULL, -- only: sqlite
    record TEXT NOT NULL, -- only: sqlite
    place BIGINT NOT NULL, -- only: sqlite
    word TEXT NOT NULL, -- only: sqlite
    blueprint TEXT NOT NULL, -- only: sqlite
    PRIMARY KEY (tenant, record, place, word) -- only: sqlite
) WITHOUT ROWID; -- only: sqlite
CREATE INDEX search_word_beginning ON search_word (tenant, blueprint, place, word, record); -- only: sqlite

-- SQLite keeps rows beside their primary key unless told otherwise; these tables are found by it,
-- or come in its order.
CREATE TABLE lean_fact ( -- only: sqlite
    tenant TEXT NOT NULL, -- only: sqlite
    seq BIGINT NOT NULL, -- only: sqlite
    entry TEXT NOT NULL, -- only: sqlite
    at BIGINT NOT NULL, -- only: sqlite
    member TEXT, -- only: sqlite
    body TEXT NOT NULL, -- only: sqlite
    PRIMARY KEY (tenant, seq) -- only: sqlite
) WITHOUT ROWID; -- only: sqlite
INSERT INTO lean_fact (tenant, seq, entry, at, member, body) -- only: sqlite
    SELECT tenant, seq, entry, at, member, body FROM fact; -- only: sqlite
DROP TABLE fact; -- only: sqlite
ALTER TABLE lean_fact RENAME TO fact; -- only: sqlite
CREATE TABLE lean_import_change ( -- only: sqlite
    tenant TEXT NOT NULL, -- only: sqlite
    import TEXT NOT NULL, -- only: sqlite
    record TEXT NOT NULL, -- only: sqlite
    line BIGINT NOT NULL, -- only: sqlite
    is_made BIGINT NOT NULL, -- only: sqlite
    version BIGINT NOT NULL, -- only: sqlite
    inverse TEXT NOT NULL, -- only: sqlite
    at BIGINT NOT NULL, -- only: sqlite
    PRIMARY KEY (tenant, import, record), -- only: sqlite
    FOREIGN KEY (tenant, record) REFERENCES record (tenant, id) DEFERRABLE INITIALLY DEFERRED -- only: sqlite
) WITHOUT ROWID; -- only: sqlite
INSERT INTO lean_import_change (tenant, import, record, line, is_made, version, inverse, at) -- only: sqlite
    SELECT tenant, import, record, line, is_made, version, inverse, at FROM import_change; -- only: sqlite
DROP TABLE import_change; -- only: sqlite
ALTER TABLE lean_import_change RENAME TO import_change; -- only: sqlite
CREATE INDEX import_change_record ON import_change (tenant, record); -- only: sqlite
