package engines_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/test/engines"
	"github.com/fairlead-io/fairlead/test/servers"
)

// Killing the engine in the middle of the load: it keeps its state in memory and
// comes back empty, so what is asked of the worker is that it goes on by itself
// with what is started anew, and that each run it had begun has an end.
func TestKilledEngine(t *testing.T) {
	const instances = 60
	running, missing := servers.AllCamunda()
	servers.Report(t, missing)
	for _, c := range running {
		t.Run(c.Version, func(t *testing.T) {
			twin := engines.NewTwin(t, c)
			e := engines.Open(t, twin.Camunda)
			s := openSite(t, e, "CAMUNDA_CLIENT_WORKER_DEFAULTS_TIMEOUT=PT10S")
			s.bucket(t, "papers")
			start := func(n int) []int64 {
				e.Deploy(s.load())
				var keys []int64
				for i := range n {
					keys = append(keys, e.Start("many", map[string]any{"n": i}))
				}
				return keys
			}
			start(instances / 2)
			twin.Kill()
			twin.Start()
			begun := time.Now()
			keys := start(instances)
			for done := 0; done < instances; time.Sleep(200 * time.Millisecond) {
				if done = 0; time.Since(begun) > 2*time.Minute {
					t.Fatalf("%v; incidents: %+v", e.EndedOf(keys), e.Incidents())
				}
				for _, ended := range e.EndedOf(keys) {
					if ended {
						done++
					}
				}
			}
			open := unended(t, s)
			fmt.Printf("FIGURE: engine %s killed in mid-load and started empty: %d of %d new instances completed after %s, %d incidents, %d runs without an end\n",
				c.Version, instances, instances, time.Since(begun).Round(100*time.Millisecond), len(e.Incidents()), open)
			if len(e.Incidents())+open > 0 {
				t.Errorf("incidents: %+v, runs without an end: %d", e.Incidents(), open)
			}
		})
	}
}

// unended counts the worker's runs that have no end a moment after the load.
func unended(t *testing.T, s *site) int {
	t.Helper()
	var open int
	for range 50 {
		var page struct{ Runs []run.Record }
		s.w.Want(t, http.StatusOK, http.MethodGet, "/runs?limit=500", nil, &page)
		if len(page.Runs) < 60 {
			t.Fatalf("the worker lists %d runs", len(page.Runs))
		}
		open = 0
		for _, r := range page.Runs {
			if !r.State.Ended() || r.State == run.Unknown {
				open++
			}
		}
		if open == 0 {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	return open
}
