package smoke

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/test/servers"
)

// TestServers asks every running server every question and prints the matrix.
func TestServers(t *testing.T) {
	running, missing := servers.AllS3()
	servers.Report(t, missing)
	results := newMatrix()
	t.Run("servers", func(t *testing.T) {
		for _, server := range running {
			t.Run(server.Name, func(t *testing.T) {
				t.Parallel()
				askAll(t, newTarget(server), results)
			})
		}
	})
	if len(running) > 0 {
		fmt.Print(results.table(running))
	}
}

func askAll(t *testing.T, target *target, results *matrix) {
	for _, c := range checks() {
		t.Run(c.name, func(t *testing.T) {
			started := time.Now()
			got := answer(c.ask(t.Context(), target))
			results.set(c.name, target.Name, got)
			want := yes
			if other, known := c.otherwise[target.Name]; known {
				want = other
			}
			if got != want {
				t.Errorf("%s answered %q after %v, want %q", target.Name, got, time.Since(started).Round(time.Millisecond), want)
			}
		})
	}
}

// matrix collects answers from servers asked at the same time.
type matrix struct {
	mu      sync.Mutex
	answers map[[2]string]string
}

func newMatrix() *matrix { return &matrix{answers: map[[2]string]string{}} }

func (m *matrix) set(check, server, got string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.answers[[2]string{check, server}] = got
}

func (m *matrix) table(running []servers.S3) string {
	var b strings.Builder
	row := func(first string, cell func(string) string) {
		fmt.Fprintf(&b, "| %-38s |", first)
		for _, s := range running {
			fmt.Fprintf(&b, " %-25s |", cell(s.Name))
		}
		b.WriteByte('\n')
	}
	row("check", func(name string) string { return name })
	row("---", func(string) string { return "---" })
	for _, c := range checks() {
		row(c.name, func(name string) string { return m.answers[[2]string{c.name, name}] })
	}
	return b.String()
}
