-- name: InsertToken :exec
INSERT INTO tokens (tenant_id, id, name, hash, scopes, created_at, expires_at, created_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- A token that is revoked twice keeps its first time.
-- name: RevokeToken :execrows
UPDATE tokens SET revoked_at = COALESCE(revoked_at, CAST(sqlc.arg(revoked_at) AS bigint)) WHERE tenant_id = sqlc.arg(tenant_id) AND id = sqlc.arg(id);

-- name: TouchToken :execrows
UPDATE tokens SET last_used_at = sqlc.arg(used_at)
WHERE tenant_id = sqlc.arg(tenant_id) AND id = sqlc.arg(id) AND (last_used_at IS NULL OR last_used_at < sqlc.arg(used_at));

-- name: TokenByHash :one
SELECT * FROM tokens WHERE hash = $1;

-- name: Tokens :many
SELECT * FROM tokens WHERE tenant_id = $1 ORDER BY created_at, id;
