package api_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/fairlead-io/fairlead/internal/authz"
)

// expect says, by hand, what each operation of the document needs. It is not
// read from the server's own table.
type expect struct {
	scopes []string // all are needed
	public bool
	path   string // concrete
	body   string
	opened int // status with the scopes; 0 means 200
}

var expected = map[string]expect{
	"health":       {public: true, path: "/healthz"},
	"ready":        {public: true, path: "/readyz"},
	"openapi-json": {public: true, path: "/openapi.json"},
	"openapi-yaml": {public: true, path: "/openapi.yaml"},
	"version":      {public: true, path: "/api/v1/version"},
	"me":           {path: "/api/v1/me"},

	"list-integrations": {scopes: []string{"read"}, path: "/api/v1/integrations"},
	"get-integration":   {scopes: []string{"read"}, path: "/api/v1/integrations/lab"},
	"get-command":       {scopes: []string{"read"}, path: "/api/v1/integrations/lab/commands/read-notes"},
	"test-settings":     {scopes: []string{"run"}, path: "/api/v1/integrations/lab/test", body: `{"settings":{}}`},

	"list-connections":  {scopes: []string{"read"}, path: "/api/v1/connections"},
	"get-connection":    {scopes: []string{"read"}, path: "/api/v1/connections/main"},
	"add-connection":    {scopes: []string{"manage"}, path: "/api/v1/connections", body: `{"integration":"lab","name":"second","settings":{"endpointUrl":"http://x","password":"pw"}}`, opened: 201},
	"update-connection": {scopes: []string{"manage"}, path: "/api/v1/connections/main", body: `{"description":"new"}`},
	"delete-connection": {scopes: []string{"manage"}, path: "/api/v1/connections/spare", opened: 204},
	"test-connection":   {scopes: []string{"run"}, path: "/api/v1/connections/main/test"},

	"run-command":   {scopes: []string{"run"}, path: "/api/v1/integrations/lab/commands/read-notes/runs", body: `{"connection":"main","input":{"noteNames":["a"]}}`},
	"list-runs":     {scopes: []string{"read"}, path: "/api/v1/runs"},
	"get-run":       {scopes: []string{"read"}, path: "/api/v1/runs/{RUN}"},
	"list-items":    {scopes: []string{"read"}, path: "/api/v1/runs/{RUN}/items"},
	"watch-run":     {scopes: []string{"read"}, path: "/api/v1/runs/{RUN}/events"},
	"cancel-run":    {scopes: []string{"run"}, path: "/api/v1/runs/{RUN}/cancel", opened: 409}, // it has ended
	"resume-run":    {scopes: []string{"run"}, path: "/api/v1/runs/{RUN}/resume", opened: 409}, // it was successful
	"undo-run":      {scopes: []string{"run"}, path: "/api/v1/runs/{RUN}/undo", opened: 409},   // it changed nothing that it kept
	"reveal-secret": {scopes: []string{"reveal"}, path: "/api/v1/reveal", body: `{"ref":"{SECRET}"}`},
	"list-audit":    {scopes: []string{"read"}, path: "/api/v1/audit"},

	"list-tokens":  {scopes: []string{"manage"}, path: "/api/v1/tokens"},
	"add-token":    {scopes: []string{"manage"}, path: "/api/v1/tokens", body: `{"name":"t","scopes":["read"]}`, opened: 201},
	"revoke-token": {scopes: []string{"manage"}, path: "/api/v1/tokens/spare", opened: 204},

	"list-files":  {scopes: []string{"read"}, path: "/api/v1/files"},
	"get-file":    {scopes: []string{"read"}, path: "/api/v1/files/1"},
	"get-content": {scopes: []string{"read"}, path: "/api/v1/files/1/content"},
	"add-file":    {scopes: []string{"write"}, path: "/api/v1/files?name=n.txt", body: "hello", opened: 201},
	"delete-file": {scopes: []string{"delete"}, path: "/api/v1/files/2", opened: 204},

	"run-lab-test-connection": {scopes: []string{"run"}, body: `{"connection":"main"}`},
	"run-lab-read-notes":      {scopes: []string{"run"}, body: `{"connection":"main","input":{"noteNames":["a"]}}`},
	"run-lab-write-notes":     {scopes: []string{"run", "write"}, body: `{"connection":"main","input":{"noteNames":["a"]}}`},
	"run-lab-erase-notes":     {scopes: []string{"run", "delete"}, body: `{"connection":"main","input":{"noteNames":["a"]}}`},
	"run-lab-move-notes":      {scopes: []string{"run", "write", "delete"}, body: `{"connection":"main","input":{"noteNames":["a"]}}`},
	"run-lab-make-key":        {scopes: []string{"run"}, body: `{"connection":"main"}`},
	"run-lab-wait":            {scopes: []string{"run"}, body: `{"connection":"main","async":true}`, opened: 202},
	"run-lab-wait-writing":    {scopes: []string{"run", "write"}, body: `{"connection":"main","async":true}`, opened: 202},
}

// TestEveryOperationAllowsAndDenies goes over the document: an operation
// without an expectation fails, and so does one whose scopes are not those of
// its expectation. Each is called with exactly its scopes, with all others,
// with each of its own missing, and without a token.
func TestEveryOperationAllowsAndDenies(t *testing.T) {
	missing := maps.Clone(expected)
	for id, op := range operations(t, open(t)) {
		t.Run(id, func(t *testing.T) {
			e, ok := expected[id]
			if !ok {
				t.Fatalf("%s %s has no expectation: add one", op.method, op.path)
			}
			if e.path == "" {
				e.path = op.path
			}
			if !slices.Equal(slices.Sorted(slices.Values(op.Scopes)), slices.Sorted(slices.Values(e.scopes))) {
				t.Errorf("the document says %v, expected %v", op.Scopes, e.scopes)
			}
			allowAndDeny(t, op.method, e)
		})
		delete(missing, id)
	}
	for id := range missing {
		t.Errorf("%s is expected and not in the document", id)
	}
}

func allowAndDeny(t *testing.T, method string, e expect) {
	t.Helper()
	b := open(t)
	close(b.goOn)
	path := b.prepare(t, e.path)
	if strings.Contains(e.body, "{SECRET}") {
		e.body = strings.ReplaceAll(e.body, "{SECRET}", b.secret(t))
	}
	send := func(token string) reply {
		if e.body == "" {
			return b.call(t, token, method, path, nil)
		}
		return b.call(t, token, method, path, e.body)
	}
	if e.public {
		send("").want2(t, 200)
		return
	}
	send("").problem(t, 401, "Denied")
	send("flt_"+strings.Repeat("x", 43)).problem(t, 401, "Denied")
	others := authz.AllScopes().Strings()
	others = slices.DeleteFunc(others, func(s string) bool { return slices.Contains(e.scopes, s) })
	if len(e.scopes) > 0 {
		send(b.token(t, others...)).problem(t, 403, "Denied")
	}
	for _, s := range e.scopes { // every single one is needed
		rest := slices.DeleteFunc(authz.AllScopes().Strings(), func(x string) bool { return x == s })
		p := send(b.token(t, rest...)).problem(t, 403, "Denied")
		if !strings.Contains(text(p["detail"]), s) {
			t.Errorf("the denial does not name %s: %v", s, p["detail"])
		}
	}
	if b.written.Load() != 0 {
		t.Error("a denied request reached the command")
	}
	if len(e.scopes) == 0 {
		e.scopes = []string{"reveal"}
	}
	if e.opened == 0 {
		e.opened = 200
	}
	send(b.token(t, e.scopes...)).want2(t, e.opened)
}

// want2 checks the status of an answer that need not be JSON.
func (r reply) want2(t *testing.T, status int) {
	t.Helper()
	if r.status != status {
		t.Fatalf("want status %d, got %d: %s", status, r.status, r.body)
	}
}

// prepare makes what paths name: two files, a spare connection and token, and
// a run that has ended.
func (b *bench) prepare(t *testing.T, path string) string {
	t.Helper()
	b.call(t, b.owner, "POST", "/api/v1/files?name=a.txt", "hello").want(t, 201)
	b.call(t, b.owner, "POST", "/api/v1/files?name=b.txt", "hello").want(t, 201)
	b.Connect(t, "lab", "spare", map[string]any{"endpointUrl": "http://lab", "password": "p"})
	b.call(t, b.owner, "POST", "/api/v1/tokens", `{"name":"spare","scopes":["read"]}`).want(t, 201)
	rec := b.call(t, b.owner, "POST", "/api/v1/connections/main/test", nil).want(t, 200)
	return strings.ReplaceAll(path, "{RUN}", text(rec["runId"]))
}

// secret makes a run that returns one, and gives its reference.
func (b *bench) secret(t *testing.T) string {
	t.Helper()
	r := b.call(t, b.owner, "POST", "/api/v1/integrations/lab/commands/make-key/runs", `{"connection":"main"}`).want(t, 200)
	raw, _ := r["rawData"].(map[string]any)
	key, _ := raw["Key"].(map[string]any)
	ref := text(key["$secret"])
	if ref == "" {
		t.Fatalf("no reference: %v", r)
	}
	return ref
}

type docOperation struct {
	ID     string   `json:"operationId"`
	Scopes []string `json:"x-scopes"`
	method string
	path   string
}

func operations(t *testing.T, b *bench) map[string]docOperation {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]docOperation `json:"paths"`
	}
	raw := b.call(t, "", "GET", "/openapi.json", nil)
	must(t, json.Unmarshal(raw.body, &doc))
	out := map[string]docOperation{}
	for path, item := range doc.Paths {
		for method, op := range item {
			if _, twice := out[op.ID]; twice || op.ID == "" {
				t.Errorf("operation id %q of %s is empty or taken", op.ID, path)
			}
			op.method, op.path = strings.ToUpper(method), path
			out[op.ID] = op
		}
	}
	if len(out) < 30 {
		t.Fatalf("the document has only %d operations", len(out))
	}
	return out
}

// TestDenialIsAudited shows that a refusal leaves a trace.
func TestDenialIsAudited(t *testing.T) {
	b := open(t)
	b.call(t, b.token(t, "run"), http.MethodGet, "/api/v1/tokens", nil).problem(t, 403, "Denied")
	list := b.call(t, b.owner, "GET", "/api/v1/audit?kind=access.denied", nil).want(t, 200)
	entries, _ := list["entries"].([]any)
	if len(entries) != 1 || entries[0].(map[string]any)["subject"] != "list-tokens" {
		t.Errorf("got %v", entries)
	}
}
