-- +goose Up
-- Named secrets for jobs, sealed. A secret keeps its id when its value is set again.
CREATE TABLE secrets (
    tenant_id  text COLLATE "C" NOT NULL,
    id         text COLLATE "C" NOT NULL,
    name       text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    created_by text   NOT NULL,
    updated_by text   NOT NULL,
    sealed     bytea  NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX secrets_name ON secrets (tenant_id, name);
