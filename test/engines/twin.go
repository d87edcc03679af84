package engines

import (
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/test/apptest"
	"github.com/fairlead-io/fairlead/test/servers"
)

// Twin is another process of an engine that runs, which a test may kill.
type Twin struct {
	servers.Camunda
	t    testing.TB
	args []string
	cmd  *exec.Cmd
}

// NewTwin starts one on ports of its own.
func NewTwin(t testing.TB, of servers.Camunda) *Twin {
	t.Helper()
	_, grpc, _ := net.SplitHostPort(of.GRPC)
	_, control, _ := strings.Cut(strings.TrimPrefix(of.Control, "http://"), ":")
	args := commandOf(t, grpc, control)
	twin := &Twin{t: t, args: args}
	twin.Camunda = servers.Camunda{Version: of.Version}
	for i, a := range args {
		switch a {
		case grpc:
			args[i] = apptest.FreePort(t)
			twin.GRPC = "127.0.0.1:" + args[i]
		case control:
			args[i] = apptest.FreePort(t)
			twin.Control = "http://127.0.0.1:" + args[i]
		}
	}
	t.Cleanup(twin.Kill)
	twin.Start()
	return twin
}

// commandOf finds how the engine on these ports was started, where the system
// says.
func commandOf(t testing.TB, ports ...string) []string {
	t.Helper()
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, f := range files {
		raw, _ := os.ReadFile(f) // it may have ended meanwhile
		args := strings.Split(strings.TrimRight(string(raw), "\x00"), "\x00")
		if n := len(args) - len(ports); n > 0 && slices.Equal(args[n:], ports) {
			return args
		}
	}
	t.Fatalf("no process was started with %v", ports)
	return nil
}

// Start starts the engine, empty, and waits until it answers.
func (w *Twin) Start() {
	w.t.Helper()
	w.cmd = exec.CommandContext(context.WithoutCancel(w.t.Context()), w.args[0], w.args[1:]...) //nolint:gosec // as it runs already
	apptest.Must(w.t, w.cmd.Start())
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if res, err := http.Get(w.Control + "/health"); err == nil {
			_ = res.Body.Close()
			return
		}
	}
	w.t.Fatalf("the engine %s does not answer", w.Version)
}

// Kill ends it by SIGKILL.
func (w *Twin) Kill() {
	_ = w.cmd.Process.Kill()
	_ = w.cmd.Wait()
}
