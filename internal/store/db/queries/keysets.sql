-- name: SaveKeyset :exec
INSERT INTO keysets (tenant_id, purpose, id, wrapped, kek_id, created_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant_id, purpose) DO UPDATE
SET id = excluded.id, wrapped = excluded.wrapped, kek_id = excluded.kek_id, created_at = excluded.created_at;

-- The first one wins; nothing is inserted when the tenant has one.
-- name: InsertKeyset :execrows
INSERT INTO keysets (tenant_id, purpose, id, wrapped, kek_id, created_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (tenant_id, purpose) DO NOTHING;

-- name: Keyset :one
SELECT * FROM keysets WHERE tenant_id = $1 AND purpose = $2;

-- name: Keysets :many
SELECT * FROM keysets ORDER BY tenant_id, purpose;

-- name: KeysetKEKs :many
SELECT DISTINCT kek_id FROM keysets ORDER BY kek_id;

-- name: KeysetOfKEK :one
SELECT * FROM keysets WHERE kek_id = $1 ORDER BY tenant_id, purpose LIMIT 1;

-- name: ReplaceKeyset :execrows
UPDATE keysets SET wrapped = sqlc.arg(wrapped), kek_id = sqlc.arg(kek_id)
WHERE tenant_id = sqlc.arg(tenant_id) AND purpose = sqlc.arg(purpose) AND wrapped = sqlc.arg(present);
