package store

import (
	"context"

	"github.com/fairlead-io/fairlead/internal/store/db"
)

// EndedRun is what a decision to delete a run needs.
type EndedRun struct {
	Tenant, ID string
	EndedAt    int64
	Size       int64 // bytes of its own record, without items
}

// EndedRuns returns runs of all tenants that ended before a time, the oldest first.
func (s *Store) EndedRuns(ctx context.Context, before int64, limit int) ([]EndedRun, error) {
	rows, err := s.read.EndedRuns(ctx, before, int64(limit))
	if err != nil {
		return nil, s.readFailed(ctx, "list ended runs", "", "run", err)
	}
	return convert(rows, func(r db.EndedRunsRow) EndedRun {
		return EndedRun{Tenant: r.TenantID, ID: r.ID, EndedAt: *r.EndedAt, Size: r.Size}
	}), nil
}

// DetailedRuns returns runs of all tenants that ended before a time and were not cleared, the oldest first.
func (s *Store) DetailedRuns(ctx context.Context, before int64, limit int) ([]Ref, error) {
	rows, err := s.read.DetailedRuns(ctx, before, int64(limit))
	if err != nil {
		return nil, s.readFailed(ctx, "list ended runs", "", "run", err)
	}
	return convert(rows, func(r db.DetailedRunsRow) Ref { return Ref{Tenant: r.TenantID, ID: r.ID} }), nil
}

// SizeOfRuns returns the bytes that the records of all ended runs take, without items.
func (s *Store) SizeOfRuns(ctx context.Context) (int64, error) {
	n, err := s.read.SizeOfRuns(ctx)
	if err != nil {
		return 0, s.readFailed(ctx, "measure runs", "", "run", err)
	}
	return n, nil
}

// OldFiles returns files of all tenants that were stored before a time, the oldest first.
func (s *Store) OldFiles(ctx context.Context, before int64, limit int) ([]File, error) {
	rows, err := s.read.OldFiles(ctx, before, int64(limit))
	if err != nil {
		return nil, s.readFailed(ctx, "list old files", "", "file", err)
	}
	return convert(rows, toFile), nil
}

// SizeOfFiles returns the bytes of all files; content that several have counts for each.
func (s *Store) SizeOfFiles(ctx context.Context) (int64, error) {
	n, err := s.read.SizeOfFiles(ctx)
	if err != nil {
		return 0, s.readFailed(ctx, "measure files", "", "file", err)
	}
	return n, nil
}
