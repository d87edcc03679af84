package run_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/files"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/run/runtest"
	"github.com/fairlead-io/fairlead/internal/store"
)

// pier is a bench that notes what each write to its store was about. Its one
// command reads, and does then what the test wants.
type pier struct {
	*runtest.Bench
	mu     sync.Mutex
	writes []string
	fail   atomic.Bool
	during func(context.Context, *connector.Call) error
}

func openPier(t *testing.T, during func(context.Context, *connector.Call) error) *pier {
	t.Helper()
	p := &pier{during: during}
	look := func(ctx context.Context, call *connector.Call, _ connector.NoSession, _ *connector.NoInput) (*quayOut, error) {
		return &quayOut{Done: true}, p.during(ctx, call)
	}
	p.Bench = runtest.New(t, runtest.Options{
		Integrations: []*connector.Integration{{
			ID: "pier", Name: "Pier", Summary: "A pier.", Commands: []*connector.Command{connector.NewCommand(connector.Meta{Name: "Look", Summary: "Looks.", Effect: connector.Read}, look)},
		}},
		Store: []store.Option{store.Around(p.note)},
		Files: func(st *store.Store, dir string) func(authz.Actor, string) connector.Files {
			blobs, err := files.OpenLocal(filepath.Join(dir, "files"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = blobs.Close() })
			service := files.New(files.Config{Blobs: blobs, Records: st, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
			return func(a authz.Actor, runID string) connector.Files {
				return service.For(files.Owner{Tenant: a.Tenant, Actor: a.ID, RunID: runID})
			}
		},
	})
	return p
}

func (p *pier) note(ctx context.Context, b store.Batch, w write) error {
	if p.fail.Load() {
		return away
	}
	what := kindsOf(b)
	if len(b.UpsertItems) > 0 {
		what += " items"
	}
	if what != "" { // else it is the first key
		p.mu.Lock()
		p.writes = append(p.writes, strings.TrimSpace(what))
		p.mu.Unlock()
	}
	return w(ctx, b)
}

func (p *pier) look(t *testing.T, key string) (*run.Record, error) {
	t.Helper()
	return p.Run(t.Context(), p.Owner, run.Request{Integration: "pier", Command: "look", Input: json.RawMessage(`{}`), Origin: "test", IdempotencyKey: key})
}

func TestAQuickReadIsRecordedOnce(t *testing.T) {
	file := func(ctx context.Context, call *connector.Call) error {
		w, err := call.Files.Create(ctx, connector.NewFile{Name: "f"})
		if err != nil {
			return err
		}
		_, err = w.Commit(ctx)
		return err
	}
	quick := func(context.Context, *connector.Call) error { return nil }
	slow := func(ctx context.Context, _ *connector.Call) error {
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
		}
		return nil
	}
	for why, c := range map[string]struct {
		during func(context.Context, *connector.Call) error
		key    string
		want   []string
	}{
		"nobody can have seen anything of it":      {quick, "", []string{"run.intent,run.outcome"}},
		"others may look for the key":              {quick, "k", []string{"run.intent", "run.outcome"}},
		"one that takes its time is announced":     {slow, "", []string{"run.intent", "run.outcome"}},
		"a file of a run comes with its beginning": {file, "", []string{"run.intent,file.created", "run.outcome"}},
	} {
		t.Run(why, func(t *testing.T) {
			p := openPier(t, c.during)
			rec, err := p.look(t, c.key)
			if err != nil || verdict(rec) != "Successful" {
				t.Fatalf("%+v, %v", rec.Error, err)
			}
			if diff := cmp.Diff(c.want, p.writes); diff != "" {
				t.Error(diff)
			}
			stored, err := p.Get(t.Context(), p.Owner, rec.RunID)
			if err != nil || stored.State != run.Done || verdict(stored) != "Successful" {
				t.Errorf("stored: %+v, %v", stored, err)
			}
		})
	}
}

// What was read is given to nobody when it cannot be recorded.
func TestAReadThatCannotBeRecordedGivesNothing(t *testing.T) {
	for why, late := range map[string]bool{"at its end": false, "while it goes on": true} {
		t.Run(why, func(t *testing.T) {
			var p *pier
			p = openPier(t, func(ctx context.Context, _ *connector.Call) error {
				p.fail.Store(true)
				if !late {
					return nil
				}
				<-ctx.Done() // the beginning cannot be recorded: the run is ended for it
				return ctx.Err()
			})
			rec, err := p.look(t, "")
			if rec != nil || connector.AsError(err) == nil || connector.AsError(err).Kind != connector.Unavailable {
				t.Errorf("got %+v, %v; want no record, and Unavailable", rec, err)
			}
			p.fail.Store(false)
		})
	}
}

// An answer of the store that is lost makes no second record.
func TestALostAnswerOfAWholeRecord(t *testing.T) {
	var once atomic.Bool
	b := runtest.New(t, runtest.Options{
		Integrations: []*connector.Integration{acme()},
		Store: []store.Option{store.Around(func(ctx context.Context, b store.Batch, w write) error {
			err := w(ctx, b)
			if err == nil && len(b.InsertRuns) > 0 && once.CompareAndSwap(false, true) {
				return away
			}
			return err
		})},
	})
	b.Connect(t, "acme", "main", map[string]any{"host": "h", "token": canary})
	rec, err := b.Run(t.Context(), b.Owner, run.Request{Integration: "acme", Command: "get-one", Input: json.RawMessage(`{"name":"x"}`), Origin: "test"})
	if err != nil || verdict(rec) != "Successful" || !once.Load() {
		t.Fatalf("%+v, %v", rec, err)
	}
	page, err := b.Store.AuditEntries(t.Context(), b.Owner.Tenant, store.AuditFilter{RunID: rec.RunID}, store.Page{})
	if err != nil || len(page.Entries) != 2 {
		t.Errorf("%d audit entries, %v; want an intent and one outcome", len(page.Entries), err)
	}
}

// The caller of a job's run is not kept until the end is recorded; it is, soon,
// and before the service is closed.
func TestTheEndOfAJobsRunIsRecordedSoon(t *testing.T) {
	q := openQuay(t)
	act := func() *run.Record {
		rec, err := q.Run(t.Context(), q.Owner, run.Request{Integration: "quay", Command: "act", Input: json.RawMessage(`{}`), Origin: "worker"})
		if err != nil || verdict(rec) != "Successful" || rec.State != run.Done {
			t.Fatalf("%+v, %v", rec, err)
		}
		return rec
	}
	first := act()
	if seen, err := q.Get(t.Context(), q.Owner, first.RunID); err != nil || seen.EndedAt == nil || q.only(t).EndedAt == nil {
		t.Errorf("others see the end before it is recorded: %+v, %v", seen, err)
	}
	if r := q.ended(t); r.ID != first.RunID || r.State != store.RunDone {
		t.Errorf("recorded: %+v", r)
	}
	last := act()
	if err := q.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	row, err := q.Store.Run(t.Context(), q.Owner.Tenant, last.RunID)
	if err != nil || row.EndedAt == nil || row.State != store.RunDone {
		t.Errorf("after the service was closed: %+v, %v", row, err)
	}
}
