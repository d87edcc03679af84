package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/authz"
)

// Who may read the figures.
const (
	MetricsToken = "token" // whoever holds the scope read
	MetricsOpen  = "open"  // everybody who reaches the server
	MetricsOff   = "off"
)

func (a *API) metricsOps() {
	if a.MetricsAccess == MetricsOff || a.Telemetry == nil || a.Telemetry.Metrics == nil {
		return
	}
	h := a.Telemetry.Metrics.Handler()
	for id, path := range map[string]string{"metrics": "/metrics", "actuator-prometheus": Actuator + "/prometheus"} {
		register(a, operation{
			id: id, method: http.MethodGet, path: path, tag: "System", summary: "Figures for Prometheus",
			text:    "Needs a token with the scope read, unless the server's setting metrics is open.",
			answers: map[string]*huma.Response{"200": {Description: "Figures in Prometheus' text format.", Content: map[string]*huma.MediaType{"text/plain": {}}}},
		}, func(context.Context, authz.Actor, *none) (*huma.StreamResponse, error) {
			return &huma.StreamResponse{Body: func(hc huma.Context) {
				r, w := humago.Unwrap(hc)
				h.ServeHTTP(w, r)
			}}, nil
		})
	}
}

// ready tells that runs are taken: not while the server ends, and not when
// something that a run needs is wrong.
func (a *API) ready(ctx context.Context, _ authz.Actor, _ *none) (*answer[alive], error) {
	if a.draining.Load() {
		return nil, &connector.Error{Kind: connector.Unavailable, Message: "The server is shutting down.", Fix: "Use another, or wait until it is back."}
	}
	if a.Health != nil {
		if err := a.Health(ctx); err != nil {
			return nil, err
		}
	}
	return ok(alive{"ok"})
}
