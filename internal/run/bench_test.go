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
	for _, c := range []struct{ name, command, input string }{
		{"read", "get-one", `{"name":"x"}`}, {"write", "work-hard", `{"bucketNames":["a"]}`},
	} {
		b.Run(c.name, func(b *testing.B) { benchmarkRun(b, c.command, c.input) })
	}
}

func benchmarkRun(b *testing.B, command, input string) {
	bench := runtest.New(b, runtest.Options{Integrations: []*connector.Integration{acme()}})
	bench.Connect(b, "acme", "main", map[string]any{"host": "h", "token": canary})
	req := run.Request{Integration: "acme", Connection: "main", Command: command, Input: json.RawMessage(input), Origin: "bench"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := bench.Run(b.Context(), bench.Owner, req); err != nil {
			b.Fatal(err)
		}
	}
}
