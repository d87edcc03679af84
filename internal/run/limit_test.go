package run_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/run/runtest"
)

type gateIn struct {
	Name string `json:"name" label:"Name" doc:"Name." minLength:"1"`
}

// gate is an integration whose command waits until it is let through.
type gate struct {
	mu    sync.Mutex
	order []string
	in    chan string
	let   chan struct{}
}

func (g *gate) integration() *connector.Integration {
	return &connector.Integration{ID: "gate", Name: "Gate", Summary: "Waits.", Commands: []*connector.Command{
		connector.NewCommand(connector.Meta{Name: "Pass", Summary: "Waits.", Effect: connector.Read},
			func(ctx context.Context, _ *connector.Call, _ connector.NoSession, in *gateIn) (*called, error) {
				g.mu.Lock()
				g.order = append(g.order, in.Name)
				g.mu.Unlock()
				g.in <- in.Name
				select {
				case <-g.let:
				case <-ctx.Done():
				}
				return &called{}, ctx.Err()
			}),
	}}
}

func newGate(t *testing.T, l run.Limits) (*gate, *runtest.Bench) {
	t.Helper()
	g := &gate{in: make(chan string, 100), let: make(chan struct{})}
	return g, runtest.New(t, runtest.Options{Integrations: []*connector.Integration{g.integration()}, Limits: l})
}

func pass(t *testing.T, b *runtest.Bench, name string) (*run.Record, error) {
	t.Helper()
	return b.Start(t.Context(), b.Owner, run.Request{Integration: "gate", Command: "pass", Input: fmt.Appendf(nil, `{"name":%q}`, name), Origin: "test"})
}

func await(t *testing.T, b *runtest.Bench, id string, want run.State) *run.Record {
	t.Helper()
	for range 500 {
		rec, err := b.Get(t.Context(), b.Owner, id)
		if err != nil {
			t.Fatal(err)
		}
		if rec.State == want {
			return rec
		}
		<-time.After(10 * time.Millisecond)
	}
	t.Fatalf("the run never was %s", want)
	return nil
}

func TestRunsWaitForTheirTurn(t *testing.T) {
	g, b := newGate(t, run.Limits{AtOnce: 2, Queue: 3})
	var ids []string
	for i := range 5 {
		rec, err := pass(t, b, fmt.Sprint(i))
		if err != nil {
			t.Fatal(err)
		}
		want := run.Running
		if i >= 2 {
			want = run.Queued
		} else {
			<-g.in
		}
		if rec.State != want || rec.ReturnData != nil || (rec.StartedAt != nil && want == run.Queued) {
			t.Errorf("run %d is %s, started %v", i, rec.State, rec.StartedAt)
		}
		ids = append(ids, rec.RunID)
	}
	_, err := pass(t, b, "too many")
	if e, _ := errors.AsType[*connector.Error](err); e == nil || e.Kind != connector.Limited || e.Fix == "" {
		t.Fatalf("the sixth: %v", err)
	}
	page, err := b.List(t.Context(), b.Owner, run.Filter{})
	if err != nil || len(page.Runs) != 5 {
		t.Errorf("%d runs were recorded, %v", len(page.Runs), err)
	}
	// One that waits is given up: it never runs, and its place is free.
	if _, err := b.Cancel(t.Context(), b.Owner, ids[3]); err != nil {
		t.Fatal(err)
	}
	if rec := await(t, b, ids[3], run.Canceled); *rec.ReturnData != run.Failed {
		t.Errorf("canceled: %+v", rec)
	}
	if _, err := pass(t, b, "5"); err != nil {
		t.Errorf("after one left the queue: %v", err)
	}
	close(g.let)
	for _, i := range []int{0, 1, 2, 4} {
		rec := await(t, b, ids[i], run.Done)
		if rec.StartedAt == nil {
			t.Errorf("run %d has no start", i)
		}
	}
	await(t, b, page.Runs[0].RunID, run.Done)
	for range 100 {
		g.mu.Lock()
		n := len(g.order)
		g.mu.Unlock()
		if n == 5 {
			break
		}
		<-time.After(10 * time.Millisecond)
	}
	if got := fmt.Sprint(g.order[2:]); got != "[2 4 5]" && got != "[4 2 5]" && got != "[2 5 4]" {
		t.Errorf("order of turns: %v", g.order)
	}
}

// A run of many children takes one place: else a full house would wait for itself.
func TestChildrenTakeNoPlace(t *testing.T) {
	g, b := newGate(t, run.Limits{AtOnce: 1, Queue: -1})
	close(g.let)
	rec := b.Do(t, "gate", "pass", map[string]any{"name": []string{"a", "b", "c"}})
	if rec.Error != nil || len(rec.Items) != 3 {
		t.Errorf("%+v", rec.Error)
	}
	if rec := b.Do(t, "gate", "pass", map[string]any{"name": "d"}); rec.Error != nil {
		t.Errorf("the place was not given back: %+v", rec.Error)
	}
}

// TestShutdownEndsTheQueue: what waits when the server ends is canceled, not lost.
func TestShutdownEndsTheQueue(t *testing.T) {
	g, b := newGate(t, run.Limits{AtOnce: 1, Queue: 2})
	first, _ := pass(t, b, "1")
	<-g.in
	second, err := pass(t, b, "2")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := b.Close(ctx); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{first.RunID, second.RunID} {
		if rec, err := b.Get(t.Context(), b.Owner, id); err != nil || rec.State != run.Canceled {
			t.Errorf("%v %+v", err, rec)
		}
	}
	if len(g.order) != 1 {
		t.Errorf("the second ran: %v", g.order)
	}
}
