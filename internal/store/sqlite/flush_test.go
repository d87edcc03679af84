package sqlite_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/fairlead-io/fairlead/internal/store"
	"github.com/fairlead-io/fairlead/internal/store/sqlite"
)

// A relaxed batch that wants to be flushed is answered first and flushed then,
// once, and hears of a disk that fails; one that waits is flushed by itself.
func TestFlushedBatches(t *testing.T) {
	bad := errors.New("the disk is gone")
	for why, c := range map[string]struct {
		relaxed bool
		sync    error
		syncs   int
		want    error
	}{
		"relaxed: the log is brought to the disk": {relaxed: true, syncs: 1},
		"relaxed: the disk fails":                 {relaxed: true, sync: bad, syncs: 1, want: bad},
		"one that waits has waited":               {sync: bad},
	} {
		t.Run(why, func(t *testing.T) {
			syncs, answered := 0, make(chan struct{})
			st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "db"), func(cfg *store.Config) {
				real := cfg.Sync
				cfg.Sync = func() error {
					<-answered
					syncs++
					return errors.Join(real(), c.sync)
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = st.Close() }()
			told := make(chan error, 2)
			err = st.Submit(t.Context(), store.Batch{
				SaveSettings: []store.Setting{{Tenant: "t", Name: "n", Value: []byte("1")}}, Relaxed: c.relaxed, Flushed: func(err error) { told <- err },
			})
			if err != nil {
				t.Fatal(err)
			}
			close(answered)
			if got := <-told; !errors.Is(got, c.want) {
				t.Errorf("told %v, want %v", got, c.want)
			}
			if err := st.Close(); err != nil {
				t.Fatal(err)
			}
			if syncs != c.syncs || len(told) > 0 {
				t.Errorf("%d syncs, want %d; %d more calls", syncs, c.syncs, len(told))
			}
		})
	}
}

// A batch that breaks a rule is not told of a flush, its neighbours are.
func TestARefusedBatchIsNotFlushed(t *testing.T) {
	st, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = st.Close() }()
	err = st.Submit(t.Context(), store.Batch{
		DeleteSettings: []store.SettingRef{{Tenant: "t", Name: "none"}}, Relaxed: true, Flushed: func(error) { t.Error("told of what was not written") },
	})
	if store.KindOf(err) != store.NotFound {
		t.Fatal(err)
	}
}
