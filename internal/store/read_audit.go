package store

import (
	"context"
	"iter"
	"math"

	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/store/db"
)

// AuditEntries returns a page of a tenant's audit entries, newest first.
func (s *Store) AuditEntries(ctx context.Context, tenant string, f AuditFilter, p Page) (AuditPage, error) {
	size, err := p.size()
	if err != nil {
		return AuditPage{}, err
	}
	before, err := parseSeqCursor("a", p.Cursor, math.MaxInt64)
	if err != nil {
		return AuditPage{}, err
	}
	params := db.AuditEntriesParams{
		TenantID: tenant, Before: before, FromAt: f.From, ToAt: f.To, Kind: optional(f.Kind), Actor: optional(f.Actor), PageSize: int64(size) + 1,
	}
	if f.To == 0 {
		params.ToAt = math.MaxInt64
	}
	rows, err := s.auditRows(ctx, f, params)
	if err != nil {
		return AuditPage{}, s.readFailed(ctx, "list audit entries", "", "entry", err)
	}
	rows, more := cut(rows, size)
	page := AuditPage{Entries: convert(rows, toAuditEntry)}
	if more {
		page.Next = seqCursor("a", rows[size-1].Seq)
	}
	return page, nil
}

func (s *Store) auditRows(ctx context.Context, f AuditFilter, p db.AuditEntriesParams) ([]db.AuditEntry, error) {
	if f.RunID == "" {
		return s.read.AuditEntries(ctx, p)
	}
	return s.read.AuditEntriesOfRun(ctx, db.AuditEntriesOfRunParams{
		TenantID: p.TenantID, Before: p.Before, FromAt: p.FromAt, ToAt: p.ToAt, Kind: p.Kind, Actor: p.Actor, RunID: f.RunID, PageSize: p.PageSize,
	})
}

// AuditChain returns a tenant's entries in the order of the chain, from the one after the given sequence number, as
// audit.Verify reads them. It ends after the first error.
func (s *Store) AuditChain(ctx context.Context, tenant string, after int64) iter.Seq2[AuditEntry, error] {
	return func(yield func(AuditEntry, error) bool) {
		for {
			rows, err := s.read.AuditChain(ctx, tenant, after, MaxLimit)
			if err != nil {
				yield(AuditEntry{}, s.readFailed(ctx, "read audit chain", tenant, "entry", err))
				return
			}
			for _, r := range rows {
				if !yield(toAuditEntry(r), nil) {
					return
				}
				after = r.Seq
			}
			if len(rows) < MaxLimit {
				return
			}
		}
	}
}

// AuditHead returns how far a tenant's chain has come: zero if it has no entry.
func (s *Store) AuditHead(ctx context.Context, tenant string) (audit.Checkpoint, error) {
	row, err := s.read.AuditHead(ctx, tenant)
	if noRows(err) {
		return audit.Checkpoint{}, nil
	}
	if err != nil {
		return audit.Checkpoint{}, s.readFailed(ctx, "read audit chain", tenant, "chain", err)
	}
	return checkpoint(row.Seq, row.Hash)
}

// Tenants returns the tenants that have an audit chain.
func (s *Store) Tenants(ctx context.Context) ([]string, error) {
	ids, err := s.read.AuditTenants(ctx)
	if err != nil {
		return nil, s.readFailed(ctx, "list tenants", "", "tenant", err)
	}
	return ids, nil
}

// Checkpoint is a signed place in a tenant's chain; see audit.SignedCheckpoint.
type Checkpoint = audit.SignedCheckpoint

// Checkpoints returns a tenant's checkpoints after a sequence number, in order, at most MaxLimit of them.
func (s *Store) Checkpoints(ctx context.Context, tenant string, after int64) ([]Checkpoint, error) {
	rows, err := s.read.Checkpoints(ctx, tenant, after, MaxLimit)
	if err != nil {
		return nil, s.readFailed(ctx, "list checkpoints", tenant, "checkpoint", err)
	}
	return convert(rows, toCheckpoint), nil
}

// LastCheckpoint returns a tenant's newest checkpoint; the zero one if it has none.
func (s *Store) LastCheckpoint(ctx context.Context, tenant string) (Checkpoint, error) {
	row, err := s.read.LastCheckpoint(ctx, tenant)
	if noRows(err) {
		return Checkpoint{}, nil
	}
	if err != nil {
		return Checkpoint{}, s.readFailed(ctx, "read checkpoint", tenant, "checkpoint", err)
	}
	return toCheckpoint(row), nil
}

func toCheckpoint(r db.AuditCheckpoint) Checkpoint {
	c := Checkpoint{Tenant: r.TenantID, At: r.At, Signature: r.Signature}
	c.Seq = r.Seq
	copy(c.Hash[:], r.Hash) // one of the wrong length fails verification
	return c
}
