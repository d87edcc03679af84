package runtest

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connector/connectortest"
	"github.com/fairlead-io/fairlead/connector/schema"
	"github.com/fairlead-io/fairlead/internal/egress"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/validate"
)

// Conformance runs commands for the conformance suite over a Bench.
type Conformance struct {
	bench       *Bench
	integration string
	requests    *atomic.Int64
}

// NewConformance makes the runner of an integration. HTTP of the options is
// wrapped so that requests are counted.
func NewConformance(t testing.TB, i *connector.Integration, o Options) *Conformance {
	t.Helper()
	c := &Conformance{integration: i.ID, requests: &atomic.Int64{}}
	open := o.HTTP
	if open == nil {
		open = egress.New(egress.Policy{}).Client
	}
	o.Integrations = []*connector.Integration{i}
	o.HTTP = func(h connector.HTTPOptions) (*http.Client, error) {
		cl, err := open(h)
		if err != nil {
			return nil, err
		}
		counted := *cl
		counted.Transport = &counter{cl.Transport, c.requests}
		return &counted, nil
	}
	c.bench = New(t, o)
	return c
}

// Bench is the run path behind the runner.
func (c *Conformance) Bench() *Bench { return c.bench }

// Check is the suite's Validate.
func Check(t *schema.Type, v any) []*connector.Error { return validate.New().Value(t, v) }

type counter struct {
	next http.RoundTripper
	n    *atomic.Int64
}

// RoundTrip implements http.RoundTripper.
func (c *counter) RoundTrip(r *http.Request) (*http.Response, error) {
	c.n.Add(1)
	return c.next.RoundTrip(r)
}

// Run implements connectortest.Runner with unsaved settings.
func (c *Conformance) Run(t *testing.T, r connectortest.Request) connectortest.Outcome {
	t.Helper()
	req := run.Request{Integration: c.integration, Command: r.Command, Timeout: r.Timeout, Origin: "test"}
	req.Input = encode(t, r.Input)
	if r.Settings != nil {
		req.Inline = encode(t, r.Settings)
	}
	ctx := t.Context()
	if r.Cancel > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithCancel(ctx)
		defer stop()
		defer time.AfterFunc(r.Cancel, stop).Stop()
	}
	before, start := c.requests.Load(), time.Now()
	rec := c.await(ctx, t, req, limitOf(r))
	if rec == nil {
		return connectortest.Outcome{State: "running", Took: time.Since(start)}
	}
	o := connectortest.Outcome{
		State: string(rec.State), Took: time.Since(start), Requests: int(c.requests.Load() - before),
		RawData: encode(t, rec.RawData), Error: string(encode(t, rec.Error)), Logs: c.bench.Logs.String(), Stored: c.stored(t),
	}
	if rec.ReturnData != nil {
		o.Verdict = string(*rec.ReturnData)
	}
	if rec.Error != nil {
		o.Kind = rec.Error.Kind
		for _, i := range rec.Error.Items {
			o.Fields, o.Fixes = append(o.Fields, i.Field), append(o.Fixes, i.Fix)
		}
	}
	return o
}

// hardLimit is when a run counts as hanging.
const hardLimit = 30 * time.Second

func limitOf(r connectortest.Request) time.Duration {
	if r.Timeout > 0 || r.Cancel > 0 {
		return r.Timeout + r.Cancel + 6*time.Second
	}
	return hardLimit
}

// await gives nil when the run hangs, so that the suite can say so.
func (c *Conformance) await(ctx context.Context, t *testing.T, req run.Request, limit time.Duration) *run.Record {
	t.Helper()
	done := make(chan *run.Record, 1)
	go func() {
		rec, err := c.bench.Run(ctx, c.bench.Owner, req)
		if err != nil {
			t.Errorf("no run was made: %v", err)
		}
		done <- rec
	}()
	select {
	case rec := <-done:
		return rec
	case <-time.After(limit):
		return nil
	}
}

func encode(t *testing.T, v any) json.RawMessage {
	t.Helper()
	raw, err := json.Marshal(v)
	must(t, err)
	return raw
}

func (c *Conformance) stored(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	files, err := filepath.Glob(filepath.Join(c.bench.Dir, "fairlead.db*"))
	must(t, err)
	for _, f := range files {
		raw, err := os.ReadFile(f)
		must(t, err)
		all.Write(raw)
	}
	return all.String()
}
