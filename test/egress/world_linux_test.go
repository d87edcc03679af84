package egress

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// good is an address that every policy lets through.
const good = "93.184.216.34"

// world is a listener at every address, a DNS server and a proxy that goes
// wherever it is told to.
type world struct {
	port, proxy string
	resolver    *net.Resolver
	mu          sync.Mutex
	seen        []string
	zone        map[string]*answers
	next        int
}

// answers are the addresses of a name, one set after the other; the last stays.
type answers struct {
	sets  [][]netip.Addr
	asked int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{zone: map[string]*answers{}}
	l := listen(t, "[::]:0")
	_, w.port, _ = net.SplitHostPort(l.Addr().String())
	serve(t, &http.Server{Handler: http.HandlerFunc(answer), ConnState: w.accepted, ReadHeaderTimeout: time.Minute}, l)
	p := listen(t, "127.0.0.1:0")
	serve(t, &http.Server{Handler: http.HandlerFunc(relay), ReadHeaderTimeout: time.Minute}, p)
	// The proxy is at a public address, so that no policy refuses it.
	_, port, _ := net.SplitHostPort(p.Addr().String())
	pub := listen(t, "93.184.216.35:"+port)
	serve(t, &http.Server{Handler: http.HandlerFunc(relay), ReadHeaderTimeout: time.Minute}, pub)
	w.proxy = "http://93.184.216.35:" + port
	w.serveDNS(t)
	return w
}

func listen(t *testing.T, addr string) net.Listener {
	t.Helper()
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func serve(t *testing.T, s *http.Server, l net.Listener) {
	t.Helper()
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close() })
}

// answer redirects where it is asked to.
func answer(w http.ResponseWriter, r *http.Request) {
	if to := r.URL.Query().Get("to"); to != "" {
		http.Redirect(w, r, to, http.StatusTemporaryRedirect)
		return
	}
	w.Header().Set("Connection", "close") // so that a name is looked up again
}

// relay is a forward proxy without a rule.
func relay(w http.ResponseWriter, r *http.Request) {
	out := r.Clone(r.Context())
	out.RequestURI = ""
	host := out.URL.Hostname()
	if a, ok := old(host); ok { // as a proxy in C would read it
		out.URL.Host = net.JoinHostPort(a.String(), out.URL.Port())
	}
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(out)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer res.Body.Close()
	w.WriteHeader(res.StatusCode)
	_, _ = io.Copy(w, res.Body)
}

// old reads numbers and octal as inet_aton does, for the few forms used here.
func old(host string) (netip.Addr, bool) {
	host = strings.TrimSuffix(host, ".")
	if a, err := netip.ParseAddr(host); err == nil {
		return a, true
	}
	parts := strings.Split(host, ".")
	var n uint64
	for i, p := range parts {
		var v uint64
		if _, err := fmt.Sscanf(p, "%v", &v); err != nil {
			return netip.Addr{}, false
		}
		bits := 8
		if i == len(parts)-1 {
			bits = 8 * (5 - len(parts))
		}
		n = n<<bits | v
	}
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}), true
}

// accepted notes the address that a connection came to.
func (w *world) accepted(c net.Conn, s http.ConnState) {
	if s != http.StateNew {
		return
	}
	ap, err := netip.ParseAddrPort(c.LocalAddr().String())
	if err == nil && ap.Addr().Unmap().String() == good {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = append(w.seen, c.LocalAddr().String())
}

func (w *world) forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = nil
}

func (w *world) hits() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]string(nil), w.seen...)
}

func (w *world) host(host string) string {
	return net.JoinHostPort(strings.Replace(host, "%", "%25", 1), w.port)
}

func (w *world) url(host string) string { return "http://" + w.host(host) + "/" }

// name gives a name of addresses; turning one that changes after it was asked for.
func (w *world) name(addrs ...string) string { return w.define(addrs) }

func (w *world) turning(first, then string) string { return w.define([]string{first}, []string{then}) }

func (w *world) define(sets ...[]string) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.next++
	name := fmt.Sprintf("n%d.test", w.next)
	a := &answers{}
	for _, set := range sets {
		var addrs []netip.Addr
		for _, text := range set {
			addrs = append(addrs, plain(text))
		}
		a.sets = append(a.sets, addrs)
	}
	w.zone[name] = a
	return name
}

func (w *world) serveDNS(t *testing.T) {
	t.Helper()
	var lc net.ListenConfig
	pc, err := lc.ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pc.Close() })
	w.resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", pc.LocalAddr().String())
	}}
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := pc.ReadFrom(buf)
			if err != nil {
				return
			}
			if out := w.resolve(buf[:n]); out != nil {
				_, _ = pc.WriteTo(out, from)
			}
		}
	}()
}

func (w *world) resolve(raw []byte) []byte {
	var m dnsmessage.Message
	if m.Unpack(raw) != nil || len(m.Questions) != 1 {
		return nil
	}
	q := m.Questions[0]
	m.Response, m.Additionals = true, nil
	w.mu.Lock()
	defer w.mu.Unlock()
	a := w.zone[strings.TrimSuffix(q.Name.String(), ".")]
	if a == nil {
		m.RCode = dnsmessage.RCodeNameError
		out, _ := m.Pack()
		return out
	}
	h := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class}
	// A look-up asks for A and AAAA: both get the same set.
	for _, addr := range a.sets[min(a.asked/2, len(a.sets)-1)] {
		switch {
		case q.Type == dnsmessage.TypeA && addr.Is4():
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AResource{A: addr.As4()}})
		case q.Type == dnsmessage.TypeAAAA && !addr.Is4():
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: &dnsmessage.AAAAResource{AAAA: addr.As16()}})
		}
	}
	a.asked++
	out, _ := m.Pack()
	return out
}

// bare is what every HTTP client does by itself.
func bare(w *world, proxy string) *http.Transport {
	d := &net.Dialer{Timeout: 2 * time.Second, Resolver: w.resolver}
	t := &http.Transport{DialContext: d.DialContext, DisableKeepAlives: true}
	if proxy != "" {
		u, err := url.Parse(proxy)
		if err != nil {
			panic(err)
		}
		t.Proxy = http.ProxyURL(u)
	}
	return t
}

func getter(t *testing.T, c *http.Client) get {
	return func(url string) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := c.Do(req)
		if err != nil {
			return
		}
		_, _ = io.Copy(io.Discard, res.Body)
		res.Body.Close()
	}
}
