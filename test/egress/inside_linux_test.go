package egress

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/fairlead-io/fairlead/connector"
	"github.com/fairlead-io/fairlead/connectors/aws/s3"
	"github.com/fairlead-io/fairlead/internal/egress"
	"github.com/fairlead-io/fairlead/internal/run"
	"github.com/fairlead-io/fairlead/internal/run/runtest"
)

// target is a hostile address. closed targets are reached unless the settings
// forbid them; the others never are.
type target struct {
	what, addr string
	closed     bool
}

func targets() []target {
	var out []target
	add := func(what string, closed bool, addrs ...string) {
		for _, a := range addrs {
			out = append(out, target{what, a, closed})
		}
	}
	add("instance metadata", false, "169.254.169.254", "169.254.170.2", "169.254.170.23", "169.254.0.1", "169.254.255.254", "169.254.169.123",
		"169.254.169.249", "169.254.169.250", "169.254.169.251", "169.254.169.253", "169.254.42.42", "169.254.1.1", "169.254.3.3", "169.254.0.23", "169.254.10.10", "169.254.128.1", "169.254.200.200", "169.254.254.1",
		"fd00:ec2::123", "fd00:ec2::253", "fd00:ec2:ffff::1", "fd20:ce::1", "fd00:ec2::254", "fd00:ec2::23", "fd00:ec2::1", "fd20:ce::254", "fd00:42::42")
	add("a cloud's own host", false, "168.63.129.16", "100.100.100.200", "192.0.0.192")
	add("link-local", false, "fe80::1%lo", "fe80::a9fe:a9fe%lo", "fe90::1%lo", "fea0::1%lo", "fe80::ffff%lo", "febf::1%lo")
	add("this machine", true, "127.0.0.1", "127.0.0.2", "127.1.2.3", "127.255.255.254", "0.0.0.0", "::1", "::")
	add("private", true, "10.0.0.1", "10.255.255.254", "172.16.0.1", "172.31.255.254", "192.168.0.1", "192.168.255.254", "fd12:3456::1", "fc00::1")
	add("shared", true, "100.64.0.1", "100.127.255.254")
	add("documentation and tests", true, "192.0.2.1", "198.51.100.1", "198.18.0.1", "198.19.255.254", "2001:db8::1")
	add("reserved", true, "240.0.0.1", "192.88.99.1")
	return out
}

// forms are other ways to write an IPv4 address: as IPv6 addresses that stand
// for it.
func forms(a netip.Addr) []string {
	if !a.Is4() {
		return nil
	}
	b := a.As4()
	hi, lo := uint16(b[0])<<8|uint16(b[1]), uint16(b[2])<<8|uint16(b[3])
	return []string{
		"::ffff:" + a.String(),
		fmt.Sprintf("::ffff:%x:%x", hi, lo),
		fmt.Sprintf("0:0:0:0:0:ffff:%x:%x", hi, lo),
		fmt.Sprintf("::ffff:0:%x:%x", hi, lo),
		fmt.Sprintf("64:ff9b::%x:%x", hi, lo),
		fmt.Sprintf("64:ff9b:1::%x:%x", hi, lo),
		fmt.Sprintf("2002:%x:%x::1", hi, lo),
		fmt.Sprintf("2001:0:%x:%x::1", hi, lo),
		fmt.Sprintf("2001:0:4136:e378:8000:63bf:%x:%x", ^hi, ^lo),
		fmt.Sprintf("2a00::5efe:%x:%x", hi, lo),
	}
}

// words are forms of an IPv4 address that resolvers and proxies take for one.
func words(a netip.Addr) []string {
	if !a.Is4() {
		return nil
	}
	b := a.As4()
	n := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	return []string{
		fmt.Sprint(n), fmt.Sprintf("0x%x", n), fmt.Sprintf("0%o.0%o.0%o.0%o", b[0], b[1], b[2], b[3]),
		fmt.Sprintf("0x%x.0x%x.0x%x.0x%x", b[0], b[1], b[2], b[3]), fmt.Sprintf("%d.%d", b[0], n&0xffffff), a.String() + ".",
	}
}

// get is an attack's attempt; what comes of it does not matter.
type get func(url string)

// way is how an attacker brings an address in. It gives how many attempts it made.
type way struct {
	name string
	try  func(w *world, get get, viaProxy func(proxy string) get, t target) int
}

func ways() []way {
	return []way{
		{"literal", func(w *world, get get, _ func(string) get, t target) int {
			get(w.url(t.addr))
			return 1
		}},
		{"DNS", func(w *world, get get, _ func(string) get, t target) int {
			get(w.url(w.name(t.addr)))
			get(w.url(w.name(good, t.addr))) // one of several addresses
			return 2
		}},
		{"rebinding", func(w *world, get get, _ func(string) get, t target) int {
			name := w.turning(good, t.addr)
			get(w.url(name)) // while it is harmless
			get(w.url(name))
			return 1
		}},
		{"redirect", func(w *world, get get, _ func(string) get, t target) int {
			get(w.url(good) + "?to=" + w.url(t.addr))
			get(w.url(good) + "?to=" + w.url(w.name(t.addr)))
			name := w.turning(good, t.addr)
			get(w.url(name) + "?to=" + w.url(name)) // to itself, and the name turns
			return 3
		}},
		{"IPv6 forms", func(w *world, get get, _ func(string) get, t target) int {
			list := forms(plain(t.addr))
			for _, f := range list {
				get(w.url(f))
				get(w.url(w.name(f)))
			}
			if len(list) == 0 { // an IPv6 address, written out
				get(w.url(netip.MustParseAddr(t.addr).StringExpanded()))
				return 1
			}
			return 2 * len(list)
		}},
		{"proxy", func(w *world, _ get, viaProxy func(string) get, t target) int {
			list := append(append([]string{t.addr}, words(plain(t.addr))...), forms(plain(t.addr))...)
			through := viaProxy(w.proxy)
			for _, f := range list {
				through(w.url(f))
			}
			viaProxy("http://" + w.host(t.addr))(w.url(good)) // the proxy itself is the address
			return len(list) + 1
		}},
	}
}

func plain(text string) netip.Addr { return netip.MustParseAddr(text).WithZone("") }

// attack tries every way on every target and tells how many targets of each way
// were reached.
func attack(t *testing.T, w *world, list []target, get get, viaProxy func(string) get) (reached map[string]int, attempts int) {
	t.Helper()
	reached = map[string]int{}
	for _, way := range ways() {
		for _, tgt := range list {
			w.forget()
			attempts += way.try(w, get, viaProxy, tgt)
			if len(w.hits()) > 0 {
				reached[way.name]++
			}
		}
	}
	return reached, attempts
}

func never() (out []target) {
	for _, t := range targets() {
		if !t.closed {
			out = append(out, t)
		}
	}
	return out
}

// TestInsideHostileAddresses first lets a client without rules show that the
// listeners see what they should see.
func TestInsideHostileAddresses(t *testing.T) {
	if outside() {
		return
	}
	w := newWorld(t)
	all := targets()
	careless := func(o connector.HTTPOptions) get { return getter(t, &http.Client{Transport: bare(w, o.Proxy)}) }
	planted, _ := attack(t, w, all, careless(connector.HTTPOptions{}), func(p string) get { return careless(connector.HTTPOptions{Proxy: p}) })
	for _, way := range ways() {
		if n := planted[way.name]; n < len(all)*8/10 {
			t.Errorf("planted: only %d of %d targets were reached by %s, so that the harness shows nothing", n, len(all), way.name)
		}
	}
	fmt.Printf("FIGURE: egress, planted: a client without rules reached %v of %d addresses\n", planted, len(all))
	for _, tc := range []struct {
		what    string
		policy  egress.Policy
		targets []target
	}{
		{"default settings", egress.Policy{Resolver: w.resolver}, never()},
		{"loopback and private forbidden", egress.Policy{Resolver: w.resolver, ForbidLoopback: true, ForbidPrivate: true}, all},
	} {
		e := egress.New(tc.policy)
		client := func(o connector.HTTPOptions) get {
			c, err := e.Client(o)
			if err != nil {
				t.Fatal(err)
			}
			return getter(t, c)
		}
		reached, attempts := attack(t, w, tc.targets, client(connector.HTTPOptions{}), func(p string) get { return client(connector.HTTPOptions{Proxy: p}) })
		sum := 0
		for name, n := range reached {
			sum += n
			t.Errorf("%s: %d addresses reached by %s", tc.what, n, name)
		}
		fmt.Printf("FIGURE: egress, %s: %d hostile addresses x %d ways, %d attempts, %d reached\n", tc.what, len(tc.targets), len(ways()), attempts, sum)
		e.Close()
	}
}

// TestInsideMetadataException: a client of a credential provider reaches the
// machine's metadata, directly even where a proxy is set, and nothing else that
// others may not; a client that is not one reaches none of it.
func TestInsideMetadataException(t *testing.T) {
	if outside() {
		return
	}
	w := newWorld(t)
	e := egress.New(egress.Policy{Resolver: w.resolver})
	opened := 0
	for _, tgt := range never() {
		w.forget()
		for _, o := range []connector.HTTPOptions{{Metadata: true}, {Metadata: true, Proxy: w.proxy}} {
			c, err := e.Client(o)
			if err != nil {
				t.Fatal(err)
			}
			getter(t, c)(w.url(tgt.addr))
		}
		want := 0
		if tgt.what == "instance metadata" {
			want = 2
		}
		if got := len(w.hits()); got != want {
			t.Errorf("%s: reached %d times with the exception, want %d", tgt.addr, got, want)
		}
		opened += want / 2
		if want > 0 { // forms that stand for it stay shut
			w.forget()
			c, _ := e.Client(connector.HTTPOptions{Metadata: true})
			for _, f := range forms(plain(tgt.addr))[min(3, len(forms(plain(tgt.addr)))):] {
				getter(t, c)(w.url(f))
			}
			if hits := w.hits(); len(hits) != 0 {
				t.Errorf("%s: its forms were reached: %v", tgt.addr, hits)
			}
		}
	}
	w.forget()
	c, _ := e.Client(connector.HTTPOptions{})
	for _, tgt := range never() {
		getter(t, c)(w.url(tgt.addr))
	}
	if len(w.hits()) != 0 {
		t.Errorf("without the exception: %v", w.hits())
	}
	fmt.Printf("FIGURE: egress, metadata exception: %d addresses opened with it, 0 without\n", opened)
}

// TestInsideWholePath gives hostile endpoints to a connection, as a user would.
func TestInsideWholePath(t *testing.T) {
	if outside() {
		return
	}
	w := newWorld(t)
	e := egress.New(egress.Policy{Resolver: w.resolver, ForbidLoopback: true, ForbidPrivate: true})
	b := runtest.New(t, runtest.Options{Integrations: []*connector.Integration{s3.Integration()}, HTTP: e.Client})
	for i, tgt := range targets() {
		if strings.Contains(tgt.addr, "%") {
			continue // a zone is no part of an endpoint URL
		}
		w.forget()
		name := fmt.Sprint("c", i)
		b.Connect(t, "aws-s3", name, map[string]any{"accessKey": "AKIAEXAMPLE", "secretKey": "example-secret", "defaultRegionName": "us-east-1", "endpointUrl": w.url(tgt.addr)})
		rec, err := b.Run(t.Context(), b.Owner, run.Request{Integration: "aws-s3", Command: "test-connection", Connection: name, Origin: "test"})
		if err != nil || rec.Error == nil || rec.Error.Kind != connector.Denied {
			t.Errorf("%s: %v %+v", tgt.addr, err, rec)
		}
		if hits := w.hits(); len(hits) != 0 {
			t.Errorf("%s was reached: %v", tgt.addr, hits)
		}
	}
}
