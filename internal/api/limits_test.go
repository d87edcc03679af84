package api_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/internal/api"
	"github.com/fairlead-io/fairlead/internal/obs"
)

func nested(n int) string {
	return `{"input":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}`
}

func TestBodiesAreHeldToTheLimits(t *testing.T) {
	b := open(t, func(d *api.Deps) { d.Limits = api.Limits{Body: 1000, Depth: 10} })
	for _, tc := range []struct {
		reason, body string
		status       int
	}{
		{"as deep as may be", nested(9), 200}, // a run that was refused for its input
		{"too deep", nested(10), 400},
		{"brackets in texts do not count", `{"input":{"noteNames":["` + strings.Repeat("[{", 50) + `\"[["]}}`, 200},
		{"too large", `{"externalRef":"` + strings.Repeat("x", 1000) + `"}`, 413},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			if r := b.call(t, b.owner, "POST", readNotes, tc.body); r.status != tc.status {
				t.Errorf("%d %s", r.status, r.body)
			}
		})
	}
	if got := b.call(t, b.owner, "POST", "/api/Command/ReadNotes", nested(10)); got.status == 200 {
		t.Errorf("the other address takes it: %d %s", got.status, got.body)
	}
}

// A token that has used up its rate is told when to come back; others go on.
func TestRateOfAToken(t *testing.T) {
	now := time.Now()
	b := open(t, func(d *api.Deps) {
		d.Limits, d.Now = api.Limits{Rate: 2, Burst: 3}, func() time.Time { return now }
	})
	other := b.token(t, "read")
	for i := range 5 {
		r := b.call(t, b.owner, "GET", "/api/v1/me", nil)
		if i < 3 {
			r.want(t, 200)
			continue
		}
		r.problem(t, 429, "Limited")
		if s, err := strconv.Atoi(r.header.Get("Retry-After")); err != nil || s < 1 {
			t.Errorf("Retry-After is %q", r.header.Get("Retry-After"))
		}
	}
	b.call(t, other, "GET", "/api/v1/me", nil).want(t, 200)
	now = now.Add(time.Second)
	b.call(t, b.owner, "GET", "/api/v1/me", nil).want(t, 200)
}

// Guessing tokens is slow, and who guesses slows nobody else down.
func TestStrangersAreLimited(t *testing.T) {
	now := time.Now()
	b := open(t, func(d *api.Deps) { d.Now = func() time.Time { return now } })
	var got [600]int
	for range 500 {
		got[b.call(t, "guess", "GET", "/api/v1/me", nil).status]++
		got[b.call(t, "", "POST", "/api/v1/session", `{"token":"guess"}`).status]++
	}
	if got[401] == 0 || got[429] < 700 || got[401]+got[429] != 1000 {
		t.Errorf("401: %d, 429: %d", got[401], got[429])
	}
	b.call(t, b.owner, "GET", "/api/v1/me", nil).want(t, 200)
}

// TestSlowClientsAreCutOff uses real connections: one that sends a byte now and
// then, and one that does not take what it asked for.
func TestSlowClientsAreCutOff(t *testing.T) {
	b := open(t, func(d *api.Deps) { d.Limits = api.Limits{Patience: 300 * time.Millisecond} })
	s := httptest.NewServer(b.api)
	t.Cleanup(s.Close)
	content := strings.Repeat("0123456789abcdef", 2<<20)
	b.call(t, b.owner, "POST", "/api/v1/files?name=big", content).want(t, 201)
	for _, tc := range []struct{ reason, head string }{
		{"a JSON body that never ends", "POST " + readNotes + " HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nAuthorization: Bearer " + b.owner + "\r\n\r\n{"},
		{"an upload that pauses", "POST /api/v1/files?name=a HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nAuthorization: Bearer " + b.owner + "\r\n\r\nx"},
		{"a download that nobody takes", "GET /api/v1/files/1/content HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer " + b.owner + "\r\n\r\n"},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			c, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.Listener.Addr().String())
			must(t, err)
			defer c.Close()
			began := time.Now()
			_, err = io.WriteString(c, tc.head)
			must(t, err)
			if strings.HasPrefix(tc.head, "GET") {
				<-time.After(1500 * time.Millisecond) // reads nothing meanwhile
			}
			must(t, c.SetReadDeadline(time.Now().Add(20*time.Second)))
			got, err := io.ReadAll(bufio.NewReader(c))
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("it was cut off after %s only (%v)", took, err)
			}
			if len(got) >= len(content) {
				t.Errorf("all %d bytes came", len(got))
			}
		})
	}
}

func TestMetrics(t *testing.T) {
	m := obs.NewMetrics(obs.Build{Version: "v1", Go: "go1"}, func() (uint64, bool) { return 77, true })
	b := open(t, func(d *api.Deps) { d.Telemetry = &obs.Telemetry{Metrics: m} })
	b.call(t, "", "GET", "/metrics", nil).problem(t, 401, "Denied")
	b.call(t, b.token(t, "run"), "GET", "/metrics", nil).problem(t, 403, "Denied")
	b.call(t, b.owner, "GET", "/api/v1/runs/none-such", nil).want(t, 404)
	r := b.call(t, b.token(t, "read"), "GET", "/metrics", nil)
	for _, want := range []string{
		`fairlead_build_info{commit="",go="go1",version="v1"} 1`, "fairlead_disk_free_bytes 77", "go_goroutines ",
		`fairlead_http_requests_total{method="GET",route="GET /api/v1/runs/{run}",status="404"} 1`, `fairlead_http_requests_total{method="GET",route="GET /metrics",status="403"} 1`,
	} {
		if r.status != http.StatusOK || !strings.Contains(string(r.body), want) {
			t.Errorf("%q is missing (status %d)", want, r.status)
		}
	}
	if strings.Contains(string(r.body), "none-such") {
		t.Error("a path became a label")
	}
	public := open(t, func(d *api.Deps) { d.Telemetry, d.MetricsAccess = &obs.Telemetry{Metrics: m}, api.MetricsOpen })
	public.call(t, "", "GET", "/metrics", nil).is(t, 200)
	off := open(t, func(d *api.Deps) { d.Telemetry, d.MetricsAccess = &obs.Telemetry{Metrics: m}, api.MetricsOff })
	off.call(t, off.owner, "GET", "/metrics", nil).problem(t, 404, "NotFound")
}

func TestNotReady(t *testing.T) {
	b := open(t)
	b.call(t, "", "GET", "/readyz", nil).want(t, 200)
	b.api.Drain()
	b.call(t, "", "GET", "/readyz", nil).problem(t, 503, "Unavailable")
	b.call(t, "", "GET", "/healthz", nil).want(t, 200)
	b.call(t, b.owner, "GET", "/api/v1/me", nil).want(t, 200) // requests are still taken
}
