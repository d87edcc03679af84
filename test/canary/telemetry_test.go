package canary

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/fairlead-io/fairlead/test/apptest"
)

// collector takes spans as a real one does, and keeps what it was sent.
type collector struct {
	mu  sync.Mutex
	got bytes.Buffer
}

// startCollector gives the environment that makes a process send its spans here.
func startCollector(t *testing.T) (*collector, []string) {
	t.Helper()
	c := &collector{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body io.Reader = r.Body
		if r.Header.Get("Content-Encoding") == "gzip" {
			zipped, err := gzip.NewReader(r.Body)
			if err != nil {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
			body = zipped
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		_ = r.Header.Write(&c.got)
		_, _ = io.Copy(&c.got, body)
	}))
	t.Cleanup(s.Close)
	return c, []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + s.URL, "OTEL_BSP_SCHEDULE_DELAY=50"}
}

func (c *collector) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.got.String()
}

// telemetry reads the figures, and waits until the spans are with the collector.
func (s *sinks) telemetry() {
	s.Helper()
	req, err := http.NewRequestWithContext(s.Context(), http.MethodGet, s.p.URL+"/metrics", nil)
	apptest.Must(s, err)
	req.Header.Set("Authorization", "Bearer "+s.p.Token)
	res, err := s.p.HTTP.Do(req)
	apptest.Must(s, err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	apptest.Must(s, err)
	if res.StatusCode != http.StatusOK || !bytes.Contains(raw, []byte("fairlead_runs_total")) {
		s.Errorf("no figures: %d %.200s", res.StatusCode, raw)
	}
	s.put("metrics", string(raw))
}

// end ends the process, well or by a crash that says all that Go has to say,
// and takes what it told its collector.
func (s *sinks) end() {
	s.Helper()
	if s.crash {
		s.p.Crash(s.T)
		s.put("crash output", s.p.Logs())
	} else {
		s.p.Stop(s.T)
	}
	text := s.spans.String()
	if len(s.runs) > 0 && !bytes.Contains([]byte(text), []byte("fairlead.run.id")) {
		s.Error("no span of a run arrived")
	}
	s.put("traces", text)
}
