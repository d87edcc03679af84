-- name: InsertNode :exec
INSERT INTO nodes (id, beat) VALUES ($1, 1);

-- name: BeatNode :execrows
UPDATE nodes SET beat = beat + 1 WHERE id = $1;

-- name: DeleteNode :exec
DELETE FROM nodes WHERE id = $1;

-- name: Nodes :many
SELECT * FROM nodes ORDER BY id;

-- Of several that adopt the runs of one node, the first gets them.
-- name: AdoptRuns :execrows
UPDATE runs SET node_id = sqlc.arg(heir) WHERE node_id = sqlc.arg(gone) AND ended_at IS NULL;

-- Nodes that have left, or were never seen here, with runs that have no end.
-- name: GoneNodes :many
SELECT DISTINCT node_id FROM runs WHERE ended_at IS NULL AND node_id NOT IN (SELECT id FROM nodes);

-- name: RequestCancel :exec
INSERT INTO run_cancels (tenant_id, run_id, at) VALUES ($1, $2, $3) ON CONFLICT (tenant_id, run_id) DO NOTHING;

-- name: CancelRequests :many
SELECT c.tenant_id, c.run_id FROM run_cancels c JOIN runs r ON r.tenant_id = c.tenant_id AND r.id = c.run_id
WHERE r.node_id = $1 AND r.ended_at IS NULL ORDER BY c.at, c.run_id;
