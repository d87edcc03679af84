-- What a run takes in its own row is its size; items and undo steps come on top.
-- name: EndedRuns :many
SELECT tenant_id, id, ended_at,
    CAST(COALESCE(LENGTH(output), 0) + COALESCE(LENGTH(output_sealed), 0) + COALESCE(LENGTH(input_sealed), 0) + COALESCE(LENGTH(input_redacted), 0) AS bigint) AS size
FROM runs WHERE ended_at IS NOT NULL AND ended_at < CAST(sqlc.arg(before) AS bigint)
ORDER BY ended_at, id LIMIT CAST(sqlc.arg(page_size) AS bigint);

-- Those that still have what only details need.
-- name: DetailedRuns :many
SELECT tenant_id, id FROM runs
WHERE ended_at IS NOT NULL AND ended_at < CAST(sqlc.arg(before) AS bigint) AND input_sealed IS NOT NULL
ORDER BY ended_at, id LIMIT CAST(sqlc.arg(page_size) AS bigint);

-- name: SizeOfRuns :one
SELECT CAST(COALESCE(SUM(COALESCE(LENGTH(output), 0) + COALESCE(LENGTH(output_sealed), 0) + COALESCE(LENGTH(input_sealed), 0) + COALESCE(LENGTH(input_redacted), 0)), 0) AS bigint)
FROM runs WHERE ended_at IS NOT NULL;

-- name: ClearRun :execrows
UPDATE runs SET input_sealed = NULL, output_sealed = NULL WHERE tenant_id = $1 AND id = $2 AND ended_at IS NOT NULL;

-- name: DeleteItems :execrows
DELETE FROM items WHERE tenant_id = $1 AND run_id = $2;

-- name: DeleteUndo :exec
DELETE FROM run_undo WHERE tenant_id = $1 AND run_id = $2;

-- name: OldFiles :many
SELECT * FROM files WHERE created_at < CAST(sqlc.arg(before) AS bigint) ORDER BY id LIMIT CAST(sqlc.arg(page_size) AS bigint);

-- name: SizeOfFiles :one
SELECT CAST(COALESCE(SUM(size), 0) AS bigint) FROM files;
