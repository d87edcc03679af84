package app_test

import (
	"strings"
	"testing"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/app"
	"github.com/fairlead-io/fairlead/internal/config"
)

// TestWantsWorker says when a server takes jobs.
func TestWantsWorker(t *testing.T) {
	for _, tc := range []struct {
		reason, mode string
		env          map[string]string
		want         bool
		bad          string
	}{
		{"nothing names a cluster", config.WorkerAuto, nil, false, ""},
		{"an address does", config.WorkerAuto, map[string]string{"CAMUNDA_CLIENT_GRPCADDRESS": "http://127.0.0.1:1"}, true, ""},
		{"its workers are disabled", config.WorkerAuto, map[string]string{"CAMUNDA_CLIENT_GRPCADDRESS": "http://127.0.0.1:1", "CAMUNDA_CLIENT_WORKER_DEFAULTS_ENABLED": "false"}, false, ""},
		{"off is off, whatever else is wrong", config.WorkerOff, map[string]string{"CAMUNDA_CLIENT_MODE": "none"}, false, ""},
		{"on is on", config.WorkerOn, nil, true, ""},
		{"what cannot be used is said", config.WorkerAuto, map[string]string{"CAMUNDA_CLIENT_MODE": "none"}, false, "CAMUNDA_CLIENT_MODE"},
	} {
		cfg := conf(t.TempDir())
		cfg.Worker.Mode = tc.mode
		lookup := func(name string) (string, bool) { v, ok := tc.env[name]; return v, ok }
		a, err := app.Open(t.Context(), cfg, app.WithIntegrations(dock(nil)), app.WithEnv(lookup))
		if err != nil {
			t.Fatal(err)
		}
		got, err := a.WantsWorker()
		if e := connector.AsError(err); got != tc.want || (err != nil) != (tc.bad != "") || tc.bad != "" && !strings.Contains(e.Error(), tc.bad) {
			t.Errorf("%s: %v, %v", tc.reason, got, err)
		}
		closeNow(t, a)
	}
}

// TestUseWorker opens a worker for a cluster that is not there: that is no
// reason not to start.
func TestUseWorker(t *testing.T) {
	const override = "CAMUNDA_CLIENT_WORKER_OVERRIDE_FAIRLEADDOCKTESTCONNECTION1_TYPE"
	env := map[string]string{"CAMUNDA_CLIENT_GRPCADDRESS": "http://127.0.0.1:1", "CAMUNDA_CLIENT_RESTADDRESS": "http://127.0.0.1:1", "CONNECTOR_OUTBOUND_DISABLED": "io.camunda:aws-s3:1", override: "mine"}
	a, err := app.Open(t.Context(), conf(t.TempDir()), app.WithIntegrations(dock(nil)), app.WithEnv(func(name string) (string, bool) { v, ok := env[name]; return v, ok }, override))
	if err != nil {
		t.Fatal(err)
	}
	defer closeNow(t, a)
	if err := a.UseWorker(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	s := a.API.Worker()
	if !s.Enabled || s.State != "stopped" || s.MaxJobs != 100 || len(s.Types) != 5 || s.Types[0].Type != "mine" {
		t.Errorf("got %+v", s)
	}
	if err := a.API.Health(t.Context()); err == nil || connector.AsError(err).Kind != connector.Unavailable {
		t.Errorf("ready without a cluster: %v", err)
	}
}
