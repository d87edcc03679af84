// Package storetest is the conformance suite of Store: what every database must do the same way.
package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/internal/store"
)

// Run runs the suite. open returns an empty store; the suite closes it.
func Run(t *testing.T, open func(t *testing.T) *store.Store) {
	for _, group := range []struct {
		name  string
		tests []test
	}{
		{"Connections", connectionTests},
		{"Tokens", tokenTests},
		{"Runs", runTests},
		{"RunLists", runListTests},
		{"Items", itemTests},
		{"Files", fileTests},
		{"Audit", auditTests},
		{"Keysets", keysetTests},
		{"Secrets", secretTests},
		{"Nodes", nodeTests},
		{"Checkpoints", checkpointTests},
		{"Retention", retentionTests},
		{"Writer", writerTests},
		{"Tenants", tenantTests},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, tt := range group.tests {
				t.Run(tt.name, func(t *testing.T) { tt.run(&suite{T: t, Store: openFor(t, open)}) })
			}
		})
	}
}

type test struct {
	name string
	run  func(*suite)
}

// suite is one test with its store.
type suite struct {
	*testing.T
	*store.Store
}

func openFor(t *testing.T, open func(t *testing.T) *store.Store) *store.Store {
	t.Helper()
	s := open(t)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

const tenant = "default"

func (s *suite) ctx() context.Context { return s.Context() }

// submit writes a batch that must succeed.
func (s *suite) submit(b store.Batch) {
	s.Helper()
	if err := s.Submit(s.ctx(), b); err != nil {
		s.Fatalf("submit: %v", err)
	}
}

// refuses writes a batch that must fail in one way.
func (s *suite) refuses(b store.Batch, want error) {
	s.Helper()
	_ = s.refusal(b, want)
}

// refusal is refuses for those who look at the error.
func (s *suite) refusal(b store.Batch, want error) *store.Error {
	s.Helper()
	err := s.Submit(s.ctx(), b)
	e, ok := errors.AsType[*store.Error](err)
	if !ok || !errors.Is(err, want) {
		s.Fatalf("submit: got %v, want %v", err, want)
	}
	return e
}

func (s *suite) equal(want, got any) {
	s.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		s.Errorf("-want +got\n%s", diff)
	}
}

// must is for reads that must succeed.
func must[T any](s *suite) func(v T, err error) T {
	return func(v T, err error) T {
		s.Helper()
		if err != nil {
			s.Fatal(err)
		}
		return v
	}
}

func (s *suite) fails(err, want error) {
	s.Helper()
	if !errors.Is(err, want) {
		s.Errorf("got %v, want %v", err, want)
	}
}

func ptr[T any](v T) *T { return &v }

// Run settles which of the two embedded methods of that name is meant.
func (s *suite) Run(ctx context.Context, tenant, id string) (store.Run, error) {
	return s.Store.Run(ctx, tenant, id)
}
