package apptest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/app"
	"github.com/fairlead-io/fairlead/internal/config"
)

func settings(dir, level string) config.Config {
	return config.Config{
		Data: dir, Listen: "127.0.0.1:0", LogLevel: level, LogFormat: "text", Drain: 10 * time.Second, MaxUpload: config.DefaultMaxUpload,
	}
}

// Open opens the program in this process, and gives a client that needs no
// port. Both end with the test.
func Open(t testing.TB) (*app.App, *Client) {
	t.Helper()
	a, err := app.Open(t.Context(), settings(t.TempDir(), "error"), app.WithLog(slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))))
	Must(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 20*time.Second)
		defer cancel()
		Must(t, a.Close(ctx))
	})
	return a, &Client{HTTP: a.Client("tester", "api"), URL: app.EmbeddedURL}
}

// childEnv makes a test binary serve a folder instead of running its tests.
const childEnv = "FAIRLEAD_TEST_SERVE"

// Unlimited, set in the environment of Start, lets one token make as many
// requests a second as the server can answer: those of a load test.
const Unlimited = "FAIRLEAD_TEST_UNLIMITED"

// LogLevel, set in the environment of Start, is the program's in place of debug,
// such as its own default in a benchmark.
const LogLevel = "FAIRLEAD_TEST_LOG_LEVEL"

// Main is for TestMain of packages that use Start; the child has the given
// integrations.
func Main(m *testing.M, integrations func() []*connector.Integration) {
	dir := os.Getenv(childEnv)
	if dir == "" {
		os.Exit(m.Run())
	}
	if err := serve(dir, integrations()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(dir string, integrations []*connector.Integration) error {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	go func() { // the parent's end of standard input is closed by Stop, and by its death
		_, _ = io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	cfg := settings(dir, cmp.Or(os.Getenv(LogLevel), "debug"))
	if os.Getenv(Unlimited) != "" {
		cfg.Rate = -1
	}
	cfg.ReadyFile = filepath.Join(dir, "ready.json")
	a, err := app.Open(ctx, cfg, app.WithIntegrations(integrations...))
	if err != nil {
		return err
	}
	wanted, err := a.WantsWorker() // where the environment names a cluster
	if err == nil && wanted {
		err = a.UseWorker(ctx, false)
	}
	if err != nil {
		return err
	}
	err = a.Serve(ctx, app.Serving{Name: "test", Ready: func(url string) error {
		_, err := fmt.Println("READY " + url)
		return err
	}})
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	if cerr := a.Close(closing); err == nil {
		err = cerr
	}
	return err
}

// Process is the program as a process of its own.
type Process struct {
	*Client
	Dir   string // data folder
	Temp  string // folder of temporary files
	PID   int
	logs  *Buffer
	stop  func(testing.TB)
	crash func(testing.TB)
}

// Logs gives what the process has written to its standard error.
func (p *Process) Logs() string { return p.logs.String() }

// Stop ends the process in good order; later calls do nothing.
func (p *Process) Stop(t testing.TB) { p.stop(t) }

// Crash ends the process as a fatal error does: with what all its goroutines do.
func (p *Process) Crash(t testing.TB) { p.crash(t) }

// Start serves a fresh data folder from a child of this test binary, whose
// TestMain must be Main. It logs everything there is to log. env are further
// variables of its environment.
func Start(t testing.TB, env ...string) *Process {
	t.Helper()
	p := &Process{Dir: t.TempDir(), Temp: t.TempDir(), logs: &Buffer{}}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0])
	cmd.Dir = p.Temp // a path without a root must not lead into the repository
	cmd.Env = append(os.Environ(), childEnv+"="+p.Dir, "TMPDIR="+p.Temp)
	cmd.Env = append(cmd.Env, env...)
	cmd.Stderr = p.logs
	out, err := cmd.StdoutPipe()
	Must(t, err)
	in, err := cmd.StdinPipe()
	Must(t, err)
	Must(t, cmd.Start())
	p.PID = cmd.Process.Pid
	var once sync.Once
	p.crash = func(t testing.TB) {
		once.Do(func() {
			Must(t, cmd.Process.Signal(syscall.SIGQUIT))
			if err := cmd.Wait(); err == nil || !strings.Contains(p.Logs(), "goroutine ") {
				t.Errorf("the program did not crash (%v): %s", err, p.Logs())
			}
			_ = in.Close()
		})
	}
	p.stop = func(t testing.TB) {
		once.Do(func() {
			Must(t, in.Close())
			if err := cmd.Wait(); err != nil {
				t.Errorf("the program ended with %v: %s", err, p.Logs())
			}
		})
	}
	t.Cleanup(func() { p.stop(t) })
	var url string
	if _, err := fmt.Fscanf(out, "READY %s\n", &url); err != nil {
		t.Fatalf("the program is not ready (%v): %s", err, p.Logs())
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	p.Client = &Client{HTTP: client(), URL: url, Token: tokenOf(t, p.Dir)}
	return p
}

// client keeps connections, as a caller that makes many calls does.
func client() *http.Client {
	return &http.Client{Transport: &http.Transport{DialContext: (&net.Dialer{}).DialContext, MaxIdleConnsPerHost: 16}}
}

func tokenOf(t testing.TB, dir string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "ready.json"))
	Must(t, err)
	var ready app.Ready
	Must(t, json.Unmarshal(raw, &ready))
	return ready.Token
}

// Build builds the program into a folder.
func Build(t testing.TB, dir string) string {
	t.Helper()
	program := filepath.Join(dir, "fairlead")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "github.com/fairlead-io/fairlead/cmd/fairlead").CombinedOutput() //nolint:gosec // our own
	if err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

// Buffer collects output of another goroutine.
type Buffer struct {
	mu sync.Mutex
	b  []byte
}

// Write implements io.Writer.
func (b *Buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.b = append(b.b, p...)
	return len(p), nil
}

// String is what was written so far.
func (b *Buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.b)
}

// FreePort asks the system for a port; between here and its use it could be taken.
func FreePort(t testing.TB) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	Must(t, err)
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}
