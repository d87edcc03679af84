package run

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/obs"
	"github.com/fairlead-io/fairlead/internal/store"
)

// Defaults of Limits.
const (
	DefaultAtOnce = 256
	DefaultQueue  = 1024
)

// Limits bound how many runs there are at a time; 0 means the default. The
// children of a run belong to it and take no place of their own.
type Limits struct {
	AtOnce int // runs that go on
	Queue  int // runs that wait for their turn; negative: none
}

// turns hands out places in the order of asking.
type turns struct {
	mu      sync.Mutex
	free    int
	most    int // that may wait
	all     int
	waiting []*turn
}

// turn is a run's place; nil stands for one that needs none.
type turn struct {
	of    *turns
	ready chan struct{} // closed when the run may go on
}

func newTurns(l Limits) *turns {
	if l.AtOnce <= 0 {
		l.AtOnce = DefaultAtOnce
	}
	if l.Queue == 0 {
		l.Queue = DefaultQueue
	}
	return &turns{free: l.AtOnce, all: l.AtOnce, most: max(l.Queue, 0)}
}

// ask gives a place, or one in the queue. A full queue is Limited.
func (t *turns) ask() (*turn, *connector.Error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := &turn{of: t, ready: make(chan struct{})}
	switch {
	case t.free > 0:
		t.free--
		close(p.ready)
	case len(t.waiting) < t.most:
		t.waiting = append(t.waiting, p)
	default:
		return nil, &connector.Error{
			Kind: connector.Limited, Message: fmt.Sprintf("%d runs go on and %d wait for their turn: no more are taken.", t.all, len(t.waiting)),
			Fix: "Try again when some have ended, or have the server's settings max-runs and max-queued raised.",
		}
	}
	return p, nil
}

func (p *turn) waits() bool {
	if p == nil {
		return false
	}
	select {
	case <-p.ready:
		return false
	default:
		return true
	}
}

// wait returns when the run may go on, or when ctx ends.
func (p *turn) wait(ctx context.Context) error {
	if p == nil {
		return nil
	}
	select {
	case <-p.ready:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// end gives the place to the next that waits; it works for one that still
// waits, too.
func (p *turn) end() {
	if p == nil {
		return
	}
	t := p.of
	t.mu.Lock()
	defer t.mu.Unlock()
	if i := slices.Index(t.waiting, p); i >= 0 {
		t.waiting = slices.Delete(t.waiting, i, i+1)
		return
	}
	if len(t.waiting) == 0 {
		t.free++
		return
	}
	close(t.waiting[0].ready)
	t.waiting = slices.Delete(t.waiting, 0, 1)
}

// takeTurn gives a run its place before anything of it is recorded.
func (s *Service) takeTurn(j *job) error {
	if j.req.within {
		return nil
	}
	var err *connector.Error
	if j.turn, err = s.turns.ask(); err != nil {
		s.Telemetry.Limited("runs")
		return err
	}
	if j.turn.waits() {
		j.row.State, j.out.state = string(Queued), Queued
	}
	return nil
}

// awaitTurn lets a queued run wait. Its record says when it goes on.
func (s *Service) awaitTurn(ctx context.Context, j *job) error {
	if !j.turn.waits() {
		j.setRunning(s.Now())
		return nil
	}
	j.span.Queued(true)
	err := j.turn.wait(ctx)
	j.span.Queued(false)
	if err != nil {
		return err
	}
	j.setRunning(s.Now())
	err = s.Store.Submit(ctx, store.Batch{UpdateRuns: []*store.Run{j.rowCopy()}})
	return store.AsConnectorError(err)
}

func (j *job) rowCopy() *store.Run {
	j.rec.mu.Lock()
	defer j.rec.mu.Unlock()
	row := *j.row
	return &row
}

// observe begins the run's figures and span; what the run does shows below it.
func (s *Service) observe(ctx context.Context, j *job) {
	i := obs.RunInfo{ID: j.row.ID, Integration: j.integ.ID, Command: j.cmd.ID, Connection: j.row.ConnectionName, Origin: j.row.Origin, DryRun: j.row.DryRun}
	if j.row.ParentID != nil {
		i.Parent = *j.row.ParentID
	}
	sctx, span := s.Telemetry.Run(ctx, i)
	j.span = span
	j.ctx = obs.Carry(j.ctx, sctx, j.red)
}

// observed ends them.
func (j *job) observed() {
	row := j.rowCopy()
	e := obs.RunEnd{State: row.State, StatusCode: row.StatusCode, ItemsDone: row.ItemsDone, ItemsFailed: row.ItemsFailed, Bytes: row.Bytes}
	if row.ReturnData != nil {
		e.ReturnData = *row.ReturnData
	}
	if j.out.err != nil {
		e.ErrorKind = string(j.out.err.Kind)
	}
	if row.EndedAt != nil {
		e.Took = store.Time(*row.EndedAt).Sub(store.Time(row.CreatedAt))
	}
	j.span.End(e)
	j.svc.Log.Debug("run ended", "run", row.ID, "command", j.integ.ID+"/"+j.cmd.ID, "connection", row.ConnectionName, "actor", row.Actor,
		"state", row.State, "returnData", e.ReturnData, "kind", e.ErrorKind, "status", row.StatusCode, "ms", e.Took.Milliseconds())
}

// runWithin runs a child of a run that goes on.
func (s *Service) runWithin(ctx context.Context, actor authz.Actor, req Request) (*Record, error) {
	req.within = true
	return s.Run(ctx, actor, req)
}

// RunWithin is Run on behalf of a run that goes on, as when the document that it
// makes is kept in S3. It takes no turn: who waits for it holds one.
func (s *Service) RunWithin(ctx context.Context, actor authz.Actor, req Request) (*Record, error) {
	return s.runWithin(ctx, actor, req)
}
