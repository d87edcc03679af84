-- +goose Up
-- What a run changed, sealed, written before the change: what undo puts back.
CREATE TABLE run_undo (
    tenant_id text NOT NULL,
    run_id    text NOT NULL,
    seq       integer NOT NULL,
    steps     blob NOT NULL,
    PRIMARY KEY (tenant_id, run_id, seq),
    FOREIGN KEY (tenant_id, run_id) REFERENCES runs (tenant_id, id) ON DELETE CASCADE
) WITHOUT ROWID;
