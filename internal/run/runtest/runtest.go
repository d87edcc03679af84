// Package runtest puts the whole run path together in a test's own folder.
package runtest

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/catalog"
	"github.com/fairlead-io/fairlead/internal/connection"
	"github.com/fairlead-io/fairlead/internal/egress"
	"github.com/fairlead-io/fairlead/internal/keys"
	"github.com/fairlead-io/fairlead/internal/obs"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/store"
	"github.com/fairlead-io/fairlead/internal/store/sqlite"
	"github.com/fairlead-io/fairlead/internal/validate"
)

// Options of a Bench. The zero value is good.
type Options struct {
	Integrations []*connector.Integration
	Files        func(st *store.Store, dir string) func(authz.Actor, string) connector.Files
	HTTP         func(connector.HTTPOptions) (*http.Client, error)
	Timeout      time.Duration
	Limits       run.Limits
	Telemetry    *obs.Telemetry
	Now          func() time.Time
	Store        []store.Option
	LookupEnv    func(string) (string, bool)
}

// Bench is the run path over real parts in a temporary folder.
type Bench struct {
	*run.Service
	Conns *connection.Manager
	Store *store.Store
	Dir   string
	Logs  *Log
	Owner authz.Actor
	Keys  *keys.Sealer
}

// Log collects log output.
type Log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// String gives what was logged.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// New makes a Bench that is closed with the test.
func New(t testing.TB, o Options) *Bench {
	t.Helper()
	if o.Now == nil {
		o.Now = time.Now
	}
	b := &Bench{Dir: t.TempDir(), Logs: &Log{}, Owner: authz.Local("tester")}
	cat, err := catalog.New(o.Integrations...)
	must(t, err)
	b.Store, err = sqlite.Open(t.Context(), filepath.Join(b.Dir, "fairlead.db"), o.Store...)
	must(t, err)
	sealer, err := keys.Open(t.Context(), keys.Config{Path: filepath.Join(b.Dir, "kek.json"), Store: b.Store, Now: o.Now})
	must(t, err)
	b.Keys = sealer
	val := validate.New()
	b.Conns = connection.NewManager(connection.Deps{Catalog: cat, Store: b.Store, Sealer: sealer, Validate: val, Now: o.Now})
	b.Service = run.New(run.Deps{
		Catalog: cat, Store: b.Store, Connections: b.Conns, Sealer: sealer, Validate: val,
		Files: filesOf(o, b), HTTP: httpOf(o), Now: o.Now, NodeID: "test", Timeout: o.Timeout, Limits: o.Limits, Telemetry: o.Telemetry, LookupEnv: o.LookupEnv,
		Log: slog.New(slog.NewJSONHandler(b.Logs, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	t.Cleanup(func() {
		must(t, b.Service.Close(t.Context()))
		must(t, b.Store.Close())
	})
	return b
}

func filesOf(o Options, b *Bench) func(authz.Actor, string) connector.Files {
	if o.Files == nil {
		return func(authz.Actor, string) connector.Files { return nil }
	}
	return o.Files(b.Store, b.Dir)
}

func httpOf(o Options) func(connector.HTTPOptions) (*http.Client, error) {
	if o.HTTP != nil {
		return o.HTTP
	}
	return egress.New(egress.Policy{}).Client
}

// Connect adds a connection with the given settings.
func (b *Bench) Connect(t testing.TB, integration, name string, settings any) *connection.View {
	t.Helper()
	raw, err := json.Marshal(settings)
	must(t, err)
	v, err := b.Conns.Add(t.Context(), b.Owner, connection.Input{Integration: integration, Name: name, Settings: raw})
	must(t, err)
	return v
}

// Do runs a command as the owner and fails the test when no run was made.
func (b *Bench) Do(t testing.TB, integration, command string, input any) *run.Record {
	t.Helper()
	raw, err := json.Marshal(input)
	must(t, err)
	rec, err := b.Run(t.Context(), b.Owner, run.Request{Integration: integration, Command: command, Input: raw, Origin: "test"})
	must(t, err)
	return rec
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
