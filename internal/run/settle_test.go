package run_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/run/runtest"
	"github.com/fairlead-io/fairlead/internal/store"
)

type write = func(context.Context, store.Batch) error

// quay is a bench whose store fails as fault says, and whose one command counts how often it acted.
type quay struct {
	*runtest.Bench
	fault atomic.Pointer[func(context.Context, store.Batch, write) error]
	acted atomic.Int32
	fails atomic.Bool
}

type quayOut struct {
	Done bool `json:"Done" doc:"Whether it is done."`
}

func openQuay(t *testing.T) *quay {
	t.Helper()
	q := &quay{}
	act := func(_ context.Context, _ *connector.Call, _ connector.NoSession, _ *connector.NoInput) (*quayOut, error) {
		q.acted.Add(1)
		if q.fails.Load() {
			return nil, &connector.Error{Kind: connector.Unavailable, Message: "The quay is closed."}
		}
		return &quayOut{Done: true}, nil
	}
	q.Bench = runtest.New(t, runtest.Options{
		Integrations: []*connector.Integration{{
			ID: "quay", Name: "Quay", Summary: "A quay.", Commands: []*connector.Command{connector.NewCommand(connector.Meta{Name: "Act", Summary: "Acts.", Effect: connector.Write}, act)},
		}},
		Store: []store.Option{store.Around(func(ctx context.Context, b store.Batch, w write) error {
			if f := q.fault.Load(); f != nil {
				return (*f)(ctx, b, w)
			}
			return w(ctx, b)
		})},
	})
	return q
}

func (q *quay) act(t *testing.T) (*run.Record, error) {
	t.Helper()
	return q.Run(t.Context(), q.Owner, run.Request{Integration: "quay", Command: "act", Input: json.RawMessage(`{}`), Origin: "test"})
}

func (q *quay) only(t *testing.T) store.Run {
	t.Helper()
	page, err := q.Store.Runs(t.Context(), q.Owner.Tenant, store.RunFilter{}, store.Page{})
	if err != nil || len(page.Runs) != 1 {
		t.Fatalf("%d runs, %v", len(page.Runs), err)
	}
	return page.Runs[0]
}

func (q *quay) ended(t *testing.T) store.Run {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) { //nolint:forbidigo // another process's clock, as it were
		if r := q.only(t); r.EndedAt != nil {
			return r
		}
	}
	t.Fatal("the run was never given an end")
	return store.Run{}
}

var away = &store.Error{Kind: store.Unavailable, Op: "write", Message: "away"}

func kindsOf(b store.Batch) string {
	var out []string
	for _, e := range b.Audit {
		out = append(out, e.Kind)
	}
	return strings.Join(out, ",")
}

// No audit, no effect: a run whose intent cannot be written does not act.
func TestNoAuditNoEffect(t *testing.T) {
	q := openQuay(t)
	refuse := func(ctx context.Context, b store.Batch, w write) error {
		if strings.Contains(kindsOf(b), audit.KindRunIntent) {
			return away
		}
		return w(ctx, b)
	}
	q.fault.Store(&refuse)
	for range 20 {
		if _, err := q.act(t); connector.AsError(err) == nil || connector.AsError(err).Kind != connector.Unavailable {
			t.Fatalf("got %v, want Unavailable", err)
		}
	}
	if n := q.acted.Load(); n != 0 {
		t.Errorf("the command acted %d times without an intent on record", n)
	}
	q.fault.Store(nil)
	if rec, err := q.act(t); err != nil || rec.Error != nil || q.acted.Load() != 1 {
		t.Errorf("after the store came back: %+v, %v", rec, err)
	}
}

// The end of a run is insisted on.
func TestTheEndIsRecordedWhenTheStoreComesBack(t *testing.T) {
	q := openQuay(t)
	var left atomic.Int32
	left.Store(3)
	few := func(ctx context.Context, b store.Batch, w write) error {
		if len(b.UpdateRuns) > 0 && left.Add(-1) >= 0 {
			return away
		}
		return w(ctx, b)
	}
	q.fault.Store(&few)
	rec, err := q.act(t)
	if err != nil || rec.State != run.Done || q.only(t).EndedAt == nil {
		t.Errorf("after three failures: %+v, %v", rec, err)
	}
}

func TestTheEndIsRecordedLater(t *testing.T) {
	q := openQuay(t)
	long := func(ctx context.Context, b store.Batch, w write) error {
		if len(b.UpdateRuns) > 0 {
			return away
		}
		return w(ctx, b)
	}
	q.fault.Store(&long)
	rec, err := q.act(t)
	if err != nil || rec.State != run.Unknown || q.only(t).EndedAt != nil {
		t.Fatalf("while the store is away: %+v, %v", rec, err)
	}
	q.fault.Store(nil)
	if r := q.ended(t); r.State != store.RunDone || *r.ReturnData != string(run.Successful) {
		t.Errorf("it ended as %+v", r)
	}
}

// An answer that is lost makes neither a second end nor a run that never ends.
func TestLostAnswers(t *testing.T) {
	for kind, want := range map[string]struct {
		acted int32
		data  run.ReturnData
	}{
		audit.KindRunIntent:  {0, run.Failed},
		audit.KindRunOutcome: {1, run.Successful},
	} {
		t.Run(kind, func(t *testing.T) {
			q := openQuay(t)
			var once atomic.Bool
			lose := func(ctx context.Context, b store.Batch, w write) error {
				err := w(ctx, b)
				if err == nil && strings.Contains(kindsOf(b), kind) && once.CompareAndSwap(false, true) {
					return away
				}
				return err
			}
			q.fault.Store(&lose)
			_, err := q.act(t)
			if (err != nil) != (want.acted == 0) {
				t.Errorf("the caller was told %v", err)
			}
			if r := q.ended(t); *r.ReturnData != string(want.data) || q.acted.Load() != want.acted {
				t.Errorf("it ended as %s after acting %d times", *r.ReturnData, q.acted.Load())
			}
			page, err := q.Store.AuditEntries(t.Context(), q.Owner.Tenant, store.AuditFilter{RunID: q.only(t).ID}, store.Page{})
			if err != nil || len(page.Entries) != 2 {
				t.Errorf("%d audit entries, %v; want an intent and one outcome", len(page.Entries), err)
			}
		})
	}
}

func TestARunWithoutDetailsCannotBeResumed(t *testing.T) {
	q := openQuay(t)
	q.fails.Store(true)
	rec, err := q.act(t)
	if err != nil {
		t.Fatal(err)
	}
	b := store.Batch{ClearRuns: []*store.RunClear{{Tenant: q.Owner.Tenant, ID: rec.RunID}}}
	if err := q.Store.Submit(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	_, err = q.Resume(t.Context(), q.Owner, rec.RunID)
	if e := connector.AsError(err); e == nil || e.Kind != connector.Conflict || !strings.Contains(e.Message, "retention") {
		t.Errorf("got %v, want Conflict that says why", err)
	}
}
