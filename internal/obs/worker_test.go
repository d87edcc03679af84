package obs_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/internal/obs"
)

func scrape(t *testing.T, m *obs.Metrics) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	return w.Body.String()
}

// TestModelsCannotMakeSeriesWithoutEnd lets jobs name ever more templates.
func TestModelsCannotMakeSeriesWithoutEnd(t *testing.T) {
	m := obs.NewMetrics(obs.Build{}, nil)
	w := m.Worker(time.Now, func() int { return 2 }, func() int { return 1 })
	for i := range 2000 {
		w.Activated(obs.WorkerJob{Type: "a", Template: fmt.Sprintf("t%d", i), TemplateVersion: "1"})
	}
	w.Activated(obs.WorkerJob{Type: "a", Template: strings.Repeat("x", 5000), TemplateVersion: "1"})
	text := scrape(t, m)
	if n := strings.Count(text, "camunda_connector_outbound_invocations_total{"); n > 302 {
		t.Errorf("%d series", n)
	}
	if strings.Contains(text, strings.Repeat("x", 5000)) || !strings.Contains(text, `elementTemplateId="other"`) || !strings.Contains(text, `camunda_client_worker_job_activated_total{type="a"} 2001`) {
		t.Error("jobs of other templates are not counted together")
	}
}

// TestTheMaximumIsForgotten: Micrometer's maximum is of the last minutes, the
// gauge beside it of all time.
func TestTheMaximumIsForgotten(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	m := obs.NewMetrics(obs.Build{}, nil)
	w := m.Worker(func() time.Time { return now }, func() int { return 0 }, func() int { return 0 })
	w.Executed(obs.WorkerJob{Type: "a", Template: "unknown", TemplateVersion: "unknown"}, 3*time.Second)
	const recent = `camunda_connector_outbound_execution_time_seconds_max{elementTemplateId="unknown",elementTemplateVersion="unknown",type="a"} `
	if text := scrape(t, m); !strings.Contains(text, recent+"3\n") {
		t.Error("the maximum is missing")
	}
	now = now.Add(5 * time.Minute)
	if text := scrape(t, m); !strings.Contains(text, recent+"0\n") || !strings.Contains(text, `camunda_connector_outbound_max_execution_time{type="a"} 3000`) {
		t.Error("the maximum is not forgotten, or that of all time is")
	}
}

func TestNoFiguresNoHarm(_ *testing.T) {
	var w *obs.WorkerMetrics
	j := obs.WorkerJob{}
	w.Activated(j)
	w.Executed(j, time.Second)
	w.Ended("completed", j, time.Now())
	w.Delivered("fresh")
	w.Command("complete", "accepted")
	w.CommandRetried()
	w.Extended("accepted")
	w.Polled("accepted")
	w.Reconnected("a")
	w.Broker(true)
	w.Capacity(3)
}
