package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/theory/jsonpath"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/cli"
	"github.com/fairlead-io/fairlead/internal/sandbox/s3sim"
)

// TestMain lets scripts run this test binary as the program itself.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"fairlead": func() { os.Exit(cli.Main("1.2.3-test")) }})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script", RequireExplicitExec: true, RequireUniqueNames: true, UpdateScripts: os.Getenv("UPDATE_GOLDEN") != "",
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", filepath.Join(e.WorkDir, "home"))
			e.Setenv("FAIRLEAD_DATA", filepath.Join(e.WorkDir, "data"))
			e.Setenv("TZ", "UTC")
			e.Values[contextKey{}] = t.Context()
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": status, "json": jsonAt, "sandbox": sandbox, "stuck": stuck, "ready": ready, "fake": fake, "mode": mode,
			"appears": appears, "interrupt": interrupt,
		},
	})
}

// contextKey finds the test's context in a script.
type contextKey struct{}

// status N COMMAND... runs a command that must end with exit status N.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N COMMAND...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// json PATH WANT... compares what a JSONPath finds in the standard output of
// the last command, which must be one JSON object and nothing else.
func jsonAt(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) == 0 {
		ts.Fatalf("usage: json PATH WANT...")
	}
	d := json.NewDecoder(strings.NewReader(ts.ReadFile("stdout")))
	d.UseNumber()
	var object map[string]any
	if err := d.Decode(&object); err != nil {
		ts.Fatalf("standard output is no JSON object: %v", err)
	}
	if _, err := d.Token(); err != io.EOF {
		ts.Fatalf("there is more than one JSON object")
	}
	path, err := jsonpath.Parse(args[0])
	ts.Check(err)
	got := []string{}
	for _, v := range path.Select(object) {
		got = append(got, text(ts, v))
	}
	if same := strings.Join(got, "|") == strings.Join(args[1:], "|"); same == neg {
		ts.Fatalf("%s gives %q", args[0], got)
	}
}

func text(ts *testscript.TestScript, v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	ts.Check(e.Encode(v))
	return strings.TrimSpace(b.String())
}

// mode PERMISSIONS FILE compares the permissions of a file.
func mode(ts *testscript.TestScript, _ bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%04o", info.Mode().Perm()); got != args[0] {
		ts.Fatalf("mode %s, want %s", got, args[0])
	}
}

// sandbox starts an S3 server and writes settings for it to s3.json.
func sandbox(ts *testscript.TestScript, _ bool, _ []string) {
	s, err := s3sim.Start(ts.Value(contextKey{}).(context.Context), s3sim.Options{Dir: ts.MkAbs("sandbox-state"), SecretKey: "canary/Secret+Key=0123456789abcdefABCD", AccessKey: "AKIACANARYACCESSKEY0"})
	ts.Check(err)
	ts.Defer(func() { ts.Check(s.Close()) })
	ts.Setenv("S3", s.Endpoint())
	writeSettings(ts, "s3.json", s.Endpoint(), s.SecretKey())
	writeSettings(ts, "wrong.json", s.Endpoint(), "not the secret key of anybody")
}

func writeSettings(ts *testscript.TestScript, name, endpoint, secret string) {
	raw, err := json.Marshal(map[string]any{"accessKey": "AKIACANARYACCESSKEY0", "secretKey": secret, "endpointUrl": endpoint})
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(name), raw, 0o600))
}

// stuck starts a server that never answers and writes settings for it to
// stuck.json. The file asked appears with the first request.
func stuck(ts *testscript.TestScript, _ bool, _ []string) {
	free, asked := make(chan struct{}), ts.MkAbs("asked")
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_ = os.WriteFile(asked, nil, 0o600)
		select {
		case <-free:
		case <-r.Context().Done():
		}
	}))
	ts.Defer(func() { close(free); s.Close() })
	writeSettings(ts, "stuck.json", s.URL, "a secret that is never asked for")
}

// ready FILE waits for a server's ready file and takes address and token from
// it.
func ready(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	var r struct{ URL, Token string }
	for range 1000 {
		raw, err := os.ReadFile(path)
		if err == nil {
			ts.Check(json.Unmarshal(raw, &r)) // it is never half-written
			break
		}
		<-time.After(10 * time.Millisecond)
	}
	if r.URL == "" || r.Token == "" {
		ts.Fatalf("%s tells neither address nor token", args[0])
	}
	ts.Setenv("FAIRLEAD_SERVER", r.URL)
	ts.Setenv("FAIRLEAD_TOKEN", r.Token)
}

// appears FILE waits for a file.
func appears(ts *testscript.TestScript, _ bool, args []string) {
	for range 1000 {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
		<-time.After(10 * time.Millisecond)
	}
	ts.Fatalf("%s does not appear", args[0])
}

// interrupt FILE N COMMAND... starts a command, sends it SIGINT when a file
// appears, and wants exit status N.
func interrupt(ts *testscript.TestScript, _ bool, args []string) {
	bin, err := exec.LookPath(args[2])
	ts.Check(err)
	cmd := exec.Command(bin, args[3:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = ts.MkAbs("."), ts.Stdout(), ts.Stderr()
	for _, name := range []string{"HOME", "TZ", "TMPDIR", "FAIRLEAD_DATA", "FAIRLEAD_SERVER", "FAIRLEAD_TOKEN"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	ts.Check(cmd.Start())
	ts.Defer(func() { _ = cmd.Process.Kill() })
	appears(ts, false, args)
	ts.Check(cmd.Process.Signal(os.Interrupt))
	_ = cmd.Wait() // what counts is the status
	if got := strconv.Itoa(cmd.ProcessState.ExitCode()); got != args[1] {
		ts.Fatalf("exit status %s, want %s", got, args[1])
	}
}

// fake starts a server that refuses to show a run with the kind of failure
// that the run's ID names, and answers everything else as something that is
// not Fairlead.
func fake(ts *testscript.TestScript, _ bool, _ []string) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kind := connector.Kind(r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:])
		for _, k := range connector.Kinds() {
			if k == kind {
				w.Header().Set("Content-Type", "application/problem+json")
				w.WriteHeader(kind.HTTPStatus())
				_ = json.NewEncoder(w).Encode(map[string]any{"title": "T", "status": kind.HTTPStatus(), "detail": "It is " + kind, "kind": kind, "fix": "Mend it."})
				return
			}
		}
		http.Error(w, "<html>no</html>", http.StatusBadGateway)
	}))
	ts.Defer(s.Close)
	ts.Setenv("FAIRLEAD_SERVER", s.URL)
}
