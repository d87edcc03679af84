-- name: InsertSecret :exec
INSERT INTO secrets (tenant_id, id, name, created_at, updated_at, created_by, updated_by, sealed)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- name: UpdateSecret :execrows
UPDATE secrets SET sealed = $3, updated_at = $4, updated_by = $5 WHERE tenant_id = $1 AND id = $2;

-- name: DeleteSecret :execrows
DELETE FROM secrets WHERE tenant_id = $1 AND id = $2;

-- name: SecretByName :one
SELECT * FROM secrets WHERE tenant_id = $1 AND name = $2;

-- name: SecretsNamed :many
SELECT * FROM secrets WHERE tenant_id = $1 AND name IN ($2, $3);

-- name: Secrets :many
SELECT tenant_id, id, name, created_at, updated_at, created_by, updated_by FROM secrets WHERE tenant_id = $1 ORDER BY name;
