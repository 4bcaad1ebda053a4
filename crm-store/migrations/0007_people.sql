-- People and what is done about them: channels with a label and a history, links found page by
-- page, undoing step by step, jobs that change many records, tasks with reminders, notes that are
-- edited and pinned, and timelines of typed events.

-- The network's own id of an account, which stays when the handle changes.
ALTER TABLE identity ADD COLUMN stable_id TEXT;
ALTER TABLE identity ADD COLUMN label TEXT;
ALTER TABLE identity ADD COLUMN bounced_at BIGINT;
-- What companies are recognised by, of e-mail addresses and domains: derived from the value.
ALTER TABLE identity ADD COLUMN site TEXT;
CREATE INDEX identity_stable ON identity (tenant, kind, stable_id) WHERE stable_id IS NOT NULL;
CREATE INDEX identity_site ON identity (tenant, kind, site, record) WHERE site IS NOT NULL;

-- What an account was called before, numbered from 1.
CREATE TABLE identity_handle (
    tenant TEXT NOT NULL,
    identity TEXT NOT NULL,
    number BIGINT NOT NULL,
    record TEXT NOT NULL,
    value TEXT NOT NULL,
    until_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, identity, number),
    FOREIGN KEY (tenant, record) REFERENCES record (tenant, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX identity_handle_record ON identity_handle (tenant, record);

-- A version that an undo made holds what an earlier one held.
CREATE TABLE record_undone (
    tenant TEXT NOT NULL,
    record TEXT NOT NULL,
    version BIGINT NOT NULL,
    stands_for BIGINT NOT NULL,
    PRIMARY KEY (tenant, record, version),
    FOREIGN KEY (tenant, record) REFERENCES record (tenant, id) DEFERRABLE INITIALLY DEFERRED
);

-- What a job did with each record: what takes it back, or why it was left alone.
CREATE TABLE job_item (
    tenant TEXT NOT NULL,
    job TEXT NOT NULL,
    record TEXT NOT NULL,
    why TEXT,
    inverse TEXT,
    PRIMARY KEY (tenant, job, record),
    FOREIGN KEY (tenant, job) REFERENCES job (tenant, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant, record) REFERENCES record (tenant, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX job_item_record ON job_item (tenant, record);

-- The type of the event, and the command that logged it; older lines have neither.
ALTER TABLE interaction ADD COLUMN event TEXT;
ALTER TABLE interaction ADD COLUMN entry TEXT;

ALTER TABLE note ADD COLUMN pinned BIGINT NOT NULL DEFAULT 0;
ALTER TABLE note ADD COLUMN edited_at BIGINT;
-- The members and records that it mentions, as JSON.
ALTER TABLE note ADD COLUMN mentions TEXT;

-- What a note said before, numbered from 1.
CREATE TABLE note_version (
    tenant TEXT NOT NULL,
    note TEXT NOT NULL,
    number BIGINT NOT NULL,
    record TEXT NOT NULL,
    body TEXT NOT NULL,
    author TEXT,
    until_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, note, number),
    FOREIGN KEY (tenant, record) REFERENCES record (tenant, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant, author) REFERENCES member (tenant, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX note_version_record ON note_version (tenant, record);

ALTER TABLE task ADD COLUMN description TEXT;
ALTER TABLE task ADD COLUMN due_at BIGINT;
ALTER TABLE task ADD COLUMN remind_at BIGINT;
ALTER TABLE task ADD COLUMN done_by TEXT;
-- Where it was made in chat.
ALTER TABLE task ADD COLUMN connection TEXT;
ALTER TABLE task ADD COLUMN room TEXT;
-- When it is overdue, for lists: the due time, or the end of the due day in the tenant's zone. What
-- is never due comes last. Derived as the store opens.
ALTER TABLE task ADD COLUMN overdue_at BIGINT NOT NULL DEFAULT 253402300799000;
CREATE INDEX task_listed ON task (tenant, overdue_at, id)
    WHERE done_at IS NULL AND dropped_at IS NULL;
CREATE INDEX task_assigned ON task (tenant, assignee, overdue_at, id)
    WHERE done_at IS NULL AND dropped_at IS NULL;
CREATE INDEX task_reminder ON task (remind_at)
    WHERE remind_at IS NOT NULL AND done_at IS NULL AND dropped_at IS NULL;

-- What waits to be said to one member in private.
CREATE TABLE notification (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    member TEXT NOT NULL,
    record TEXT,
    text TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    posted_at BIGINT,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant, record) REFERENCES record (tenant, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX notification_open ON notification (created_at, id) WHERE posted_at IS NULL;
CREATE INDEX notification_record ON notification (tenant, record);

-- The task that the subject names.
ALTER TABLE post ADD COLUMN task TEXT;
CREATE INDEX post_task ON post (tenant, task) WHERE task IS NOT NULL;

-- What is derived is written anew.
UPDATE tenant SET index_version = 0;
