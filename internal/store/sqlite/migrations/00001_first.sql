-- +goose Up
-- Blobs stand last in a row, so that a list reads none of their overflow pages.
-- Tables that are read by their key only have no rowid: one page less to write and to wait for in each commit.

CREATE TABLE connections (
    tenant_id   text NOT NULL,
    id          text NOT NULL,
    integration text    NOT NULL,
    name        text    NOT NULL,
    name_key    text    NOT NULL,
    description text    NOT NULL,
    active      boolean NOT NULL,
    revision    integer  NOT NULL,
    created_at  integer  NOT NULL,
    updated_at  integer  NOT NULL,
    created_by  text    NOT NULL,
    settings    blob   NOT NULL,
    secrets     blob   NOT NULL,
    guardrails  blob,
    health      blob,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX connections_name ON connections (tenant_id, name_key);

CREATE TABLE tokens (
    tenant_id    text NOT NULL,
    id           text NOT NULL,
    name         text   NOT NULL,
    hash         blob  NOT NULL,
    scopes       blob  NOT NULL,
    created_at   integer NOT NULL,
    expires_at   integer,
    last_used_at integer,
    revoked_at   integer,
    created_by   text   NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX tokens_hash ON tokens (hash);

CREATE TABLE runs (
    tenant_id       text NOT NULL,
    id              text NOT NULL,
    parent_id       text,
    integration     text    NOT NULL,
    command         text    NOT NULL,
    connection_id   text,
    connection_name text    NOT NULL,
    connection_key  text    NOT NULL,
    inline          boolean NOT NULL,
    origin          text    NOT NULL,
    actor           text    NOT NULL,
    actor_name      text    NOT NULL,
    external_ref    text,
    idempotency_key text,
    dry_run         boolean NOT NULL,
    created_at      integer  NOT NULL,
    search_text     text    NOT NULL,
    state           text    NOT NULL,
    return_data     text,
    status_code     integer  NOT NULL,
    started_at      integer,
    ended_at        integer,
    heartbeat_at    integer,
    node_id         text    NOT NULL,
    items_total     integer  NOT NULL,
    items_done      integer  NOT NULL,
    items_failed    integer  NOT NULL,
    bytes           integer  NOT NULL,
    error           blob,
    request_hash    blob,
    input_redacted  blob,
    input_sealed    blob,
    output          blob,
    output_sealed   blob,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX runs_created ON runs (tenant_id, created_at, id);
CREATE INDEX runs_parent ON runs (tenant_id, parent_id, created_at, id) WHERE parent_id IS NOT NULL;
CREATE INDEX runs_unfinished ON runs (node_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX runs_idempotency_key ON runs (tenant_id, actor, idempotency_key) WHERE idempotency_key IS NOT NULL;

CREATE TABLE items (
    tenant_id       text NOT NULL,
    run_id          text NOT NULL,
    seq             integer NOT NULL,
    item            text   NOT NULL,
    state           text   NOT NULL,
    message         text   NOT NULL,
    status_code     integer NOT NULL,
    code            text   NOT NULL,
    operation       text   NOT NULL,
    request_id      text   NOT NULL,
    duration_micros integer NOT NULL,
    bytes           integer NOT NULL,
    detail          blob,
    PRIMARY KEY (tenant_id, run_id, seq),
    FOREIGN KEY (tenant_id, run_id) REFERENCES runs (tenant_id, id) ON DELETE CASCADE
) WITHOUT ROWID;

CREATE TABLE audit_heads (
    tenant_id text PRIMARY KEY,
    seq       integer NOT NULL,
    hash      blob  NOT NULL
) WITHOUT ROWID;

CREATE TABLE audit_entries (
    tenant_id text NOT NULL,
    seq       integer NOT NULL,
    id        text NOT NULL,
    at        integer NOT NULL,
    kind      text   NOT NULL,
    actor     text   NOT NULL,
    subject   text   NOT NULL,
    run_id    text,
    body      blob  NOT NULL,
    prev      blob  NOT NULL,
    hash      blob  NOT NULL,
    PRIMARY KEY (tenant_id, seq)
) WITHOUT ROWID;
CREATE INDEX audit_entries_run ON audit_entries (tenant_id, run_id) WHERE run_id IS NOT NULL;

CREATE TABLE files (
    id           integer PRIMARY KEY AUTOINCREMENT,
    tenant_id    text NOT NULL,
    name         text   NOT NULL,
    name_key     text   NOT NULL,
    size         integer NOT NULL,
    md5          text   NOT NULL,
    sha1         text   NOT NULL,
    sha256       text   NOT NULL,
    content_type text   NOT NULL,
    source       text   NOT NULL,
    content_key  text   NOT NULL,
    metadata     blob,
    run_id       text,
    created_at   integer NOT NULL,
    created_by   text   NOT NULL,
    expires_at   integer
);
CREATE INDEX files_tenant ON files (tenant_id, id);
CREATE INDEX files_content ON files (content_key);
CREATE INDEX files_run ON files (tenant_id, run_id, id) WHERE run_id IS NOT NULL;
CREATE INDEX files_expiry ON files (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE keysets (
    tenant_id  text NOT NULL,
    purpose    text   NOT NULL,
    id         text NOT NULL,
    wrapped    blob  NOT NULL,
    kek_id     text   NOT NULL,
    created_at integer NOT NULL,
    PRIMARY KEY (tenant_id, purpose)
);

CREATE TABLE settings (
    tenant_id text NOT NULL,
    name      text  NOT NULL,
    value     blob NOT NULL,
    PRIMARY KEY (tenant_id, name)
);
