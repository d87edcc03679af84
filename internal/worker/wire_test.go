package worker_test

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/internal/egress"
	"github.com/fairlead-io/fairlead/internal/worker/fakegateway"
	"github.com/fairlead-io/fairlead/internal/worker/gateway"
)

// TestOverTheWire is the soak over the interfaces of real clusters, with fewer
// jobs.
func TestOverTheWire(t *testing.T) {
	const total = 10_000
	for _, way := range []string{"gRPC", "REST"} {
		t.Run(way, func(t *testing.T) {
			e := fakegateway.New(fakegateway.Options{Now: time.Now, Seed: 11, Faults: rough, Tick: 50 * time.Millisecond, History: true})
			t.Cleanup(e.Close)
			s, err := fakegateway.Listen(e, "", "")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			out := egress.New(egress.Policy{})
			t.Cleanup(out.Close)
			c, err := gateway.Open(t.Context(), gateway.Settings{GRPC: s.GRPC(), REST: s.REST(), PreferREST: way == "REST"},
				gateway.Deps{Dial: out.DialContext, HTTP: out.Client, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = c.Close() })
			h := &handler{types: []string{"a", "b", "c"}}
			h.do = mixed(h)
			start(t, c, h, roughSettings)
			go feed(t.Context(), e, h.types, total)
			r := settle(t, e, total, 3*time.Minute)
			if r.Open != 0 || r.Incidents != 0 || r.Completed+r.Thrown != total || r.Conflicts != 0 {
				t.Errorf("%+v\n%s", r, e.Conflicts())
			}
			fmt.Printf("FIGURE: worker over %s: %d jobs, %d faults, %d executions, %d lost, %d told two ends\n", way, total, r.Faults(), h.executions.Load(), r.Open, r.Conflicts)
		})
	}
}
