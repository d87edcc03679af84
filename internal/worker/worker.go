package worker

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// Worker takes the jobs of all types of its handler, on one budget.
type Worker struct {
	Deps
	budget *budget // of jobs that are being done
	acks   *budget // of ends that are being told
	held   *held
	lanes  []*lane
	log    *failures
	broker broker

	looks time.Time // a moment at which all types look for jobs

	working  sync.WaitGroup
	draining atomic.Bool
	running  atomic.Bool
}

// New makes a worker; Run starts it.
func New(d Deps) *Worker {
	d.Settings = d.Settings.orDefaults()
	w := &Worker{Deps: d, budget: newBudget(d.MaxJobs), acks: newBudget(d.MaxJobs), log: newFailures(d.Settings.Failures)}
	longest := d.Timeout
	for _, f := range d.Handler.Functions() {
		l := w.newLane(f)
		w.lanes = append(w.lanes, l)
		longest = max(longest, l.act.Timeout)
	}
	w.held = newHeld(min(max(2*longest, time.Minute), 10*time.Minute))
	w.looks = d.Now().Add(rand.N(d.PollEvery))
	d.Metrics.Capacity(d.MaxJobs)
	return w
}

// Run takes jobs until ctx ends, then lets those that are being done end,
// for as long as the settings allow. What is not done by then comes back from
// the cluster.
func (w *Worker) Run(ctx context.Context) error {
	w.running.Store(true)
	defer w.running.Store(false)
	jobs, cancelJobs := context.WithCancel(context.WithoutCancel(ctx))
	defer cancelJobs()
	var taking sync.WaitGroup
	taking.Go(func() { w.watchBroker(ctx) })
	for _, l := range w.lanes {
		l.jobs = jobs
		taking.Go(func() { l.run(ctx) })
	}
	<-ctx.Done()
	w.draining.Store(true)
	taking.Wait()
	w.finish(ctx, cancelJobs)
	return nil
}

// finish waits for the jobs that are being done, and cancels them when the
// time is over.
func (w *Worker) finish(ctx context.Context, cancel context.CancelFunc) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.working.Wait()
	}()
	limit := time.NewTimer(w.Settings.Drain)
	defer limit.Stop()
	select {
	case <-done:
		return
	case <-limit.C:
	}
	w.Log.WarnContext(ctx, "jobs are given back to the cluster: the time to finish them is over", "jobs", w.held.inTheWorks())
	cancel()
	<-done
}

// Drain tells whether the worker is ending.
func (w *Worker) Drain() bool { return w.draining.Load() }

// begin does a job for which there is a place in the budget.
func (w *Worker) begin(l *lane, e *entry, since time.Time) {
	w.working.Go(func() { w.do(l, e, since) })
}

func (w *Worker) do(l *lane, e *entry, since time.Time) {
	j := w.held.current(e)
	h := w.newHold(l, e, since)
	if !h.confirm(l.jobs) {
		w.held.drop(e)
		l.room.give(1)
		l.tally.gone()
		return
	}
	label := labelOf(j)
	w.Metrics.Activated(label)
	l.tally.begun(w.Now())
	h.watch(l.jobs)
	began := w.Now()
	out := w.handle(l.jobs, j, h)
	took := w.Now().Sub(began)
	w.Metrics.Executed(label, took)
	l.tally.took(took)
	until := h.end()
	if w.abandoned(l.jobs, out) {
		w.held.drop(e)
		l.room.give(1)
		l.tally.ended()
		w.giveBack(l.jobs, w.held.current(e))
		return
	}
	w.note(l, j, out)
	w.held.ending(e, out, w.Now())
	w.acks.take(context.WithoutCancel(l.jobs), 1) // before the place is given up, or unheard ends would pile up
	l.room.give(1)
	l.tally.ended()
	w.tell(l, e, label, out, until)
	w.acks.give(1)
}

// abandoned tells whether a job failed only because the worker ends: that must
// not cost it a retry.
func (w *Worker) abandoned(ctx context.Context, out job.Outcome) bool {
	return ctx.Err() != nil && out.Kind != job.Complete && out.Kind != job.Throw
}

// handle does the job. A panic fails that job and nothing else.
func (w *Worker) handle(ctx context.Context, j job.Job, h *hold) (out job.Outcome) {
	defer func() {
		if p := recover(); p != nil {
			w.Log.ErrorContext(ctx, "a job panicked", "job", j.Key, "type", j.Type, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			const text = "The worker failed inside; its log says more."
			out = job.Outcome{Kind: job.Fail, Retries: max(0, j.Retries-1), ErrorMessage: text, Failure: text}
		}
	}()
	return w.Handler.Handle(ctx, j, h.extend)
}
