package run_test

import (
	"encoding/json"
	"testing"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/run/runtest"
)

// BenchmarkRun is the whole path around a command that does nothing: what a
// run costs over its call.
func BenchmarkRun(b *testing.B) {
	bench := runtest.New(b, runtest.Options{Integrations: []*connector.Integration{acme()}})
	bench.Connect(b, "acme", "main", map[string]any{"host": "h", "token": canary})
	req := run.Request{Integration: "acme", Command: "get-one", Input: json.RawMessage(`{"name":"x"}`), Origin: "bench"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := bench.Run(b.Context(), bench.Owner, req); err != nil {
			b.Fatal(err)
		}
	}
}
