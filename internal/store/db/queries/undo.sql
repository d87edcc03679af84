-- name: InsertUndo :exec
INSERT INTO run_undo (tenant_id, run_id, seq, steps) VALUES ($1, $2, $3, $4);

-- name: Undo :many
SELECT steps FROM run_undo WHERE tenant_id = $1 AND run_id = $2 ORDER BY seq;

-- name: CountUndo :one
SELECT COUNT(*) FROM run_undo WHERE tenant_id = $1 AND run_id = $2;
