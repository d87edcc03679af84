package chaos_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/config"
	"github.com/fairlead-io/fairlead/internal/store"
	"github.com/fairlead-io/fairlead/test/chaos"
)

func settings(dir string) config.Config {
	return config.Config{Data: dir, Listen: "127.0.0.1:0", LogLevel: "error", LogFormat: "text", Drain: 5 * time.Second, MaxUpload: 1 << 30}
}

// The harness notices what it is there for.
func TestPlantedFaultsAreFound(t *testing.T) {
	twice := chaos.Faults(t, settings(t.TempDir()), 1, 60, chaos.Sabotage{Twice: true})
	if twice.Repeated == 0 {
		t.Errorf("a command that repeats its effect when the answer is lost was not found: %+v", twice)
	}
	type write = func(context.Context, store.Batch) error
	type around = func(context.Context, store.Batch, write) error
	forgetful := chaos.Faults(t, settings(t.TempDir()), 2, 40, chaos.Sabotage{Around: func(next around) around {
		return func(ctx context.Context, b store.Batch, w write) error {
			for i, e := range b.Audit {
				if e.Kind == audit.KindRunIntent && e.At%5 == 0 {
					if b.Flushed != nil {
						b.Flushed(nil)
					}
					return nil // it says that it has written, and has not
				}
				_ = i
			}
			return next(ctx, b, w)
		}
	}})
	if forgetful.Lost == 0 || forgetful.Unaudit == 0 {
		t.Errorf("a store that forgets runs and their intents was not found: %+v", forgetful)
	}
}

// Nothing is lost and nothing repeated, whatever fails.
func TestSoakFaults(t *testing.T) {
	enough := int64(220 * chaos.Scale())
	f := chaos.Faults(t, settings(t.TempDir()), uint64(time.Now().UnixNano()), enough, chaos.Sabotage{}) //nolint:gosec // a seed
	fmt.Printf("FIGURE: SQLite: faults injected in store, files, network: %d; orders %d; runs lost %d, effects repeated %d, effects without intent %d, half-written files %d\n",
		f.Faults, f.Orders, f.Lost, f.Repeated, f.Unaudit, f.Half)
	if f.Lost+f.Repeated+f.Unaudit+f.Unpaired+f.Half > 0 || f.Broken != "" || f.Faults < enough {
		t.Errorf("found %+v", f)
	}
}
