package worker

import (
	"context"
	"slices"
	"sync"
	"time"
)

// budget is how many jobs may be in the works. Whoever waits for a place gets
// one in the order of asking, so that a type with a large backlog does not keep
// others from their turn.
type budget struct {
	mu      sync.Mutex
	free    int
	size    int
	waiting []*claim
}

// claim is one that waits for places.
type claim struct {
	want int
	got  int
	done chan struct{}
}

func newBudget(size int) *budget { return &budget{free: size, size: size} }

// try takes as many places as are free, at most want, and never ahead of those
// who wait.
func (b *budget) try(want int) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting) > 0 {
		return 0
	}
	n := min(want, b.free)
	b.free -= n
	return n
}

// take takes at least one place and at most want, as soon as there is one. It
// takes none when ctx ends first.
func (b *budget) take(ctx context.Context, want int) int {
	b.mu.Lock()
	if n := min(want, b.free); n > 0 && len(b.waiting) == 0 {
		b.free -= n
		b.mu.Unlock()
		return n
	}
	c := &claim{want: want, done: make(chan struct{})}
	b.waiting = append(b.waiting, c)
	b.mu.Unlock()
	select {
	case <-c.done:
		return c.got
	case <-ctx.Done():
		return b.withdraw(c)
	}
}

// withdraw ends a claim; what it was given at the last moment is given back.
func (b *budget) withdraw(c *claim) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	if i := slices.Index(b.waiting, c); i >= 0 {
		b.waiting = slices.Delete(b.waiting, i, i+1)
		return 0
	}
	b.release(c.got)
	return 0
}

// gather takes places until there are enough of them or patience is over, at
// least one and at most want. Asking for jobs one by one, as places come free
// one by one, would cost more than doing them.
func (b *budget) gather(ctx context.Context, want, enough int, patience time.Duration) int {
	n := b.take(ctx, want)
	if n == 0 || n >= enough {
		return n
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for n < enough {
		m := b.take(ctx, want-n)
		if m == 0 {
			break
		}
		n += m
	}
	return n
}

// give returns places.
func (b *budget) give(n int) {
	if n == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.release(n)
}

func (b *budget) release(n int) {
	b.free += n
	for b.free > 0 && len(b.waiting) > 0 {
		c := b.waiting[0]
		c.got = min(c.want, b.free)
		b.free -= c.got
		b.waiting = slices.Delete(b.waiting, 0, 1)
		close(c.done)
	}
}

// inUse tells how many places are taken, and how many wait for one.
func (b *budget) inUse() (used, waiting int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.size - b.free, len(b.waiting)
}
