package connection_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/connection"
	"github.com/fairlead-io/fairlead/internal/run/runtest"
	"github.com/fairlead-io/fairlead/internal/store"
)

type settings struct {
	Host string           `json:"host" label:"Host" doc:"Host."`
	Port int              `json:"port,omitempty" label:"Port" doc:"Port." default:"443" minimum:"1"`
	Key  connector.Secret `json:"secretKey" label:"Secret Key" doc:"Key."`
	Old  connector.Secret `json:"oldKey,omitempty" label:"Old Key" doc:"Key."`
}

// Validate wants a host that is not the word bad.
func (s *settings) Validate() []*connector.Error {
	if s.Host == "bad" {
		return []*connector.Error{connector.InvalidField("/host", "Bad is no host.", "Give another.")}
	}
	return nil
}

func bench(t *testing.T) *runtest.Bench {
	return runtest.New(t, runtest.Options{Integrations: []*connector.Integration{
		{ID: "acme", Name: "Acme", Connection: connector.NewConnection(func(context.Context, connector.Env, *settings) (int, error) { return 1, nil })},
		{ID: "plain", Name: "Plain"},
	}})
}

func ptr[T any](v T) *T { return &v }

func TestLife(t *testing.T) {
	b := bench(t)
	v := b.Connect(t, "acme", "Main", map[string]any{"HOST": "h", "secretKey": "very-secret"})
	if diff := cmp.Diff(map[string]any{"host": "h", "port": 443.0}, v.Settings); diff != "" || !v.Active || v.Revision != 1 {
		t.Errorf("added (-want +got):\n%s %+v", diff, v)
	}
	if diff := cmp.Diff([]string{"secretKey"}, v.SecretsSet); diff != "" {
		t.Errorf("secrets (-want +got):\n%s", diff)
	}
	shown, err := json.Marshal(v)
	if err != nil || strings.Contains(string(shown), "very-secret") {
		t.Errorf("the secret is shown: %s %v", shown, err)
	}
	v, err = b.Conns.Update(t.Context(), b.Owner, "main", connection.Patch{Settings: json.RawMessage(`{"port":8443,"oldKey":"old-secret"}`), Description: ptr("d")})
	if err != nil || v.Revision != 2 || v.Description != "d" {
		t.Fatalf("update: %+v %v", v, err)
	}
	opened := open(t, b, "main")
	if string(opened.Settings) != `{"host":"h","oldKey":"old-secret","port":8443,"secretKey":"very-secret"}` {
		t.Errorf("a secret left out keeps its value: %s", opened.Settings)
	}
	if _, err = b.Conns.Update(t.Context(), b.Owner, v.ID, connection.Patch{Settings: json.RawMessage(`{"oldKey":null}`)}); err != nil {
		t.Fatal(err)
	}
	if got := open(t, b, "main"); strings.Contains(string(got.Settings), "old-secret") {
		t.Errorf("null removes: %s", got.Settings)
	}
	if err := b.Conns.Delete(t.Context(), b.Owner, "MAIN"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Conns.Get(t.Context(), b.Owner, "main"); connector.AsError(err).Kind != connector.NotFound {
		t.Errorf("after delete: %v", err)
	}
	page, err := b.Store.AuditEntries(t.Context(), b.Owner.Tenant, store.AuditFilter{}, store.Page{})
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, e := range page.Entries {
		kinds = append(kinds, e.Kind)
		if strings.Contains(string(e.Body), "secret\"") || strings.Contains(string(e.Body), "very-secret") {
			t.Errorf("audit holds a secret: %s", e.Body)
		}
	}
	if diff := cmp.Diff([]string{"connection.deleted", "connection.updated", "connection.updated", "connection.created"}, kinds); diff != "" {
		t.Errorf("audit (-want +got):\n%s", diff)
	}
}

func open(t *testing.T, b *runtest.Bench, name string) *connection.Opened {
	t.Helper()
	c, err := b.Conns.Find(t.Context(), b.Owner.Tenant, name)
	if err != nil {
		t.Fatal(err)
	}
	o, err := b.Conns.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestRefusals(t *testing.T) {
	b := bench(t)
	b.Connect(t, "acme", "main", map[string]any{"host": "h", "secretKey": "very-secret"})
	good := `{"host":"h","secretKey":"k"}`
	for _, c := range []struct {
		why   string
		in    connection.Input
		kind  connector.Kind
		field string
	}{
		{"name taken, in another case", connection.Input{Integration: "acme", Name: "MAIN", Settings: json.RawMessage(good)}, connector.Conflict, "/name"},
		{"no name", connection.Input{Integration: "acme", Name: " ", Settings: json.RawMessage(good)}, connector.Invalid, "/name"},
		{"a slash in the name", connection.Input{Integration: "acme", Name: "a/b", Settings: json.RawMessage(good)}, connector.Invalid, "/name"},
		{"secret missing", connection.Input{Integration: "acme", Name: "x", Settings: json.RawMessage(`{"host":"h"}`)}, connector.Invalid, "/secretKey"},
		{"fields against each other", connection.Input{Integration: "acme", Name: "x", Settings: json.RawMessage(`{"host":"bad","secretKey":"k"}`)}, connector.Invalid, "/host"},
		{"an unknown effect", connection.Input{Integration: "acme", Name: "x", Settings: json.RawMessage(good), Guardrails: &connection.Guardrails{Effects: []string{"fly"}}}, connector.Invalid, "/guardrails/effects"},
		{"a malformed pattern", connection.Input{Integration: "acme", Name: "x", Settings: json.RawMessage(good), Guardrails: &connection.Guardrails{Resources: map[string][]string{"bucket": {"[a"}}}}, connector.Invalid, "/guardrails/resources/bucket"},
		{"no connection needed", connection.Input{Integration: "plain", Name: "x"}, connector.Invalid, ""},
		{"unknown integration", connection.Input{Integration: "acmee", Name: "x"}, connector.NotFound, ""},
	} {
		_, err := b.Conns.Add(t.Context(), b.Owner, c.in)
		if e := connector.AsError(err); e == nil || e.Kind != c.kind || e.Field != c.field || e.Fix == "" {
			t.Errorf("%s: %+v", c.why, e)
		}
	}
	reader := authz.Actor{ID: "r", Tenant: b.Owner.Tenant, Scopes: authz.Scopes{authz.Read}}
	if err := b.Conns.Delete(t.Context(), reader, "main"); connector.AsError(err).Kind != connector.Denied {
		t.Errorf("delete with read alone: %v", err)
	}
	if _, err := b.Conns.Update(t.Context(), b.Owner, "main", connection.Patch{Revision: 9}); connector.AsError(err).Kind != connector.Conflict {
		t.Errorf("another revision: %v", err)
	}
	list, err := b.Conns.List(t.Context(), reader, "")
	if err != nil || len(list) != 1 {
		t.Errorf("nothing of the refused was kept: %d connections, %v", len(list), err)
	}
}
