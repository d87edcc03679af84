package run_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/egress"
	"github.com/fairlead-io/fairlead/internal/obs"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/run/runtest"
)

// TestTelemetryOfARun looks at what one good and one bad run leave: figures, and
// spans of run and request below each other, none with a secret.
func TestTelemetryOfARun(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Traceparent") != "" {
			t.Error("the cloud was told of the trace")
		}
	}))
	t.Cleanup(s.Close)
	spans := tracetest.NewInMemoryExporter()
	tel := &obs.Telemetry{Metrics: obs.NewMetrics(obs.Build{}, nil), Tracer: obs.TracesTo(spans).Tracer()}
	out := egress.New(egress.Policy{})
	b := runtest.New(t, runtest.Options{Integrations: []*connector.Integration{calls()}, Telemetry: tel, HTTP: func(o connector.HTTPOptions) (*http.Client, error) {
		c, err := out.Client(o)
		if err == nil {
			c.Transport = tel.Outgoing(c.Transport, time.Now)
		}
		return c, err
	}})
	b.Connect(t, "calls", "good", map[string]any{"host": s.URL + "/path-is-private?q=" + canary, "token": canary})
	b.Connect(t, "calls", "bad", map[string]any{"host": "http://" + canary + ".localhost:1", "token": canary})
	for _, name := range []string{"good", "bad"} {
		if _, err := b.Run(t.Context(), b.Owner, run.Request{Integration: "calls", Command: "call", Connection: name, Origin: "test"}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.Run(t.Context(), b.Owner, run.Request{Integration: "calls", Command: "call", Connection: "good", Input: []byte(`{"unknown":1}`), Origin: "test"}); err != nil {
		t.Fatal(err) // a refused input is a run, too
	}
	text := scrape(t, tel.Metrics)
	for _, want := range []string{
		`fairlead_runs_total{command="call",integration="calls",outcome="successful"} 1`, `fairlead_runs_total{command="call",integration="calls",outcome="failed"} 2`,
		`fairlead_run_errors_total{command="call",integration="calls",kind="Unavailable"} 1`, `fairlead_run_errors_total{command="call",integration="calls",kind="Invalid"} 1`,
		`fairlead_run_duration_seconds_count{command="call",integration="calls"} 3`, "fairlead_runs_in_flight 0", "fairlead_runs_queued 0",
		`fairlead_egress_requests_total{outcome="2xx"} 1`, `fairlead_egress_requests_total{outcome="Unavailable"} 1`,
	} {
		if !strings.Contains(text, want+"\n") {
			t.Errorf("%q is missing", want)
		}
	}
	checkSpans(t, spans.GetSpans())
	if said := fmt.Sprintf("%+v", spans.GetSpans()) + text; strings.Contains(said, canary) || strings.Contains(said, "path-is-private") {
		t.Errorf("a secret or a path is in %s", said)
	}
	if logs := b.Logs.String(); !strings.Contains(logs, `"msg":"run ended","run":"`) || !strings.Contains(logs, `"returnData":"Successful"`) {
		t.Errorf("the log does not tell the ends of runs: %s", logs)
	}
}

func checkSpans(t *testing.T, list tracetest.SpanStubs) {
	t.Helper()
	runs := map[string]tracetest.SpanStub{}
	requests := 0
	for _, s := range list {
		if s.Name == "run calls/call" {
			runs[s.SpanContext.SpanID().String()] = s
		}
	}
	outcomes := map[string]int{}
	for _, s := range list {
		for _, a := range s.Attributes {
			if a.Key == "fairlead.outcome" {
				outcomes[a.Value.AsString()]++
			}
		}
		if s.SpanKind == trace.SpanKindClient {
			requests++
			if _, below := runs[s.Parent.SpanID().String()]; !below {
				t.Errorf("the request %s is below no run", s.Name)
			}
		}
	}
	if len(runs) != 3 || requests != 2 || outcomes["successful"] != 1 || outcomes["failed"] != 2 {
		t.Errorf("%d runs, %d requests, %v", len(runs), requests, outcomes)
	}
}

func scrape(t *testing.T, m *obs.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	return w.Body.String()
}
