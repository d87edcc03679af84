package egress

import (
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

// forwardProxy is a working HTTP proxy with a password. It notes what it was
// asked to reach and, so that nothing leaves the machine, dials target for all.
type forwardProxy struct {
	target string
	mu     sync.Mutex
	asked  []string
}

const proxyPassword = "pr0xy p@ss"

func (p *forwardProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte("user:"+proxyPassword))
	if r.Header.Get("Proxy-Authorization") != want {
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	}
	p.mu.Lock()
	p.asked = append(p.asked, r.Host)
	p.mu.Unlock()
	if strings.HasPrefix(r.Host, "forbidden") {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	var d net.Dialer
	up, err := d.DialContext(r.Context(), "tcp", p.target)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer func() { _ = up.Close() }()
	down, buf, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = down.Close() }()
	if r.Method == http.MethodConnect {
		_, _ = io.WriteString(down, "HTTP/1.1 200 OK\r\n\r\n")
	} else {
		r.Header.Del("Proxy-Authorization")
		_ = r.Write(up)
	}
	go func() { _, _ = io.Copy(up, buf) }()
	_, _ = io.Copy(down, up)
}

func (p *forwardProxy) hosts() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.asked, " ")
}

func proxyURL(scheme, host, password string) string {
	u := url.URL{Scheme: scheme, Host: host, User: url.UserPassword("user", password)}
	return u.String()
}

func hostOf(t *testing.T, raw string) string {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

func TestThroughAProxy(t *testing.T) {
	ca := newAuthority(t)
	hello := func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Proxy-Authorization") != "" {
			t.Error("the proxy's password reached the server")
		}
		_, _ = io.WriteString(w, "hello from "+r.Host)
	}
	plain := serve(t, hello)
	secure := serveTLS(t, ca.issue(t, time.Unix(1<<33, 0), "secure.test", "127.0.0.1"), 0, hello)
	for _, tc := range []struct{ reason, proxyScheme, server, url string }{
		{"http, by name that only the proxy can look up", "http", plain.URL, "http://plain.test/"},
		{"https, through a tunnel", "http", secure.URL, "https://secure.test/"},
		{"https, through a proxy that itself speaks TLS", "https", secure.URL, "https://secure.test/"},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			p := &forwardProxy{target: hostOf(t, tc.server)}
			addr := hostOf(t, serve(t, p.ServeHTTP).URL)
			if tc.proxyScheme == "https" {
				addr = hostOf(t, serveTLS(t, ca.issue(t, time.Unix(1<<33, 0), "127.0.0.1"), 0, p.ServeHTTP).URL)
			}
			c := newClient(t, Policy{}, connector.HTTPOptions{Proxy: proxyURL(tc.proxyScheme, addr, proxyPassword), CABundle: ca.pem})
			body, _, err := get(t, c, tc.url)
			if err != nil || body != "hello from "+hostOf(t, tc.url) || !strings.Contains(p.hosts(), ".test") {
				t.Errorf("%q, proxy was asked for %q, %v", body, p.hosts(), err)
			}
		})
	}
}

func TestHostileAddressesDoNotGoThroughAProxy(t *testing.T) {
	target := serve(t, func(http.ResponseWriter, *http.Request) {})
	p := &forwardProxy{target: hostOf(t, target.URL)}
	proxy := proxyURL("http", hostOf(t, serve(t, p.ServeHTTP).URL), proxyPassword)
	c := newClient(t, Policy{}, connector.HTTPOptions{Proxy: proxy})
	hosts := []string{"2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.16689662", "169.254.169.254.", "metadata.google.internal", "METADATA.google.internal."}
	for _, h := range hostile {
		host, _, _ := strings.Cut(h.addr, "%")
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		hosts = append(hosts, host)
	}
	for _, host := range hosts {
		for _, scheme := range []string{"http://", "https://"} {
			_, _, err := get(t, c, scheme+host+"/")
			if e := connector.AsError(err); e.Kind != connector.Denied {
				t.Errorf("%s%s: %+v", scheme, host, e)
			}
		}
	}
	if p.hosts() != "" {
		t.Errorf("the proxy was asked for %s", p.hosts())
	}
	// The same client reaches what is allowed, so the silence above means something.
	if _, _, err := get(t, c, "http://fine.test/"); err != nil || p.hosts() != "fine.test" {
		t.Errorf("%q, %v", p.hosts(), err)
	}
	closed := newClient(t, Policy{ForbidLoopback: true}, connector.HTTPOptions{Proxy: proxy})
	if _, _, err := get(t, closed, "http://fine.test/"); connector.AsError(err).Kind != connector.Denied {
		t.Errorf("a proxy on a forbidden address: %v", err)
	}
	for _, host := range []string{"127.1", "x.localhost"} {
		if err := admit(t, closed, "http://"+host); connector.AsError(err).Kind != connector.Denied {
			t.Errorf("%s through a proxy with loopback forbidden: %v", host, err)
		}
	}
}

func admit(t *testing.T, c *http.Client, raw string) error {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, raw, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Transport.(*transport).admit(req)
	return err
}

// A body given to a request that is refused must still be closed.
func TestARefusedRequestClosesItsBody(t *testing.T) {
	p := &forwardProxy{}
	c := newClient(t, Policy{}, connector.HTTPOptions{Proxy: serve(t, p.ServeHTTP).URL})
	closed := make(chan struct{})
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodPut, "http://169.254.169.254/", closeNoter{closed})
	if _, err := c.Do(req); connector.AsError(err).Kind != connector.Denied {
		t.Errorf("got %v", err)
	}
	select {
	case <-closed:
	default:
		t.Error("the body stayed open")
	}
}

type closeNoter struct{ closed chan struct{} }

func (closeNoter) Read([]byte) (int, error) { return 0, io.EOF }
func (c closeNoter) Close() error           { close(c.closed); return nil }

func TestProxyErrorsNameTheProxyAndHideItsPassword(t *testing.T) {
	target := serve(t, func(http.ResponseWriter, *http.Request) {})
	p := &forwardProxy{target: hostOf(t, target.URL)}
	up := hostOf(t, serve(t, p.ServeHTTP).URL)
	stray := hostOf(t, serveRaw(t, func(c net.Conn) {
		_, _ = c.Read(make([]byte, 4096))
		_, _ = io.WriteString(c, "SSH-2.0-"+base64.StdEncoding.EncodeToString([]byte("user:"+proxyPassword))+"\r\n")
	}))
	down := nobody
	wrong := "wr0ng p@ss"
	for _, tc := range []struct {
		reason, proxy, url string
		kind               connector.Kind
		part               string
	}{
		{"wrong password, http", proxyURL("http", up, wrong), "http://x.test/", connector.Denied, "The proxy " + up + " refused the request: 407"},
		{"wrong password, tunnel", proxyURL("http", up, wrong), "https://x.test/", connector.Denied, "The proxy " + up + " refused the request: 407"},
		{"refused by the proxy's rules", proxyURL("http", up, proxyPassword), "https://forbidden.test/", connector.Denied, "403 Forbidden"},
		{"proxy is down", proxyURL("http", down, proxyPassword), "https://x.test/", connector.Unavailable, "The proxy " + down + " cannot be reached: connection refused."},
		{"proxy does not exist", proxyURL("http", "no-proxy.test:1", proxyPassword), "http://x.test/", connector.Unavailable, `The host name "no-proxy.test" does not exist.`},
		{"proxy has no TLS", proxyURL("https", up, proxyPassword), "http://x.test/", connector.Unavailable, "does not speak TLS"},
		{"not a proxy, and it repeats the password", proxyURL("http", stray, proxyPassword), "https://x.test/", connector.Unavailable, "SSH-2.0-" + connector.Redacted},
		{"proxy at the metadata address", proxyURL("http", "169.254.169.254:80", proxyPassword), "http://x.test/", connector.Denied, "169.254.169.254"},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			c := newClient(t, Policy{Resolver: (&nameserver{}).resolver(t)}, connector.HTTPOptions{Proxy: tc.proxy})
			_, _, err := get(t, c, tc.url)
			e := connector.AsError(err)
			if e == nil || e.Kind != tc.kind || !strings.Contains(e.Message, tc.part) || e.Fix == "" {
				t.Errorf("got %+v", e)
			}
			all := fmt.Sprintf("%v|%+v|%s|%v", err, *e, e.Fix, e.Err)
			for _, secret := range []string{proxyPassword, wrong, url.QueryEscape(proxyPassword), "p%40ss", base64.StdEncoding.EncodeToString([]byte("user:" + proxyPassword))} {
				if strings.Contains(all, secret) {
					t.Errorf("%q shows in %s", secret, all)
				}
			}
		})
	}
}

func TestTheEnvironmentsProxy(t *testing.T) {
	target := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })
	p := &forwardProxy{target: hostOf(t, target.URL)}
	proxy := proxyURL("http", hostOf(t, serve(t, p.ServeHTTP).URL), proxyPassword)
	env := map[string]string{"HTTP_PROXY": proxy, "NO_PROXY": "direct.test"}
	ns := &nameserver{answers: map[string][]string{"direct.test": {"127.0.0.1"}}}
	c := newClient(t, Policy{Resolver: ns.resolver(t), LookupEnv: func(k string) (string, bool) { v, ok := env[k]; return v, ok }}, connector.HTTPOptions{})
	_, port, _ := net.SplitHostPort(hostOf(t, target.URL))
	for _, tc := range []struct {
		host     string
		viaProxy bool
	}{{"far.test", true}, {"direct.test", false}, {"bucket.localhost", false}, {"127.0.0.1", false}} {
		p.mu.Lock()
		p.asked = nil
		p.mu.Unlock()
		body, _, err := get(t, c, "http://"+tc.host+":"+port)
		if err != nil || body != "ok" || (p.hosts() != "") != tc.viaProxy {
			t.Errorf("%s: %q, the proxy was asked for %q, %v", tc.host, body, p.hosts(), err)
		}
	}
	without := newClient(t, Policy{Resolver: ns.resolver(t)}, connector.HTTPOptions{})
	if _, _, err := get(t, without, "http://far.test/"); connector.AsError(err).Kind != connector.Unavailable {
		t.Errorf("a policy that reads no environment: %v", err)
	}
}

// A proxy would answer the metadata address with its own machine's credentials.
func TestTheMetadataExceptionPassesProxiesBy(t *testing.T) {
	for _, tc := range []struct {
		metadata bool
		host     string
		direct   bool
	}{
		{true, "169.254.169.254", true},
		{true, "[fd00:ec2::254]", true},
		{true, "s3.example.com", false},
		{false, "s3.example.com", false},
	} {
		p, err := newProxies(connector.HTTPOptions{Proxy: "http://proxy.test:1", Metadata: tc.metadata}, nil)
		if err != nil {
			t.Fatal(err)
		}
		u, err := p.choose(&url.URL{Scheme: "http", Host: tc.host})
		if err != nil || (u == nil) != tc.direct {
			t.Errorf("%+v: %v, %v", tc, u, err)
		}
	}
}
