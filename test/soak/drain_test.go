package soak

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/internal/app"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/test/apptest"
)

// slowCloud answers once it is let; asked says that a request has come.
func slowCloud(t *testing.T) (url string, asked, let chan struct{}) {
	t.Helper()
	asked, let = make(chan struct{}, 16), make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		select {
		case <-let:
		case <-r.Context().Done():
		}
		w.Header().Set("Content-Type", "application/xml")
		_, _ = io.WriteString(w, `<ListAllMyBucketsResult><Owner><ID>o</ID></Owner><Buckets></Buckets></ListAllMyBucketsResult>`)
	}))
	t.Cleanup(s.Close)
	return s.URL, asked, let
}

// program starts "fairlead serve" itself.
func program(t *testing.T, dir string, env ...string) (*exec.Cmd, *apptest.Client, *bytes.Buffer) {
	t.Helper()
	ready := filepath.Join(dir, "ready.json")
	_ = os.Remove(ready)
	cmd := exec.CommandContext(t.Context(), os.Args[0], "serve", "--listen", "127.0.0.1:0", "--data", dir, "--ready-file", ready, "--log-format", "json")
	cmd.Env = append(append(os.Environ(), programEnv+"=1"), env...)
	logs := &bytes.Buffer{}
	cmd.Stderr = logs
	apptest.Must(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	for range 600 {
		raw, err := os.ReadFile(ready)
		if err == nil {
			var r app.Ready
			apptest.Must(t, json.Unmarshal(raw, &r))
			return cmd, &apptest.Client{HTTP: &http.Client{}, URL: r.URL, Token: r.Token}, logs
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("the program is not ready: %s", logs)
	return nil, nil, nil
}

func ready(t *testing.T, c *apptest.Client) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.URL+"/readyz", nil)
	apptest.Must(t, err)
	res, err := c.HTTP.Do(req)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	return res.StatusCode
}

// TestSIGTERMDrains: the server says that it is not ready, ends what goes on,
// answers it, and leaves with 0; nothing is lost.
func TestSIGTERMDrains(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Log("NOT RUN: SIGTERM: there is none here")
		return
	}
	url, asked, let := slowCloud(t)
	dir := t.TempDir()
	cmd, c, logs := program(t, dir, "FAIRLEAD_DRAIN_DELAY=1s", "FAIRLEAD_DRAIN=20s")
	c.Connect(t, "aws-s3", "slow", map[string]any{"accessKey": "AKIAEXAMPLE", "secretKey": "example-secret", "defaultRegionName": "us-east-1", "endpointUrl": url})
	if got := ready(t, c); got != http.StatusOK {
		t.Fatalf("ready: %d", got)
	}
	answer := make(chan *run.Record, 1)
	go func() { answer <- c.Run(t, "aws-s3", "list-buckets", apptest.Order{Connection: "slow"}) }()
	<-asked
	apptest.Must(t, cmd.Process.Signal(syscall.SIGTERM))
	var got int
	for range 50 {
		if got = ready(t, c); got == http.StatusServiceUnavailable {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if got != http.StatusServiceUnavailable {
		t.Errorf("while it ends, ready answers %d", got)
	}
	time.Sleep(1500 * time.Millisecond) // beyond the delay: no new connection is taken
	if got := ready(t, &apptest.Client{HTTP: &http.Client{Transport: &http.Transport{}}, URL: c.URL}); got != 0 {
		t.Errorf("a new connection was taken: %d", got)
	}
	close(let)
	if rec := <-answer; apptest.Verdict(rec) != run.Successful {
		t.Errorf("the run that went on: %s", apptest.Line(rec))
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ended with %v: %s", err, logs)
	}
	for _, line := range strings.Split(strings.TrimSpace(logs.String()), "\n") {
		if !json.Valid([]byte(line)) && !strings.HasPrefix(line, "Fairlead serves") && !strings.HasPrefix(line, "Owner token") {
			t.Errorf("a line of the log is not JSON: %s", line)
		}
	}
}

// TestSIGTERMCancelsWhatTakesTooLong: after the drain, what goes on is canceled
// and its record says so.
func TestSIGTERMCancelsWhatTakesTooLong(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Log("NOT RUN: SIGTERM: there is none here")
		return
	}
	url, asked, _ := slowCloud(t)
	dir := t.TempDir()
	cmd, c, logs := program(t, dir, "FAIRLEAD_DRAIN=500ms")
	c.Connect(t, "aws-s3", "slow", map[string]any{"accessKey": "AKIAEXAMPLE", "secretKey": "example-secret", "defaultRegionName": "us-east-1", "endpointUrl": url})
	begun := c.Run(t, "aws-s3", "list-buckets", apptest.Order{Connection: "slow", Async: true})
	<-asked
	apptest.Must(t, cmd.Process.Signal(syscall.SIGTERM))
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ended with %v: %s", err, logs)
	}
	cmd, c, _ = program(t, dir)
	rec := &run.Record{}
	c.Want(t, http.StatusOK, http.MethodGet, "/runs/"+begun.RunID, nil, rec)
	if rec.State != run.Canceled {
		t.Errorf("the run is %s: %s", rec.State, apptest.Line(rec))
	}
	apptest.Must(t, cmd.Process.Signal(syscall.SIGTERM))
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
