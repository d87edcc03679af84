package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/app"
	"github.com/fairlead-io/fairlead/internal/config"
	"github.com/fairlead-io/fairlead/test/apptest"
)

// childEnv makes a test binary serve an installation instead of running its tests.
const childEnv = "FAIRLEAD_CHAOS_CHILD"

// Site is an installation that is killed and started again.
type Site struct {
	Dir         string `json:"dir"`
	DatabaseURL string `json:"databaseUrl"` // PostgreSQL; empty: SQLite in Dir
}

// quick lets a node notice the end of the one before within seconds.
var quick = app.Timing{Beat: 100 * time.Millisecond, Poll: 100 * time.Millisecond, Lease: 1500 * time.Millisecond}

func (s Site) config() config.Config {
	return config.Config{
		Data: s.Dir, DatabaseURL: connector.NewSecret(s.DatabaseURL), Listen: "127.0.0.1:0", ReadyFile: filepath.Join(s.Dir, "ready.json"),
		LogLevel: "warn", LogFormat: "text", Drain: 5 * time.Second, MaxUpload: 1 << 30,
		Limits: config.Limits{Rate: 1_000_000, RateBurst: 1_000_000}, // it asks as fast as it can
	}
}

// Main is for TestMain of packages that kill the program.
func Main(m *testing.M) {
	raw := os.Getenv(childEnv)
	if raw == "" {
		os.Exit(m.Run())
	}
	var s Site
	err := json.Unmarshal([]byte(raw), &s)
	if err == nil {
		err = s.serve()
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// serve ends by being killed, or with the parent.
func (s Site) serve() error {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	a, err := app.Open(ctx, s.config(), app.WithTiming(quick))
	if err != nil {
		return err
	}
	err = a.Serve(ctx, app.Serving{Name: "chaos", Ready: func(url string) error {
		_, err := fmt.Println("READY " + url)
		return err
	}})
	_ = a.Close(ctx)
	return err
}

// child is the program as a process of its own.
type child struct {
	*apptest.Client
	cmd *exec.Cmd
	in  io.Closer
}

func (s Site) start(t testing.TB) *child {
	t.Helper()
	raw, err := json.Marshal(s)
	must(t, err)
	c := &child{cmd: exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0])}
	c.cmd.Env = append(os.Environ(), childEnv+"="+string(raw))
	c.cmd.Stderr = t.Output()
	out, err := c.cmd.StdoutPipe()
	must(t, err)
	c.in, err = c.cmd.StdinPipe()
	must(t, err)
	must(t, c.cmd.Start())
	var url string
	if _, err := fmt.Fscanf(out, "READY %s\n", &url); err != nil {
		_ = c.cmd.Process.Kill()
		t.Fatalf("the program does not start after a kill: %v", err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	ready, err := os.ReadFile(s.config().ReadyFile)
	must(t, err)
	var r app.Ready
	must(t, json.Unmarshal(ready, &r))
	transport := &http.Transport{DialContext: (&net.Dialer{}).DialContext, MaxIdleConnsPerHost: 16}
	c.Client = &apptest.Client{HTTP: &http.Client{Transport: transport}, URL: url, Token: r.Token}
	return c
}

// kill is kill -9.
func (c *child) kill(t testing.TB) {
	t.Helper()
	must(t, c.cmd.Process.Kill())
	_ = c.cmd.Wait() // reports the kill
	_ = c.in.Close()
	c.HTTP.CloseIdleConnections()
}

func apptestOrder(input map[string]any) apptest.Order {
	return apptest.Order{Connection: "box", Input: input}
}
