package api_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/fairlead-io/fairlead/internal/api"
	"github.com/fairlead-io/fairlead/internal/obs"
	"github.com/fairlead-io/fairlead/internal/worker/view"
)

// TestHealthFollowsTheCluster asks as the probes of Camunda's runtime do.
func TestHealthFollowsTheCluster(t *testing.T) {
	state := view.State{Enabled: true, State: "running"}
	b := open(t, func(d *api.Deps) { d.Worker = func() view.State { return state } })
	want := func(reason string, readiness int) map[string]any {
		t.Helper()
		b.call(t, "", "GET", "/actuator/health/liveness", nil).want(t, 200)
		b.call(t, "", "GET", "/actuator/health/startup", nil).want(t, 200)
		b.call(t, "", "GET", "/actuator/health", nil).want(t, readiness)
		r := b.call(t, "", "GET", "/actuator/health/readiness", nil).want(t, readiness)
		if (r["status"] == "UP") != (readiness == 200) {
			t.Errorf("%s: %v", reason, r)
		}
		return r
	}
	want("the cluster has not answered yet", 503)
	state.Cluster = view.Cluster{Connected: true, Brokers: 3}
	want("no partition is healthy", 503)
	state.Cluster.Healthy = true
	r := want("it is well", 200)
	parts, _ := r["components"].(map[string]any)
	zeebe, _ := parts["zeebeClient"].(map[string]any)
	details, _ := zeebe["details"].(map[string]any)
	if details["numBrokers"] != 3.0 || details["anyPartitionHealthy"] != true {
		t.Errorf("got %v", r)
	}
	state.State = "draining"
	want("it ends", 503)
	if v := b.call(t, b.owner, "GET", "/api/v1/worker", nil).want(t, 200); v["state"] != "draining" || v["enabled"] != true {
		t.Errorf("got %v", v)
	}
}

func TestHealthWithoutAWorker(t *testing.T) {
	b := open(t)
	b.call(t, "", "GET", "/actuator/health/readiness", nil).want(t, 200)
	if v := b.call(t, b.owner, "GET", "/api/v1/worker", nil).want(t, 200); v["state"] != "off" || v["enabled"] != false {
		t.Errorf("got %v", v)
	}
	if h := view.HealthOf(view.Off(), view.Readiness, errors.New("the store cannot be written")); h.Status != view.Down {
		t.Errorf("got %+v", h)
	}
}

func TestFiguresUnderCamundasPath(t *testing.T) {
	b := open(t, func(d *api.Deps) {
		m := obs.NewMetrics(obs.Build{}, nil)
		zero := func() int { return 0 }
		m.Worker(d.Now, zero, zero).Ended("completed", obs.WorkerJob{Type: "a", Template: "t", TemplateVersion: "1"}, d.Now())
		d.Telemetry, d.MetricsAccess = &obs.Telemetry{Metrics: m}, api.MetricsOpen
	})
	r := b.call(t, "", "GET", "/actuator/prometheus", nil)
	if r.status != 200 || !strings.Contains(string(r.body), `camunda_connector_outbound_invocations_total{action="completed",elementTemplateId="t",elementTemplateVersion="1",type="a"} 1`) {
		t.Errorf("%d %s", r.status, r.body)
	}
}
