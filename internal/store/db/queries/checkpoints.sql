-- name: InsertCheckpoint :exec
INSERT INTO audit_checkpoints (tenant_id, seq, hash, at, signature) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant_id, seq) DO NOTHING;

-- name: Checkpoints :many
SELECT * FROM audit_checkpoints WHERE tenant_id = sqlc.arg(tenant_id) AND seq > sqlc.arg(after) ORDER BY seq LIMIT CAST(sqlc.arg(page_size) AS bigint);

-- name: LastCheckpoint :one
SELECT * FROM audit_checkpoints WHERE tenant_id = $1 ORDER BY seq DESC LIMIT 1;
