package api_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestConnectionLife(t *testing.T) {
	b := open(t)
	made := b.call(t, b.owner, "POST", "/api/v1/connections", map[string]any{
		"integration": "lab", "name": "second", "description": "d", "settings": map[string]any{"EndpointURL": "http://x", "password": "canary-password-2"},
	}).want(t, 201)
	if diff := cmp.Diff([]any{"password"}, made["secretsSet"]); diff != "" || made["active"] != true {
		t.Errorf("got %v", made)
	}
	id := text(made["id"])
	changed := b.call(t, b.owner, "PATCH", "/api/v1/connections/"+id, `{"name":"renamed","active":false,"revision":1}`).want(t, 200)
	if changed["name"] != "renamed" || changed["active"] != false || changed["revision"] != 2.0 {
		t.Errorf("got %v", changed)
	}
	if diff := cmp.Diff(made["settings"], changed["settings"]); diff != "" {
		t.Errorf("settings changed:\n%s", diff)
	}
	list := b.call(t, b.owner, "GET", "/api/v1/connections?integration=lab", nil)
	if n := len(list.want(t, 200)["connections"].([]any)); n != 2 {
		t.Errorf("%d connections", n)
	}
	if bytes.Contains(list.body, []byte("canary")) {
		t.Error("a secret is shown")
	}
	r := b.call(t, b.owner, "POST", readNotes, `{"connection":"renamed","input":{"noteNames":["a"]}}`).want(t, 200)
	if r["returnData"] != "Failed" {
		t.Errorf("an inactive connection ran: %v", r)
	}
	b.call(t, b.owner, "DELETE", "/api/v1/connections/renamed", nil).want(t, 204)
	b.call(t, b.owner, "GET", "/api/v1/connections/"+id, nil).problem(t, 404, "NotFound")
}

func TestTestConnection(t *testing.T) {
	b := open(t)
	r := b.call(t, b.owner, "POST", "/api/v1/connections/main/test", `{"timeout":"5s"}`).want(t, 200)
	if r["returnData"] != "Successful" || r["command"] != "test-connection" {
		t.Errorf("got %v", r)
	}
	if c := b.call(t, b.owner, "GET", "/api/v1/connections/main", nil).want(t, 200); c["health"] == nil {
		t.Error("the result is not kept with the connection")
	}
}

// Settings that are not saved leave nothing behind, not even in an error.
func TestUnsavedSettings(t *testing.T) {
	b := open(t)
	body := map[string]any{"settings": map[string]any{"endpointUrl": "http://x", "password": "wrong-password"}}
	r := b.call(t, b.owner, "POST", "/api/v1/integrations/lab/test", body)
	rec := r.want(t, 200)
	if e, _ := rec["error"].(map[string]any); rec["returnData"] != "Failed" || e["kind"] != "Denied" {
		t.Errorf("got %v", rec)
	}
	if bytes.Contains(r.body, []byte("wrong-password")) {
		t.Errorf("the secret comes back: %s", r.body)
	}
	missing := b.call(t, b.owner, "POST", "/api/v1/integrations/lab/test", nil).want(t, 200)
	if e, _ := missing["error"].(map[string]any); missing["returnData"] != "Failed" || e["statusCode"] != 400.0 {
		t.Errorf("no settings: %v", missing)
	}
	if list := b.call(t, b.owner, "GET", "/api/v1/connections", nil).want(t, 200)["connections"].([]any); len(list) != 1 {
		t.Errorf("a connection was stored: %v", list)
	}
	for _, path := range []string{"/api/v1/runs/" + text(rec["runId"]), "/api/v1/audit"} {
		if r := b.call(t, b.owner, "GET", path, nil); bytes.Contains(r.body, []byte("wrong-password")) {
			t.Errorf("%s shows the secret", path)
		}
	}
}

func TestTokenLife(t *testing.T) {
	b := open(t)
	made := b.call(t, b.owner, "POST", "/api/v1/tokens", `{"name":"ci","scopes":["read"],"expiresAt":"2999-01-01T00:00:00Z"}`).want(t, 201)
	tok := text(made["token"])
	who := b.call(t, tok, "GET", "/api/v1/me", nil).want(t, 200)
	if who["name"] != "ci" || who["kind"] != "token" || who["id"] != made["id"] {
		t.Errorf("got %v", who)
	}
	list := b.call(t, b.owner, "GET", "/api/v1/tokens", nil)
	if bytes.Contains(list.body, []byte(tok)) {
		t.Error("the list shows a token")
	}
	b.call(t, b.owner, "DELETE", "/api/v1/tokens/"+text(made["id"]), nil).want(t, 204)
	r := b.call(t, tok, "GET", "/api/v1/me", nil)
	r.problem(t, 401, "Denied")
	if r.header.Get("WWW-Authenticate") != "Bearer" {
		t.Errorf("headers %v", r.header)
	}
}

func TestCatalogue(t *testing.T) {
	b := open(t)
	list := b.call(t, b.owner, "GET", "/api/v1/integrations", nil).want(t, 200)["integrations"].([]any)
	if len(list) != 1 || list[0].(map[string]any)["commands"] != 8.0 {
		t.Errorf("got %v", list)
	}
	i := b.call(t, b.owner, "GET", "/api/v1/integrations/LAB", nil).want(t, 200)
	settings := i["connection"].(map[string]any)["schema"].(map[string]any)["properties"].(map[string]any)
	if p, _ := settings["password"].(map[string]any); p["writeOnly"] != true || p["title"] != "Password" {
		t.Errorf("settings: %v", settings)
	}
	c := b.call(t, b.owner, "GET", "/api/v1/integrations/lab/commands/move-notes", nil).want(t, 200)
	if diff := cmp.Diff([]any{"write", "delete"}, c["effects"]); diff != "" || c["failureIndicator"] != "Move Notes failed." || c["canPlan"] != false {
		t.Errorf("got %v", c)
	}
	b.call(t, b.owner, "GET", "/api/v1/integrations/lab/commands/moves", nil).problem(t, 404, "NotFound")
}
