package runtest

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"time"
)

// Heap gives a function that tells how far the heap of the process grew
// meanwhile, in bytes.
func Heap(t testing.TB) func() int64 {
	t.Helper()
	runtime.GC()
	var start, m runtime.MemStats
	runtime.ReadMemStats(&start)
	ctx, stop := context.WithCancel(t.Context())
	var top uint64
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for ctx.Err() == nil {
			runtime.ReadMemStats(&m)
			top = max(top, m.HeapInuse)
			select {
			case <-tick.C:
			case <-ctx.Done():
			}
		}
	})
	return func() int64 {
		stop()
		wg.Wait()
		return int64(top) - int64(start.HeapInuse)
	}
}
