package run

import (
	"context"
	"fmt"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/store"
)

// gate keeps what a run sends back until its intent is on the disk.
type gate struct {
	ready chan struct{}
	err   error // set before ready is closed
}

func newGate() *gate { return &gate{ready: make(chan struct{})} }

// flushed opens the gate, for errors too.
func (g *gate) flushed(err error) {
	if err != nil {
		g.err = &connector.Error{
			Kind: connector.Unavailable, Message: fmt.Sprintf("Nothing was sent: %v.", err), Fix: "Look into the disk of the data folder, then run it again.", Err: err,
		}
	}
	close(g.ready)
}

func (g *gate) wait(ctx context.Context) error {
	select {
	case <-g.ready:
		return g.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// guarded is the context of a run's calls.
func (j *job) guarded(ctx context.Context) context.Context {
	if j.gate == nil {
		return ctx
	}
	return connector.WithGate(ctx, j.gate.wait)
}

// intentBatch records the beginning of a run. Where something is changed, and
// somebody waits for that, the run prepares its call while the intent goes to
// the disk. Children have gates of their own.
func (j *job) intentBatch(intent *store.AuditEntry) store.Batch {
	b := store.Batch{InsertRuns: []*store.Run{j.row}, Audit: []*store.AuditEntry{intent}}
	switch {
	case j.req.async:
	case j.readsOnly():
		b.Relaxed = true
	case j.batch == nil:
		j.gate = newGate()
		b.Relaxed, b.Flushed = true, j.gate.flushed
	}
	return b
}
