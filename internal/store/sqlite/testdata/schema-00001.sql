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
);
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
);
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
INSERT INTO goose_db_version VALUES (1, 0, 1, '2026-11-24 21:05:09');
INSERT INTO goose_db_version VALUES (2, 1, 1, '2026-11-24 21:05:09');
INSERT INTO connections VALUES ('t', '01a20f60-74f9-7c93-8a70-954f67adece4', 'aws-s3', '01a20f60-74f9-7c98-a4a1-3eabb30d0089', '01a20f60-74f9-7c98-a4a1-3eabb30d0089', '', 0, 1, 0, 0, '', X'7B7D', X'7B2273223A2241513D3D227D', NULL, NULL);
INSERT INTO tokens VALUES ('t', '01a20f60-74f9-7cc4-a6ad-b254865e8b56', 'ci', X'30316132306636302D373466392D376363342D613661642D6232353438363565', X'5B2272756E225D', 0, NULL, NULL, NULL, '');
INSERT INTO runs VALUES ('t', '01a20f60-74f9-7cb2-93c9-18d754fb039a', NULL, 'aws-s3', 'list-buckets', NULL, 'Prod', 'prod', 0, 'cli', 'ann', 'Ann', 'ref', NULL, 0, 5, '01a20f60-74f9-7cb2-93c9-18d754fb039a
aws-s3
list-buckets
prod
ann
ref', 'done', 'ref', 0, NULL, 7, NULL, 'n', 0, 0, 0, 3, X'7B7D', NULL, X'7B7D', X'0001', X'7B7D', X'02');
INSERT INTO items VALUES ('t', '01a20f60-74f9-7cb2-93c9-18d754fb039a', 0, 'i', 'done', '', 0, '', '', '', 0, 0, NULL);
INSERT INTO audit_heads VALUES ('t', 3, X'958BB1434F8DFE8C5F7D5F679D577CED71732094A2473BE9EA4FB9BC4D64A512');
INSERT INTO audit_entries VALUES ('t', 1, '01a20f60-74fa-79e5-810c-872f5bf1ab5a', 0, 'k', '', '', '01a20f60-74f9-7cb2-93c9-18d754fb039a', X'7B2261223A317D', X'0000000000000000000000000000000000000000000000000000000000000000', X'4B54A70B364009342DE62E7E2438A59A8156D99B4968B57233128025EF3BA055');
INSERT INTO audit_entries VALUES ('t', 2, '01a20f60-74fa-7baa-a2a5-7aaeecce3e91', 0, 'k', '', '', '01a20f60-74f9-7cb2-93c9-18d754fb039a', X'7B2261223A317D', X'4B54A70B364009342DE62E7E2438A59A8156D99B4968B57233128025EF3BA055', X'AEE1CA927E0C80A0C892963FCB835751A4AAA09345CAAAC5BD23822A77EF8D7C');
INSERT INTO audit_entries VALUES ('t', 3, '01a20f60-74fa-7c0b-97de-b959f45a6529', 0, 'k', '', '', '01a20f60-74f9-7cb2-93c9-18d754fb039a', X'7B2261223A317D', X'AEE1CA927E0C80A0C892963FCB835751A4AAA09345CAAAC5BD23822A77EF8D7C', X'958BB1434F8DFE8C5F7D5F679D577CED71732094A2473BE9EA4FB9BC4D64A512');
INSERT INTO files VALUES (1, 't', 'f', 'f', 0, '', '', '', '', 'Playbook File', 'k', NULL, NULL, 0, '', NULL);
INSERT INTO keysets VALUES ('t', 'seal', '01a20f60-74f9-7cb7-9950-eb58a4b3f318', X'01', 'kek', 0);
INSERT INTO settings VALUES ('t', 'n', X'76');
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES ('goose_db_version', 2);
INSERT INTO sqlite_sequence VALUES ('files', 2);
COMMIT;
