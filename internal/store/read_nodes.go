package store

import (
	"context"

	"github.com/fairlead-io/fairlead/internal/store/db"
)

// Node is a process that has the database open. Its beat changes while it lives.
type Node struct {
	ID   string
	Beat int64
}

// Nodes returns the nodes that have joined and not left.
func (s *Store) Nodes(ctx context.Context) ([]Node, error) {
	rows, err := s.read.Nodes(ctx)
	if err != nil {
		return nil, s.readFailed(ctx, "list nodes", "", "node", err)
	}
	return convert(rows, func(n db.Node) Node { return Node(n) }), nil
}

// GoneNodes returns ids of nodes that are not listed and have runs without an end.
func (s *Store) GoneNodes(ctx context.Context) ([]string, error) {
	ids, err := s.read.GoneNodes(ctx)
	if err != nil {
		return nil, s.readFailed(ctx, "list nodes", "", "node", err)
	}
	return ids, nil
}

// CancelRequests returns the runs of a node that somebody asked to cancel and that go on.
func (s *Store) CancelRequests(ctx context.Context, nodeID string) ([]Ref, error) {
	rows, err := s.read.CancelRequests(ctx, nodeID)
	if err != nil {
		return nil, s.readFailed(ctx, "list requests to cancel", "", "run", err)
	}
	return convert(rows, func(r db.CancelRequestsRow) Ref { return Ref{Tenant: r.TenantID, ID: r.RunID} }), nil
}
