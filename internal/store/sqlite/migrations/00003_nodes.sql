-- +goose Up
-- Signed places of the audit chains; what several nodes tell each other (on SQLite there is one node, and both stay empty); and an
-- index for those who delete runs by age.
CREATE TABLE nodes (
    id   text PRIMARY KEY,
    beat integer NOT NULL
) WITHOUT ROWID;

CREATE TABLE run_cancels (
    tenant_id text NOT NULL,
    run_id    text NOT NULL,
    at        integer NOT NULL,
    PRIMARY KEY (tenant_id, run_id),
    FOREIGN KEY (tenant_id, run_id) REFERENCES runs (tenant_id, id) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE audit_checkpoints (
    tenant_id text NOT NULL,
    seq       integer NOT NULL,
    hash      blob NOT NULL,
    at        integer NOT NULL,
    signature blob NOT NULL,
    PRIMARY KEY (tenant_id, seq)
) WITHOUT ROWID;

CREATE INDEX runs_ended ON runs (ended_at, id) WHERE ended_at IS NOT NULL;
