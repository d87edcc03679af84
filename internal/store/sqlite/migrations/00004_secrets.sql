-- +goose Up
-- Named secrets for jobs, sealed. A secret keeps its id when its value is set again.
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
