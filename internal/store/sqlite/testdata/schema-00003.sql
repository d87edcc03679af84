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
INSERT INTO goose_db_version VALUES (1, 0, 1, '2026-11-24 21:43:32');
INSERT INTO goose_db_version VALUES (2, 1, 1, '2026-11-24 21:43:32');
INSERT INTO goose_db_version VALUES (3, 2, 1, '2026-11-24 21:43:32');
INSERT INTO goose_db_version VALUES (4, 3, 1, '2026-11-24 21:43:32');
INSERT INTO connections VALUES ('t', '01a20f83-9adb-75a4-bad9-9c50fdd9846d', 'aws-s3', '01a20f83-9adb-75a6-95ec-92fb293fc7b5', '01a20f83-9adb-75a6-95ec-92fb293fc7b5', '', 0, 1, 0, 0, '', X'7B7D', X'7B2273223A2241513D3D227D', NULL, NULL);
INSERT INTO tokens VALUES ('t', '01a20f83-9adb-75f6-9df7-7a9a941ccec9', 'ci', X'30316132306638332D396164622D373566362D396466372D3761396139343163', X'5B2272756E225D', 0, NULL, NULL, NULL, '');
INSERT INTO runs VALUES ('t', '01a20f83-9adb-75d1-bf72-c8326a691b73', NULL, 'aws-s3', 'list-buckets', NULL, 'Prod', 'prod', 0, 'cli', 'ann', 'Ann', 'ref', NULL, 0, 5, '01a20f83-9adb-75d1-bf72-c8326a691b73
aws-s3
list-buckets
prod
ann
ref', 'done', 'ref', 0, NULL, 7, NULL, 'n', 0, 0, 0, 3, X'7B7D', NULL, X'7B7D', X'0001', X'7B7D', X'02');
INSERT INTO items VALUES ('t', '01a20f83-9adb-75d1-bf72-c8326a691b73', 0, 'i', 'done', '', 0, '', '', '', 0, 0, NULL);
INSERT INTO audit_heads VALUES ('t', 3, X'5FC60F4903E902AF9EC660AD9B726D466454858E2E9B8CE1A8E2F5A9BA9ADFAC');
INSERT INTO audit_entries VALUES ('t', 1, '01a20f83-9adb-792e-bd55-6fba9ca7a1ea', 0, 'k', '', '', '01a20f83-9adb-75d1-bf72-c8326a691b73', X'7B2261223A317D', X'0000000000000000000000000000000000000000000000000000000000000000', X'5EF5F4AB69F6D75D9693ED4F03A53B24E278FB52FD9BE185F4E8690D3F047F70');
INSERT INTO audit_entries VALUES ('t', 2, '01a20f83-9adb-7a1b-b4f0-d937d29e0bf0', 0, 'k', '', '', '01a20f83-9adb-75d1-bf72-c8326a691b73', X'7B2261223A317D', X'5EF5F4AB69F6D75D9693ED4F03A53B24E278FB52FD9BE185F4E8690D3F047F70', X'83E8F1F94A5798F75DA940449DEA8FD0F8057F12633C5886BB2737794FC0D2A1');
INSERT INTO audit_entries VALUES ('t', 3, '01a20f83-9adb-7a65-8f0e-8f8e8bc38bed', 0, 'k', '', '', '01a20f83-9adb-75d1-bf72-c8326a691b73', X'7B2261223A317D', X'83E8F1F94A5798F75DA940449DEA8FD0F8057F12633C5886BB2737794FC0D2A1', X'5FC60F4903E902AF9EC660AD9B726D466454858E2E9B8CE1A8E2F5A9BA9ADFAC');
INSERT INTO files VALUES (1, 't', 'f', 'f', 0, '', '', '', '', 'Playbook File', 'k', NULL, NULL, 0, '', NULL);
INSERT INTO keysets VALUES ('t', 'seal', '01a20f83-9adb-75e5-a5a7-6de15f6044d1', X'01', 'kek', 0);
INSERT INTO settings VALUES ('t', 'n', X'76');
INSERT INTO run_undo VALUES ('t', '01a20f83-9adb-75d1-bf72-c8326a691b73', 0, X'03');
INSERT INTO nodes VALUES ('01a20f83-9adb-75e7-ad85-eedd6db308c3', 1);
INSERT INTO run_cancels VALUES ('t', '01a20f83-9adb-75d1-bf72-c8326a691b73', 1);
INSERT INTO audit_checkpoints VALUES ('t', 3, X'0000000000000000000000000000000000000000000000000000000000000000', 9, X'04');
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES ('goose_db_version', 4);
INSERT INTO sqlite_sequence VALUES ('files', 2);
COMMIT;
