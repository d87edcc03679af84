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
CREATE TABLE contents (
    tenant_id   text NOT NULL,
    content_key text NOT NULL,
    bytes       blob NOT NULL,
    PRIMARY KEY (tenant_id, content_key)
);
INSERT INTO goose_db_version VALUES (1, 0, 1, '2026-11-25 03:57:39');
INSERT INTO goose_db_version VALUES (2, 1, 1, '2026-11-25 03:57:39');
INSERT INTO goose_db_version VALUES (3, 2, 1, '2026-11-25 03:57:39');
INSERT INTO goose_db_version VALUES (4, 3, 1, '2026-11-25 03:57:39');
INSERT INTO goose_db_version VALUES (5, 4, 1, '2026-11-25 03:57:39');
INSERT INTO goose_db_version VALUES (6, 5, 1, '2026-11-25 03:57:39');
INSERT INTO connections VALUES ('t', '01a210da-1c64-74ca-84e1-07635a98a83c', 'aws-s3', '01a210da-1c64-74ce-85ed-54c3e936658a', '01a210da-1c64-74ce-85ed-54c3e936658a', '', 0, 1, 0, 0, '', X'7B7D', X'7B2273223A2241513D3D227D', NULL, NULL);
INSERT INTO tokens VALUES ('t', '01a210da-1c64-7515-8662-66102c2aae0f', 'ci', X'30316132313064612D316336342D373531352D383636322D3636313032633261', X'5B2272756E225D', 0, NULL, NULL, NULL, '');
INSERT INTO runs VALUES ('t', '01a210da-1c64-74f2-891d-6caa1258abe1', NULL, 'aws-s3', 'list-buckets', NULL, 'Prod', 'prod', 0, 'cli', 'ann', 'Ann', 'ref', NULL, 0, 5, '01a210da-1c64-74f2-891d-6caa1258abe1
aws-s3
list-buckets
prod
ann
ref', 'done', 'ref', 0, NULL, 7, NULL, 'n', 0, 0, 0, 3, X'7B7D', NULL, X'7B7D', X'0001', X'7B7D', X'02');
INSERT INTO items VALUES ('t', '01a210da-1c64-74f2-891d-6caa1258abe1', 0, 'i', 'done', '', 0, '', '', '', 0, 0, NULL);
INSERT INTO audit_heads VALUES ('t', 3, X'32619ADC163A95A23689EC74A5F16C49101F1B54BEFF468BF40A1FA8D1B2C9C3');
INSERT INTO audit_entries VALUES ('t', 1, '01a210da-1c64-79cd-abaa-f17b6d839fc2', 0, 'k', '', '', '01a210da-1c64-74f2-891d-6caa1258abe1', X'7B2261223A317D', X'0000000000000000000000000000000000000000000000000000000000000000', X'D8139CA9F35D5BA88CB7FD25194EC55A43C3262B869C250D972B72EDEC0212C6');
INSERT INTO audit_entries VALUES ('t', 2, '01a210da-1c64-7a48-a8dd-fc96b7d626c9', 0, 'k', '', '', '01a210da-1c64-74f2-891d-6caa1258abe1', X'7B2261223A317D', X'D8139CA9F35D5BA88CB7FD25194EC55A43C3262B869C250D972B72EDEC0212C6', X'13394E87C4D565093684EC0B6D4D99DEC9FB8D32EC6F13DB1370E7020D67056F');
INSERT INTO audit_entries VALUES ('t', 3, '01a210da-1c64-7a60-a9ff-63880dfea46b', 0, 'k', '', '', '01a210da-1c64-74f2-891d-6caa1258abe1', X'7B2261223A317D', X'13394E87C4D565093684EC0B6D4D99DEC9FB8D32EC6F13DB1370E7020D67056F', X'32619ADC163A95A23689EC74A5F16C49101F1B54BEFF468BF40A1FA8D1B2C9C3');
INSERT INTO files VALUES (1, 't', 'f', 'f', 0, '', '', '', '', 'Playbook File', 'k', NULL, NULL, 0, '', NULL);
INSERT INTO keysets VALUES ('t', 'seal', '01a210da-1c64-7505-ab86-5f45060ece81', X'01', 'kek', 0);
INSERT INTO settings VALUES ('t', 'n', X'76');
INSERT INTO run_undo VALUES ('t', '01a210da-1c64-74f2-891d-6caa1258abe1', 0, X'03');
INSERT INTO nodes VALUES ('01a210da-1c64-7506-b1c2-23cc37ce6566', 1);
INSERT INTO run_cancels VALUES ('t', '01a210da-1c64-74f2-891d-6caa1258abe1', 1);
INSERT INTO audit_checkpoints VALUES ('t', 3, X'0000000000000000000000000000000000000000000000000000000000000000', 9, X'04');
INSERT INTO secrets VALUES ('t', '01a210da-1c64-7510-81bd-c9f4f27f4fb4', '01a210da-1c64-7512-8303-ceae505a7049', 5, 6, 'ann', 'bob', X'05');
INSERT INTO contents VALUES ('t', 'k', X'0600');
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES ('goose_db_version', 6);
INSERT INTO sqlite_sequence VALUES ('files', 2);
COMMIT;
