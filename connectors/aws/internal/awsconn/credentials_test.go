package awsconn

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/internal/egress"
	"github.com/fairlead-io/fairlead/internal/sandbox/s3sim"
)

const flows = "arn:aws:iam::123456789012:role/flows"

// clock is a time that the test moves.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func env(now func() time.Time) connector.Env {
	return connector.Env{
		HTTP: egress.New(egress.Policy{}).Client, Now: now, Log: slog.New(slog.DiscardHandler),
		LookupEnv: func(string) (string, bool) { return "", false }, NewID: func() string { return "id" },
	}
}

func sim(t *testing.T) *s3sim.Server {
	t.Helper()
	s, err := s3sim.Start(t.Context(), s3sim.Options{
		Dir: t.TempDir(), AccessKey: "AKIASANDBOX", Roles: []s3sim.Role{{ARN: flows, Trusted: []string{"AKIASANDBOX"}, Allow: s3sim.AllowActions("*")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func simConn(t *testing.T, s *s3sim.Server, now func() time.Time) *Conn {
	t.Helper()
	c, err := Open(env(now), Config{Region: "us-east-1", AccessKey: s.AccessKey(), SecretKey: s.SecretKey(), EndpointURL: s.Endpoint(), Timeout: 5 * time.Second, Concurrency: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func assumptions(s *s3sim.Server) int {
	n := 0
	for _, r := range s.Requests() {
		if r.Operation == "AssumeRole" {
			n++
		}
	}
	return n
}

// A role is assumed once per role, session and duration, and again five
// minutes before its session ends.
func TestRolesAreKept(t *testing.T) {
	s := sim(t)
	ck := &clock{t: time.Now()}
	c := simConn(t, s, ck.now)
	r := Role{ARN: flows, Session: "mine", Duration: time.Hour}
	get := func(r Role) string {
		t.Helper()
		cr, err := c.Credentials(r).Retrieve(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return cr.AccessKeyID
	}
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() { _, _ = c.Credentials(r).Retrieve(t.Context()) })
	}
	wg.Wait()
	first := get(r)
	if n := assumptions(s); n != 1 {
		t.Errorf("20 callers made %d sessions", n)
	}
	ck.pass(54 * time.Minute)
	if got := get(r); got != first {
		t.Error("a session was renewed early")
	}
	ck.pass(2 * time.Minute)
	if got := get(r); got == first {
		t.Error("a session with four minutes left was kept")
	}
	get(Role{ARN: flows, Session: "other", Duration: time.Hour})
	get(Role{ARN: flows, Session: "mine", Duration: 30 * time.Minute})
	if n := assumptions(s); n != 4 {
		t.Errorf("%d sessions, want 4", n)
	}
	if who := c.CallerIdentity(t.Context(), c.Credentials(r)); !strings.HasSuffix(who, ":assumed-role/flows/mine") {
		t.Errorf("identity %q", who)
	}
}

func TestWaitingForARoleCanBeCanceled(t *testing.T) {
	c := simConn(t, sim(t), time.Now)
	a := c.Credentials(Role{ARN: flows, Session: "mine", Duration: time.Hour}).(*assumed)
	a.turn <- struct{}{} // somebody else is at it
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := a.Retrieve(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestSessionNames(t *testing.T) {
	for id, want := range map[string]string{"0198": "fairlead-0198", strings.Repeat("x", 80): "fairlead-" + strings.Repeat("x", 55)} {
		if got := SessionName(id); got != want {
			t.Errorf("%q", got)
		}
	}
}

// Nothing moving for the timeout ends a request; a slow one that moves lives.
func TestStalls(t *testing.T) {
	stop := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f := http.NewResponseController(w)
		for range 6 {
			_, _ = io.WriteString(w, "x")
			_ = f.Flush()
			select {
			case <-time.After(100 * time.Millisecond):
			case <-r.Context().Done():
				return
			}
		}
		if r.URL.Path == "/stalls" {
			select {
			case <-stop:
			case <-r.Context().Done():
			}
		}
	}))
	defer srv.Close()
	defer close(stop)
	client, err := egress.New(egress.Policy{}).Client(connector.HTTPOptions{})
	if err != nil {
		t.Fatal(err)
	}
	c := &stallClient{next: client, limit: 400 * time.Millisecond}
	read := func(path string) (string, error) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := c.Do(req)
		if err != nil {
			return "", err
		}
		defer resp.Body.Close()
		raw, err := io.ReadAll(resp.Body)
		return string(raw), err
	}
	if got, err := read("/slow"); got != "xxxxxx" || err != nil {
		t.Errorf("slow but moving: %q, %v", got, err)
	}
	got, err := read("/stalls")
	if e := connector.AsError(err); got != "xxxxxx" || e == nil || e.Kind != connector.Timeout || !strings.Contains(e.Message, "nothing for 400ms") {
		t.Errorf("stalled: %q, %v", got, err)
	}
}
