package connector

import (
	"context"
	"sync"
)

// Each calls f for 0 to n-1, at most limit at a time, and returns when all have
// ended. It begins no more when ctx ends, and gives the error of ctx then.
func Each(ctx context.Context, limit, n int, f func(i int)) error {
	if n == 1 && ctx.Err() == nil { // most runs: no goroutine is worth it
		f(0)
		return ctx.Err()
	}
	slots := make(chan struct{}, max(1, limit))
	var wg sync.WaitGroup
	for i := range n {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			break
		}
		wg.Go(func() {
			defer func() { <-slots }()
			f(i)
		})
	}
	wg.Wait()
	return ctx.Err()
}
