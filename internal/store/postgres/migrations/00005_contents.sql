-- +goose Up
-- Content of small files, which is written and removed with their records. Tenants share none of it.
CREATE TABLE contents (
    tenant_id   text COLLATE "C" NOT NULL,
    content_key text COLLATE "C" NOT NULL,
    bytes       bytea NOT NULL,
    PRIMARY KEY (tenant_id, content_key)
);
