package egress

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/fairlead-io/fairlead/connector"
)

func TestHostsOfAConnection(t *testing.T) {
	var hits atomic.Int64
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		hits.Add(1)
		if r.URL.Path == "/away" {
			http.Redirect(w, r, "http://localhost"+r.URL.Query().Get("port")+"/", http.StatusFound)
		}
	})
	port := s.URL[strings.LastIndex(s.URL, ":"):]
	for _, tc := range []struct {
		reason, hosts, url string
		reached            bool
	}{
		{"no list", "", s.URL, true},
		{"the address", "127.0.0.1", s.URL, true},
		{"the address in another form", "127.0.0.1", "http://[::ffff:127.0.0.1]" + port, true},
		{"address and port", "127.0.0.1" + port, s.URL, true},
		{"another port", "127.0.0.1:1", s.URL, false},
		{"another address", "127.0.0.2", s.URL, false},
		{"a name", "localhost", "http://LOCALHOST." + port, true},
		{"a name is not its address", "localhost", s.URL, false},
		{"below a name", "*.localhost", "http://a.localhost" + port, true},
		{"the pattern is of the whole name", "*.localhost", "http://localhost" + port, false},
		{"one of many", "example.com,127.0.0.1", s.URL, true},
		{"a redirect to another host is handed back, not followed", "127.0.0.1", s.URL + "/away?port=" + port, true},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			before := hits.Load()
			_, _, err := get(t, newClient(t, Policy{}, connector.HTTPOptions{Hosts: tc.hosts}), tc.url)
			if reached := hits.Load() == before+1; reached != tc.reached || (err == nil) != tc.reached {
				t.Errorf("reached: %v, error %v", reached, err)
			}
			if e := connector.AsError(err); err != nil && (e.Kind != connector.Denied || e.Fix == "") {
				t.Errorf("%+v", e)
			}
		})
	}
}

// A proxy is no way around the list, and need not be on it.
func TestHostsHoldThroughAProxy(t *testing.T) {
	var asked atomic.Int64
	proxy := serve(t, func(http.ResponseWriter, *http.Request) { asked.Add(1) })
	c := newClient(t, Policy{}, connector.HTTPOptions{Hosts: "good.example", Proxy: proxy.URL})
	if _, _, err := get(t, c, "http://bad.example/"); connector.AsError(err).Kind != connector.Denied || asked.Load() != 0 {
		t.Errorf("%v, the proxy was asked %d times", err, asked.Load())
	}
	if _, _, err := get(t, c, "http://good.example/"); err != nil || asked.Load() != 1 {
		t.Errorf("%v, the proxy was asked %d times", err, asked.Load())
	}
}

func TestCheckHosts(t *testing.T) {
	if e := CheckHosts([]string{"a.example", "*.example.com", "10.0.0.1:9000", "[::1]:80", "::1", "host:443"}); e != nil {
		t.Error(e)
	}
	for _, bad := range []string{"", "https://a.example", "a.example/path", "user@host", "a b", "host:port", "[", "a,b"} {
		if e := CheckHosts([]string{bad}); e == nil || e.Kind != connector.Invalid || e.Fix == "" {
			t.Errorf("%q: %+v", bad, e)
		}
	}
}
