package postgres_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/app"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/config"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/store/postgres/postgrestest"
	"github.com/fairlead-io/fairlead/test/chaos"
)

func TestSoakFaults(t *testing.T) {
	if missing(t) {
		return
	}
	cfg := config.Config{Data: t.TempDir(), DatabaseURL: connector.NewSecret(postgrestest.NewURL(t)), LogLevel: "error", LogFormat: "text", MaxUpload: 1 << 20}
	enough := int64(220 * chaos.Scale())
	f := chaos.Faults(t, cfg, uint64(time.Now().UnixNano()), enough, chaos.Sabotage{}) //nolint:gosec // a seed
	fmt.Printf("FIGURE: PostgreSQL: faults injected in store, files, network: %d; orders %d; runs lost %d, effects repeated %d, effects without intent %d, half-written files %d\n",
		f.Faults, f.Orders, f.Lost, f.Repeated, f.Unaudit, f.Half)
	if f.Lost+f.Repeated+f.Unaudit+f.Unpaired+f.Half > 0 || f.Broken != "" || f.Faults < enough {
		t.Errorf("found %+v", f)
	}
}

func TestSoakKills(t *testing.T) {
	if missing(t) {
		return
	}
	f := chaos.Kills(t, chaos.Site{Dir: t.TempDir(), DatabaseURL: postgrestest.NewURL(t)}, 6*chaos.Scale(), nil)
	fmt.Printf("FIGURE: PostgreSQL: kill -9 rounds %d; runs %d (unknown %d, gone on by themselves %d, resumed %d), files %d; lost %d, without end %d, half-written %d, missing %d, moved by half %d\n",
		f.Rounds, f.Runs, f.Unknown, f.GoneOn, f.Resumed, f.Files, f.Lost, f.NoEnd, f.Half, f.Missing, f.Twice)
	if f.Bad() {
		t.Errorf("found %+v", f)
	}
}

// An installation on SQLite moves to PostgreSQL with one command, and goes on there: runs, secrets, files, audit chain.
func TestMigrate(t *testing.T) {
	if missing(t) {
		return
	}
	dir := t.TempDir()
	open := func(url string) *app.App {
		a, err := app.Open(t.Context(), config.Config{
			Data: dir, DatabaseURL: connector.NewSecret(url), LogLevel: "error", LogFormat: "text", MaxUpload: 1 << 20,
		}, app.WithIntegrations(dock()))
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	a := open("")
	rec, err := a.Runs.Run(t.Context(), authz.Local("ann"), run.Request{Integration: "dock", Command: "test-connection", Inline: []byte(`{"password":"p"}`), Origin: "api"})
	if err != nil {
		t.Fatal(err)
	}
	shut(t, a)
	url := postgrestest.NewURL(t)
	cfg := config.Config{Data: dir}
	counts, err := app.Migrate(t.Context(), cfg, connector.NewSecret(url))
	if err != nil || counts["runs"] != 1 || counts["audit_entries"] < 2 {
		t.Fatalf("got %v, %v", counts, err)
	}
	if _, err := app.Migrate(t.Context(), cfg, connector.NewSecret(url)); connector.AsError(err).Kind != connector.Conflict {
		t.Errorf("a second move: got %v, want Conflict", err)
	}
	b := open(url)
	defer shut(t, b)
	if got := get(t, b, rec.RunID); got.State != run.Done {
		t.Errorf("the run is %s", got.State)
	}
	if r, err := b.Trail.Verify(t.Context(), authz.DefaultTenant); err != nil || !r.OK || r.Entries < counts["audit_entries"] {
		t.Errorf("the chain: %+v, %v", r, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "fairlead.db")); err != nil {
		t.Errorf("the file that was moved from: %v", err)
	}
	held := migrateHeld(t, dir)
	if e := connector.AsError(held); e == nil || e.Kind != connector.Conflict {
		t.Errorf("a move while the folder is in use: got %v, want Conflict", held)
	}
}

func migrateHeld(t *testing.T, dir string) error {
	t.Helper()
	_, err := app.Migrate(context.WithoutCancel(t.Context()), config.Config{Data: dir}, connector.NewSecret(postgrestest.NewURL(t)))
	return err
}
