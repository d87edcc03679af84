package worker

import (
	"context"
	"time"

	"github.com/fairlead-io/fairlead/internal/worker/gateway"
	"github.com/fairlead-io/fairlead/internal/worker/job"
)

const (
	// gatherFor is how long a poller that knows of a backlog waits for more
	// places after the first.
	gatherFor = 10 * time.Millisecond
	// atOnce is the answer of a poll that did not have to wait: more may be there.
	atOnce = 50 * time.Millisecond
	// pollTimeout is beyond how long a poll may wait.
	pollTimeout = 10 * time.Second
	// pollNow asks the gateway not to wait for jobs.
	pollNow = -time.Millisecond
)

// poll looks for jobs at the start, when it is woken, and now and then. Without
// a stream it waits at the cluster.
func (l *lane) poll(ctx context.Context) {
	p := pauses{Backoff: l.w.Settings.Retry}
	for ctx.Err() == nil {
		err := l.drain(ctx)
		if err == nil && !l.streams.Load() {
			err = l.longPoll(ctx)
		}
		if err != nil {
			l.failedPoll(ctx, err, &p)
			continue
		}
		p.reset()
		if l.streams.Load() {
			l.rest(ctx)
		}
	}
}

func (l *lane) failedPoll(ctx context.Context, err error, p *pauses) {
	if ctx.Err() != nil {
		return
	}
	l.w.Metrics.Polled(fateOf(err).String())
	l.tally.failedPoll(err, l.w.Now())
	l.w.Log.DebugContext(ctx, "polling failed", "type", l.act.Type, "error", err)
	p.pause(ctx)
}

// rest waits until there is a reason to look again.
func (l *lane) rest(ctx context.Context) {
	now := l.w.Now()
	until := now.Add(l.w.untilLook(now, l.set.PollEvery))
	t := time.NewTimer(until.Sub(now))
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			return
		case <-l.kick:
			l.first = l.firstWant()
			return
		case d := <-l.sooner:
			if at := l.w.Now().Add(d); at.Before(until) {
				until = at
				t.Reset(d)
			}
		}
	}
}

// untilLook is the time until the next look of types that look so often. All of a
// worker look together: one by one, each would wake the machine for itself. The
// moment differs among workers.
func (w *Worker) untilLook(now time.Time, every time.Duration) time.Duration {
	since := now.Sub(w.looks) % every
	if since < 0 { // the clock was put back
		since += every
	}
	return every - since
}

// firstWant is how many jobs are asked for where some are likely to lie ready.
func (l *lane) firstWant() int { return max(1, l.set.MaxJobs/8) }

// drain polls for as long as there are jobs. It asks for few at first, because
// the places that it asks for are kept from others until the answer.
func (l *lane) drain(ctx context.Context) error {
	most := max(1, l.set.MaxJobs/2)
	want := l.first
	if l.streams.Load() {
		l.first = 1 // of the next look, which seldom finds any
	}
	enough := 1
	for ctx.Err() == nil {
		n := l.room.gather(ctx, want, enough, gatherFor)
		if n == 0 {
			return nil
		}
		got, err := l.fetch(ctx, n)
		if err != nil || got == 0 {
			return err
		}
		if got == n {
			want = min(max(2*want, l.firstWant()), most)
		}
		enough = max(1, want/2)
	}
	return nil
}

// fetch asks for n jobs, for which there are places.
func (l *lane) fetch(ctx context.Context, n int) (int, error) {
	w := l.w
	a := l.act
	a.MaxJobs, a.LongPoll = n, pollNow
	asked := w.Now()
	jobs, err := l.ask(context.WithoutCancel(ctx), a) // what is handed over meanwhile would be lost to its timeout
	used := 0
	for _, j := range jobs {
		if e, ok := l.admit(ctx, j); ok {
			if used == n { // more than were asked for
				w.held.drop(e)
				w.giveBack(ctx, j)
				continue
			}
			used++
			w.begin(l, e, asked)
		}
	}
	l.room.give(n - used)
	return len(jobs), err
}

// longPoll waits at the cluster for one job without keeping a place for it: the
// job waits for its place here, as one of a stream does. When more come at once,
// drain sees to them.
func (l *lane) longPoll(ctx context.Context) error {
	w := l.w
	a := l.act
	a.MaxJobs, a.LongPoll = 1, l.set.LongPoll
	idle := pauses{Backoff: Backoff{First: 2 * atOnce, Most: time.Second}}
	for ctx.Err() == nil {
		asked := w.Now()
		jobs, err := l.ask(ctx, a)
		came := w.Now()
		for _, j := range jobs {
			e, ok := l.admit(ctx, j)
			if !ok {
				continue
			}
			if l.room.take(ctx, 1) == 0 {
				w.held.drop(e)
				w.giveBack(ctx, j)
				continue
			}
			w.begin(l, e, came)
		}
		if err != nil {
			return err
		}
		if len(jobs) > 0 && came.Sub(asked) < atOnce {
			return nil
		}
		if len(jobs) == 0 && came.Sub(asked) < a.LongPoll/2 { // some engines do not wait
			idle.pause(ctx)
			continue
		}
		idle.reset()
	}
	return nil
}

func (l *lane) ask(ctx context.Context, a gateway.Activation) (jobs []job.Job, err error) {
	ctx, cancel := context.WithTimeout(ctx, max(a.LongPoll, 0)+pollTimeout)
	defer cancel()
	jobs, err = l.w.Jobs.Poll(ctx, a)
	if err == nil {
		l.w.Metrics.Polled(accepted.String())
		l.tally.polled(l.w.Now())
	}
	return jobs, err
}
