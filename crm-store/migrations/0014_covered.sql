-- What a record's column holds is looked up thousands of times for one list. SQLite keeps these
-- rows in their primary key; on PostgreSQL the key brings the values along, so that the rows
-- themselves need not be read.
ALTER TABLE field_index DROP CONSTRAINT field_index_pkey; -- only: postgres
ALTER TABLE field_index ADD PRIMARY KEY (tenant, record, column_id, item) INCLUDE (blueprint, text_value, num_value, time_value); -- only: postgres
