package fakegateway

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/fairlead-io/fairlead/internal/worker/gateway"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// Direct gives the engine to a worker of this process without an interface in
// between, so that it can live in a bubble of testing/synctest.
func (e *Engine) Direct() *Direct { return &Direct{Engine: e, Streams: true} }

// Direct implements gateway.Jobs.
type Direct struct {
	*Engine
	Streams bool
	Asleep  bool // extensions never arrive, as of a machine that is paused
}

var _ gateway.Jobs = (*Direct)(nil)

// CanStream implements gateway.Jobs.
func (d *Direct) CanStream() bool { return d.Streams }

// Stream implements gateway.Jobs.
func (d *Direct) Stream(ctx context.Context, a gateway.Activation, opened func(), take func(job.Job)) error {
	return asError("StreamActivatedJobs", d.open(ctx, requestOf(a), opened, func(x activation) error {
		take(x.job)
		return nil
	}))
}

// Poll implements gateway.Jobs.
func (d *Direct) Poll(ctx context.Context, a gateway.Activation) ([]job.Job, error) {
	got, err := d.poll(ctx, requestOf(a), a.MaxJobs, a.LongPoll)
	jobs := make([]job.Job, len(got))
	for i := range got {
		jobs[i] = got[i].job
	}
	return jobs, asError("ActivateJobs", err)
}

func requestOf(a gateway.Activation) request {
	return request{typ: a.Type, worker: a.Worker, timeout: a.Timeout, fetch: a.Fetch, tenants: tenantsOr(a.Tenants), lease: a.WithLease}
}

// tenantsOr is what a gateway takes: real ones take none for the default in
// some versions, and for nothing in others.
func tenantsOr(tenants []string) []string {
	if len(tenants) == 0 {
		return []string{DefaultTenant}
	}
	return tenants
}

// Complete implements gateway.Jobs.
func (d *Direct) Complete(_ context.Context, j job.Job, variables json.RawMessage) error {
	return asError("CompleteJob", d.command(Command{Kind: KindComplete, Key: j.Key, Variables: variables, Lease: j.LeaseToken}))
}

// Fail implements gateway.Jobs.
func (d *Direct) Fail(_ context.Context, j job.Job, f gateway.Failure) error {
	return asError("FailJob", d.command(Command{Kind: KindFail, Key: j.Key, Variables: f.Variables, Retries: f.Retries, Backoff: f.Backoff, ErrorMessage: f.Message, Lease: j.LeaseToken}))
}

// Throw implements gateway.Jobs.
func (d *Direct) Throw(_ context.Context, j job.Job, t gateway.Thrown) error {
	return asError("ThrowError", d.command(Command{Kind: KindThrow, Key: j.Key, Variables: t.Variables, ErrorCode: t.Code, ErrorMessage: t.Message, Lease: j.LeaseToken}))
}

// Extend implements gateway.Jobs.
func (d *Direct) Extend(_ context.Context, j job.Job, timeout time.Duration) error {
	if d.Asleep {
		return asError("UpdateJobTimeout", &Refusal{"UNAVAILABLE", "planted: it never arrived"})
	}
	return asError("UpdateJobTimeout", d.command(Command{Kind: KindTimeout, Key: j.Key, Timeout: timeout, Lease: j.LeaseToken}))
}

// Topology implements gateway.Jobs.
func (d *Direct) Topology(context.Context) (gateway.Topology, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.reach(""); err != nil {
		return gateway.Topology{}, asError("Topology", err)
	}
	return gateway.Topology{Version: Version, Brokers: 1, AnyHealthy: true, PartitionCount: 1}, nil
}

// asError gives a refusal as the client of a real gateway does.
func asError(operation string, err error) error {
	r, ok := errors.AsType[*Refusal](err)
	if !ok {
		return err
	}
	e := &gateway.Error{Operation: operation, Code: r.Code, Message: r.Message}
	switch r.Code {
	case gateway.CodeUnavailable, gateway.CodeDeadlineExceeded, "ABORTED", "DATA_LOSS", gateway.CodeInternal:
		e.Retryable = true
	case gateway.CodeResourceExhausted:
		e.Retryable, e.Backpressure = true, true
	case gateway.CodeNotFound, gateway.CodeFailedPrecondition:
		e.Gone = true
	}
	return e
}
