package app

import (
	"context"
	"time"
)

// sweepEvery is how long an expired file may stay.
const sweepEvery = time.Minute

// startUpkeep deletes expired files now and then, and once what a crash left of
// files that were being stored.
func (a *App) startUpkeep(ctx context.Context) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	go func() {
		defer close(done)
		a.upkeep(ctx)
	}()
	a.onClose(func(context.Context) error {
		cancel()
		<-done
		return nil
	})
}

func (a *App) upkeep(ctx context.Context) {
	a.sweep(ctx, "content without a file", a.Files.SweepOrphans)
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		a.sweep(ctx, "expired files", a.Files.SweepExpired)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// sweep logs what cannot be deleted; the next sweep tries again.
func (a *App) sweep(ctx context.Context, what string, f func(context.Context) (int, error)) {
	n, err := f(ctx)
	if err != nil && ctx.Err() == nil {
		a.Log.WarnContext(ctx, "upkeep failed", "what", what, "error", err)
	}
	if n > 0 {
		a.Log.DebugContext(ctx, "upkeep deleted "+what, "count", n)
	}
}
