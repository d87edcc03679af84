-- Equal keys mean equal bytes; writing them again mends a row that is damaged.
-- name: SaveContent :exec
INSERT INTO contents (tenant_id, content_key, bytes) VALUES ($1, $2, $3)
ON CONFLICT (tenant_id, content_key) DO UPDATE SET bytes = excluded.bytes;

-- name: Content :one
SELECT bytes FROM contents WHERE tenant_id = $1 AND content_key = $2;

-- name: DeleteUnusedContent :exec
DELETE FROM contents WHERE contents.tenant_id = $1 AND contents.content_key = $2
  AND NOT EXISTS (SELECT 1 FROM files WHERE files.tenant_id = contents.tenant_id AND files.content_key = contents.content_key);
