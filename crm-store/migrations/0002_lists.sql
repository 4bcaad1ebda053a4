-- Lists and search. What is derived from records is emptied here and written anew when the store
-- opens, since folding a text is not something that both databases do alike.

-- The way in which what is derived from the tenant's records was written; when it is not the
-- program's own, all of it is written anew.
ALTER TABLE tenant ADD COLUMN index_version BIGINT NOT NULL DEFAULT 0;

-- One row for each option of a column that holds several. With the record at the end, an index
-- is in the order of a list, and answers by itself which records fit. SQLite keeps the rows in
-- their primary key, or it would look a record's value up in an index on values.
DROP TABLE field_index;
CREATE TABLE field_index (
    tenant TEXT NOT NULL,
    blueprint TEXT NOT NULL,
    column_id TEXT NOT NULL,
    -- Its place among the rows of the same column, from 0.
    item BIGINT NOT NULL,
    text_value TEXT,
    num_value DOUBLE PRECISION,
    time_value BIGINT,
    record TEXT NOT NULL,
    PRIMARY KEY (tenant, record, column_id, item),
    FOREIGN KEY (tenant, record) REFERENCES record (tenant, id) DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID; -- only: sqlite
); -- only: postgres
CREATE INDEX field_index_text ON field_index (tenant, blueprint, column_id, text_value, record)
    WHERE text_value IS NOT NULL;
CREATE INDEX field_index_num ON field_index (tenant, blueprint, column_id, num_value, record)
    WHERE num_value IS NOT NULL;
CREATE INDEX field_index_time ON field_index (tenant, blueprint, column_id, time_value, record)
    WHERE time_value IS NOT NULL;

-- The words by which a record that is not in the trash is found.
CREATE TABLE search_word (
    tenant TEXT NOT NULL,
    record TEXT NOT NULL,
    -- Where the word stands: 1 in the title, 2 in a channel, 3 in the key.
    place BIGINT NOT NULL,
    word TEXT NOT NULL,
    blueprint TEXT NOT NULL,
    PRIMARY KEY (tenant, record, place, word),
    FOREIGN KEY (tenant, record) REFERENCES record (tenant, id) DEFERRABLE INITIALLY DEFERRED
) WITHOUT ROWID; -- only: sqlite
); -- only: postgres
CREATE INDEX search_word_beginning ON search_word (tenant, blueprint, place, word, record);

-- The orders in which records are listed.
CREATE INDEX record_listed_title ON record (tenant, blueprint, title_folded, id);
CREATE INDEX record_listed_created ON record (tenant, blueprint, created_at, id);
CREATE INDEX record_listed_updated ON record (tenant, blueprint, updated_at, id);
CREATE INDEX record_listed_touched ON record (tenant, blueprint, touched_at, id);
-- The counts of a board, without reading the records.
CREATE INDEX record_board ON record (tenant, blueprint, flow, state, trashed_at, id);
