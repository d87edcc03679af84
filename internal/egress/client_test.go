package egress

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

var secretHeaders = []string{"Authorization", "Cookie", "X-Amz-Security-Token", "X-Vault-Token", "X-Custom-Secret"}

// Nothing that was meant for one origin may reach another, on the first hop or
// on a later one, and the redirect itself comes back to be read.
func TestNoRedirectLeavesItsOrigin(t *testing.T) {
	var leaked atomic.Int64
	other := serve(t, func(http.ResponseWriter, *http.Request) { leaked.Add(1) })
	home := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/here":
			http.Redirect(w, r, "/away", http.StatusFound)
		case "/away":
			for _, h := range secretHeaders {
				if r.Header.Get(h) == "" {
					t.Errorf("%s was lost within the origin", h)
				}
			}
			http.Redirect(w, r, other.URL+"/steal", http.StatusTemporaryRedirect)
		case "/port":
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusMovedPermanently)
		case "/name":
			http.Redirect(w, r, strings.Replace(other.URL, "127.0.0.1", "localhost", 1), http.StatusSeeOther)
		}
	})
	c := newClient(t, Policy{}, connector.HTTPOptions{})
	for path, want := range map[string]int{"/away": 307, "/here": 307, "/port": 301, "/name": 303} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, home.URL+path, strings.NewReader("secret body"))
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range secretHeaders {
			req.Header.Set(h, "secret")
		}
		res, err := c.Do(req)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		_ = res.Body.Close()
		if res.StatusCode != want || res.Header.Get("Location") == "" {
			t.Errorf("%s: %s", path, res.Status)
		}
	}
	if leaked.Load() != 0 {
		t.Errorf("the other origin was reached %d times", leaked.Load())
	}
}

func TestRedirectsWithinAnOriginAreFollowedAndBounded(t *testing.T) {
	var got atomic.Value
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/again":
			http.Redirect(w, r, "/again", http.StatusFound)
		case "/put":
			http.Redirect(w, r, "/end", http.StatusTemporaryRedirect)
		case "/end":
			b, _ := io.ReadAll(r.Body)
			got.Store(r.Method + " " + string(b))
		}
	})
	c := newClient(t, Policy{}, connector.HTTPOptions{})
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPut, s.URL+"/put", strings.NewReader("content"))
	res, err := c.Do(req)
	if err != nil || res.StatusCode != http.StatusOK || got.Load() != "PUT content" {
		t.Errorf("followed: %v, %v", got.Load(), err)
	}
	_ = res.Body.Close()
	_, _, err = get(t, c, s.URL+"/again")
	if e := connector.AsError(err); e.Kind != connector.Unavailable || !strings.Contains(e.Message, "in a circle") {
		t.Errorf("a circle: %+v", e)
	}
}

func TestLocalhostNamesDialLoopback(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, r.Host) })
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	// The resolver knows no names at all, so that only the rule can help.
	c := newClient(t, Policy{Resolver: (&nameserver{}).resolver(t)}, connector.HTTPOptions{})
	for _, host := range []string{"localhost", "bucket.localhost", "a.b.LOCALHOST", "bucket.localhost."} {
		body, _, err := get(t, c, "http://"+host+":"+port)
		if err != nil || !strings.HasPrefix(strings.ToLower(body), strings.TrimSuffix(strings.ToLower(host), ".")) {
			t.Errorf("%s: %q, %v", host, body, err)
		}
	}
	if _, _, err := get(t, c, "http://notlocalhost:"+port); err == nil {
		t.Error("a name that only ends so was dialed")
	}
	closed := newClient(t, Policy{ForbidLoopback: true}, connector.HTTPOptions{})
	if _, _, err := get(t, closed, "http://bucket.localhost:"+port); connector.AsError(err).Kind != connector.Denied {
		t.Errorf("with loopback forbidden: %v", err)
	}
}

func TestLocalhostOnIPv6Only(t *testing.T) {
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp6", "[::1]:0")
	if err != nil {
		t.Logf("NOT RUN: localhost on IPv6: %v", err)
		return
	}
	defer func() { _ = l.Close() }()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	e := New(Policy{})
	conn, err := e.DialContext(t.Context(), "tcp", "x.localhost:"+port)
	if err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	if _, err := e.DialContext(t.Context(), "tcp4", "x.localhost:"+port); connector.AsError(err).Kind != connector.Unavailable {
		t.Errorf("tcp4 found the IPv6 server: %v", err)
	}
}

func TestDialContextHoldsToTheRules(t *testing.T) {
	e := New(Policy{})
	for _, tc := range []struct {
		network, addr string
		want          connector.Kind
	}{
		{"tcp", "169.254.169.254:80", connector.Denied},
		{"udp", "127.0.0.1:53", connector.Denied},
		{"tcp", "no port", connector.Unavailable},
	} {
		_, err := e.DialContext(t.Context(), tc.network, tc.addr)
		if got, ok := errors.AsType[*connector.Error](err); !ok || got.Kind != tc.want {
			t.Errorf("%s %s: %v", tc.network, tc.addr, err)
		}
	}
}

func TestClientsOfEqualOptionsShareConnections(t *testing.T) {
	var opened atomic.Int64
	s := serveCounting(t, &opened, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })
	e := New(Policy{})
	t.Cleanup(e.Close)
	for _, o := range []connector.HTTPOptions{{}, {MaxConns: 64}, {ConnectTimeout: 10 * time.Second}} {
		c, err := e.Client(o)
		if err != nil {
			t.Fatal(err)
		}
		for range 5 {
			if _, _, err := get(t, c, s.URL); err != nil {
				t.Fatal(err)
			}
		}
	}
	if opened.Load() != 1 {
		t.Errorf("%d connections for 15 requests of equal options", opened.Load())
	}
}

func TestAsManyConnectionsStayOpenAsAskedFor(t *testing.T) {
	var opened atomic.Int64
	var gate sync.WaitGroup
	s := serveCounting(t, &opened, func(http.ResponseWriter, *http.Request) { gate.Done(); gate.Wait() })
	c := newClient(t, Policy{}, connector.HTTPOptions{MaxConns: 8})
	for round := range 3 {
		gate.Add(8) // every request waits for the other seven, so that each needs a connection
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if _, _, err := get(t, c, s.URL); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if opened.Load() != 8 {
			t.Fatalf("round %d: %d connections", round, opened.Load())
		}
	}
}

func TestPoolsAreBounded(t *testing.T) {
	e := New(Policy{})
	for i := range 3 * maxPools {
		if _, err := e.Client(connector.HTTPOptions{MaxConns: i + 1}); err != nil {
			t.Fatal(err)
		}
		if _, err := e.Client(connector.HTTPOptions{MaxConns: 1}); err != nil { // in use all the time, so it stays
			t.Fatal(err)
		}
	}
	if len(e.pools) != maxPools || len(e.order) != maxPools {
		t.Errorf("%d pools, %d in order", len(e.pools), len(e.order))
	}
	if _, kept := e.pools[connector.HTTPOptions{MaxConns: 1, ConnectTimeout: defaultConnectTimeout}]; !kept {
		t.Error("the pool in use was dropped")
	}
}

func TestBytesComeAsStored(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "%q", r.Header.Values("Accept-Encoding")) })
	body, _, err := get(t, newClient(t, Policy{}, connector.HTTPOptions{}), s.URL)
	if err != nil || body != "[]" {
		t.Errorf("asked for %s, %v", body, err)
	}
}

func TestOptionsThatCannotBeUsed(t *testing.T) {
	for _, tc := range []struct {
		reason string
		o      connector.HTTPOptions
		field  string
		part   string
	}{
		{"no certificate", connector.HTTPOptions{CABundle: "-----BEGIN NONSENSE-----"}, "/caBundle", "holds no certificate"},
		{"negative", connector.HTTPOptions{MaxConns: -1}, "", "must not be negative"},
		{"scheme", connector.HTTPOptions{Proxy: "ftp://u:hunter2@h"}, "/proxy", `scheme "ftp"`},
		{"no host", connector.HTTPOptions{Proxy: "http://u:hunter2@"}, "/proxy", "not a URL"},
		{"control character", connector.HTTPOptions{Proxy: "http://u:hunter2\x01@h"}, "/proxy", "not a URL"},
		{"raw # in the password", connector.HTTPOptions{Proxy: "http://u:hunter2#x@h"}, "/proxy", ""},
		{"a path", connector.HTTPOptions{Proxy: "http://h:1/hunter2"}, "/proxy", "goes on"},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			_, err := New(Policy{}).Client(tc.o)
			e := connector.AsError(err)
			if e == nil || e.Kind != connector.Invalid || e.Field != tc.field || e.Fix == "" || !strings.Contains(e.Message, tc.part) {
				t.Errorf("got %+v", e)
			}
			if strings.Contains(fmt.Sprintf("%v %+v", err, e), "hunter2") {
				t.Errorf("the password shows: %v", err)
			}
		})
	}
}
