-- name: InsertRun :exec
INSERT INTO runs (
    tenant_id, id, parent_id, integration, command, connection_id, connection_name, connection_key, inline, origin, actor, actor_name,
    external_ref, idempotency_key, dry_run, created_at, search_text, state, return_data, status_code, started_at, ended_at, heartbeat_at, node_id,
    items_total, items_done, items_failed, bytes, error, request_hash, input_redacted, input_sealed, output, output_sealed
) VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30,
    $31, $32, $33, $34
);

-- A run that has ended stays as it is; one that is unknown may still learn its outcome.
-- name: UpdateRun :execrows
UPDATE runs
SET state = $3, return_data = $4, status_code = $5, started_at = $6, ended_at = $7, heartbeat_at = $8, node_id = $9,
    items_total = $10, items_done = $11, items_failed = $12, bytes = $13, error = $14, output = $15, output_sealed = $16
WHERE tenant_id = $1 AND id = $2 AND (ended_at IS NULL OR state = 'unknown');

-- name: RunProgress :execrows
UPDATE runs SET items_total = $3, items_done = $4, items_failed = $5, bytes = $6, heartbeat_at = $7
WHERE tenant_id = $1 AND id = $2 AND ended_at IS NULL;

-- name: DeleteRun :execrows
DELETE FROM runs WHERE tenant_id = $1 AND id = $2;

-- name: RunExists :one
SELECT COUNT(*) FROM runs WHERE tenant_id = $1 AND id = $2;

-- name: Run :one
SELECT * FROM runs WHERE tenant_id = $1 AND id = $2;

-- name: RunByIdempotencyKey :one
SELECT * FROM runs WHERE tenant_id = sqlc.arg(tenant_id) AND actor = sqlc.arg(actor) AND idempotency_key = CAST(sqlc.arg(idempotency_key) AS text);

-- name: UnfinishedRuns :many
SELECT * FROM runs WHERE ended_at IS NULL AND (CAST(sqlc.narg(node_id) AS text) IS NULL OR node_id = sqlc.narg(node_id)) ORDER BY created_at, id;

-- name: Runs :many
SELECT tenant_id, id, parent_id, integration, command, connection_id, connection_name, inline, origin, actor, actor_name, external_ref, idempotency_key,
    dry_run, created_at, state, return_data, status_code, started_at, ended_at, heartbeat_at, node_id, items_total, items_done, items_failed, bytes, error
FROM runs
WHERE tenant_id = sqlc.arg(tenant_id)
  AND (created_at, id) < (CAST(sqlc.arg(before_at) AS bigint), CAST(sqlc.arg(before_id) AS text))
  AND created_at >= sqlc.arg(from_at)
  AND (CAST(sqlc.narg(integration) AS text) IS NULL OR integration = sqlc.narg(integration))
  AND (CAST(sqlc.narg(command) AS text) IS NULL OR command = sqlc.narg(command))
  AND (CAST(sqlc.narg(connection_id) AS text) IS NULL OR connection_id = sqlc.narg(connection_id))
  AND (CAST(sqlc.narg(connection_key) AS text) IS NULL OR connection_key = sqlc.narg(connection_key))
  AND (CAST(sqlc.narg(state) AS text) IS NULL OR state = sqlc.narg(state))
  AND (CAST(sqlc.narg(return_data) AS text) IS NULL OR return_data = sqlc.narg(return_data))
  AND (CAST(sqlc.narg(actor) AS text) IS NULL OR actor = sqlc.narg(actor))
  AND (CAST(sqlc.narg(origin) AS text) IS NULL OR origin = sqlc.narg(origin))
  AND (CAST(sqlc.narg(pattern) AS text) IS NULL OR search_text LIKE sqlc.narg(pattern) ESCAPE '!')
ORDER BY created_at DESC, id DESC
LIMIT CAST(sqlc.arg(page_size) AS bigint);

-- The same for the runs of one parent, so that the index on the parent is used.
-- name: ChildRuns :many
SELECT tenant_id, id, parent_id, integration, command, connection_id, connection_name, inline, origin, actor, actor_name, external_ref, idempotency_key,
    dry_run, created_at, state, return_data, status_code, started_at, ended_at, heartbeat_at, node_id, items_total, items_done, items_failed, bytes, error
FROM runs
WHERE tenant_id = sqlc.arg(tenant_id)
  AND (created_at, id) < (CAST(sqlc.arg(before_at) AS bigint), CAST(sqlc.arg(before_id) AS text))
  AND created_at >= sqlc.arg(from_at)
  AND (CAST(sqlc.narg(integration) AS text) IS NULL OR integration = sqlc.narg(integration))
  AND (CAST(sqlc.narg(command) AS text) IS NULL OR command = sqlc.narg(command))
  AND (CAST(sqlc.narg(connection_id) AS text) IS NULL OR connection_id = sqlc.narg(connection_id))
  AND (CAST(sqlc.narg(connection_key) AS text) IS NULL OR connection_key = sqlc.narg(connection_key))
  AND (CAST(sqlc.narg(state) AS text) IS NULL OR state = sqlc.narg(state))
  AND (CAST(sqlc.narg(return_data) AS text) IS NULL OR return_data = sqlc.narg(return_data))
  AND (CAST(sqlc.narg(actor) AS text) IS NULL OR actor = sqlc.narg(actor))
  AND (CAST(sqlc.narg(origin) AS text) IS NULL OR origin = sqlc.narg(origin))
  AND (CAST(sqlc.narg(pattern) AS text) IS NULL OR search_text LIKE sqlc.narg(pattern) ESCAPE '!')
  AND parent_id = CAST(sqlc.arg(parent_id) AS text)
ORDER BY created_at DESC, id DESC
LIMIT CAST(sqlc.arg(page_size) AS bigint);
