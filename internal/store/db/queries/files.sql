-- name: InsertFile :one
INSERT INTO files (tenant_id, name, name_key, size, md5, sha1, sha256, content_type, source, content_key, metadata, run_id, created_at, created_by, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
RETURNING id;

-- name: DeleteFile :one
DELETE FROM files WHERE tenant_id = $1 AND id = $2 RETURNING content_key;

-- name: ContentReferences :one
SELECT COUNT(*) FROM files WHERE content_key = $1;

-- name: File :one
SELECT * FROM files WHERE tenant_id = $1 AND id = $2;

-- name: Files :many
SELECT * FROM files
WHERE tenant_id = sqlc.arg(tenant_id) AND id < sqlc.arg(before)
  AND (CAST(sqlc.narg(source) AS text) IS NULL OR source = sqlc.narg(source))
  AND (CAST(sqlc.narg(pattern) AS text) IS NULL OR name_key LIKE sqlc.narg(pattern) ESCAPE '!')
ORDER BY id DESC
LIMIT CAST(sqlc.arg(page_size) AS bigint);

-- name: FilesOfRun :many
SELECT * FROM files
WHERE tenant_id = sqlc.arg(tenant_id) AND id < sqlc.arg(before)
  AND (CAST(sqlc.narg(source) AS text) IS NULL OR source = sqlc.narg(source))
  AND (CAST(sqlc.narg(pattern) AS text) IS NULL OR name_key LIKE sqlc.narg(pattern) ESCAPE '!')
  AND run_id = CAST(sqlc.arg(run_id) AS text)
ORDER BY id DESC
LIMIT CAST(sqlc.arg(page_size) AS bigint);

-- name: ExpiredFiles :many
SELECT * FROM files WHERE expires_at <= CAST(sqlc.arg(before) AS bigint) ORDER BY expires_at, id LIMIT CAST(sqlc.arg(page_size) AS bigint);
