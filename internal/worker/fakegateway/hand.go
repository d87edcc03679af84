package fakegateway

import (
	"context"
	"slices"
	"time"
)

// stream is one that a worker has opened.
type stream struct {
	req    request
	out    chan activation
	broken chan struct{}
}

// buffered is how many jobs the gateway holds for a stream besides what the
// connection takes.
const buffered = 8

// recentKept is how many activations of a type can come a second time.
const recentKept = 64

// push gives a job to a stream and tells whether it could. The engine picks one,
// in turn; where that has no room, another that asks for the same takes its
// place. When none of them has room the job is yielded: polls find it.
func (e *Engine) push(k *kind, t *task) bool {
	var picked *stream
	for i := range k.streams {
		s := k.streams[(k.turn+i)%len(k.streams)]
		if !slices.Contains(s.req.tenants, t.spec.Tenant) || picked != nil && !picked.req.same(s.req) {
			continue
		}
		if len(s.out) < cap(s.out) {
			k.turn = (k.turn + i + 1) % len(k.streams)
			e.send(k, s, e.activate(t, s.req))
			return true
		}
		picked = s
	}
	if picked != nil {
		e.counts.Yielded++
	}
	return false
}

// send hands an activation over, as well as the faults let it.
func (e *Engine) send(k *kind, s *stream, a activation) {
	f := e.opts.Faults
	if e.chance(f.LoseActivation) {
		e.counts.LostActivations++
		return
	}
	s.out <- a // there is room, and only this goroutine fills it
	e.counts.Pushed++
	if e.chance(f.Duplicate) && len(s.out) < cap(s.out) {
		e.double(k, s, a)
	}
	e.keep(k, a)
	if e.chance(f.BreakStream) {
		e.counts.BrokenStreams++
		e.cut(k, s)
	}
}

func (e *Engine) double(k *kind, s *stream, a activation) {
	e.counts.Duplicates++
	a = e.earlier(k, a)
	e.write(e.tasks[a.job.Key], "delivered again", "retries", a.job.Retries, "deadline", a.job.Deadline)
	s.out <- a
}

// earlier gives the activation itself, or one from before.
func (e *Engine) earlier(k *kind, a activation) activation {
	if len(k.recent) > 0 && e.rnd.IntN(2) == 0 {
		return k.recent[e.rnd.IntN(len(k.recent))]
	}
	return a
}

func (e *Engine) keep(k *kind, a activation) {
	if e.opts.Faults.Duplicate == 0 {
		return
	}
	if len(k.recent) < recentKept {
		k.recent = append(k.recent, a)
		return
	}
	k.recent[e.rnd.IntN(recentKept)] = a
}

func (e *Engine) cut(k *kind, s *stream) {
	if i := slices.Index(k.streams, s); i >= 0 {
		k.streams = slices.Delete(k.streams, i, i+1)
		close(s.broken)
	}
}

// BreakStreams ends all streams.
func (e *Engine) BreakStreams() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, k := range e.kinds {
		for len(k.streams) > 0 {
			e.cut(k, k.streams[0])
		}
	}
}

// Streams tells how many streams of a type are open.
func (e *Engine) Streams(typ string) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.kind(typ).streams)
}

// open serves one stream until ctx ends or it breaks.
func (e *Engine) open(ctx context.Context, r request, opened func(), take func(activation) error) error {
	e.ask(Asked{Stream: true}, r)
	s := &stream{req: r, out: make(chan activation, buffered), broken: make(chan struct{})}
	e.mu.Lock()
	if err := e.reach(""); err != nil {
		e.mu.Unlock()
		return err
	}
	k := e.kind(r.typ)
	k.streams = append(k.streams, s)
	e.mu.Unlock()
	defer func() {
		e.mu.Lock()
		defer e.mu.Unlock()
		e.cut(k, s)
	}()
	opened()
	for {
		select {
		case <-ctx.Done():
			return &Refusal{"CANCELLED", "the call was canceled"}
		case <-s.broken:
			return &Refusal{"UNAVAILABLE", "the stream broke"}
		case a := <-s.out:
			if err := take(a); err != nil {
				return err
			}
		}
	}
}

// poll gives what there is, waiting for it if there is nothing.
func (e *Engine) poll(ctx context.Context, r request, most int, patience time.Duration) ([]activation, error) {
	e.ask(Asked{MaxJobs: most, Wait: patience}, r)
	deadline := time.NewTimer(max(patience, 0))
	defer deadline.Stop()
	for {
		e.mu.Lock()
		if err := e.reach("poll"); err != nil {
			e.mu.Unlock()
			return nil, err
		}
		got := e.collect(r, most)
		if len(got) > 0 || patience < 0 || e.opts.NoWait {
			e.mu.Unlock()
			return got, nil
		}
		ready := make(chan struct{})
		k := e.kind(r.typ)
		k.waiting = append(k.waiting, ready)
		e.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil, &Refusal{"CANCELLED", "the call was canceled"}
		case <-deadline.C:
			patience = -1 // one more look
		case <-ready:
		}
	}
}

// collect takes jobs from the queue.
func (e *Engine) collect(r request, most int) []activation {
	k := e.kind(r.typ)
	var out []activation
	rest := k.queue[:0:0]
	for i, t := range k.queue {
		if len(out) == most {
			rest = append(rest, k.queue[i:]...)
			break
		}
		if t.state != activatable {
			continue
		}
		if !slices.Contains(r.tenants, t.spec.Tenant) {
			rest = append(rest, t)
			continue
		}
		a := e.activate(t, r)
		if e.chance(e.opts.Faults.LoseActivation) {
			e.counts.LostActivations++
			continue
		}
		e.counts.Polled++
		out = append(out, a)
		e.repeat(k, a)
		e.keep(k, a)
	}
	k.queue = rest
	return out
}

// repeat may send what a poll gave once more, over a stream.
func (e *Engine) repeat(k *kind, a activation) {
	if !e.chance(e.opts.Faults.Duplicate) || len(k.streams) == 0 {
		return
	}
	s := k.streams[e.rnd.IntN(len(k.streams))]
	if len(s.out) < cap(s.out) {
		e.double(k, s, a)
	}
}
