// Package api is the HTTP API: OpenAPI 3.1 at /openapi.json, operations below
// /api/v1, errors as problem+json. It adds nothing to what the services behind
// it do; the command line uses the very same handlers without a port.
//
// A run that is waited for is canceled when its client goes away only if the
// command reads and nothing else. One that writes or deletes goes on, because
// half a change is worse than an unseen answer; its record tells the outcome.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/fairlead-io/fairlead/internal/catalog"
	"github.com/fairlead-io/fairlead/internal/connection"
	"github.com/fairlead-io/fairlead/internal/files"
	"github.com/fairlead-io/fairlead/internal/obs"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/secrets"
	"github.com/fairlead-io/fairlead/internal/store"
	"github.com/fairlead-io/fairlead/internal/tokens"
	"github.com/fairlead-io/fairlead/internal/worker/view"
)

// Base is where the operations begin.
const Base = "/api/v1"

// Version says what this program is.
type Version struct {
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Go      string `json:"go"`
	API     string `json:"api"`
}

// Deps are what the API works with.
type Deps struct {
	Catalog     *catalog.Catalog
	Runs        *run.Service
	Connections *connection.Manager
	Files       *files.Service
	Tokens      *tokens.Manager
	Secrets     *secrets.Manager
	Store       *store.Store // audit entries, and readiness
	Now         func() time.Time
	Log         *slog.Logger
	Version     Version
	Static      http.Handler   // everything outside the API; nil: nothing
	MaxUpload   int64          // bytes of one file
	BehindProxy []netip.Prefix // proxies whose forwarded headers are believed
	Heartbeat   time.Duration  // between comments of an idle event stream; 0 means 15 s
	Limits      Limits
	Care        Care
	Documents   LinkedDocuments // behind links; nil: none
	Telemetry   *obs.Telemetry
	// Worker shows the worker of a Camunda 8 cluster; nil where there is none.
	Worker func() view.State
	// MetricsAccess is one of the Metrics constants; empty is MetricsToken.
	MetricsAccess string
	// Health tells what keeps runs from being taken; nil when nothing does. It
	// may itself be nil.
	Health func(context.Context) error
}

// API is the handler of everything.
type API struct {
	Deps
	sessions  sessions
	callers   *throttle
	strangers *throttle
	draining  atomic.Bool
	huma      huma.API
	mux       *http.ServeMux
	root      http.Handler
	doc       func() (openAPI, error)
	stopping  chan struct{}
	stop      sync.Once
}

// New makes the API.
func New(d Deps) *API {
	overrideErrors()
	if d.Heartbeat == 0 {
		d.Heartbeat = 15 * time.Second
	}
	d.Limits = d.Limits.orDefaults()
	a := &API{Deps: d, mux: http.NewServeMux(), stopping: make(chan struct{})}
	a.callers, a.strangers = newThrottle(d.Limits.Rate, d.Limits.Burst, d.Now), newThrottle(strangerRate, strangerBurst, d.Now)
	a.huma = humago.New(a.mux, a.humaConfig())
	a.huma.UseMiddleware(a.authorize)
	a.systemOps()
	a.metricsOps()
	a.sessionOps()
	a.aboutOps()
	a.catalogOps()
	a.connectionOps()
	a.connectionCareOps()
	a.runOps()
	a.fileOps()
	a.documentOps()
	a.workerOps()
	a.tokenOps()
	a.secretOps()
	a.auditOps()
	a.policyOps()
	a.careOps()
	a.remoteRoutes()
	a.mux.HandleFunc("/", a.elsewhere)
	a.doc = sync.OnceValues(a.document)
	a.documentRoutes()
	a.root = a.wrap(a.mux)
	return a
}

func (a *API) humaConfig() huma.Config {
	c := huma.DefaultConfig("Fairlead", a.Version.Version)
	c.Info.Description = "Runs commands of integrations through stored connections."
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.CreateHooks = nil // no $schema links in answers
	c.Components = &huma.Components{
		Schemas: huma.NewMapRegistry("#/components/schemas/", schemaName),
		SecuritySchemes: map[string]*huma.SecurityScheme{
			"bearer": {Type: "http", Scheme: "bearer", Description: "A token made with `fairlead tokens add`."},
		},
	}
	c.RejectUnknownQueryParameters = true
	return c
}

// ServeHTTP implements http.Handler.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.root.ServeHTTP(w, r) }

// Drain makes the server tell that it is not ready; requests are still taken.
func (a *API) Drain() { a.draining.Store(true) }

// Stop ends the event streams, so that a server can shut down. Requests that
// wait for a run go on.
func (a *API) Stop() {
	a.Drain()
	a.stop.Do(func() { close(a.stopping) })
}
