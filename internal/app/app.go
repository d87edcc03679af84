// Package app puts the program together: it opens a data folder and builds
// everything that works on it. It holds no logic of its own besides the order
// in which parts are opened and closed, and what is done about a crash.
package app

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/all"
	"github.com/fairlead-io/fairlead/internal/api"
	"github.com/fairlead-io/fairlead/internal/audit/trail"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/catalog"
	"github.com/fairlead-io/fairlead/internal/config"
	"github.com/fairlead-io/fairlead/internal/connection"
	"github.com/fairlead-io/fairlead/internal/egress"
	"github.com/fairlead-io/fairlead/internal/files"
	"github.com/fairlead-io/fairlead/internal/keys/care"
	"github.com/fairlead-io/fairlead/internal/obs"
	"github.com/fairlead-io/fairlead/internal/retention"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/secrets"
	"github.com/fairlead-io/fairlead/internal/store"
	"github.com/fairlead-io/fairlead/internal/store/lock"
	"github.com/fairlead-io/fairlead/internal/store/postgres"
	"github.com/fairlead-io/fairlead/internal/store/sqlite"
	"github.com/fairlead-io/fairlead/internal/tokens"
	"github.com/fairlead-io/fairlead/internal/validate"
)

// Names in the data folder.
const (
	databaseFile  = "fairlead.db"
	contentFolder = "files"
)

// App is an open data folder with everything that works on it.
type App struct {
	Config      config.Config
	Catalog     *catalog.Catalog
	Store       *store.Store
	Connections *connection.Manager
	Runs        *run.Service
	Files       *files.Service
	Tokens      *tokens.Manager
	JobSecrets  *secrets.Manager
	Keys        *care.Keeper
	Trail       *trail.Trail
	Retention   *retention.Keeper
	API         *api.API
	Log         *slog.Logger

	options
	nodeID    string
	members   *members // nil on a database of our own
	egress    *egress.Egress
	secrets   *obs.Secrets
	telemetry *obs.Telemetry
	clients   func(connector.HTTPOptions) (*http.Client, error) // for addresses that users give
	jobs      lateJobs
	cutMu     sync.Mutex
	cuts      []cut // runs of processes that ended, until somebody serves
	serves    bool
	healthy   sync.Mutex
	healthAt  time.Time
	healthErr error
	closers   []func(context.Context) error // in the order of opening
	lock      *lock.Lock
}

type options struct {
	integrations []*connector.Integration
	version      api.Version
	static       http.Handler
	log          *slog.Logger
	now          func() time.Time
	traces       *obs.Traces
	store        []store.Option
	blobs        func(files.Blobs) files.Blobs
	timing       Timing
	lookupEnv    func(string) (string, bool)
	envNames     func() []string
}

// Option changes how an App is built.
type Option func(*options)

// WithIntegrations replaces the integrations of this program.
func WithIntegrations(list ...*connector.Integration) Option {
	return func(o *options) { o.integrations = list }
}

// WithVersion says what the program is; else it is read from the binary.
func WithVersion(v api.Version) Option { return func(o *options) { o.version = v } }

// WithStatic serves everything outside of the API.
func WithStatic(h http.Handler) Option { return func(o *options) { o.static = h } }

// WithLog replaces the logger that the settings describe.
func WithLog(l *slog.Logger) Option { return func(o *options) { o.log = l } }

// WithStore sets how the store is opened, such as with faults.
func WithStore(opts ...store.Option) Option { return func(o *options) { o.store = opts } }

// WithBlobs puts something around the content of files, such as faults.
func WithBlobs(around func(files.Blobs) files.Blobs) Option {
	return func(o *options) { o.blobs = around }
}

// WithTiming replaces how soon nodes notice each other's end.
func WithTiming(t Timing) Option { return func(o *options) { o.timing = t } }

// WithClock replaces the clock.
func WithClock(now func() time.Time) Option { return func(o *options) { o.now = now } }

// Open opens the data folder, making it at first use. Errors: Conflict when
// another process holds it (the message names that server's address), Invalid
// when its key file does not fit, Unavailable when it cannot be read.
func Open(ctx context.Context, cfg config.Config, opts ...Option) (*App, error) {
	o := options{integrations: all.Integrations(), version: BuildVersion(), now: time.Now, timing: DefaultTiming, lookupEnv: os.LookupEnv, envNames: processEnv}
	for _, opt := range opts {
		opt(&o)
	}
	a := &App{Config: cfg, options: o, secrets: &obs.Secrets{}, nodeID: store.NewID()}
	if err := a.open(ctx); err != nil {
		return nil, errors.Join(explain(err), a.Close(context.WithoutCancel(ctx)))
	}
	return a, nil
}

func (a *App) open(ctx context.Context) error {
	for _, step := range []func(context.Context) error{a.openLog, a.openMetrics, a.openFolder, a.join, a.openServices, a.recoverRuns} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	a.members.start(ctx)
	a.startUpkeep(ctx)
	a.startCare(ctx)
	return nil
}

func (a *App) onClose(f func(context.Context) error) { a.closers = append(a.closers, f) }

func (a *App) openLog(context.Context) error {
	a.Log = a.options.log
	if a.Log != nil {
		return nil
	}
	var err error
	a.Log, err = obs.Log(os.Stderr, obs.Options{Level: a.Config.LogLevel, Format: a.Config.LogFormat}, a.secrets)
	return err
}

// openFolder takes the lock first: nothing may look into the folder of another
// process.
func (a *App) openFolder(ctx context.Context) error {
	dir := a.Config.Data
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return &connector.Error{Kind: connector.Unavailable, Message: "The data folder " + dir + " cannot be made: " + err.Error() + ".", Fix: "Name another with --data.", Err: err}
	}
	var err error
	if a.lock, err = lock.Acquire(dir); err != nil {
		return err
	}
	a.onClose(func(context.Context) error { return a.lock.Release() })
	a.egress = egress.New(egress.Policy{LookupEnv: os.LookupEnv})
	a.onClose(func(context.Context) error { a.egress.Close(); return nil })
	if err = a.openStore(ctx); err != nil {
		return err
	}
	a.onClose(func(context.Context) error { return a.Store.Close() })
	blobs, err := a.openContent()
	if err != nil {
		return &connector.Error{Kind: connector.Unavailable, Message: "The content folder cannot be opened: " + err.Error() + ".", Fix: "Check the data folder " + dir + ".", Err: err}
	}
	a.onClose(func(context.Context) error { return blobs.Close() })
	a.removeLeftovers()
	var content files.Blobs = blobs
	if a.options.blobs != nil {
		content = a.options.blobs(blobs)
	}
	a.Files = files.New(files.Config{Blobs: content, Records: a.Store, Now: a.now, Log: a.Log, Space: a.space})
	return nil
}

// openStore opens PostgreSQL where the settings name one, else the file in the
// data folder.
func (a *App) openStore(ctx context.Context) error {
	var err error
	if url := a.Config.DatabaseURL; !url.Empty() {
		a.secrets.Add(url.Reveal())
		a.Store, err = postgres.Open(ctx, a.database(url), a.options.store...)
		return err
	}
	path := filepath.Join(a.Config.Data, databaseFile)
	if a.Store, err = sqlite.Open(ctx, path, a.options.store...); err != nil {
		return noDatabase(path, err)
	}
	return nil
}

func (a *App) database(url connector.Secret) postgres.Source {
	return postgres.Source{URL: url.Reveal(), Dial: a.egress.DialContext}
}

func (a *App) openContent() (*files.Local, error) {
	if dir := a.Config.ContentDir; dir != "" {
		return files.OpenShared(dir)
	}
	return files.OpenLocal(filepath.Join(a.Config.Data, contentFolder))
}

func (a *App) openServices(ctx context.Context) error {
	var err error
	if a.Catalog, err = catalog.New(a.integrations...); err != nil {
		return err
	}
	sealer, err := a.openKeys(ctx)
	if err != nil {
		return err
	}
	if err := a.openTraces(ctx); err != nil {
		return err
	}
	val := validate.New()
	a.clients = a.connectionClients()
	a.Connections = connection.NewManager(connection.Deps{Catalog: a.Catalog, Store: a.Store, Sealer: sealer, Validate: val, Now: a.now})
	a.Runs = run.New(run.Deps{
		Catalog: a.Catalog, Store: a.Store, Connections: a.Connections, Sealer: sealer, Validate: val, Files: a.filesOf, HTTP: a.clients,
		LookupEnv: os.LookupEnv, Now: a.now, Log: a.Log, NodeID: a.nodeID, Timeout: a.Config.RunTimeout,
		Limits: run.Limits{AtOnce: a.Config.MaxRuns, Queue: a.Config.MaxQueued}, Telemetry: a.telemetry,
	})
	a.onClose(a.Runs.Close)
	a.Tokens = tokens.New(tokens.Deps{Store: a.Store, Now: a.now, Random: rand.Reader, Log: a.Log})
	a.JobSecrets = secrets.NewManager(secrets.Deps{Store: a.Store, Sealer: sealer, Now: a.now})
	a.API = api.New(api.Deps{
		Catalog: a.Catalog, Runs: a.Runs, Connections: a.Connections, Files: a.Files, Tokens: a.Tokens, Secrets: a.JobSecrets, Store: a.Store, Now: a.now, Log: a.Log,
		Version: a.version, Static: a.static, MaxUpload: a.Config.MaxUpload, BehindProxy: a.Config.BehindProxy,
		Care: a.care(), Telemetry: a.telemetry, MetricsAccess: a.Config.Metrics, Health: a.ready, Worker: a.workerState, Documents: &a.jobs,
		Limits: api.Limits{Body: a.Config.MaxBody, Depth: a.Config.MaxDepth, Rate: float64(a.Config.Rate), Burst: a.Config.RateBurst, Patience: a.Config.ClientTimeout},
	})
	return nil
}

func (a *App) filesOf(actor authz.Actor, runID string) connector.Files {
	return a.Files.For(files.Owner{Tenant: actor.Tenant, Actor: actor.ID, RunID: runID})
}

// Close ends runs (they are canceled when ctx ends before they do), closes the
// store and gives the folder back. It may be called twice.
func (a *App) Close(ctx context.Context) error {
	var errs []error
	for len(a.closers) > 0 {
		last := len(a.closers) - 1
		errs = append(errs, a.closers[last](ctx))
		a.closers = a.closers[:last]
	}
	return errors.Join(errs...)
}
