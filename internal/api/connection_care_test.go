package api_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDuplicateKeepsSecrets(t *testing.T) {
	b := open(t)
	made := b.call(t, b.owner, "POST", "/api/v1/connections/main/duplicate", `{"name":"copy"}`)
	got := made.want(t, 201)
	if diff := cmp.Diff([]any{"password"}, got["secretsSet"]); diff != "" || got["name"] != "copy" {
		t.Errorf("got %v", got)
	}
	if bytes.Contains(made.body, []byte("canary")) {
		t.Error("a secret is shown")
	}
	// The copy works without its original.
	b.call(t, b.owner, "DELETE", "/api/v1/connections/main", nil).want(t, 204)
	r := b.call(t, b.owner, "POST", "/api/v1/connections/copy/test", nil).want(t, 200)
	if r["returnData"] != "Successful" {
		t.Errorf("got %v", r)
	}
	b.call(t, b.owner, "POST", "/api/v1/connections/copy/duplicate", `{"name":"copy"}`).problem(t, 409, "Conflict")
}

func TestChangesAreTestedWithoutStoringThem(t *testing.T) {
	b := open(t)
	path := "/api/v1/connections/main/test-changed"
	for _, tc := range []struct{ reason, body, verdict string }{
		{"the stored secret is used", `{"settings":{"endpointUrl":"http://other"}}`, "Successful"},
		{"a changed secret is used", `{"settings":{"password":"wrong-password"}}`, "Failed"},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			r := b.call(t, b.owner, "POST", path, tc.body)
			if got := r.want(t, 200); got["returnData"] != tc.verdict {
				t.Errorf("got %v", got)
			}
			if bytes.Contains(r.body, []byte("wrong-password")) {
				t.Error("a secret is shown")
			}
		})
	}
	got := b.call(t, b.owner, "GET", "/api/v1/connections/main", nil).want(t, 200)
	if settings := got["settings"].(map[string]any); settings["endpointUrl"] != "http://lab" || got["revision"] != 1.0 {
		t.Errorf("the change was stored: %v", got)
	}
	p := b.call(t, b.owner, "POST", path, `{"settings":{"password":null}}`).problem(t, 400, "Invalid")
	if errs := p["errors"].([]any); errs[0].(map[string]any)["location"] != "/password" {
		t.Errorf("the error is not at the field: %v", p)
	}
}

func TestUsage(t *testing.T) {
	b := open(t)
	b.call(t, b.owner, "POST", readNotes, `{"connection":"main","input":{"noteNames":["a"]}}`).want(t, 200)
	got := b.call(t, b.owner, "GET", "/api/v1/connections/main/usage", nil).want(t, 200)
	if diff := cmp.Diff([]any{"read-notes"}, got["commands"]); diff != "" || got["runs"] != 1.0 || got["going"] != 0.0 || got["lastRunAt"] == nil {
		t.Errorf("got %v", got)
	}
	b.Connect(t, "lab", "unused", map[string]any{"endpointUrl": "http://lab", "password": "p"})
	if got := b.call(t, b.owner, "GET", "/api/v1/connections/unused/usage", nil).want(t, 200); got["runs"] != 0.0 {
		t.Errorf("got %v", got)
	}
}

func TestAuditSearchAndState(t *testing.T) {
	b := open(t)
	b.call(t, b.owner, "POST", readNotes, `{"connection":"main","input":{"noteNames":["a-rare-name"]}}`).want(t, 200)
	found := b.call(t, b.owner, "GET", "/api/v1/audit?text=A-Rare-Name", nil).want(t, 200)
	if n := len(found["entries"].([]any)); n != 1 {
		t.Errorf("%d entries name it", n)
	}
	none := b.call(t, b.owner, "GET", "/api/v1/audit?text=not-there&limit=1", nil).want(t, 200)
	if n := len(none["entries"].([]any)); n != 0 || none["next"] != nil {
		t.Errorf("got %v", none)
	}
	s := b.call(t, b.owner, "GET", "/api/v1/audit/state?verify=true", nil).want(t, 200)
	if s["problem"] != nil || s["checked"] != s["entries"] || s["entries"].(float64) < 3 || len(text(s["hash"])) != 64 {
		t.Errorf("got %v", s)
	}
}

func TestAbout(t *testing.T) {
	b := open(t)
	got := b.call(t, b.owner, "GET", "/api/v1/about", nil).want(t, 200)
	if got["version"] != "test" || got["modules"] == nil {
		t.Errorf("got %v", got)
	}
}
