package worker_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/internal/worker"
	"github.com/fairlead-io/fairlead/internal/worker/fakegateway"
	"github.com/fairlead-io/fairlead/internal/worker/gateway"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// function is a job type without anything to do.
type function struct{ typ string }

func (f function) Type() string    { return f.typ }
func (f function) Name() string    { return "Name of " + f.typ }
func (f function) Fetch() []string { return nil }
func (f function) Call(context.Context, job.Invocation) (json.RawMessage, error) {
	return nil, nil
}

type extender = func(ctx context.Context, d time.Duration) error

// handler does jobs as a test says. Unless it says otherwise a job gives a
// result that no other execution gives, so that two show.
type handler struct {
	types      []string
	executions atomic.Int64
	do         func(ctx context.Context, j job.Job, extend extender) job.Outcome
}

func (h *handler) Functions() []job.Function {
	var out []job.Function
	for _, t := range h.types {
		out = append(out, function{t})
	}
	return out
}

func (h *handler) Handle(ctx context.Context, j job.Job, extend func(ctx context.Context, d time.Duration) error) job.Outcome {
	n := h.executions.Add(1)
	if h.do != nil {
		return h.do(ctx, j, extend)
	}
	return done(n)
}

func done(n int64) job.Outcome {
	return job.Outcome{Kind: job.Complete, Variables: json.RawMessage(fmt.Sprintf(`{"execution":%d}`, n))}
}

// start runs a worker until the test ends, or until the function that it gives
// is called.
func start(t testing.TB, jobs gateway.Jobs, h worker.Handler, s worker.Settings) (*worker.Worker, func()) {
	t.Helper()
	w := worker.New(worker.Deps{Jobs: jobs, Handler: h, Settings: s, Now: time.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := w.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	stop := func() {
		cancel()
		<-ended
	}
	t.Cleanup(stop)
	return w, stop
}

func jobsOf(typ string, n int) []fakegateway.Spec {
	out := make([]fakegateway.Spec, n)
	for i := range out {
		out[i] = fakegateway.Spec{Type: typ}
	}
	return out
}

// pass lets time pass, which costs nothing in a bubble.
func pass(d time.Duration) { <-time.After(d) }
