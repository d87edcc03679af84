-- The update takes the row lock that keeps two nodes from extending one chain at once.
-- name: LockAuditHead :one
INSERT INTO audit_heads (tenant_id, seq, hash) VALUES (sqlc.arg(tenant_id), 0, sqlc.arg(zero_hash))
ON CONFLICT (tenant_id) DO UPDATE SET tenant_id = excluded.tenant_id
RETURNING seq, hash;

-- name: SetAuditHead :exec
UPDATE audit_heads SET seq = $2, hash = $3 WHERE tenant_id = $1;

-- name: AuditHead :one
SELECT seq, hash FROM audit_heads WHERE tenant_id = $1;

-- name: InsertAuditEntry :exec
INSERT INTO audit_entries (tenant_id, seq, id, at, kind, actor, subject, run_id, body, prev, hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11);

-- name: AuditChain :many
SELECT * FROM audit_entries WHERE tenant_id = sqlc.arg(tenant_id) AND seq > sqlc.arg(after) ORDER BY seq LIMIT CAST(sqlc.arg(page_size) AS bigint);

-- name: AuditEntries :many
SELECT * FROM audit_entries
WHERE tenant_id = sqlc.arg(tenant_id) AND seq < sqlc.arg(before)
  AND at >= sqlc.arg(from_at) AND at < sqlc.arg(to_at)
  AND (CAST(sqlc.narg(kind) AS text) IS NULL OR kind = sqlc.narg(kind))
  AND (CAST(sqlc.narg(actor) AS text) IS NULL OR actor = sqlc.narg(actor))
ORDER BY seq DESC
LIMIT CAST(sqlc.arg(page_size) AS bigint);

-- name: AuditEntriesOfRun :many
SELECT * FROM audit_entries
WHERE tenant_id = sqlc.arg(tenant_id) AND seq < sqlc.arg(before)
  AND at >= sqlc.arg(from_at) AND at < sqlc.arg(to_at)
  AND (CAST(sqlc.narg(kind) AS text) IS NULL OR kind = sqlc.narg(kind))
  AND (CAST(sqlc.narg(actor) AS text) IS NULL OR actor = sqlc.narg(actor))
  AND run_id = CAST(sqlc.arg(run_id) AS text)
ORDER BY seq DESC
LIMIT CAST(sqlc.arg(page_size) AS bigint);

-- name: AuditTenants :many
SELECT tenant_id FROM audit_heads ORDER BY tenant_id;
