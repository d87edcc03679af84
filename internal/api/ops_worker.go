package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/worker/view"
)

// Actuator is where the answers are that probes of Camunda's connector runtime
// ask for.
const Actuator = "/actuator"

func (a *API) workerOps() {
	const tag = "Worker"
	register(a, operation{
		id: "get-worker", method: http.MethodGet, path: Base + "/worker", tag: tag, summary: "Show the worker of a Camunda 8 cluster",
		text: "Its job types and their counts, the cluster as it was seen last, and the last failures with their input, without secrets.",
	}, func(context.Context, authz.Actor, *none) (*answer[view.State], error) { return ok(a.workerState()) })
	for _, h := range []struct{ id, path, group, summary string }{
		{"actuator-health", "/health", view.Whole, "Tell how the process and its cluster are"},
		{"actuator-readiness", "/health/readiness", view.Readiness, "Tell whether jobs can come"},
		{"actuator-liveness", "/health/liveness", view.Liveness, "Tell that the process lives, whatever the cluster does"},
		{"actuator-startup", "/health/startup", view.Startup, "Tell that the process has started"},
	} {
		register(a, operation{
			id: h.id, method: http.MethodGet, path: Actuator + h.path, tag: tag, summary: h.summary,
			text:    "As Camunda's connector runtime answers it, for the probes that there are.",
			answers: map[string]*huma.Response{"503": {Description: "It is down."}},
		}, func(ctx context.Context, _ authz.Actor, _ *none) (*answer[view.Health], error) {
			v := view.HealthOf(a.workerState(), h.group, a.own(ctx, h.group))
			if v.Status == view.Up {
				return ok(v)
			}
			return &answer[view.Health]{http.StatusServiceUnavailable, v}, nil
		})
	}
}

func (a *API) workerState() view.State {
	if a.Worker == nil {
		return view.Off()
	}
	return a.Worker()
}

// own is what keeps the process itself from being ready.
func (a *API) own(ctx context.Context, group string) error {
	if group == view.Liveness || group == view.Startup {
		return nil
	}
	_, err := a.ready(ctx, authz.Actor{}, nil)
	return err
}
