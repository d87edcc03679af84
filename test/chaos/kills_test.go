package chaos_test

import (
	"fmt"
	"testing"

	"github.com/fairlead-io/fairlead/internal/app"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/store"
	"github.com/fairlead-io/fairlead/test/chaos"
)

func TestMain(m *testing.M) { chaos.Main(m) }

// The harness notices runs that are gone, and content that is not whole.
func TestPlantedLossesAreFound(t *testing.T) {
	f := chaos.Kills(t, chaos.Site{Dir: t.TempDir()}, 2, func(a *app.App) {
		page, err := a.Store.Runs(t.Context(), authz.DefaultTenant, store.RunFilter{State: store.RunDone}, store.Page{})
		must(t, err)
		var b store.Batch
		for _, r := range page.Runs {
			b.DeleteRuns = append(b.DeleteRuns, store.Ref{Tenant: r.Tenant, ID: r.ID})
		}
		must(t, a.Store.Submit(t.Context(), b))
		for info, err := range a.Files.Blobs.List(t.Context()) {
			must(t, err)
			must(t, a.Files.Blobs.Delete(t.Context(), info.Key))
			break
		}
	})
	if f.Lost == 0 || f.Half == 0 {
		t.Errorf("a run that was deleted and content that is gone were not found: %+v", f)
	}
}

// kill -9 at random moments: no half file, no lost run; what was cut can be resumed.
func TestSoakKills(t *testing.T) {
	f := chaos.Kills(t, chaos.Site{Dir: t.TempDir()}, 6*chaos.Scale(), nil)
	fmt.Printf("FIGURE: SQLite: kill -9 rounds %d; runs %d (unknown %d, gone on by themselves %d, resumed %d), files %d; lost %d, without end %d, half-written %d, missing %d, moved by half %d\n",
		f.Rounds, f.Runs, f.Unknown, f.GoneOn, f.Resumed, f.Files, f.Lost, f.NoEnd, f.Half, f.Missing, f.Twice)
	if f.Bad() {
		t.Errorf("found %+v", f)
	}
}
