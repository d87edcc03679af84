package run_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/connection"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/run/runtest"
	"github.com/fairlead-io/fairlead/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type settings struct {
	Host  string           `json:"host" label:"Host" doc:"Host."`
	Token connector.Secret `json:"token" label:"Token" doc:"Token." minLength:"2"`
}

type client struct{ s *settings }

type workIn struct {
	Names    []string         `json:"bucketNames" label:"Bucket Names" doc:"Names." resource:"bucket" minItems:"1" items:"true"`
	Mode     string           `json:"mode,omitempty" label:"Mode" doc:"Mode." enum:"Fast,Slow" default:"Fast"`
	Size     int              `json:"size,omitempty" label:"Size" doc:"Size." api:"DurationSeconds" minimum:"900"`
	Password connector.Secret `json:"password,omitempty" label:"Password" doc:"Password."`
}

type workOut struct {
	Done  []doneRow        `json:"Done"`
	Token connector.Secret `json:"Token"`
	Echo  string           `json:"Echo"`
}

type doneRow struct {
	Name string `json:"Name" key:"Names" col:"Name"`
}

// work makes one item of each name; "bad" fails, "hang" waits for the end of
// the context, "panic" does, "leak" fails with the secrets in the message.
func work(ctx context.Context, c *connector.Call, cl *client, in *workIn) (*workOut, error) {
	out := &workOut{Token: connector.NewSecret("returned-secret"), Echo: cl.s.Token.Reveal()}
	c.Items.Total(len(in.Names), 0)
	for _, n := range in.Names {
		it := c.Items.Start(n)
		switch n {
		case "bad":
			it.Fail(&connector.Error{Kind: connector.NotFound, Status: 404, Code: "NoSuchBucket", Operation: "DeleteBucket", RequestID: "R1", Message: `Delete bucket "bad" failed: gone`})
			continue
		case "hang":
			<-ctx.Done()
			it.Fail(ctx.Err())
			return nil, ctx.Err()
		case "panic":
			panic("oh " + cl.s.Token.Reveal())
		case "leak":
			return nil, &connector.Error{Kind: connector.Denied, Message: "refused " + cl.s.Token.Reveal() + " and " + in.Password.Reveal()}
		}
		c.Log.Info("working", "token", cl.s.Token, "name", n)
		it.AddBytes(10)
		it.Done("ok " + cl.s.Token.Reveal())
		out.Done = append(out.Done, doneRow{n})
	}
	return out, nil
}

func plan(_ context.Context, _ *connector.Call, _ *client, in *workIn) ([]connector.PlanStep, error) {
	var steps []connector.PlanStep
	for _, n := range in.Names {
		steps = append(steps, connector.PlanStep{Item: n, Action: connector.PlanDelete})
	}
	return steps, nil
}

type oneIn struct {
	Name string `json:"name" label:"Name" doc:"Name."`
	Also string `json:"also,omitempty" label:"Also" doc:"Also."`
}
type oneOut struct {
	Name string `json:"Name" key:"Names" col:"Name"`
}

func one(_ context.Context, _ *connector.Call, _ *client, in *oneIn) (*oneOut, error) {
	if in.Name == "bad" {
		return nil, &connector.Error{Kind: connector.NotFound, Status: 404, Message: "gone", Item: in.Name}
	}
	return &oneOut{in.Name}, nil
}

func acme() *connector.Integration {
	check := func(context.Context, *connector.Call, *client) (*connector.CheckResult, error) {
		return &connector.CheckResult{Message: "fine"}, nil
	}
	return &connector.Integration{
		ID: "acme", Name: "Acme",
		Connection: connector.NewConnection(func(_ context.Context, _ connector.Env, s *settings) (*client, error) {
			if s.Host == "broken" {
				return nil, &connector.Error{Kind: connector.Unavailable, Message: "no way with " + s.Token.Reveal()}
			}
			return &client{s}, nil
		}),
		Commands: []*connector.Command{
			connector.NewPlanned(connector.Meta{Name: "Work Hard", Effect: connector.Write | connector.Delete}, work, plan),
			connector.NewCommand(connector.Meta{Name: "Get One", Effect: connector.Read | connector.Idempotent}, one),
			connector.NewTestConnection(nil, nil, check),
		},
	}
}

const canary = "canary-t0ken"

func bench(t *testing.T) *runtest.Bench {
	t.Helper()
	b := runtest.New(t, runtest.Options{Integrations: []*connector.Integration{acme()}})
	b.Connect(t, "acme", "main", map[string]any{"host": "h", "token": canary})
	return b
}

func verdict(r *run.Record) string {
	if r.ReturnData == nil {
		return ""
	}
	return string(*r.ReturnData)
}

func TestVerdicts(t *testing.T) {
	b := bench(t)
	for _, c := range []struct {
		why, in, verdict string
		status           int
		message          string
	}{
		{"all items done", `{"bucketNames":["a","b"]}`, "Successful", 0, ""},
		{"some failed", `{"bucketNames":["a","bad"]}`, "Partially Successful", 404, `Delete bucket "bad" failed: gone.`},
		{"all failed", `{"bucketNames":["bad"]}`, "Failed", 404, `Delete bucket "bad" failed: gone.`},
		{"a defect", `{"bucketNames":["panic"]}`, "Failed", 500, "The command ended unexpectedly; this is a defect of Work Hard."},
		{"required is missing", `{}`, "Failed", 400, "Bucket Names is required."},
		{
			"two fields, in the order declared and the words of the documentation", `{"size":10,"mode":"x","bucketNames":["a"]}`, "Failed", 400,
			"Invalid value for parameter Mode, value: x, valid values: Fast, Slow Invalid value for parameter DurationSeconds, value: 10, valid min value: 900.",
		},
	} {
		rec := b.Do(t, "acme", "work-hard", json.RawMessage(c.in))
		if verdict(rec) != c.verdict || rec.State != run.Done {
			t.Errorf("%s: %s %s, want %s", c.why, rec.State, verdict(rec), c.verdict)
		}
		switch {
		case c.message == "" && rec.Error != nil:
			t.Errorf("%s: error %+v", c.why, rec.Error)
		case c.message != "" && (rec.Error == nil || rec.Error.Message != c.message || rec.Error.StatusCode != c.status):
			t.Errorf("%s: error %+v, want %d %s", c.why, rec.Error, c.status, c.message)
		}
		stored, err := b.Get(t.Context(), b.Owner, rec.RunID)
		if err != nil || verdict(stored) != c.verdict {
			t.Errorf("%s: stored %v %v", c.why, stored, err)
		}
	}
}

func TestErrorItemsAreLocated(t *testing.T) {
	b := bench(t)
	rec := b.Do(t, "acme", "work-hard", map[string]any{"bucketName": "a", "size": 1})
	var fields []string
	for _, i := range rec.Error.Items {
		fields = append(fields, i.Field)
		if i.Fix == "" || i.StatusCode != 400 {
			t.Errorf("item without fix or status: %+v", i)
		}
	}
	if diff := cmp.Diff([]string{"/bucketName", "/bucketNames", "/size"}, fields); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := rec.Error.Line(); !strings.HasPrefix(got, "Work Hard failed. Status Code: 400. Message: Unknown parameter") {
		t.Errorf("line: %s", got)
	}
}

func TestRecordOfSuccess(t *testing.T) {
	b := bench(t)
	rec := b.Do(t, "acme", "work-hard", map[string]any{"BUCKETNAMES": []string{"a"}, "password": "typed-secret"})
	if diff := cmp.Diff(map[string][]any{"Names": {"a"}}, rec.KeyFields); diff != "" {
		t.Errorf("key fields (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([][]any{{"a"}}, rec.Result.Rows); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	raw, err := json.Marshal(rec.RawData)
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`{"Done":[{"Name":"a"}],"Echo":%q,"Token":{"$secret":"%s#/rawData/Token"}}`, canary, rec.RunID)
	if string(raw) != want {
		t.Errorf("raw data is exact but for secrets:\n got %s\nwant %s", raw, want)
	}
	if len(rec.Items) != 1 || rec.Items[0].Item != "a" || rec.Items[0].State != connector.ItemDone || rec.Items[0].Bytes != 10 {
		t.Errorf("items: %+v", rec.Items)
	}
	if strings.Contains(string(rec.Input), "typed-secret") || !strings.Contains(string(rec.Input), connector.Redacted) {
		t.Errorf("input is not redacted: %s", rec.Input)
	}
}

func TestSecretsStayOutOfEverySink(t *testing.T) {
	b := bench(t)
	for _, names := range [][]string{{"a", "bad"}, {"leak"}, {"panic"}, {}} {
		b.Do(t, "acme", "work-hard", map[string]any{"bucketNames": names, "password": "typed-secret"})
	}
	rec := b.Do(t, "acme", "work-hard", map[string]any{"bucketNames": []string{"leak"}, "password": "typed-secret"})
	b.Connect(t, "acme", "broken", map[string]any{"host": "broken", "token": "other-canary"})
	broken, err := b.Run(t.Context(), b.Owner, run.Request{Integration: "acme", Command: "get-one", Connection: "broken", Input: json.RawMessage(`{"name":"x"}`)})
	if err != nil {
		t.Fatal(err)
	}
	inline, err := b.Run(t.Context(), b.Owner, run.Request{
		Integration: "acme", Command: "work-hard",
		Inline: json.RawMessage(`{"host":"h","token":"inline-canary"}`), Input: json.RawMessage(`{"bucketNames":["leak"]}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	sinks := map[string]string{"log": b.Logs.String(), "database": databaseBytes(t, b.Dir)}
	for i, r := range []*run.Record{rec, broken, inline} {
		raw, err := json.Marshal(r.Error)
		if err != nil {
			t.Fatal(err)
		}
		sinks[fmt.Sprintf("error %d", i)] = string(raw)
	}
	for where, text := range sinks {
		for _, c := range []string{canary, "typed-secret", "returned-secret", "other-canary", "inline-canary"} {
			if strings.Contains(text, c) {
				t.Errorf("%s holds %s", where, c)
			}
		}
	}
	if !strings.Contains(sinks["database"], "work-hard") {
		t.Error("the database was not read: the check above proves nothing")
	}
}

func databaseBytes(t *testing.T, dir string) string {
	t.Helper()
	var all bytes.Buffer
	files, err := filepath.Glob(filepath.Join(dir, "fairlead.db*"))
	if err != nil || len(files) == 0 {
		t.Fatal("no database files", err)
	}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(raw)
	}
	return all.String()
}

func TestScopes(t *testing.T) {
	b := bench(t)
	in := json.RawMessage(`{"bucketNames":["a"],"name":"x"}`)
	for _, c := range []struct {
		why, command string
		scopes       authz.Scopes
		denied       bool
	}{
		{"no scope", "get-one", nil, true},
		{"read lists, it does not run", "get-one", authz.Scopes{authz.Read}, true},
		{"run runs reads", "get-one", authz.Scopes{authz.Run}, false},
		{"run alone does not write", "work-hard", authz.Scopes{authz.Run}, true},
		{"write alone does not delete", "work-hard", authz.Scopes{authz.Run, authz.Write}, true},
		{"write and delete without run", "work-hard", authz.Scopes{authz.Write, authz.Delete}, true},
		{"all three", "work-hard", authz.Scopes{authz.Run, authz.Write, authz.Delete}, false},
		{"manage implies nothing", "get-one", authz.Scopes{authz.Manage}, true},
	} {
		actor := authz.Actor{ID: "a", Name: "a", Tenant: b.Owner.Tenant, Scopes: c.scopes}
		_, err := b.Run(t.Context(), actor, run.Request{Integration: "acme", Command: c.command, Input: in})
		if denied := connector.AsError(err) != nil && connector.AsError(err).Kind == connector.Denied; denied != c.denied {
			t.Errorf("%s: %v", c.why, err)
		}
	}
	page, err := b.Store.AuditEntries(t.Context(), b.Owner.Tenant, store.AuditFilter{Kind: "access.denied"}, store.Page{})
	if err != nil || len(page.Entries) != 6 {
		t.Errorf("%d refusals audited, want 6 (%v)", len(page.Entries), err)
	}
}

func TestAuditPairs(t *testing.T) {
	b := bench(t)
	ok := b.Do(t, "acme", "work-hard", map[string]any{"bucketNames": []string{"a"}})
	bad := b.Do(t, "acme", "work-hard", map[string]any{})
	for _, c := range []struct {
		why, run string
		want     []string
	}{
		{"intent before, outcome after", ok.RunID, []string{"run.outcome", "run.intent"}},
		{"a refusal is one entry", bad.RunID, []string{"run.refused"}},
	} {
		page, err := b.Store.AuditEntries(t.Context(), b.Owner.Tenant, store.AuditFilter{RunID: c.run}, store.Page{})
		if err != nil {
			t.Fatal(err)
		}
		var kinds []string
		for _, e := range page.Entries {
			kinds = append(kinds, e.Kind)
		}
		if diff := cmp.Diff(c.want, kinds); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.why, diff)
		}
	}
}

func TestDryRun(t *testing.T) {
	b := bench(t)
	in := json.RawMessage(`{"bucketNames":["a"],"name":"x"}`)
	rec, err := b.Run(t.Context(), b.Owner, run.Request{Integration: "acme", Command: "work-hard", Input: json.RawMessage(`{"bucketNames":["a"]}`), DryRun: true})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]connector.PlanStep{{Item: "a", Action: "delete"}}, rec.Plan); diff != "" || len(rec.Items) != 0 || verdict(rec) != "Successful" {
		t.Errorf("plan (-want +got):\n%s, items %v, %s", diff, rec.Items, verdict(rec))
	}
	rec, err = b.Run(t.Context(), b.Owner, run.Request{Integration: "acme", Command: "get-one", Input: in, DryRun: true})
	if err != nil || rec.Error == nil || rec.Error.Kind != connector.Invalid {
		t.Errorf("a command without a plan refuses: %+v %v", rec, err)
	}
}

func TestConnectionChoice(t *testing.T) {
	b := bench(t)
	b.Connect(t, "acme", "second", map[string]any{"host": "h", "token": "other-t0ken"})
	ask := func(name string) error {
		_, err := b.Run(t.Context(), b.Owner, run.Request{Integration: "acme", Command: "get-one", Connection: name, Input: json.RawMessage(`{"name":"x"}`)})
		return err
	}
	if err := ask(""); err == nil || !strings.Contains(err.Error(), "main, second") {
		t.Errorf("several fit: %v", err)
	}
	if err := ask("SECOND"); err != nil {
		t.Errorf("a name in another case: %v", err)
	}
	if e := connector.AsError(ask("secnd")); e == nil || e.Kind != connector.NotFound || !strings.Contains(e.Fix, "second") {
		t.Errorf("a slip: %+v", e)
	}
	off := false
	if _, err := b.Conns.Update(t.Context(), b.Owner, "second", connection.Patch{Active: &off}); err != nil {
		t.Fatal(err)
	}
	if err := ask(""); err != nil {
		t.Errorf("only one is active: %v", err)
	}
	rec, err := b.Run(t.Context(), b.Owner, run.Request{Integration: "acme", Command: "get-one", Connection: "second", Input: json.RawMessage(`{"name":"x"}`)})
	if err != nil || rec.Error == nil || rec.Error.Kind != connector.Conflict {
		t.Errorf("an inactive connection refuses: %+v %v", rec, err)
	}
}

func TestGuardrails(t *testing.T) {
	b := bench(t)
	for _, c := range []struct {
		why   string
		g     connection.Guardrails
		names []string
		kind  connector.Kind
		field string
	}{
		{"nothing narrowed", connection.Guardrails{}, []string{"a"}, "", ""},
		{"an effect is not allowed", connection.Guardrails{Effects: []string{"read", "write"}}, []string{"a"}, connector.Denied, ""},
		{"all effects allowed", connection.Guardrails{Effects: []string{"write", "delete"}}, []string{"a"}, "", ""},
		{"one name outside the pattern", connection.Guardrails{Resources: map[string][]string{"bucket": {"team-*"}}}, []string{"team-1", "x"}, connector.Denied, "/bucketNames"},
		{"all names inside", connection.Guardrails{Resources: map[string][]string{"bucket": {"team-*", "x"}}}, []string{"team-1", "x"}, "", ""},
		{"no name of that kind is allowed", connection.Guardrails{Resources: map[string][]string{"bucket": {}}}, []string{"x"}, connector.Denied, "/bucketNames"},
	} {
		if _, err := b.Conns.Update(t.Context(), b.Owner, "main", connection.Patch{Guardrails: &c.g}); err != nil {
			t.Fatal(err)
		}
		rec := b.Do(t, "acme", "work-hard", map[string]any{"bucketNames": c.names})
		var kind connector.Kind
		field := ""
		if rec.Error != nil {
			kind, field = rec.Error.Kind, rec.Error.Items[0].Field
		}
		if kind != c.kind || field != c.field {
			t.Errorf("%s: %q at %q, want %q at %q", c.why, kind, field, c.kind, c.field)
		}
	}
}

func TestCancelAndTimeout(t *testing.T) {
	b := bench(t)
	hang := run.Request{Integration: "acme", Command: "work-hard", Input: json.RawMessage(`{"bucketNames":["hang"]}`)}
	rec, err := b.Start(t.Context(), b.Owner, hang)
	if err != nil || rec.State != run.Running || rec.ReturnData != nil {
		t.Fatalf("start: %+v %v", rec, err)
	}
	rec, err = b.Cancel(t.Context(), b.Owner, rec.RunID)
	if err != nil || rec.State != run.Canceled || verdict(rec) != "Failed" || rec.Error.Kind != connector.Canceled {
		t.Errorf("cancel: %+v %v", rec, err)
	}
	if _, err := b.Cancel(t.Context(), b.Owner, rec.RunID); connector.AsError(err).Kind != connector.Conflict {
		t.Errorf("cancel again: %v", err)
	}
	hang.Timeout = 20 * time.Millisecond
	rec, err = b.Run(t.Context(), b.Owner, hang)
	if err != nil || rec.State != run.Done || rec.Error.Kind != connector.Timeout || rec.Error.StatusCode != 504 {
		t.Errorf("timeout: %+v %v", rec.Error, err)
	}
	ctx, cancel := context.WithTimeoutCause(t.Context(), 20*time.Millisecond, errors.New("gone"))
	defer cancel()
	hang.Timeout = 0
	rec, err = b.Run(ctx, b.Owner, hang)
	if err != nil || rec.State != run.Canceled {
		t.Errorf("the caller went away: %+v %v", rec, err)
	}
}

func TestIdempotencyKey(t *testing.T) {
	b := bench(t)
	req := run.Request{Integration: "acme", Command: "work-hard", Input: json.RawMessage(`{"bucketNames":["a"]}`), IdempotencyKey: "k"}
	first, err := b.Run(t.Context(), b.Owner, req)
	if err != nil {
		t.Fatal(err)
	}
	req.Input = json.RawMessage(`{ "bucketNames" : [ "a" ] }`)
	again, err := b.Run(t.Context(), b.Owner, req)
	if err != nil || again.RunID != first.RunID {
		t.Errorf("the same request in other spacing is another run: %v %v", again, err)
	}
	req.Input = json.RawMessage(`{"bucketNames":["b"]}`)
	if _, err := b.Run(t.Context(), b.Owner, req); connector.AsError(err).Kind != connector.Conflict {
		t.Errorf("another body under the key: %v", err)
	}
}

func TestWatch(t *testing.T) {
	b := bench(t)
	rec, err := b.Start(t.Context(), b.Owner, run.Request{Integration: "acme", Command: "work-hard", Input: json.RawMessage(`{"bucketNames":["a","hang"]}`)})
	if err != nil {
		t.Fatal(err)
	}
	ch, err := b.Watch(t.Context(), b.Owner, rec.RunID)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for e := range ch {
		switch e.Type {
		case "item":
			got = append(got, e.Item.Item+" "+string(e.Item.State))
			if e.Item.Item == "hang" && e.Item.State == connector.ItemRunning {
				if _, err := b.Cancel(t.Context(), b.Owner, rec.RunID); err != nil {
					t.Error(err)
				}
			}
		case "end":
			got = append(got, "end "+string(e.Run.State))
		}
	}
	if diff := cmp.Diff([]string{"a done", "hang running", "hang canceled", "end canceled"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestHealthFollowsTestConnection(t *testing.T) {
	b := bench(t)
	b.Do(t, "acme", "test-connection", map[string]any{})
	v, err := b.Conns.Get(t.Context(), b.Owner, "main")
	if err != nil || v.Health == nil || !v.Health.OK {
		t.Errorf("health: %+v %v", v, err)
	}
}

func TestListAndItems(t *testing.T) {
	b := bench(t)
	for range 3 {
		b.Do(t, "acme", "work-hard", map[string]any{"bucketNames": []string{"a", "b"}})
	}
	page, err := b.List(t.Context(), b.Owner, run.Filter{Integration: "acme", Limit: 2})
	if err != nil || len(page.Runs) != 2 || page.Next == "" {
		t.Fatalf("page: %d runs, next %q, %v", len(page.Runs), page.Next, err)
	}
	rest, err := b.List(t.Context(), b.Owner, run.Filter{Integration: "acme", Limit: 2, Cursor: page.Next})
	if err != nil || len(rest.Runs) != 1 {
		t.Errorf("second page: %d runs, %v", len(rest.Runs), err)
	}
	items, err := b.Items(t.Context(), b.Owner, page.Runs[0].RunID, 1, 5)
	if err != nil || len(items) != 1 || items[0].Item != "b" {
		t.Errorf("items: %+v %v", items, err)
	}
}
