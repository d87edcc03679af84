-- name: SaveSetting :exec
INSERT INTO settings (tenant_id, name, value) VALUES ($1, $2, $3)
ON CONFLICT (tenant_id, name) DO UPDATE SET value = excluded.value;

-- name: DeleteSetting :execrows
DELETE FROM settings WHERE tenant_id = $1 AND name = $2;

-- name: Setting :one
SELECT * FROM settings WHERE tenant_id = $1 AND name = $2;

-- name: Settings :many
SELECT * FROM settings WHERE tenant_id = $1 ORDER BY name;
