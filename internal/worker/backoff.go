package worker

import (
	"context"
	"math/rand/v2"
	"time"
)

// Backoff is a pause that grows with each failure, up to Most.
type Backoff struct{ First, Most time.Duration }

// pauses counts failures in a row.
type pauses struct {
	Backoff
	failures int
}

// next gives the next pause. Its length is drawn, so that many that failed
// together do not come back together.
func (p *pauses) next() time.Duration {
	d := p.First
	for range p.failures {
		if d = d * 2; d >= p.Most {
			d = p.Most
			break
		}
	}
	p.failures++
	return d/2 + rand.N(d/2+1)
}

func (p *pauses) reset() { p.failures = 0 }

// pause waits for the next pause or until ctx ends.
func (p *pauses) pause(ctx context.Context) { wait(ctx, p.next()) }

// wait tells whether the time passed before ctx ended.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
