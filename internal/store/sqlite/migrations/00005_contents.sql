-- +goose Up
-- Content of small files, which is written and removed with their records. Tenants share none of it. The table keeps its
-- rowid: in a tree by key, four rows would fill a page, and new rows would lie anywhere.
CREATE TABLE contents (
    tenant_id   text NOT NULL,
    content_key text NOT NULL,
    bytes       blob NOT NULL,
    PRIMARY KEY (tenant_id, content_key)
);
