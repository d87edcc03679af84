package api_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/internal/api"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/obs"
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
	"metrics":      {scopes: []string{"read"}, path: "/metrics"},
	"me":           {path: "/api/v1/me"},
	"about":        {path: "/api/v1/about"},

	"get-worker":          {scopes: []string{"read"}, path: "/api/v1/worker"},
	"actuator-health":     {public: true, path: "/actuator/health"},
	"actuator-readiness":  {public: true, path: "/actuator/health/readiness"},
	"actuator-liveness":   {public: true, path: "/actuator/health/liveness"},
	"actuator-startup":    {public: true, path: "/actuator/health/startup"},
	"actuator-prometheus": {scopes: []string{"read"}, path: "/actuator/prometheus"},

	"get-session": {public: true, path: "/api/v1/session"},
	"sign-in":     {public: true, path: "/api/v1/session", body: `{"token":"{OWNER}"}`},
	"sign-out":    {path: "/api/v1/session", opened: 204},

	"list-integrations": {scopes: []string{"read"}, path: "/api/v1/integrations"},
	"get-integration":   {scopes: []string{"read"}, path: "/api/v1/integrations/lab"},
	"get-command":       {scopes: []string{"read"}, path: "/api/v1/integrations/lab/commands/read-notes"},
	"write-policy":      {scopes: []string{"read"}, path: "/api/v1/integrations/lab/policy", opened: 400}, // it has none
	"test-settings":     {scopes: []string{"run"}, path: "/api/v1/integrations/lab/test", body: `{"settings":{}}`},

	"list-connections":  {scopes: []string{"read"}, path: "/api/v1/connections"},
	"get-connection":    {scopes: []string{"read"}, path: "/api/v1/connections/main"},
	"add-connection":    {scopes: []string{"manage"}, path: "/api/v1/connections", body: `{"integration":"lab","name":"second","settings":{"endpointUrl":"http://x","password":"pw"}}`, opened: 201},
	"update-connection": {scopes: []string{"manage"}, path: "/api/v1/connections/main", body: `{"description":"new"}`},
	"delete-connection": {scopes: []string{"manage"}, path: "/api/v1/connections/{CONNECTION}", opened: 204},
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
	"audit-state":   {scopes: []string{"read"}, path: "/api/v1/audit/state?verify=true"},

	"test-changed-connection": {scopes: []string{"manage", "run"}, path: "/api/v1/connections/main/test-changed", body: `{"settings":{}}`},
	"duplicate-connection":    {scopes: []string{"manage"}, path: "/api/v1/connections/main/duplicate", body: `{"name":"copy"}`, opened: 201},
	"connection-usage":        {scopes: []string{"read"}, path: "/api/v1/connections/main/usage"},

	"verify-audit":     {scopes: []string{"read"}, path: "/api/v1/audit/verify"},
	"list-checkpoints": {scopes: []string{"read"}, path: "/api/v1/audit/checkpoints"},
	"export-audit":     {scopes: []string{"read"}, path: "/api/v1/audit/export?after=0"},
	"list-keys":        {scopes: []string{"manage"}, path: "/api/v1/keys"},
	"rotate-keys":      {scopes: []string{"manage"}, path: "/api/v1/keys/rotate", body: `{}`},
	"back-up":          {scopes: []string{"manage"}, path: "/api/v1/backup", body: `{"recipients":["` + recipient + `"]}`},
	"apply-retention":  {scopes: []string{"delete", "manage"}, path: "/api/v1/retention/apply"},

	"list-tokens":  {scopes: []string{"manage"}, path: "/api/v1/tokens"},
	"add-token":    {scopes: []string{"manage"}, path: "/api/v1/tokens", body: `{"name":"t","scopes":["read"]}`, opened: 201},
	"revoke-token": {scopes: []string{"manage"}, path: "/api/v1/tokens/{TOKEN}", opened: 204},

	"list-secrets":  {scopes: []string{"manage"}, path: "/api/v1/secrets"},
	"get-secret":    {scopes: []string{"manage"}, path: "/api/v1/secrets/{NAMED}"},
	"set-secret":    {scopes: []string{"manage"}, path: "/api/v1/secrets/A%2FB", body: `{"value":"canary-named-1"}`, opened: 201},
	"delete-secret": {scopes: []string{"manage"}, path: "/api/v1/secrets/{NAMED}", opened: 204},

	"get-document": {public: true, path: "{LINK}"},

	"list-files":  {scopes: []string{"read"}, path: "/api/v1/files"},
	"get-file":    {scopes: []string{"read"}, path: "/api/v1/files/{FILE}"},
	"get-content": {scopes: []string{"read"}, path: "/api/v1/files/{FILE}/content"},
	"add-file":    {scopes: []string{"write"}, path: "/api/v1/files?name=n.txt", body: "hello", opened: 201},
	"delete-file": {scopes: []string{"delete"}, path: "/api/v1/files/{FILE}", opened: 204},

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
	b := open(t, func(d *api.Deps) { d.Telemetry = &obs.Telemetry{Metrics: obs.NewMetrics(obs.Build{}, nil)} })
	close(b.goOn)
	doors := &doors{bench: b, tokens: map[string]string{}}
	missing := maps.Clone(expected)
	for id, op := range operations(t, b) {
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
			doors.allowAndDeny(t, op.method, e)
		})
		delete(missing, id)
	}
	for id := range missing {
		t.Errorf("%s is expected and not in the document", id)
	}
}

// TestNoCombinationOfScopesOpensMore tries every combination of scopes that does
// not hold what an operation needs.
func TestNoCombinationOfScopesOpensMore(t *testing.T) {
	b := open(t, func(d *api.Deps) {
		d.Telemetry, d.Limits = &obs.Telemetry{Metrics: obs.NewMetrics(obs.Build{}, nil)}, api.Limits{Rate: -1}
	})
	doors := &doors{bench: b, tokens: map[string]string{}}
	tried, operationsTried, allowed := 0, 0, 0
	for id, op := range operations(t, b) {
		e, fill := expected[id], strings.NewReplacer("{FILE}", "1", "{CONNECTION}", "main", "{TOKEN}", "x", "{RUN}", "x", "{SECRET}", "x#/y", "{OWNER}", "x", "{NAMED}", "x")
		if e.path == "" {
			e.path = op.path
		}
		if e.public || len(e.scopes) == 0 {
			continue
		}
		operationsTried++
		for _, scopes := range combinations(authz.AllScopes().Strings()) {
			if !slices.ContainsFunc(e.scopes, func(s string) bool { return !slices.Contains(scopes, s) }) {
				continue
			}
			tried++
			if r := b.call(t, doors.holding(t, scopes...), op.method, fill.Replace(e.path), fill.Replace(e.body)); r.status != 403 {
				allowed++
				t.Errorf("%s with %v: %d %s", id, scopes, r.status, r.body)
			}
		}
	}
	// Planted: the harness sees an operation that lets somebody in.
	if r := b.call(t, doors.holding(t, "read"), "GET", "/api/v1/runs", nil); r.status != 200 {
		t.Errorf("planted: what is allowed is not seen: %d", r.status)
	}
	fmt.Printf("FIGURE: scopes: %d operations x combinations of %d scopes, %d denials expected, %d unexpected allows\n", operationsTried, len(authz.AllScopes()), tried, allowed)
}

// combinations gives every set of words but the empty one, which no token has.
func combinations(words []string) [][]string {
	var out [][]string
	for bits := 1; bits < 1<<len(words); bits++ {
		var set []string
		for i, w := range words {
			if bits&(1<<i) != 0 {
				set = append(set, w)
			}
		}
		out = append(out, set)
	}
	return out
}

// doors tries operations one after another over one bench.
type doors struct {
	*bench
	tokens map[string]string // by scopes
	spare  int
}

// holding gives a token with these scopes.
func (d *doors) holding(t *testing.T, scopes ...string) string {
	t.Helper()
	key := strings.Join(scopes, ",")
	if d.tokens[key] == "" {
		d.tokens[key] = d.token(t, scopes...)
	}
	return d.tokens[key]
}

func without(scopes ...string) []string {
	return slices.DeleteFunc(authz.AllScopes().Strings(), func(s string) bool { return slices.Contains(scopes, s) })
}

func (d *doors) allowAndDeny(t *testing.T, method string, e expect) {
	t.Helper()
	fill := d.prepare(t, e)
	path, body := fill.Replace(e.path), fill.Replace(e.body)
	send := func(token string) reply {
		if body == "" {
			return d.call(t, token, method, path, nil)
		}
		return d.call(t, token, method, path, body)
	}
	if e.public {
		send("").is(t, 200)
		return
	}
	before := d.written.Load()
	send("").problem(t, 401, "Denied")
	send("flt_"+strings.Repeat("x", 43)).problem(t, 401, "Denied")
	if len(e.scopes) > 0 {
		send(d.holding(t, without(e.scopes...)...)).problem(t, 403, "Denied")
	}
	for _, s := range e.scopes { // every single one is needed
		p := send(d.holding(t, without(s)...)).problem(t, 403, "Denied")
		if !strings.Contains(text(p["detail"]), s) {
			t.Errorf("the denial does not name %s: %v", s, p["detail"])
		}
	}
	if d.written.Load() != before {
		t.Error("a denied request reached the command")
	}
	if len(e.scopes) == 0 {
		e.scopes = []string{"reveal"} // any will do
	}
	if e.opened == 0 {
		e.opened = 200
	}
	send(d.holding(t, e.scopes...)).is(t, e.opened)
}

// is checks the status of an answer that need not be JSON.
func (r reply) is(t *testing.T, status int) {
	t.Helper()
	if r.status != status {
		t.Fatalf("want status %d, got %d: %s", status, r.status, r.body)
	}
}

// prepare makes what an operation's address and body name.
func (d *doors) prepare(t *testing.T, e expect) *strings.Replacer {
	t.Helper()
	d.spare++
	spare := fmt.Sprintf("spare-%d", d.spare)
	made := map[string]func() string{
		"{FILE}": func() string {
			return fmt.Sprint(d.call(t, d.owner, "POST", "/api/v1/files?name=a.txt", "hello").want(t, 201)["id"])
		},
		"{CONNECTION}": func() string {
			return d.Connect(t, "lab", spare, map[string]any{"endpointUrl": "http://lab", "password": "p"}).Name
		},
		"{TOKEN}": func() string {
			return text(d.call(t, d.owner, "POST", "/api/v1/tokens", `{"name":"`+spare+`","scopes":["read"]}`).want(t, 201)["id"])
		},
		"{RUN}": func() string {
			return text(d.call(t, d.owner, "POST", "/api/v1/connections/main/test", nil).want(t, 200)["runId"])
		},
		"{NAMED}": func() string {
			return text(d.call(t, d.owner, "PUT", "/api/v1/secrets/"+spare, `{"value":"canary-named-2"}`).want(t, 201)["name"])
		},
		"{SECRET}": func() string { return d.secret(t) },
		"{LINK}":   func() string { return d.link(t, "a.txt", "hello", time.Hour) },
		"{OWNER}":  func() string { return d.owner },
	}
	var pairs []string
	for name, make := range made {
		if strings.Contains(e.path+e.body, name) {
			pairs = append(pairs, name, make())
		}
	}
	return strings.NewReplacer(pairs...)
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
