package connector_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/fairlead-io/fairlead/connector"
)

func TestEach(t *testing.T) {
	var now, most, all atomic.Int32
	var meet sync.WaitGroup
	meet.Add(3)
	if err := connector.Each(t.Context(), 3, 9, func(i int) {
		for n := now.Add(1); ; {
			m := most.Load()
			if n <= m || most.CompareAndSwap(m, n) {
				break
			}
		}
		if i < 3 { // three at a time, or this waits for ever
			meet.Done()
			meet.Wait()
		}
		all.Add(1)
		now.Add(-1)
	}); err != nil || all.Load() != 9 || most.Load() != 3 {
		t.Errorf("%d calls, %d at a time, %v", all.Load(), most.Load(), err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	all.Store(0)
	err := connector.Each(ctx, 0, 100, func(int) { all.Add(1); cancel() })
	if !errors.Is(err, context.Canceled) || all.Load() != 1 {
		t.Errorf("after the end of the context: %d calls, %v", all.Load(), err)
	}
}
