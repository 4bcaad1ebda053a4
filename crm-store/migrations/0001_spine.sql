-- The spine: tenants and their people, records and what hangs on them, places, messages and
-- posts, and the two queues.
--
-- One text for both databases. A line that ends in a mark is for that database alone. Only
-- TEXT, which is compared byte by byte, BIGINT and DOUBLE PRECISION are used: yes and no are 1 and
-- 0, JSON is text, and a time is milliseconds since 1970. The tenant leads every key of a tenant's
-- table, so that the schema can be spread by tenant. References are checked at the commit, so that
-- one command may write in the order that reads best.

CREATE TABLE tenant (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    timezone TEXT NOT NULL,
    language TEXT NOT NULL,
    region TEXT,
    unlinked TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    -- The number of the tenant's newest fact.
    fact_seq BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE member (
    tenant TEXT NOT NULL REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    role TEXT NOT NULL,
    active BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE UNIQUE INDEX member_email ON member (tenant, email);

CREATE TABLE chat_account (
    tenant TEXT NOT NULL,
    network TEXT NOT NULL,
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    member TEXT NOT NULL,
    linked_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, network, account),
    FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX chat_account_tenants ON chat_account (network, account);

CREATE TABLE space (
    tenant TEXT NOT NULL REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    template TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);

-- A version of a blueprint never changes.
CREATE TABLE blueprint (
    tenant TEXT NOT NULL REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED,
    id TEXT NOT NULL,
    version BIGINT NOT NULL,
    key TEXT NOT NULL,
    definition TEXT NOT NULL,
    PRIMARY KEY (tenant, id, version)
);
CREATE UNIQUE INDEX blueprint_key ON blueprint (tenant, key, version);

-- The newest number of the record keys of a prefix.
CREATE TABLE record_number (
    tenant TEXT NOT NULL REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED,
    prefix TEXT NOT NULL,
    number BIGINT NOT NULL,
    PRIMARY KEY (tenant, prefix)
);

CREATE TABLE record (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    key TEXT NOT NULL,
    blueprint TEXT NOT NULL,
    blueprint_version BIGINT NOT NULL,
    space TEXT NOT NULL,
    title TEXT NOT NULL,
    -- The title in lower case, compared byte by byte, so that a beginning is a range.
    title_folded TEXT NOT NULL,
    owner TEXT,
    flow TEXT,
    state TEXT,
    state_since BIGINT,
    field_values TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    touched_at BIGINT,
    trashed_at BIGINT,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, space) REFERENCES space (tenant, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant, owner) REFERENCES member (tenant, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant, blueprint, blueprint_version)
        REFERENCES blueprint (tenant, id, version) DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX record_key ON record (tenant, key);
CREATE INDEX record_title ON record (tenant, title_folded);
CREATE INDEX record_blueprint ON record (tenant, blueprint, id);
CREATE INDEX record_state ON record (tenant, state, id);
CREATE INDEX record_owner ON record (tenant, owner, id);

-- What filters compare and lists sort by. The values in the record are the truth.
CREATE TABLE field_index (
    tenant TEXT NOT NULL,
    blueprint TEXT NOT NULL,
    column_id TEXT NOT NULL,
    text_value TEXT,
    num_value DOUBLE PRECISION,
    time_value BIGINT,
    record TEXT NOT NULL,
    PRIMARY KEY (tenant, record, column_id),
    FOREIGN KEY (tenant, record) REFERENCES record (tenant, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX field_index_text ON field_index (tenant, blueprint, column_id, text_value)
    WHERE text_value IS NOT NULL;
CREATE INDEX field_index_num ON field_index (tenant, blueprint, column_id, num_value)
    WHERE num_value IS NOT NULL;
CREATE INDEX field_index_time ON field_index (tenant, blueprint, column_id, time_value)
    WHERE time_value IS NOT NULL;

CREATE TABLE identity (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    record TEXT NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    verified BIGINT NOT NULL,
    is_primary BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, record) REFERENCES record (tenant, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX identity_record ON identity (tenant, record, kind, value);
CREATE INDEX identity_value ON identity (tenant, kind, value);

CREATE TABLE link (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    from_record TEXT NOT NULL,
    to_record TEXT NOT NULL,
    kind TEXT NOT NULL,
    role TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, from_record)
        REFERENCES record (tenant, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant, to_record) REFERENCES record (tenant, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX link_from ON link (tenant, from_record, to_record, kind);
CREATE INDEX link_to ON link (tenant, to_record);

CREATE TABLE interaction (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    record TEXT NOT NULL,
    kind TEXT NOT NULL,
    summary TEXT NOT NULL,
    member TEXT,
    author TEXT NOT NULL,
    connection TEXT,
    room TEXT,
    message TEXT,
    permalink TEXT,
    data TEXT NOT NULL,
    at BIGINT NOT NULL,
    withdrawn_at BIGINT,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, record) REFERENCES record (tenant, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX interaction_record ON interaction (tenant, record, at, id);
CREATE UNIQUE INDEX interaction_message
    ON interaction (tenant, connection, room, message, record, kind) WHERE message IS NOT NULL;

CREATE TABLE note (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    record TEXT NOT NULL,
    body TEXT NOT NULL,
    author TEXT,
    created_at BIGINT NOT NULL,
    withdrawn_at BIGINT,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, record) REFERENCES record (tenant, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant, author) REFERENCES member (tenant, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX note_record ON note (tenant, record, created_at);

CREATE TABLE task (
    tenant TEXT NOT NULL REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED,
    id TEXT NOT NULL,
    record TEXT,
    title TEXT NOT NULL,
    assignee TEXT,
    -- A day, as 2027-03-31.
    due_on TEXT,
    done_at BIGINT,
    dropped_at BIGINT,
    created_by TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, record) REFERENCES record (tenant, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant, assignee) REFERENCES member (tenant, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant, created_by) REFERENCES member (tenant, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX task_record ON task (tenant, record);

CREATE TABLE proposal (
    tenant TEXT NOT NULL REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED,
    id TEXT NOT NULL,
    status TEXT NOT NULL,
    messages TEXT NOT NULL,
    records TEXT NOT NULL,
    links TEXT NOT NULL,
    made TEXT NOT NULL,
    created_by TEXT,
    created_at BIGINT NOT NULL,
    decided_by TEXT,
    decided_at BIGINT,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, created_by) REFERENCES member (tenant, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant, decided_by) REFERENCES member (tenant, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX proposal_status ON proposal (tenant, status, created_at);

-- Numbered per record, from 1.
CREATE TABLE provenance (
    tenant TEXT NOT NULL,
    record TEXT NOT NULL,
    number BIGINT NOT NULL,
    slot TEXT NOT NULL,
    value TEXT NOT NULL,
    proposal TEXT NOT NULL,
    source TEXT NOT NULL,
    message TEXT NOT NULL,
    approved_by TEXT,
    at BIGINT NOT NULL,
    PRIMARY KEY (tenant, record, number),
    FOREIGN KEY (tenant, record) REFERENCES record (tenant, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant, proposal) REFERENCES proposal (tenant, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant, approved_by) REFERENCES member (tenant, id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE entry (
    tenant TEXT NOT NULL REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED,
    id TEXT NOT NULL,
    cause TEXT NOT NULL,
    member TEXT,
    command TEXT NOT NULL,
    outcome TEXT NOT NULL,
    inverse TEXT,
    undone_by TEXT,
    -- The tenant's newest fact when it ran: the order of commands within one millisecond.
    fact_seq BIGINT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX entry_cause ON entry (tenant, cause);
CREATE INDEX entry_undoable ON entry (tenant, member, fact_seq)
    WHERE inverse IS NOT NULL AND undone_by IS NULL;

CREATE TABLE fact (
    tenant TEXT NOT NULL,
    seq BIGINT NOT NULL,
    entry TEXT NOT NULL,
    at BIGINT NOT NULL,
    member TEXT,
    body TEXT NOT NULL,
    PRIMARY KEY (tenant, seq),
    FOREIGN KEY (tenant, entry) REFERENCES entry (tenant, id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE place (
    tenant TEXT NOT NULL REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED,
    connection TEXT NOT NULL,
    room TEXT NOT NULL,
    name TEXT NOT NULL,
    level TEXT NOT NULL,
    quiet_until BIGINT,
    bound_by TEXT,
    bound_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, connection, room),
    FOREIGN KEY (tenant, bound_by) REFERENCES member (tenant, id) DEFERRABLE INITIALLY DEFERRED
);
-- A place belongs to one tenant.
CREATE UNIQUE INDEX place_tenant ON place (connection, room);

-- Secrets are kept as hashes, and looked up before a tenant is known.
CREATE TABLE bind_code (
    tenant TEXT NOT NULL,
    code_hash TEXT NOT NULL,
    member TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, code_hash),
    FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX bind_code_hash ON bind_code (code_hash);

CREATE TABLE link_request (
    tenant TEXT NOT NULL REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED,
    code_hash TEXT NOT NULL,
    network TEXT NOT NULL,
    account TEXT NOT NULL,
    name TEXT NOT NULL,
    connection TEXT NOT NULL,
    room TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, code_hash)
);
CREATE UNIQUE INDEX link_request_hash ON link_request (code_hash);

CREATE TABLE sign_in (
    tenant TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    member TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, secret_hash),
    FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX sign_in_hash ON sign_in (secret_hash);

CREATE TABLE session (
    tenant TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    member TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, secret_hash),
    FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX session_hash ON session (secret_hash);

CREATE TABLE api_token (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    member TEXT NOT NULL,
    name TEXT NOT NULL,
    secret_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX api_token_hash ON api_token (secret_hash);

CREATE TABLE post (
    tenant TEXT NOT NULL REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED,
    id TEXT NOT NULL,
    connection TEXT NOT NULL,
    room TEXT NOT NULL,
    thread TEXT,
    reply_to TEXT,
    private_to TEXT,
    subject TEXT NOT NULL,
    -- The proposal that the subject names.
    proposal TEXT,
    notice TEXT,
    revision BIGINT NOT NULL,
    sent_revision BIGINT NOT NULL,
    remote TEXT,
    remote_id TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX post_remote ON post (tenant, connection, remote_id) WHERE remote_id IS NOT NULL;
CREATE INDEX post_proposal ON post (tenant, proposal) WHERE proposal IS NOT NULL;
CREATE INDEX post_thread ON post (tenant, connection, room, thread) WHERE thread IS NOT NULL;

-- Which records a post shows cards of.
CREATE TABLE post_record (
    tenant TEXT NOT NULL,
    post TEXT NOT NULL,
    record TEXT NOT NULL,
    connection TEXT NOT NULL,
    room TEXT NOT NULL,
    shown_at BIGINT NOT NULL,
    PRIMARY KEY (tenant, post, record),
    FOREIGN KEY (tenant, post) REFERENCES post (tenant, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant, record) REFERENCES record (tenant, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX post_record_shown ON post_record (tenant, record, shown_at);

CREATE TABLE choice (
    tenant TEXT NOT NULL,
    token TEXT NOT NULL,
    post TEXT NOT NULL,
    position BIGINT NOT NULL,
    symbol TEXT NOT NULL,
    label TEXT NOT NULL,
    command TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    is_current BIGINT NOT NULL,
    PRIMARY KEY (tenant, token),
    FOREIGN KEY (tenant, post) REFERENCES post (tenant, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX choice_post ON choice (tenant, post);

CREATE TABLE message (
    tenant TEXT NOT NULL REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED,
    connection TEXT NOT NULL,
    room TEXT NOT NULL,
    id TEXT NOT NULL,
    thread TEXT,
    author_network TEXT NOT NULL,
    author_id TEXT NOT NULL,
    author_name TEXT NOT NULL,
    member TEXT,
    text TEXT NOT NULL,
    content TEXT,
    post TEXT,
    at BIGINT NOT NULL,
    edited_at BIGINT,
    deleted_at BIGINT,
    permalink TEXT,
    PRIMARY KEY (tenant, connection, room, id),
    FOREIGN KEY (tenant, member) REFERENCES member (tenant, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant, post) REFERENCES post (tenant, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX message_at ON message (tenant, connection, room, at, id);


CREATE TABLE outbox (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    post TEXT NOT NULL,
    connection TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    lease_owner TEXT,
    lease_until BIGINT,
    done_at BIGINT,
    dead_at BIGINT,
    why TEXT,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, post) REFERENCES post (tenant, id) DEFERRABLE INITIALLY DEFERRED
);
-- What waits, so that a claim costs the same however much was sent before.
CREATE INDEX outbox_open ON outbox (created_at, id) WHERE done_at IS NULL AND dead_at IS NULL;
CREATE INDEX outbox_post ON outbox (tenant, post) WHERE done_at IS NULL AND dead_at IS NULL;
CREATE INDEX outbox_done ON outbox (done_at) WHERE done_at IS NOT NULL;
CREATE INDEX outbox_dead ON outbox (dead_at) WHERE dead_at IS NOT NULL;

-- What arrived. It stands before any tenant: whose it is comes out while it is handled.
CREATE TABLE inbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, -- only: sqlite
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- only: postgres
    connection TEXT NOT NULL,
    key TEXT NOT NULL,
    lane TEXT NOT NULL,
    is_unknown BIGINT NOT NULL,
    stored_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    lease_owner TEXT,
    lease_until BIGINT,
    settled_at BIGINT,
    parked_at BIGINT,
    why TEXT,
    payload TEXT NOT NULL
);
CREATE UNIQUE INDEX inbox_key ON inbox (connection, key);
-- What waits, so that a claim costs the same however much was handled before.
CREATE INDEX inbox_open ON inbox (seq) WHERE settled_at IS NULL AND parked_at IS NULL;
-- What is leased or was tried before: the little that can hold up a lane.
CREATE INDEX inbox_held ON inbox (lane, seq)
    WHERE settled_at IS NULL AND parked_at IS NULL AND (lease_until IS NOT NULL OR attempts > 0);
CREATE INDEX inbox_settled ON inbox (settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX inbox_parked ON inbox (parked_at) WHERE parked_at IS NOT NULL;
CREATE INDEX inbox_unknown ON inbox (is_unknown) WHERE is_unknown = 1;

-- How far each connection has read. It stands before any tenant, too.
CREATE TABLE cursor (
    connection TEXT NOT NULL PRIMARY KEY,
    position TEXT NOT NULL,
    updated_at BIGINT NOT NULL
);

-- One row that is written to see whether the database can be written.
CREATE TABLE probe (
    id BIGINT NOT NULL PRIMARY KEY,
    checked_at BIGINT NOT NULL
);
