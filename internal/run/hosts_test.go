package run_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/connection"
	"github.com/fairlead-io/fairlead/internal/run/runtest"
)

type caller struct {
	c   *http.Client
	url string
}

type called struct {
	Status int `json:"Status"`
}

// calls is an integration whose one command asks the host of its settings.
func calls() *connector.Integration {
	return &connector.Integration{
		ID: "calls", Name: "Calls", Summary: "Asks a host.",
		Connection: connector.NewConnection(func(_ context.Context, env connector.Env, s *settings) (*caller, error) {
			c, err := env.HTTP(connector.HTTPOptions{})
			return &caller{c, s.Host}, err
		}),
		Commands: []*connector.Command{
			connector.NewTestConnection(nil, nil, func(context.Context, *connector.Call, *caller) (*connector.CheckResult, error) {
				return &connector.CheckResult{Message: "ok"}, nil
			}),
			connector.NewCommand(connector.Meta{Name: "Call", Summary: "Calls.", Effect: connector.Read}, func(ctx context.Context, _ *connector.Call, c *caller, _ *connector.NoInput) (*called, error) {
				req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url, nil)
				if err != nil {
					return nil, err
				}
				res, err := c.c.Do(req)
				if err != nil {
					return nil, err
				}
				return &called{res.StatusCode}, res.Body.Close()
			}),
		},
	}
}

// A change of the list holds from the next run on, sessions that are open or not.
func TestGuardrailsOnHosts(t *testing.T) {
	var hits atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	t.Cleanup(s.Close)
	b := runtest.New(t, runtest.Options{Integrations: []*connector.Integration{calls()}})
	b.Connect(t, "calls", "main", map[string]any{"host": s.URL, "token": canary})
	for _, tc := range []struct {
		why   string
		hosts []string
		kind  connector.Kind
	}{
		{"no list", nil, ""},
		{"another host", []string{"*.example.com"}, connector.Denied},
		{"this one too", []string{"*.example.com", "127.0.0.1"}, ""},
		{"another port", []string{"127.0.0.1:1"}, connector.Denied},
	} {
		if _, err := b.Conns.Update(t.Context(), b.Owner, "main", connection.Patch{Guardrails: &connection.Guardrails{Hosts: tc.hosts}}); err != nil {
			t.Fatal(err)
		}
		before := hits.Load()
		rec := b.Do(t, "calls", "call", map[string]any{})
		var kind connector.Kind
		if rec.Error != nil {
			kind = rec.Error.Kind
		}
		if kind != tc.kind || (hits.Load() > before) != (tc.kind == "") {
			t.Errorf("%s: %q, %d requests: %+v", tc.why, kind, hits.Load()-before, rec.Error)
		}
	}
	_, err := b.Conns.Update(t.Context(), b.Owner, "main", connection.Patch{Guardrails: &connection.Guardrails{Hosts: []string{"https://a"}}})
	if e := connector.AsError(err); err == nil || e.Kind != connector.Invalid || e.Field != "/guardrails/hosts" {
		t.Errorf("a URL in place of a host: %v", err)
	}
}
