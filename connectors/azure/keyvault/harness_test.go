package keyvault

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/azure/internal/azconn"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/run/runtest"
	"github.com/fairlead-io/fairlead/internal/sandbox/azuresim"
)

type in = map[string]any

// quick keeps the order of things and none of the waiting.
func quick() tuning {
	return tuning{
		retry: azconn.Retry{Base: time.Millisecond, Total: time.Minute, Tries: 4},
		poll:  4 * time.Millisecond, pollMost: 10 * time.Millisecond, patience: 10 * time.Second,
	}
}

// stage is what a test wants to be otherwise.
type stage struct {
	sim      func(*azuresim.Options)
	settings in
	tuning   *tuning
	bench    func(*runtest.Options, *azuresim.Server)
}

// bench is the whole path over a simulated Azure in this process.
type bench struct {
	*runtest.Bench
	sim  *azuresim.Server
	now  atomic.Pointer[time.Time] // nil for the true time
	http func(connector.HTTPOptions) (*http.Client, error)
	ca   string
}

// newBenchOver is a path over a transport of the test's own, without a
// simulated Azure.
func newBenchOver(t testing.TB, open func(connector.HTTPOptions) (*http.Client, error)) *bench {
	t.Helper()
	b := &bench{http: open}
	b.Bench = runtest.New(t, runtest.Options{Integrations: []*connector.Integration{integration(quick())}, HTTP: open, Now: b.clock})
	return b
}

func (b *bench) clock() time.Time {
	if at := b.now.Load(); at != nil {
		return *at
	}
	return time.Now()
}

// at stops the clock.
func (b *bench) at(now time.Time) { b.now.Store(&now) }

// raw is a client of the bench's cloud without the run path.
func (b *bench) raw(t testing.TB) *azconn.Conn {
	t.Helper()
	env := testEnv()
	env.HTTP = b.http
	c, err := azconn.Open(env, azconn.Config{
		Cloud:    azconn.Cloud{Name: azconn.Custom, Authority: "https://login.local", Management: "https://management.local", VaultSuffix: "local"},
		Auth:     azconn.Auth{Type: azconn.ClientSecret, TenantID: "t", ClientID: "c", ClientSecret: "canary-replay-secret"},
		CABundle: b.ca, Timeout: time.Minute, Retry: azconn.Retry{Base: time.Millisecond, Total: time.Second, Tries: 1},
	})
	must(t, err)
	return c
}

func startSim(t testing.TB, change func(*azuresim.Options)) *azuresim.Server {
	t.Helper()
	o := azuresim.Options{Clock: time.Now, ResourceGroup: "d3cyber"}
	if change != nil {
		change(&o)
	}
	sim, err := azuresim.Start(t.Context(), o)
	must(t, err)
	t.Cleanup(func() { must(t, sim.Close()) })
	return sim
}

func simSettings(sim *azuresim.Server) in {
	return in{
		"tenantId": sim.TenantID, "clientId": sim.ClientID, "clientSecret": sim.ClientSecret, "subscriptionId": sim.SubscriptionID,
		"resourceGroupName": sim.ResourceGroup, "cloud": "Custom", "resourceManagerEndpoint": sim.Management(), "caBundle": string(sim.CAPEM()),
	}
}

func newBench(t testing.TB, s stage) *bench {
	t.Helper()
	tune := quick()
	if s.tuning != nil {
		tune = *s.tuning
	}
	sim := startSim(t, s.sim)
	o := runtest.Options{Integrations: []*connector.Integration{integration(tune)}}
	if s.bench != nil {
		s.bench(&o, sim)
	}
	b := &bench{Bench: runtest.New(t, o), sim: sim}
	settings := simSettings(sim)
	for k, v := range s.settings {
		settings[k] = v
		if v == nil {
			delete(settings, k)
		}
	}
	b.Connect(t, "azure-key-vault", "main", settings)
	return b
}

// connectTo makes a path of its own to a simulated Azure that others use too.
func connectTo(t testing.TB, sim *azuresim.Server, settings in) *bench {
	t.Helper()
	b := &bench{Bench: runtest.New(t, runtest.Options{Integrations: []*connector.Integration{integration(quick())}}), sim: sim}
	b.Connect(t, "azure-key-vault", "main", settings)
	return b
}

// vault makes a vault whose policies give the connection everything.
func (b *bench) vault(t testing.TB, name string, change ...func(*azuresim.VaultSpec)) string {
	t.Helper()
	return addVault(t, b.sim, name, change...)
}

func addVault(t testing.TB, sim *azuresim.Server, name string, change ...func(*azuresim.VaultSpec)) string {
	t.Helper()
	spec := azuresim.VaultSpec{Name: name, Policies: []azuresim.AccessPolicy{{ObjectID: sim.ObjectID, Permissions: azuresim.AllPermissions()}}}
	for _, c := range change {
		c(&spec)
	}
	_, err := sim.AddVault(spec)
	must(t, err)
	return name
}

func premium(v *azuresim.VaultSpec)  { v.Premium = true }
func rbac(v *azuresim.VaultSpec)     { v.RBAC = true }
func noPolicy(v *azuresim.VaultSpec) { v.Policies = nil }

// secretsOut is the raw data of Get Secret Details as a caller sees it: values
// are references.
type secretsOut struct {
	Summary []Row `json:"summary"`
	Value   []struct {
		ID         string      `json:"id"`
		Value      any         `json:"value"`
		Attributes *Attributes `json:"attributes"`
		Error      *EntryError `json:"error"`
	} `json:"value"`
}

func (b *bench) secret(t testing.TB, vault, value string, spec azuresim.ObjectSpec) string {
	t.Helper()
	id, err := b.sim.AddSecret(vault, spec, value, "")
	must(t, err)
	return id
}

func (b *bench) do(t testing.TB, command string, input in) *run.Record {
	t.Helper()
	return b.Do(t, "azure-key-vault", command, input)
}

// good runs a command that must succeed and reads its raw data.
func good[Out any](t testing.TB, b *bench, command string, input in) Out {
	t.Helper()
	rec := b.do(t, command, input)
	wantVerdict(t, rec, run.Successful)
	return rawData[Out](t, rec)
}

func rawData[Out any](t testing.TB, rec *run.Record) Out {
	t.Helper()
	var out Out
	raw, err := json.Marshal(rec.RawData)
	must(t, err)
	must(t, json.Unmarshal(raw, &out))
	return out
}

// plan makes a dry run and checks that only reads were sent.
func (b *bench) plan(t testing.TB, command string, input in) []connector.PlanStep {
	t.Helper()
	b.sim.ResetRequests()
	raw, err := json.Marshal(input)
	must(t, err)
	rec, err := b.Run(t.Context(), b.Owner, run.Request{Integration: "azure-key-vault", Command: command, Input: raw, Origin: "test", DryRun: true})
	must(t, err)
	if verdict(rec) != run.Successful {
		t.Fatalf("the dry run of %s is %s: %s", command, verdict(rec), line(rec))
	}
	for _, r := range b.sim.Requests() {
		if r.Method != http.MethodGet && r.Operation != "token" {
			t.Errorf("the dry run of %s sent %s %s", command, r.Method, r.Path)
		}
	}
	return rec.Plan
}

func (b *bench) wantPlan(t testing.TB, command string, input in, item, action string) connector.PlanStep {
	t.Helper()
	p := b.plan(t, command, input)
	if len(p) != 1 || p[0].Item != item || p[0].Action != action {
		t.Fatalf("%s plans %+v, want %s of %s", command, p, action, item)
	}
	return p[0]
}

func (b *bench) count(operation string) int {
	n := 0
	for _, r := range b.sim.Requests() {
		if r.Operation == operation {
			n++
		}
	}
	return n
}

func verdict(rec *run.Record) run.ReturnData {
	if rec.ReturnData == nil {
		return ""
	}
	return *rec.ReturnData
}

func line(rec *run.Record) string {
	if rec.Error == nil {
		return ""
	}
	return rec.Error.Line()
}

func wantVerdict(t testing.TB, rec *run.Record, want run.ReturnData) {
	t.Helper()
	if verdict(rec) != want {
		t.Fatalf("the run is %q, want %q: %s", verdict(rec), want, line(rec))
	}
}

// wantFailure checks kind, status and a part of the message.
func wantFailure(t testing.TB, rec *run.Record, kind connector.Kind, status int, part string) {
	t.Helper()
	if verdict(rec) != run.Failed || rec.Error.Kind != kind || rec.Error.StatusCode != status || !strings.Contains(rec.Error.Message, part) {
		t.Errorf("%s: %+v; want Failed %s %d %q", verdict(rec), rec.Error, kind, status, part)
	}
}

func fixOf(rec *run.Record) string {
	if rec.Error == nil {
		return ""
	}
	return rec.Error.Fix
}

// faultOn makes the hook answer the requests of some hosts and paths, n times.
func faultOn(method, part string, n int, f *azuresim.Fault) func(*http.Request) *azuresim.Fault {
	left := make(chan struct{}, n)
	for range n {
		left <- struct{}{}
	}
	return func(r *http.Request) *azuresim.Fault {
		if r.Method != method || !strings.Contains(r.URL.Path, part) {
			return nil
		}
		select {
		case <-left:
			return f
		default:
			return nil
		}
	}
}

func names(rows []Row) []string {
	var out []string
	for _, r := range rows {
		out = append(out, r.Name)
	}
	slices.Sort(out)
	return out
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// reveal gives the secret that a reference in raw data stands for.
func (b *bench) reveal(t testing.TB, ref any) string {
	t.Helper()
	m, ok := ref.(map[string]any)
	if !ok {
		t.Fatalf("%v is not a reference to a secret", ref)
	}
	text, _ := m["$secret"].(string)
	s, err := b.Reveal(t.Context(), b.Owner, text)
	must(t, err)
	return s.Reveal()
}

// noTrace looks for a secret in all that was stored and logged.
func noTrace(t testing.TB, b *bench, secret string) {
	t.Helper()
	quoted, err := json.Marshal(secret)
	must(t, err)
	forms := []string{
		secret, strings.Trim(string(quoted), `"`), base64.StdEncoding.EncodeToString([]byte(secret)),
		base64.RawURLEncoding.EncodeToString([]byte(secret)), url.QueryEscape(secret),
	}
	all := map[string]string{"the log": b.Logs.String()}
	files, err := filepath.Glob(filepath.Join(b.Dir, "fairlead.db*"))
	must(t, err)
	for _, f := range files {
		raw, err := os.ReadFile(f)
		must(t, err)
		all[f] = string(raw)
	}
	for where, text := range all {
		for _, f := range forms {
			if strings.Contains(text, f) {
				t.Errorf("the secret is in %s as %q", where, f)
			}
		}
	}
}
