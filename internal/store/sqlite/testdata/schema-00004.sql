PRAGMA foreign_keys = OFF;
BEGIN;
CREATE TABLE goose_db_version (
		id INTEGER PRIMARY KEY AUTOINCREMENT,
		version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL,
		tstamp TIMESTAMP DEFAULT (datetime('now'))
	);
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
CREATE TABLE run_undo (
    tenant_id text NOT NULL,
    run_id    text NOT NULL,
    seq       integer NOT NULL,
    steps     blob NOT NULL,
    PRIMARY KEY (tenant_id, run_id, seq),
    FOREIGN KEY (tenant_id, run_id) REFERENCES runs (tenant_id, id) ON DELETE CASCADE
) WITHOUT ROWID;
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
CREATE TABLE secrets (
    tenant_id  text NOT NULL,
    id         text NOT NULL,
    name       text NOT NULL,
    created_at integer NOT NULL,
    updated_at integer NOT NULL,
    created_by text NOT NULL,
    updated_by text NOT NULL,
    sealed     blob NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX secrets_name ON secrets (tenant_id, name);
INSERT INTO goose_db_version VALUES (1, 0, 1, '2026-11-24 23:47:30');
INSERT INTO goose_db_version VALUES (2, 1, 1, '2026-11-24 23:47:30');
INSERT INTO goose_db_version VALUES (3, 2, 1, '2026-11-24 23:47:30');
INSERT INTO goose_db_version VALUES (4, 3, 1, '2026-11-24 23:47:30');
INSERT INTO goose_db_version VALUES (5, 4, 1, '2026-11-24 23:47:30');
INSERT INTO connections VALUES ('t', '01a20ff5-17a7-7197-99b9-5a481bbec67f', 'aws-s3', '01a20ff5-17a7-719c-93a8-eed5b6c482dd', '01a20ff5-17a7-719c-93a8-eed5b6c482dd', '', 0, 1, 0, 0, '', X'7B7D', X'7B2273223A2241513D3D227D', NULL, NULL);
INSERT INTO tokens VALUES ('t', '01a20ff5-17a7-71e1-a9b9-41788cda2a21', 'ci', X'30316132306666352D313761372D373165312D613962392D3431373838636461', X'5B2272756E225D', 0, NULL, NULL, NULL, '');
INSERT INTO runs VALUES ('t', '01a20ff5-17a7-71a7-961a-80c49de48eed', NULL, 'aws-s3', 'list-buckets', NULL, 'Prod', 'prod', 0, 'cli', 'ann', 'Ann', 'ref', NULL, 0, 5, '01a20ff5-17a7-71a7-961a-80c49de48eed
aws-s3
list-buckets
prod
ann
ref', 'done', 'ref', 0, NULL, 7, NULL, 'n', 0, 0, 0, 3, X'7B7D', NULL, X'7B7D', X'0001', X'7B7D', X'02');
INSERT INTO items VALUES ('t', '01a20ff5-17a7-71a7-961a-80c49de48eed', 0, 'i', 'done', '', 0, '', '', '', 0, 0, NULL);
INSERT INTO audit_heads VALUES ('t', 3, X'7AF3E1E31AF8208FBEBBDD364B57B1873E3531E03E5A87F5677B45CF8C6664E9');
INSERT INTO audit_entries VALUES ('t', 1, '01a20ff5-17a7-7876-a3b8-04b26b5bce93', 0, 'k', '', '', '01a20ff5-17a7-71a7-961a-80c49de48eed', X'7B2261223A317D', X'0000000000000000000000000000000000000000000000000000000000000000', X'2FD0C9989591B9FED061F9DE66EA5E22CA9C084A17552F20C62DCAF2B867E410');
INSERT INTO audit_entries VALUES ('t', 2, '01a20ff5-17a7-7a0f-998d-865d304e417b', 0, 'k', '', '', '01a20ff5-17a7-71a7-961a-80c49de48eed', X'7B2261223A317D', X'2FD0C9989591B9FED061F9DE66EA5E22CA9C084A17552F20C62DCAF2B867E410', X'88BA51EE7E0330667426789B0DD7BC5376BBD0B24B43029A497FA8D5DD6DAA22');
INSERT INTO audit_entries VALUES ('t', 3, '01a20ff5-17a7-7a33-9b69-0d9b6dea4743', 0, 'k', '', '', '01a20ff5-17a7-71a7-961a-80c49de48eed', X'7B2261223A317D', X'88BA51EE7E0330667426789B0DD7BC5376BBD0B24B43029A497FA8D5DD6DAA22', X'7AF3E1E31AF8208FBEBBDD364B57B1873E3531E03E5A87F5677B45CF8C6664E9');
INSERT INTO files VALUES (1, 't', 'f', 'f', 0, '', '', '', '', 'Playbook File', 'k', NULL, NULL, 0, '', NULL);
INSERT INTO keysets VALUES ('t', 'seal', '01a20ff5-17a7-71ca-9758-d542f7f74b23', X'01', 'kek', 0);
INSERT INTO settings VALUES ('t', 'n', X'76');
INSERT INTO run_undo VALUES ('t', '01a20ff5-17a7-71a7-961a-80c49de48eed', 0, X'03');
INSERT INTO nodes VALUES ('01a20ff5-17a7-71cb-b126-b29a50f5d3b3', 1);
INSERT INTO run_cancels VALUES ('t', '01a20ff5-17a7-71a7-961a-80c49de48eed', 1);
INSERT INTO audit_checkpoints VALUES ('t', 3, X'0000000000000000000000000000000000000000000000000000000000000000', 9, X'04');
INSERT INTO secrets VALUES ('t', '01a20ff5-17a7-71db-bf78-9ac9f367670f', '01a20ff5-17a7-71dd-ae8e-dc1daed82e3f', 5, 6, 'ann', 'bob', X'05');
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES ('goose_db_version', 5);
INSERT INTO sqlite_sequence VALUES ('files', 2);
COMMIT;
