-- name: UpsertItem :exec
INSERT INTO items (tenant_id, run_id, seq, item, state, message, status_code, code, operation, request_id, duration_micros, bytes, detail)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT (tenant_id, run_id, seq) DO UPDATE
SET item = excluded.item, state = excluded.state, message = excluded.message, status_code = excluded.status_code, code = excluded.code,
    operation = excluded.operation, request_id = excluded.request_id, duration_micros = excluded.duration_micros, bytes = excluded.bytes,
    detail = excluded.detail;

-- name: Items :many
SELECT * FROM items
WHERE tenant_id = sqlc.arg(tenant_id) AND run_id = sqlc.arg(run_id) AND seq > sqlc.arg(after)
  AND (CAST(sqlc.narg(state) AS text) IS NULL OR state = sqlc.narg(state))
ORDER BY seq
LIMIT CAST(sqlc.arg(page_size) AS bigint);
