-- A board shows the newest of each stage, and reads them in the order of this index; with the
-- trash between the stage and the ids it would read and sort all of a stage. SQLite reads the
-- records as well unless the index has all that is asked.
DROP INDEX record_board;
CREATE INDEX record_board ON record (tenant, blueprint, flow, state, id, trashed_at)
    WHERE trashed_at IS NULL;
