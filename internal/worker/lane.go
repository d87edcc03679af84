package worker

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/fairlead-io/fairlead/internal/worker/gateway"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

// lane is the way of one job type into the worker.
type lane struct {
	w     *Worker
	act   gateway.Activation
	set   TypeSettings // complete
	room  room
	jobs  context.Context // of the jobs; outlives that of taking them
	tally *tally
	// secret are the names of variables that are not shown, whatever they sound like.
	secret []string

	inbox   inbox       // of the stream's goroutine
	open    atomic.Bool // the stream is open
	streams atomic.Bool // the type has a stream at all
	first   int         // jobs that the next drain asks for at first; of the poller's goroutine
	kick    chan struct{}
	sooner  chan time.Duration
}

func (w *Worker) newLane(f job.Function) *lane {
	set := w.of(f.Type())
	if set.Name == "" {
		set.Name = f.Name()
	}
	l := &lane{
		w: w, set: set, room: room{all: w.budget}, tally: newTally(f.Type(), f.Name()), kick: make(chan struct{}, 1), sooner: make(chan time.Duration, 1),
		act: gateway.Activation{Type: f.Type(), Worker: set.Name, Timeout: set.Timeout, Fetch: f.Fetch(), Tenants: set.Tenants, WithLease: w.Leases},
	}
	l.first = l.firstWant()
	if set.MaxJobs < w.MaxJobs {
		l.room.own = newBudget(set.MaxJobs)
	}
	if d, ok := f.(job.Discreet); ok {
		l.secret = d.SecretNames()
	}
	l.streams.Store(*set.Stream && w.Jobs.CanStream())
	return l
}

// run takes jobs until ctx ends. The stream brings what becomes available from
// now on; what was there before, and what the gateway could not hand over,
// comes by polling only.
func (l *lane) run(ctx context.Context) {
	if l.streams.Load() {
		done := make(chan struct{})
		go func() {
			defer close(done)
			l.stream(ctx)
		}()
		defer func() { <-done }()
	}
	l.poll(ctx)
}

// stream keeps a stream open.
func (l *lane) stream(ctx context.Context) {
	p := pauses{Backoff: l.w.Settings.Retry}
	for ctx.Err() == nil {
		began := l.w.Now()
		over, err := l.streamOnce(ctx)
		if ctx.Err() != nil {
			return
		}
		if over {
			p.reset()
			continue
		}
		l.w.Metrics.Reconnected(l.act.Type)
		l.tally.broken(err, l.w.Now())
		if fateOf(err) == unknownCall {
			l.streams.Store(false)
			l.w.Log.InfoContext(ctx, "the cluster has no job streams; jobs are polled", "type", l.act.Type)
			l.wake()
			return
		}
		if l.w.Now().Sub(began) > l.w.Settings.Retry.Most {
			p.reset()
		}
		p.pause(ctx)
	}
}

// streamOnce keeps a stream open until it breaks, or its time is over.
func (l *lane) streamOnce(ctx context.Context) (over bool, err error) {
	limited, cancel := ctx, context.CancelFunc(func() {})
	if l.set.StreamFor > 0 {
		limited, cancel = context.WithTimeout(ctx, l.set.StreamFor)
	}
	defer cancel()
	err = l.w.Jobs.Stream(limited, l.act, l.opened, func(j job.Job) { l.take(ctx, j) })
	l.open.Store(false)
	return limited.Err() != nil, err
}

func (l *lane) opened() {
	l.open.Store(true)
	l.inbox.opened(l.w.Now())
	l.wake() // what became available while there was no stream
}

// take is given each job of the stream. While it waits for a place nothing is
// received, which tells the gateway to turn to others.
func (l *lane) take(ctx context.Context, j job.Job) {
	w := l.w
	since := l.inbox.arrived(w.Now())
	defer func() { l.inbox.left(w.Now()) }()
	e, ok := l.admit(ctx, j)
	if !ok {
		return
	}
	if l.room.try(1) == 0 {
		if l.room.take(ctx, 1) == 0 {
			w.held.drop(e)
			w.giveBack(ctx, j)
			return
		}
		l.wake() // the gateway may have put jobs back meanwhile, which no stream brings
	}
	w.begin(l, e, since)
}

// resume takes an activation that could not be judged when it came.
func (l *lane) resume(j *job.Job) {
	if j == nil {
		return
	}
	since := l.w.Now()
	l.w.working.Go(func() {
		e, ok := l.admit(l.jobs, *j)
		if !ok {
			return
		}
		if l.room.take(l.jobs, 1) == 0 {
			l.w.held.drop(e)
			l.w.giveBack(l.jobs, *j)
			return
		}
		l.w.begin(l, e, since)
	})
}

// admit tells whether the job is to be done, and sees to it if it is not.
func (l *lane) admit(ctx context.Context, j job.Job) (*entry, bool) {
	w := l.w
	e, v := w.held.admit(j, l.act.Timeout, w.Now())
	l.tally.taken()
	switch v {
	case fresh:
		w.Metrics.Delivered("fresh")
		return e, true
	case untold:
		w.Metrics.Delivered("told again")
		w.tellAgain(ctx, l, e)
	default:
		w.Metrics.Delivered("duplicate")
		l.tally.doubled()
	}
	return e, false
}

// tellAgain sends the end that the cluster did not hear of.
func (w *Worker) tellAgain(ctx context.Context, l *lane, e *entry) {
	until := w.Now().Add(l.act.Timeout)
	l.tally.doubled()
	w.working.Go(func() {
		if w.acks.take(context.WithoutCancel(ctx), 1) == 0 {
			return
		}
		defer w.acks.give(1)
		j, out := w.held.told(e)
		w.tell(l, e, labelOf(j), out, until)
	})
}

// wake makes the poller look for jobs now.
func (l *lane) wake() {
	select {
	case l.kick <- struct{}{}:
	default:
	}
}

// within makes the poller look for jobs after d, or earlier.
func (l *lane) within(d time.Duration) {
	select {
	case l.sooner <- d:
	default: // it will hear of an earlier one, and look again after that
	}
}
