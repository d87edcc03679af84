package app_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/app"
	"github.com/fairlead-io/fairlead/internal/authz"
	"github.com/fairlead-io/fairlead/internal/config"
	"github.com/fairlead-io/fairlead/internal/connection"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/store"
)

type settings struct {
	Password connector.Secret `json:"password" label:"Password" doc:"The password."`
}

type out struct {
	Done bool `json:"Done" doc:"Whether it is done."`
}

// dock is an integration whose commands begin an item, say so, and hang.
func dock(begun chan<- string) *connector.Integration {
	hang := func(name string, e connector.Effect) *connector.Command {
		return connector.NewCommand(connector.Meta{Name: name, Summary: "Hangs.", Effect: e},
			func(ctx context.Context, c *connector.Call, _ *settings, _ *connector.NoInput) (*out, error) {
				c.Items.Total(2, 0)
				c.Items.Start("first").Done("")
				c.Items.Start("second")
				begun <- name
				<-ctx.Done()
				return nil, ctx.Err()
			})
	}
	return &connector.Integration{
		ID: "dock", Name: "Dock", Summary: "A dock.",
		Connection: connector.NewConnection(func(_ context.Context, _ connector.Env, s *settings) (*settings, error) { return s, nil }),
		Commands: []*connector.Command{
			connector.NewTestConnection(nil, nil, func(context.Context, *connector.Call, *settings) (*connector.CheckResult, error) {
				return &connector.CheckResult{Message: "ok"}, nil
			}),
			hang("Look", connector.Read), hang("Paint", connector.Write), hang("Fix", connector.Write|connector.Idempotent), hang("Sink", connector.Delete),
		},
	}
}

func conf(dir string) config.Config {
	return config.Config{Data: dir, Listen: "127.0.0.1:0", LogLevel: "error", LogFormat: "text", Drain: 5 * time.Second, MaxUpload: 1 << 20}
}

func open(t *testing.T, dir string, begun chan<- string) *app.App {
	t.Helper()
	a, err := app.Open(t.Context(), conf(dir), app.WithIntegrations(dock(begun)))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func closeNow(t *testing.T, a *app.App) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // what still runs is canceled
	if err := a.Close(ctx); err != nil {
		t.Error(err)
	}
}

func get(t *testing.T, c *http.Client, url, token string) (int, map[string]any) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var v map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&v); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, v
}

func TestEmbeddedClientNeedsNoToken(t *testing.T) {
	a := open(t, filepath.Join(t.TempDir(), "made", "by", "it"), nil)
	defer closeNow(t, a)
	c := a.Client("me", "cli")
	if status, who := get(t, c, app.EmbeddedURL+"/api/v1/me", ""); status != 200 || who["name"] != "me" || len(who["scopes"].([]any)) != 6 {
		t.Errorf("%d %v", status, who)
	}
	add := `{"integration":"dock","name":"main","settings":{"password":"canary-password-3"}}`
	post(t, c, app.EmbeddedURL+"/api/v1/connections", add, 201)
	rec := post(t, c, app.EmbeddedURL+"/api/v1/connections/main/test", "", 200)
	if rec["returnData"] != "Successful" || rec["origin"] != "cli" || rec["actor"] != "me" {
		t.Errorf("got %v", rec)
	}
}

func post(t *testing.T, c *http.Client, url, body string, want int) map[string]any {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "POST", url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(raw, &v); err != nil || resp.StatusCode != want {
		t.Fatalf("%d %s (%v)", resp.StatusCode, raw, err)
	}
	return v
}

func TestServeAndReadyFile(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir, nil)
	defer closeNow(t, a)
	_, err := a.Connections.Add(t.Context(), authz.Local(""), connection.Input{Integration: "dock", Name: "main", Settings: json.RawMessage(`{"password":"p"}`)})
	if err != nil {
		t.Fatal(err)
	}
	owner, err := a.OwnerToken(t.Context())
	if err != nil || owner.Empty() {
		t.Fatalf("no owner token: %v", err)
	}
	if again, err := a.OwnerToken(t.Context()); err != nil || !again.Empty() {
		t.Errorf("a second owner token: %v", err)
	}
	a.Config.ReadyFile = filepath.Join(dir, "ready.json")
	if err := os.WriteFile(a.Config.ReadyFile, []byte("left from before"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	urls, done := make(chan string, 1), make(chan error, 1)
	go func() {
		done <- a.Serve(ctx, app.Serving{Name: "serve", Fill: func(r *app.Ready) { r.S3 = map[string]string{"endpoint": "http://s3"} }, Ready: func(u string) error { urls <- u; return nil }})
	}()
	url := <-urls
	ready := readReady(t, a.Config.ReadyFile)
	if ready.URL != url || len(ready.Connections) != 1 || ready.Connections[0] != (app.ReadyConnection{Name: "main", Integration: "dock"}) || ready.S3 == nil || ready.Azure != nil {
		t.Errorf("got %+v", ready)
	}
	for _, token := range []string{ready.Token, owner.Reveal()} {
		if status, who := get(t, http.DefaultClient, url+"/api/v1/me", token); status != 200 || len(who["scopes"].([]any)) != 6 {
			t.Errorf("%d %v", status, who)
		}
	}
	secondProcess(t, dir, url)
	cancel()
	if err := <-done; err != nil {
		t.Errorf("the server ended with %v", err)
	}
}

func readReady(t *testing.T, path string) app.Ready {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the ready file has mode %v", info.Mode())
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var r app.Ready
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// secondProcess opens the same folder, which is held.
func secondProcess(t *testing.T, dir, url string) {
	t.Helper()
	_, err := app.Open(t.Context(), conf(dir), app.WithIntegrations())
	e := connector.AsError(err)
	if e == nil || e.Kind != connector.Conflict || !strings.Contains(e.Message, url) || !strings.Contains(e.Fix, "--server "+url) {
		t.Errorf("want a conflict that names %s, got %+v", url, e)
	}
}

func TestOpenExplains(t *testing.T) {
	for _, tc := range []struct {
		reason string
		spoil  func(t *testing.T, dir string)
		kind   connector.Kind
		says   string
	}{
		{"a file where the folder should be", func(t *testing.T, dir string) { write(t, dir, "x") }, connector.Unavailable, "--data"},
		{"a database that is none", func(t *testing.T, dir string) {
			mkdir(t, dir)
			write(t, filepath.Join(dir, "fairlead.db"), strings.Repeat("not a database ", 1000))
		}, connector.Unavailable, "backup"},
		{"a lost key file", func(t *testing.T, dir string) {
			a := open(t, dir, nil)
			_, err := a.Connections.Add(t.Context(), authz.Local(""), connection.Input{Integration: "dock", Name: "main", Settings: json.RawMessage(`{"password":"p"}`)})
			if err != nil {
				t.Fatal(err)
			}
			closeNow(t, a)
			if err := os.Remove(filepath.Join(dir, "kek.json")); err != nil {
				t.Fatal(err)
			}
		}, connector.Invalid, "kek.json"},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			tc.spoil(t, dir)
			a, err := app.Open(t.Context(), conf(dir), app.WithIntegrations(dock(nil)))
			if err == nil {
				closeNow(t, a)
			}
			e := connector.AsError(err)
			if e == nil || e.Kind != tc.kind || !strings.Contains(e.Message+e.Fix, tc.says) {
				t.Fatalf("want %s, got %#v", tc.kind, e)
			}
			if tc.reason == "a lost key file" { // nothing was left locked
				if _, err := app.Open(t.Context(), conf(dir)); connector.AsError(err).Kind == connector.Conflict {
					t.Error("the failed start kept the folder")
				}
			}
		})
	}
}

func mkdir(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// childEnv makes this test binary start runs in a folder and wait to be killed.
const childEnv = "FAIRLEAD_TEST_CHILD"

// TestRunsOfAKilledProcessGetAnEnd kills a real process in the middle of runs
// of every effect and opens its folder again.
func TestRunsOfAKilledProcessGetAnEnd(t *testing.T) {
	dir := t.TempDir()
	if at := os.Getenv(childEnv); at != "" {
		child(t, at)
		return
	}
	ids := killed(t, dir)
	if len(ids) != 4 {
		t.Fatalf("the child process started %v", ids)
	}
	a := open(t, dir, nil)
	defer closeNow(t, a)
	got := map[string]string{}
	for command, id := range ids {
		rec, err := a.Runs.Get(t.Context(), authz.Local(""), id)
		if err != nil {
			t.Fatal(err)
		}
		verdict := "none"
		if rec.ReturnData != nil {
			verdict = string(*rec.ReturnData)
		}
		got[command] = string(rec.State) + " " + verdict
		if rec.Error == nil || rec.Error.Kind != connector.Unavailable || !strings.HasPrefix(rec.Error.Message, "The process ended before the run did.") || rec.Error.Fix == "" {
			t.Errorf("%s: error %+v", command, rec.Error)
		}
		for _, it := range rec.Items {
			if it.State == connector.ItemRunning || it.State == connector.ItemWaiting {
				t.Errorf("%s: item %s is still %s", command, it.Item, it.State)
			}
		}
		if command == "sink" && audited(t, a, id) != "run.intent run.unknown" || command == "look" && audited(t, a, id) != "run.intent run.outcome" {
			t.Errorf("%s: audit %s", command, audited(t, a, id))
		}
	}
	want := map[string]string{"look": "done Failed", "fix": "done Failed", "paint": "unknown none", "sink": "unknown none"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// audited gives the kinds of a run's entries, oldest first.
func audited(t *testing.T, a *app.App, id string) string {
	t.Helper()
	page, err := a.Store.AuditEntries(t.Context(), authz.DefaultTenant, store.AuditFilter{RunID: id}, store.Page{})
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, e := range page.Entries {
		kinds = append([]string{e.Kind}, kinds...)
	}
	return strings.Join(kinds, " ")
}

// child starts one run of each command, tells their IDs, and hangs.
func child(t *testing.T, dir string) {
	t.Helper()
	begun := make(chan string, 4)
	a := open(t, dir, begun)
	_, err := a.Connections.Add(t.Context(), authz.Local(""), connection.Input{Integration: "dock", Name: "main", Settings: json.RawMessage(`{"password":"p"}`)})
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{}
	for _, c := range []string{"look", "paint", "fix", "sink"} {
		rec, err := a.Runs.Start(t.Context(), authz.Local(""), run.Request{Integration: "dock", Command: c, Origin: "cli"})
		if err != nil {
			t.Fatal(err)
		}
		ids[c] = rec.RunID
		<-begun
	}
	if err := json.NewEncoder(os.Stdout).Encode(ids); err != nil {
		t.Fatal(err)
	}
	select {}
}

// killed runs the calling test as a process of its own, with a folder, until it
// has said what it started; then it is killed.
func killed(t *testing.T, dir string) map[string]string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$") //nolint:gosec // this very binary
	cmd.Env = append(os.Environ(), childEnv+"="+dir)
	var log strings.Builder
	cmd.Stderr = &log
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Wait() }() // killed, as meant
	defer func() { _ = cmd.Process.Kill() }()
	var said map[string]string
	if err := json.NewDecoder(stdout).Decode(&said); err != nil {
		t.Fatalf("the child process said %v (%v): %s", said, err, log.String())
	}
	return said
}

// TestIdempotentRunsGoOn kills a server in the middle of a run that may be
// repeated, again and again: each start goes on with it, but not for ever.
func TestIdempotentRunsGoOn(t *testing.T) {
	if at := os.Getenv(childEnv); at != "" {
		servingChild(t, at)
		return
	}
	dir := t.TempDir()
	first := killed(t, dir)["run"]
	for n, want := range []string{"Fix", "Fix", "Fix", ""} {
		if got := killed(t, dir)["begun"]; got != want {
			t.Fatalf("start %d went on with %q, want %q", n+1, got, want)
		}
	}
	a := open(t, dir, nil)
	defer closeNow(t, a)
	page, err := a.Runs.List(t.Context(), authz.Local(""), run.Filter{Command: "fix"})
	if err != nil || len(page.Runs) != 4 {
		t.Fatalf("%d runs, %v; want the first and three that went on", len(page.Runs), err)
	}
	for i := range page.Runs { // newest first
		r := &page.Runs[i]
		switch {
		case r.State != run.Done || r.ReturnData == nil || *r.ReturnData != run.Failed || r.Actor != "local":
			t.Errorf("run %d: %s by %s", i, r.State, r.Actor)
		case i < 3 && (r.ParentRunID == nil || *r.ParentRunID != page.Runs[i+1].RunID):
			t.Errorf("run %d does not name the one before", i)
		case i == 3 && r.RunID != first:
			t.Errorf("the first run is %s, want %s", r.RunID, first)
		}
	}
}

// servingChild starts a run where there is none, else serves, and says what
// began by itself.
func servingChild(t *testing.T, dir string) {
	t.Helper()
	begun := make(chan string, 4)
	a := open(t, dir, begun)
	say := func(name, value string) {
		if err := json.NewEncoder(os.Stdout).Encode(map[string]string{name: value}); err != nil {
			t.Fatal(err)
		}
		select {}
	}
	if _, err := a.Connections.Get(t.Context(), authz.Local(""), "main"); err != nil {
		if _, err := a.Connections.Add(t.Context(), authz.Local(""), connection.Input{Integration: "dock", Name: "main", Settings: json.RawMessage(`{"password":"p"}`)}); err != nil {
			t.Fatal(err)
		}
		rec, err := a.Runs.Start(t.Context(), authz.Local(""), run.Request{Integration: "dock", Command: "fix", Origin: "cli"})
		if err != nil {
			t.Fatal(err)
		}
		<-begun
		say("run", rec.RunID)
	}
	err := a.Serve(t.Context(), app.Serving{Name: "serve", Ready: func(string) error {
		select { // runs that go on have begun, or are about to
		case name := <-begun:
			say("begun", name)
		case <-time.After(2 * time.Second):
			say("begun", "")
		}
		return nil
	}})
	t.Fatal(err)
}

func TestExpiredFilesAndLeftOversAreSwept(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir, nil)
	c := a.Client("me", "cli")
	post(t, c, app.EmbeddedURL+"/api/v1/files?name=keep", "kept", 201)
	closeNow(t, a)
	orphan := filepath.Join(dir, "files", "ab", "ab"+strings.Repeat("0", 62))
	mkdir(t, filepath.Dir(orphan))
	write(t, orphan, "nobody's")

	a = open(t, dir, nil)
	defer closeNow(t, a)
	for range 200 {
		if _, err := os.Stat(orphan); os.IsNotExist(err) {
			break
		}
		<-time.After(10 * time.Millisecond)
	}
	if _, err := os.Stat(orphan); !os.IsNotExist(err) {
		t.Error("content that no file has was not swept")
	}
	if status, f := get(t, a.Client("me", "cli"), app.EmbeddedURL+"/api/v1/files/1", ""); status != 200 || f["name"] != "keep" {
		t.Errorf("a file was lost: %v", f)
	}
}
