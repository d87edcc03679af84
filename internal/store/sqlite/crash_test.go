package sqlite_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/fairlead-io/fairlead/internal/audit"
	"github.com/fairlead-io/fairlead/internal/store"
	"github.com/fairlead-io/fairlead/internal/store/sqlite"
)

const crashEnv = "FAIRLEAD_TEST_CRASH_DB"

// TestMain lets the test binary stand in for a process that writes until it is killed.
func TestMain(m *testing.M) {
	if path := os.Getenv(crashEnv); path != "" {
		writeForever(path)
	}
	os.Exit(m.Run())
}

// writeForever prints the id of every run whose write was acknowledged.
func writeForever(path string) {
	st, err := sqlite.Open(context.Background(), path)
	if err != nil {
		panic(err)
	}
	var mu sync.Mutex
	for range 8 {
		go func() {
			for {
				r, b := step()
				if err := st.Submit(context.Background(), b); err != nil {
					panic(err)
				}
				mu.Lock()
				fmt.Fprintln(os.Stdout, r.ID)
				mu.Unlock()
			}
		}()
	}
	select {}
}

// What was acknowledged is there after a kill, whole, and the chain goes on.
func TestKilledWriterLosesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fairlead.db")
	var acknowledged []string
	for round := range 5 {
		acknowledged = append(acknowledged, writeAndKill(t, path, 40+30*round)...)
		st := open(t, path)
		for _, id := range acknowledged {
			if _, err := st.Run(t.Context(), "default", id); err != nil {
				t.Fatalf("round %d: %v", round, err)
			}
		}
		checkChain(t, st)
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func writeAndKill(t *testing.T, path string, after int) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), crashEnv+"="+path)
	out, err := cmd.StdoutPipe()
	if err = errors.Join(err, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	var ids []string
	lines := bufio.NewReader(out)
	for len(ids) < after {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, strings.TrimSpace(line))
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for { // what it had acknowledged before the kill arrived
		line, err := lines.ReadString('\n')
		if err != nil {
			break
		}
		ids = append(ids, strings.TrimSpace(line))
	}
	_ = cmd.Wait() // reports the kill
	return ids
}

// checkChain finds as many entries as runs: each was written with its run or not at all.
func checkChain(t *testing.T, st *store.Store) {
	t.Helper()
	n, reached, problem, err := audit.Verify(t.Context(), "default", audit.Checkpoint{}, st.AuditChain(t.Context(), "default", 0))
	head, errHead := st.AuditHead(t.Context(), "default")
	if problem == nil {
		problem = audit.Expect(reached, head)
	}
	if err := errors.Join(err, errHead); err != nil || problem != nil {
		t.Fatalf("chain: %v, %v", problem, err)
	}
	runs, err := st.ListUnfinishedRuns(t.Context(), "n")
	if err != nil || int64(len(runs)) != n {
		t.Fatalf("%d runs and %d entries, %v", len(runs), n, err)
	}
}
