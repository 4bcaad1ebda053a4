-- Mails that wait for a decision, whose mails are always or never wanted, and where proposals that
-- are made of mails are shown.

CREATE TABLE quarantine (
    tenant TEXT NOT NULL REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED,
    id TEXT NOT NULL,
    -- For people, from 1.
    number BIGINT NOT NULL,
    status TEXT NOT NULL,
    sender TEXT NOT NULL,
    sender_name TEXT,
    subject TEXT NOT NULL,
    -- The message that it came as.
    connection TEXT NOT NULL,
    room TEXT NOT NULL,
    message TEXT NOT NULL,
    -- Why it is held, the lines of its header, and what it would become with what it says, as JSON.
    reasons TEXT NOT NULL,
    headers TEXT NOT NULL,
    proposes TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    held_at BIGINT NOT NULL,
    proposal TEXT,
    decided_by TEXT,
    decided_at BIGINT,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, proposal) REFERENCES proposal (tenant, id) DEFERRABLE INITIALLY DEFERRED,
    FOREIGN KEY (tenant, decided_by) REFERENCES member (tenant, id) DEFERRABLE INITIALLY DEFERRED
);
CREATE UNIQUE INDEX quarantine_number ON quarantine (tenant, number);
CREATE UNIQUE INDEX quarantine_message ON quarantine (tenant, connection, room, message);
CREATE INDEX quarantine_listed ON quarantine (tenant, status, number);
CREATE INDEX quarantine_sender ON quarantine (tenant, sender);

CREATE TABLE sender_rule (
    tenant TEXT NOT NULL REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED,
    -- An address, or a domain with all below it.
    sender TEXT NOT NULL,
    verdict TEXT NOT NULL,
    by_member TEXT,
    at BIGINT NOT NULL,
    PRIMARY KEY (tenant, sender),
    FOREIGN KEY (tenant, by_member) REFERENCES member (tenant, id) DEFERRABLE INITIALLY DEFERRED
);

CREATE TABLE mail_place (
    tenant TEXT NOT NULL REFERENCES tenant (id) DEFERRABLE INITIALLY DEFERRED,
    connection TEXT NOT NULL,
    room TEXT NOT NULL,
    PRIMARY KEY (tenant)
);

-- The held mail that the subject names.
ALTER TABLE post ADD COLUMN held TEXT;
CREATE INDEX post_held ON post (tenant, held) WHERE held IS NOT NULL;
