-- What captured messages hold besides records: things to do, and what they say in short.

-- As JSON; none means that there are none.
ALTER TABLE proposal ADD COLUMN tasks TEXT;
ALTER TABLE proposal ADD COLUMN summary TEXT;
-- The ids of the tasks that accepting made, as JSON.
ALTER TABLE proposal ADD COLUMN made_tasks TEXT;

-- The words that a captured task was read from, as JSON.
ALTER TABLE task ADD COLUMN source TEXT;
