package worker

import (
	"context"
	"time"
)

// room is where the jobs of one type find their places: in the budget of all
// types, and within a budget of its own where it has one. Places of its own come
// first, so that a type that is at its limit does not stand in the way of others.
type room struct{ own, all *budget }

func (r room) try(want int) int {
	if r.own == nil {
		return r.all.try(want)
	}
	return r.both(r.own.try(want), r.all.try)
}

func (r room) take(ctx context.Context, want int) int {
	all := func(n int) int { return r.all.take(ctx, n) }
	if r.own == nil {
		return all(want)
	}
	return r.both(r.own.take(ctx, want), all)
}

func (r room) gather(ctx context.Context, want, enough int, patience time.Duration) int {
	all := func(n int) int { return r.all.gather(ctx, n, min(enough, n), patience) }
	if r.own == nil {
		return r.all.gather(ctx, want, enough, patience)
	}
	return r.both(r.own.gather(ctx, want, enough, patience), all)
}

// both takes as many places of all as it has of its own, and gives back those of
// its own that it then does not need.
func (r room) both(own int, all func(want int) int) int {
	if own == 0 {
		return 0
	}
	n := all(own)
	r.own.give(own - n)
	return n
}

func (r room) give(n int) {
	r.all.give(n)
	if r.own != nil {
		r.own.give(n)
	}
}
