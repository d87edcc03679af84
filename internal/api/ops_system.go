package api

import (
	"context"
	"net/http"

	"github.com/fairlead-io/fairlead/internal/authz"
)

type alive struct {
	Status string `json:"status" enum:"ok"`
}

type me struct {
	ID     string   `json:"id"`
	Name   string   `json:"name"`
	Kind   string   `json:"kind"`
	Tenant string   `json:"tenant"`
	Scopes []string `json:"scopes"`
}

func (a *API) systemOps() {
	const tag = "System"
	register(a, operation{id: "health", method: http.MethodGet, path: "/healthz", tag: tag, summary: "Tell that the process answers"},
		func(context.Context, authz.Actor, *none) (*answer[alive], error) { return ok(alive{"ok"}) })
	register(a, operation{id: "ready", method: http.MethodGet, path: "/readyz", tag: tag, summary: "Tell that the store answers and runs are taken"}, a.ready)
	register(a, operation{id: "version", method: http.MethodGet, path: Base + "/version", tag: tag, summary: "Tell the version"},
		func(context.Context, authz.Actor, *none) (*answer[Version], error) { return ok(a.Version) })
	register(a, operation{id: "me", method: http.MethodGet, path: Base + "/me", tag: tag, summary: "Tell who the token stands for"},
		func(_ context.Context, actor authz.Actor, _ *none) (*answer[me], error) {
			return ok(meOf(actor))
		})
}

func meOf(actor authz.Actor) me {
	return me{actor.ID, actor.Name, string(actor.Kind), actor.Tenant, actor.Scopes.Strings()}
}
