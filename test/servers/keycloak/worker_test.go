package keycloak_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/internal/sandbox/s3sim"
	"github.com/fairlead-io/fairlead/internal/worker/fakegateway"
	"github.com/fairlead-io/fairlead/internal/worker/view"
	"github.com/fairlead-io/fairlead/test/apptest"
	"github.com/fairlead-io/fairlead/test/engines"
	"github.com/fairlead-io/fairlead/test/servers"
)

func asJSON(v any) string {
	raw, _ := json.Marshal(v) // texts and maps of them
	return string(raw)
}

// start runs the program as a worker of a cluster, with env and nothing else to say how
// it proves itself, and gives it something to do jobs with.
func start(t *testing.T, dir string, env ...string) *engines.Worker {
	t.Helper()
	cloud, err := s3sim.Start(context.WithoutCancel(t.Context()), s3sim.Options{Dir: t.TempDir()})
	apptest.Must(t, err)
	t.Cleanup(func() { apptest.Must(t, cloud.Close()) })
	w := engines.StartWorker(t, new(engines.Engine), dir, append([]string{"CAMUNDA_CLIENT_AUTH_METHOD=", "CAMUNDA_CLIENT_GRPCADDRESS="}, env...)...)
	w.Connect(t, "aws-s3", "cloud", map[string]any{"accessKey": cloud.AccessKey(), "secretKey": cloud.SecretKey(), "endpointUrl": cloud.Endpoint(), "defaultRegionName": cloud.Region()})
	return w
}

// runtimeEnv is a cluster and a client by the names of the connector runtime.
func runtimeEnv(k servers.Keycloak, c *cluster) []string {
	return []string{
		"CAMUNDA_CLIENT_GRPCADDRESS=" + c.GRPC(), "CAMUNDA_CLIENT_RESTADDRESS=" + c.REST(), "CAMUNDA_CLIENT_AUTH_TOKENURL=" + tokenURL(k.Issuer),
		"CAMUNDA_CLIENT_AUTH_CLIENTID=" + k.Worker, "CAMUNDA_CLIENT_AUTH_CLIENTSECRET=" + k.Secret, "CAMUNDA_CLIENT_AUTH_AUDIENCE=" + k.Audience, "CAMUNDA_CLIENT_AUTH_SCOPE=" + k.Scope,
	}
}

func oneJob() fakegateway.Spec {
	return fakegateway.Spec{Type: "fairlead:aws-s3:list-buckets:1", Variables: json.RawMessage(`{"connection":"cloud","params":{}}`)}
}

// createFor makes a job every so often, for so long.
func (c *cluster) createFor(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(25 * time.Millisecond) {
		c.engine.Create(oneJob())
	}
}

// done tells whether a job that is made now is completed in time.
func (c *cluster) done(limit time.Duration) bool {
	key := c.engine.Create(oneJob())[0]
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if c.engine.Job(key).State == "COMPLETED" {
			return true
		}
	}
	return false
}

// settle waits until all jobs have ended, and tells what became of them.
func (c *cluster) settle(t *testing.T, limit time.Duration) fakegateway.Report {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	c.engine.Wait(ctx)
	r := c.engine.Report()
	if r.Created == 0 || r.Completed != r.Created || r.Failed+r.Incidents+r.TimedOut != 0 {
		t.Errorf("not every job was completed at once: %+v", r)
	}
	return r
}

// state is what the worker shows of itself.
func state(t *testing.T, w *engines.Worker) (s view.State) {
	t.Helper()
	w.Want(t, 200, "GET", "/worker", nil, &s)
	return s
}

func eventually(t *testing.T, limit time.Duration, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %s: %s", limit, what)
		}
	}
}

// TestWorkerRenewsItsTokens works for longer than two tokens live, by the names of the
// connector runtime and by those of the client libraries.
func TestWorkerRenewsItsTokens(t *testing.T) {
	k, ok := running(t)
	if !ok {
		return
	}
	engines.Program(t) // once, before the tests that share it
	for _, tt := range []struct {
		why string
		env func(p *provider, c *cluster) []string
	}{
		{"over gRPC, by the runtime's names", func(p *provider, c *cluster) []string {
			return append(runtimeEnv(p.Keycloak, c), "CAMUNDA_CLIENT_AUTH_METHOD=oidc")
		}},
		{"over REST, by the libraries' names", func(p *provider, c *cluster) []string {
			return []string{
				"CAMUNDA_REST_ADDRESS=" + c.REST(), "CAMUNDA_AUTH_STRATEGY=OAUTH", "CAMUNDA_OAUTH_URL=" + tokenURL(p.Issuer), "CAMUNDA_CLIENT_ID=" + p.Worker,
				"CAMUNDA_CLIENT_SECRET=" + p.Secret, "CAMUNDA_TOKEN_AUDIENCE=" + p.Audience, "CAMUNDA_TOKEN_SCOPE=" + p.Scope,
			}
		}},
	} {
		t.Run(tt.why, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t, k)
			c := newCluster(t, p.Keycloak)
			w := start(t, t.TempDir(), tt.env(p, c)...)
			begun := time.Now()
			c.createFor(13 * time.Second) // a token of 7 s is renewed after 5.6
			r := c.settle(t, 20*time.Second)
			w.Stop(os.Interrupt)
			lasted := time.Since(begun)
			tokens := fewTokens(t, p, c, lasted)
			if s := leaks(w.Logs(), k.Secret); s != "" {
				t.Errorf("the log holds %s", s)
			}
			fmt.Printf("FIGURE: keycloak, %s: %d jobs in %.0f s with %d tokens of 7 s, %d requests for them, none refused\n", tt.why, r.Completed, lasted.Seconds(), tokens, len(p.asked()))
		})
	}
}

// fewTokens looks at what was asked for and what was shown to the cluster, and counts the
// tokens.
func fewTokens(t *testing.T, p *provider, c *cluster, lasted time.Duration) int {
	t.Helper()
	good, bad := c.admitted()
	if len(bad) != 0 {
		t.Errorf("the cluster was shown what it does not take: %v", bad)
	}
	if most := 2 + int(lasted/(5*time.Second)); len(good) < 3 || len(good) > most || len(p.asked()) > len(good)+1 {
		t.Errorf("%d tokens in %s, of %d asked for", len(good), lasted, len(p.asked()))
	}
	want := url.Values{"grant_type": {"client_credentials"}, "client_id": {p.Worker}, "client_secret": {p.Secret}, "audience": {p.Audience}, "scope": {p.Scope}}
	for _, form := range p.asked() {
		if d := cmp.Diff(want, form); d != "" {
			t.Error(d)
		}
	}
	for _, claims := range c.claims {
		if claims["azp"] != p.Worker || claims["scope"] != p.Scope {
			t.Errorf("got %v", claims)
		}
	}
	return len(good)
}

// TestAWrongSecretIsSaidAndNotShown leaves a worker without a token for a while.
func TestAWrongSecretIsSaidAndNotShown(t *testing.T) {
	k, ok := running(t)
	if !ok {
		return
	}
	p := newProvider(t, k)
	c := newCluster(t, p.Keycloak)
	dir := t.TempDir()
	w := start(t, dir, append(runtimeEnv(p.Keycloak, c), "CAMUNDA_CLIENT_AUTH_CLIENTSECRET="+wrongSecret, "FAIRLEAD_LOG_LEVEL=debug")...)
	eventually(t, 20*time.Second, "the worker says that it has no cluster", func() bool { return state(t, w).Cluster.Problem != "" })
	begun := time.Now()
	time.Sleep(5 * time.Second)
	s := state(t, w)
	if s.Cluster.Ready() || !strings.Contains(s.Cluster.Problem, "unauthorized_client") || !strings.Contains(s.Cluster.Fix, "CAMUNDA_CLIENT_AUTH_CLIENTSECRET") {
		t.Errorf("the worker says %q and %q", s.Cluster.Problem, s.Cluster.Fix)
	}
	if n := len(p.asked()); n < 2 || n > 12 {
		t.Errorf("it asked %d times within some seconds: too often for a provider that locks clients out, or not again", n)
	} else {
		fmt.Printf("FIGURE: keycloak, a wrong secret: %d requests in the first %.0f s by %d job types\n", n, time.Since(begun).Seconds(), len(s.Types))
	}
	shown := asJSON(s)
	w.Stop(os.Interrupt)
	for what, text := range map[string]string{"log": w.Logs(), "API": shown, "data": contents(t, dir)} {
		if s := leaks(text, wrongSecret); s != "" {
			t.Errorf("the %s holds %s", what, s)
		}
	}
	if !strings.Contains(w.Logs(), "unauthorized_client") || !strings.Contains(w.Logs(), "CAMUNDA_CLIENT_AUTH_CLIENTSECRET") {
		t.Errorf("the log should say what was refused and what to set:\n%s", w.Logs())
	}
}

// contents is every byte of a folder.
func contents(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	apptest.Must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		all.Write(raw)
		return err
	}))
	return all.String()
}

// script does something to the Keycloak of this test run.
func script(t *testing.T, k servers.Keycloak, what string) {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "../keycloak.sh", what) //nolint:gosec // our own
	cmd.Env = append(os.Environ(), "FAIRLEAD_SERVERS_INSTANCE="+k.Instance)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("keycloak.sh %s: %v\n%s", what, err, out)
	}
}

// TestWorkerGoesOnAfterKeycloakWasAway stops Keycloak for longer than a token lives.
func TestWorkerGoesOnAfterKeycloakWasAway(t *testing.T) {
	k, ok := running(t)
	if !ok {
		return
	}
	c := newCluster(t, k)
	w := start(t, t.TempDir(), runtimeEnv(k, c)...)
	c.createFor(time.Second)
	c.settle(t, 10*time.Second)
	stopped := time.Now()
	script(t, k, "stop")
	served := stopped
	for c.done(2 * time.Second) { // streams stay open: jobs come, and wait for a token to end with
		served = time.Now()
		if served.Sub(stopped) > 20*time.Second {
			t.Fatal("jobs end without Keycloak for longer than a token lives")
		}
	}
	for range 100 {
		c.engine.Create(oneJob())
	}
	eventually(t, 40*time.Second, "the worker says why", func() bool {
		s := state(t, w)
		return !s.Cluster.Ready() && strings.Contains(s.Cluster.Problem, "identity provider")
	})
	script(t, k, "start")
	back := time.Now()
	r := c.settle(t, 30*time.Second)
	late := time.Since(back)
	eventually(t, 10*time.Second, "the worker has its cluster again", func() bool { return state(t, w).Cluster.Ready() })
	if _, bad := c.admitted(); len(bad) != 0 {
		t.Errorf("the cluster was shown what it does not take: %v", bad)
	}
	fmt.Printf("FIGURE: keycloak away for %.0f s: the worker went on for %.1f s with the token it had, and %.1f s after Keycloak was back all %d jobs were done\n", back.Sub(stopped).Seconds(), served.Sub(stopped).Seconds(), late.Seconds(), r.Completed)
}
