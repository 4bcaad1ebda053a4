-- What a language model is to be asked: one row for each proposal that it may add to.

CREATE TABLE model_question (
    tenant TEXT NOT NULL REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED,
    proposal TEXT NOT NULL,
    -- Grows each time the proposal is made anew; an answer counts for its round alone.
    round BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    ended_at BIGINT,
    -- How it ended, or why the last try failed.
    why TEXT,
    lease_owner TEXT,
    lease_until BIGINT,
    PRIMARY KEY (tenant, proposal),
    FOREIGN KEY (tenant, proposal) REFERENCES proposal (tenant, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX model_question_open ON model_question (due_at, tenant, proposal)
    WHERE ended_at IS NULL;
