package run_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/egress"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/run/runtest"
	"github.com/fairlead-io/fairlead/internal/store"
)

// lockkeeper is a bench whose disk does what the test wants, with a command that
// changes something at a server.
type lockkeeper struct {
	*runtest.Bench
	requests atomic.Int64
	prepared chan struct{} // closed when the command is about to send
}

func openLock(t *testing.T, sync func(real func() error) error) *lockkeeper {
	t.Helper()
	l := &lockkeeper{prepared: make(chan struct{})}
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { l.requests.Add(1) }))
	t.Cleanup(server.Close)
	change := func(ctx context.Context, call *connector.Call, _ connector.NoSession, _ *connector.NoInput) (*quayOut, error) {
		client, err := call.HTTP(connector.HTTPOptions{})
		if err != nil {
			return nil, err
		}
		close(l.prepared)
		req, err := http.NewRequestWithContext(ctx, http.MethodDelete, server.URL, nil)
		if err != nil {
			return nil, err
		}
		res, err := client.Do(req)
		if err != nil {
			return nil, err
		}
		return &quayOut{Done: true}, res.Body.Close()
	}
	l.Bench = runtest.New(t, runtest.Options{
		HTTP: egress.New(egress.Policy{}).Client,
		Integrations: []*connector.Integration{{
			ID: "lock", Name: "Lock", Summary: "A lock.",
			Commands: []*connector.Command{connector.NewCommand(connector.Meta{Name: "Open", Summary: "Opens.", Effect: connector.Delete}, change)},
		}},
		Store: []store.Option{func(c *store.Config) {
			real := c.Sync
			c.Sync = func() error { return sync(real) }
		}},
	})
	return l
}

func (l *lockkeeper) open(t *testing.T, limit time.Duration) *run.Record {
	t.Helper()
	rec, err := l.Run(t.Context(), l.Owner, run.Request{Integration: "lock", Command: "open", Input: json.RawMessage(`{}`), Origin: "test", Timeout: limit})
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// While its intent goes to the disk a command prepares its call, and sends nothing.
func TestNothingIsSentBeforeTheIntentIsOnTheDisk(t *testing.T) {
	var l *lockkeeper
	early := int64(-1)
	l = openLock(t, func(real func() error) error {
		if early < 0 {
			<-l.prepared
			select { // time in which a request would have come
			case <-time.After(50 * time.Millisecond):
			case <-t.Context().Done():
			}
			early = l.requests.Load()
		}
		return real()
	})
	rec := l.open(t, 0)
	if verdict(rec) != "Successful" || early != 0 || l.requests.Load() != 1 {
		t.Errorf("%s: %d requests before the disk had the intent, %d in all", verdict(rec), early, l.requests.Load())
	}
}

func TestNothingIsSentIfTheIntentDoesNotReachTheDisk(t *testing.T) {
	never := make(chan struct{})
	for why, c := range map[string]struct {
		sync  func(func() error) error
		limit time.Duration
		kind  connector.Kind
		says  string
	}{
		"the disk fails":                {func(func() error) error { return errors.New("no disk") }, 0, connector.Unavailable, "Nothing was sent"},
		"the run's time ends meanwhile": {func(func() error) error { <-never; return nil }, 50 * time.Millisecond, connector.Timeout, ""},
	} {
		t.Run(why, func(t *testing.T) {
			l := openLock(t, c.sync)
			done := make(chan *run.Record, 1)
			go func() { done <- l.open(t, c.limit) }()
			if c.limit > 0 {
				<-l.prepared
				time.AfterFunc(4*c.limit, func() { close(never) })
			}
			rec := <-done
			if rec.Error == nil || rec.Error.Kind != c.kind || !strings.Contains(rec.Error.Message, c.says) || l.requests.Load() != 0 {
				t.Errorf("%+v; %d requests", rec.Error, l.requests.Load())
			}
			if failed := l.Logs.String(); c.limit == 0 && !strings.Contains(failed, "may not be on the disk") {
				t.Errorf("the log does not say that the end may be lost: %s", failed)
			}
		})
	}
}
