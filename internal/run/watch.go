package run

import (
	"context"
	"time"

	"github.com/fairlead-io/fairlead/internal/authz"
)

// watchEvery is how often a watched run's changes are sent.
const watchEvery = 150 * time.Millisecond

// Watch gives the changes of a run until it has ended: progress, items that
// changed, and last the record. A run that has ended gives the record at once.
// The channel closes after that, or when ctx ends.
func (s *Service) Watch(ctx context.Context, actor authz.Actor, id string) (<-chan Event, error) {
	if err := authz.Require(actor, authz.Read); err != nil {
		return nil, err
	}
	ch := make(chan Event)
	j := s.liveJob(actor.Tenant, id)
	if j == nil {
		rec, err := s.Get(ctx, actor, id)
		if err != nil {
			return nil, err
		}
		if s.Store.Shared() && !rec.State.Ended() {
			go s.watchElsewhere(ctx, actor, id, ch)
			return ch, nil
		}
		go func() { defer close(ch); send(ctx, ch, Event{Type: "end", Run: rec}) }()
		return ch, nil
	}
	go j.watch(ctx, ch)
	return ch, nil
}

// Follow is Run that tells of itself while it goes on: "begun" first, then as
// Watch; the record of "end" is exact, as Run's. When ctx ends, a run that only
// reads is canceled; one that writes or deletes goes on.
func (s *Service) Follow(ctx context.Context, actor authz.Actor, req Request) (<-chan Event, error) {
	j, rec, err := s.admit(ctx, actor, req)
	if err != nil {
		return nil, err
	}
	ch := make(chan Event)
	if j == nil {
		go func() { defer close(ch); send(ctx, ch, Event{Type: "end", Run: rec}) }()
		return ch, nil
	}
	begun, runCtx := j.record(), ctx
	if !j.readsOnly() {
		runCtx = context.WithoutCancel(ctx)
	}
	go s.execute(runCtx, j)
	go func() {
		if !send(ctx, ch, Event{Type: "begun", Run: begun}) {
			close(ch)
			return
		}
		j.watch(ctx, ch)
	}()
	return ch, nil
}

func (j *job) watch(ctx context.Context, ch chan<- Event) {
	defer close(ch)
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	var seen int64 = -1
	for {
		ended := false
		select {
		case <-ctx.Done():
			return
		case <-j.ended:
			ended = true
		case <-tick.C:
		}
		if !j.sendChanges(ctx, ch, &seen) {
			return
		}
		if ended {
			send(ctx, ch, Event{Type: "end", Run: j.record()})
			return
		}
	}
}

func (j *job) sendChanges(ctx context.Context, ch chan<- Event, seen *int64) bool {
	j.rec.mu.Lock()
	now := j.rec.version
	if now == *seen {
		j.rec.mu.Unlock()
		return true
	}
	items, p := j.rec.changedSince(*seen), j.rec.progress()
	j.rec.mu.Unlock()
	*seen = now
	for i := range items {
		if !send(ctx, ch, Event{Type: "item", Item: &items[i]}) {
			return false
		}
	}
	return send(ctx, ch, Event{Type: "progress", Progress: &p})
}

func send(ctx context.Context, ch chan<- Event, e Event) bool {
	select {
	case ch <- e:
		return true
	case <-ctx.Done():
		return false
	}
}
