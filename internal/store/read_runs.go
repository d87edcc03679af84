package store

import (
	"context"
	"math"

	"github.com/fairlead-io/fairlead/internal/store/db"
)

// Run returns a run with everything recorded about it, except its items.
func (s *Store) Run(ctx context.Context, tenant, id string) (Run, error) {
	r, err := s.read.Run(ctx, tenant, id)
	if err != nil {
		return Run{}, s.readFailed(ctx, "read run", id, "run", err)
	}
	return toRun(r), nil
}

// RunByIdempotencyKey returns the run that an actor made under a key.
func (s *Store) RunByIdempotencyKey(ctx context.Context, tenant, actor, key string) (Run, error) {
	r, err := s.read.RunByIdempotencyKey(ctx, tenant, actor, storable(key))
	if err != nil {
		return Run{}, s.readFailed(ctx, "read run by idempotency key", "", "run", err)
	}
	return toRun(r), nil
}

// ListUnfinishedRuns returns the runs of all tenants that have no end, oldest first: those of one node, or all for an
// empty nodeID. At start-up these are the runs that a crash interrupted.
func (s *Store) ListUnfinishedRuns(ctx context.Context, nodeID string) ([]Run, error) {
	rows, err := s.read.UnfinishedRuns(ctx, optional(nodeID))
	if err != nil {
		return nil, s.readFailed(ctx, "list unfinished runs", "", "run", err)
	}
	return convert(rows, toRun), nil
}

// Runs returns a page of a tenant's runs, newest first.
func (s *Store) Runs(ctx context.Context, tenant string, f RunFilter, p Page) (RunPage, error) {
	size, err := p.size()
	if err != nil {
		return RunPage{}, err
	}
	place, err := parseRunCursor(p.Cursor)
	if err != nil {
		return RunPage{}, err
	}
	if f.To != 0 && f.To <= place.at { // the filter's end lies before the page's: nothing at To itself, so any id sorts after
		place = runPlace{f.To, ""}
	}
	rows, err := s.runRows(ctx, tenant, f, place, int64(size)+1)
	if err != nil {
		return RunPage{}, s.readFailed(ctx, "list runs", "", "run", err)
	}
	rows, more := cut(rows, size)
	page := RunPage{Runs: convert(rows, summaryToRun)}
	if more {
		last := page.Runs[size-1]
		page.Next = runPlace{last.CreatedAt, last.ID}.cursor()
	}
	return page, nil
}

func (s *Store) runRows(ctx context.Context, tenant string, f RunFilter, before runPlace, limit int64) ([]db.RunsRow, error) {
	connection := optional(f.Connection)
	if connection != nil {
		*connection = fold(f.Connection)
	}
	params := db.RunsParams{
		TenantID: tenant, BeforeAt: before.at, BeforeID: before.id, FromAt: f.From, Integration: optional(f.Integration),
		Command: optional(f.Command), ConnectionID: optional(f.ConnectionID), ConnectionKey: connection, State: optional(f.State),
		ReturnData: optional(f.ReturnData), Actor: optional(f.Actor), Origin: optional(f.Origin), Pattern: contains(f.Text), PageSize: limit,
	}
	if f.ParentID == "" {
		return s.read.Runs(ctx, params)
	}
	rows, err := s.read.ChildRuns(ctx, childRunsParams(params, f.ParentID))
	return convert(rows, func(r db.ChildRunsRow) db.RunsRow { return db.RunsRow(r) }), err
}

func childRunsParams(p db.RunsParams, parent string) db.ChildRunsParams {
	return db.ChildRunsParams{
		TenantID: p.TenantID, BeforeAt: p.BeforeAt, BeforeID: p.BeforeID, FromAt: p.FromAt, Integration: p.Integration, Command: p.Command,
		ConnectionID: p.ConnectionID, ConnectionKey: p.ConnectionKey, State: p.State, ReturnData: p.ReturnData, Actor: p.Actor,
		Origin: p.Origin, Pattern: p.Pattern, ParentID: parent, PageSize: p.PageSize,
	}
}

// Items returns a page of a run's items in the order of Seq; state may be empty for all.
func (s *Store) Items(ctx context.Context, tenant, runID, state string, p Page) (ItemPage, error) {
	size, err := p.size()
	if err != nil {
		return ItemPage{}, err
	}
	after, err := parseSeqCursor("i", p.Cursor, math.MinInt64)
	if err != nil {
		return ItemPage{}, err
	}
	rows, err := s.read.Items(ctx, db.ItemsParams{TenantID: tenant, RunID: runID, After: after, State: optional(state), PageSize: int64(size) + 1})
	if err != nil {
		return ItemPage{}, s.readFailed(ctx, "list items of run", runID, "run", err)
	}
	rows, more := cut(rows, size)
	page := ItemPage{Items: convert(rows, toItem)}
	if more {
		page.Next = seqCursor("i", rows[size-1].Seq)
	}
	return page, nil
}

func convert[A, B any](rows []A, to func(A) B) []B {
	out := make([]B, len(rows))
	for i, r := range rows {
		out[i] = to(r)
	}
	return out
}

// convertAll is convert for conversions that can fail.
func convertAll[A, B any](rows []A, to func(A) (B, error)) ([]B, error) {
	out := make([]B, len(rows))
	for i, r := range rows {
		var err error
		if out[i], err = to(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Undo returns the sealed undo steps of a run, in the order they were written; none is not an error.
func (s *Store) Undo(ctx context.Context, tenant, runID string) ([][]byte, error) {
	steps, err := s.read.Undo(ctx, tenant, runID)
	if err != nil {
		return nil, s.readFailed(ctx, "read undo of run", runID, "run", err)
	}
	return steps, nil
}

// HasUndo tells whether a run has undo steps.
func (s *Store) HasUndo(ctx context.Context, tenant, runID string) (bool, error) {
	n, err := s.read.CountUndo(ctx, tenant, runID)
	if err != nil {
		return false, s.readFailed(ctx, "read undo of run", runID, "run", err)
	}
	return n > 0, nil
}
