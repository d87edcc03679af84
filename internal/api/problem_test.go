package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/fairlead-io/fairlead/connector"
)

func TestProblems(t *testing.T) {
	b := open(t)
	for _, tc := range []struct {
		reason, method, path, body string
		status                     int
		kind                       connector.Kind
		says                       string // in the detail, the fix or the errors
	}{
		{"an unknown integration names the nearest", "GET", "/api/v1/integrations/lap", "", 404, "NotFound", `"lab"`},
		{"an unknown command", "POST", "/api/v1/integrations/lab/commands/read-note/runs", "{}", 404, "NotFound", "read-notes"},
		{"an unknown connection", "POST", readNotes, `{"connection":"mian","input":{}}`, 404, "NotFound", `"main"`},
		{"a body that is not JSON", "POST", readNotes, `{"input":`, 400, "Invalid", "too early"},
		{"a body with a mistake", "POST", readNotes, `{"input"}`, 400, "Invalid", "byte 9"},
		{"two bodies", "POST", readNotes, `{}{}`, 400, "Invalid", "follows"},
		{"an unknown member of the body", "POST", readNotes, `{"inputs":{}}`, 400, "Invalid", "/inputs"},
		{"a member of the wrong type", "POST", readNotes, `{"connection":7}`, 400, "Invalid", "/connection"},
		{"an unknown query parameter", "GET", "/api/v1/runs?limits=3", "", 400, "Invalid", "query.limits"},
		{"a limit out of range", "GET", "/api/v1/runs?limit=0", "", 400, "Invalid", "query.limit"},
		{"a state that does not exist", "GET", "/api/v1/runs?state=asleep", "", 400, "Invalid", "query.state"},
		{"a time that is none", "GET", "/api/v1/runs?from=yesterday", "", 400, "Invalid", "query.from"},
		{"a cursor that is made up", "GET", "/api/v1/runs?cursor=abc", "", 400, "Invalid", "cursor"},
		{"a run that does not exist", "GET", "/api/v1/runs/none", "", 404, "NotFound", "none"},
		{"a file that does not exist", "GET", "/api/v1/files/99", "", 404, "NotFound", "99"},
		{"a file ID that is no number", "GET", "/api/v1/files/abc", "", 400, "Invalid", ""},
		{"a connection without its settings", "POST", "/api/v1/connections", `{"integration":"lab","name":"x","settings":{}}`, 400, "Invalid", "/password"},
		{"a name that is taken", "POST", "/api/v1/connections", `{"integration":"lab","name":"MAIN","settings":{"endpointUrl":"http://x","password":"p"}}`, 409, "Conflict", "MAIN"},
		{"a stale revision", "PATCH", "/api/v1/connections/main", `{"revision":9}`, 409, "Conflict", "meantime"},
		{"a token without scopes", "POST", "/api/v1/tokens", `{"name":"x"}`, 400, "Invalid", "/scopes"},
		{"a malformed time in a body", "POST", "/api/v1/tokens", `{"name":"x","scopes":["run"],"expiresAt":"soon"}`, 400, "Invalid", "time"},
		{"an address that does not exist", "GET", "/api/v1/nothing", "", 404, "NotFound", "openapi"},
		{"a method that does not exist", "PUT", "/api/v1/runs", "", 405, "Invalid", "GET"},
		{"an address outside the API", "GET", "/favicon.ico", "", 404, "NotFound", ""},
		{"an origin that may not be claimed", "POST", readNotes + "?x=1", "", 400, "Invalid", "query.x"},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			r := b.call(t, b.owner, tc.method, tc.path, tc.body)
			r.problem(t, tc.status, tc.kind)
			if !strings.Contains(string(r.body), strings.ReplaceAll(tc.says, `"`, `\"`)) {
				t.Errorf("%s does not say %q", r.body, tc.says)
			}
		})
	}
	b.call(t, b.owner, "POST", readNotes, "{}", "Fairlead-Origin", "worker").problem(t, 400, "Invalid")
}

// TestValuesAreNeverEchoed puts a canary wherever a client can put something
// wrong, and looks for it in every answer and in the log.
func TestValuesAreNeverEchoed(t *testing.T) {
	const canary = "canary-7f3a91"
	b := open(t)
	bodies := []string{
		`"` + canary + `"`, `[` + `"` + canary + `"]`, canary, `{"settings":"` + canary + `"}`, `{"settings":{"password":["` + canary + `"]}}`,
		`{"settings":{"endpointUrl":7,"password":"` + canary + `"},"integration":"lab","name":7}`,
		`{"name":{"x":"` + canary + `"}}`, `{"active":"` + canary + `"}`, `{"timeout":"` + canary + `"}`, `{"input":{"pin":"` + canary + `","noteNames":7}}`,
		`{"input":{"noteNames":["a"],"pin":["` + canary + `"]}}`, `{"scopes":"` + canary + `"}`, `{"expiresAt":"` + canary + `"}`,
		`{"guardrails":"` + canary + `"}`, `{"settings":{"password":"` + canary + `"}` + canary,
		`{"integration":"lab","name":"n","settings":{"password":"` + canary + `","endpointUrl":["` + canary + `"]}}`,
	}
	sent := 0
	for id, e := range expected {
		if e.public || e.path == "" || strings.HasPrefix(id, "add-file") {
			continue
		}
		method := map[string]string{"update-connection": "PATCH"}[id]
		if method == "" {
			method = "POST"
		}
		for _, body := range bodies {
			r := b.call(t, b.owner, method, strings.ReplaceAll(e.path, "{RUN}", "x"), body)
			if strings.Contains(string(r.body), canary) || strings.Contains(fmt.Sprint(r.header), canary) {
				t.Errorf("%s %s with %s echoes the value: %s", method, e.path, body, r.body)
			}
			sent++
		}
	}
	for _, q := range []string{"limit", "from", "state", "after"} {
		r := b.call(t, b.owner, "GET", "/api/v1/runs?"+q+"="+canary, nil)
		if strings.Contains(string(r.body), canary) {
			t.Errorf("query %s echoes the value: %s", q, r.body)
		}
	}
	r := b.call(t, canary, "GET", "/api/v1/runs", nil, "Idempotency-Key", canary)
	if strings.Contains(string(r.body), canary) {
		t.Errorf("the token comes back: %s", r.body)
	}
	if strings.Contains(b.Logs.String(), canary) {
		t.Error("the log holds the value")
	}
	if sent < 100 {
		t.Errorf("only %d requests were sent", sent)
	}
}

func TestBodiesAreLimited(t *testing.T) {
	b := open(t)
	r := b.call(t, b.owner, "POST", readNotes, `{"input":{"noteNames":["`+strings.Repeat("x", 17<<20)+`"]}}`)
	r.problem(t, http.StatusRequestEntityTooLarge, "Invalid")
}
