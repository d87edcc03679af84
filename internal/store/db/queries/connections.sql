-- name: InsertConnection :exec
INSERT INTO connections (tenant_id, id, integration, name, name_key, description, active, revision, created_at, updated_at, created_by, settings, secrets, guardrails)
VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9, $10, $11, $12, $13);

-- name: UpdateConnection :execrows
UPDATE connections
SET name = $4, name_key = $5, description = $6, active = $7, updated_at = $8, settings = $9, secrets = $10, guardrails = $11, revision = revision + 1
WHERE tenant_id = $1 AND id = $2 AND revision = $3;

-- name: SetConnectionHealth :execrows
UPDATE connections SET health = $3 WHERE tenant_id = $1 AND id = $2;

-- name: DeleteConnection :execrows
DELETE FROM connections WHERE tenant_id = $1 AND id = $2;

-- name: ConnectionRevision :one
SELECT revision FROM connections WHERE tenant_id = $1 AND id = $2;

-- name: Connection :one
SELECT * FROM connections WHERE tenant_id = $1 AND id = $2;

-- name: ConnectionByName :one
SELECT * FROM connections WHERE tenant_id = $1 AND name_key = $2;

-- name: Connections :many
SELECT * FROM connections
WHERE tenant_id = sqlc.arg(tenant_id)
  AND (CAST(sqlc.narg(integration) AS text) IS NULL OR integration = sqlc.narg(integration))
  AND (CAST(sqlc.narg(active) AS boolean) IS NULL OR active = sqlc.narg(active))
ORDER BY name_key;
