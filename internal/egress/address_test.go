package egress

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/fairlead-io/fairlead/connector"
)

// hostile are addresses that no policy opens, in the forms they can take.
var hostile = []struct{ reason, addr string }{
	{"metadata", "169.254.169.254"},
	{"container credentials", "169.254.170.2"},
	{"link-local, first", "169.254.0.0"},
	{"link-local, last", "169.254.255.255"},
	{"Azure wire server", "168.63.129.16"},
	{"Alibaba metadata", "100.100.100.200"},
	{"Oracle metadata", "192.0.0.192"},
	{"IPv6 link-local", "fe80::1"},
	{"IPv6 link-local, end of range", "febf::1"},
	{"IPv6 link-local with zone", "fe80::1%lo"},
	{"AWS metadata, IPv6", "fd00:ec2::254"},
	{"AWS pod identity, IPv6", "fd00:ec2::23"},
	{"Google metadata, IPv6", "fd20:ce::254"},
	{"Scaleway metadata, IPv6", "fd00:42::42"},
	{"IPv4-mapped", "::ffff:169.254.169.254"},
	{"IPv4-mapped, in hex", "::ffff:a9fe:a9fe"},
	{"IPv4-mapped wire server", "::ffff:168.63.129.16"},
	{"IPv4-compatible", "::169.254.169.254"},
	{"SIIT", "::ffff:0:169.254.169.254"},
	{"NAT64", "64:ff9b::169.254.169.254"},
	{"NAT64 wire server", "64:ff9b::a83f:8110"},
	{"local NAT64, /96", "64:ff9b:1::a9fe:a9fe"},
	{"local NAT64, /48", "64:ff9b:1:a9fe:a9:fe00::"},
	{"local NAT64, /56", "64:ff9b:1:a9:fe:a9fe::"},
	{"local NAT64, /64", "64:ff9b:1:0:a9:fea9:fe00::"},
	{"6to4", "2002:a9fe:a9fe::1"},
	{"Teredo client", "2001:0:4136:e378:8000:63bf:5601:5601"},
	{"Teredo server", "2001:0:a9fe:a9fe::1"},
	{"ISATAP", "2a00::5efe:a9fe:a9fe"},
	{"multicast", "224.0.0.1"},
	{"IPv6 multicast", "ff02::1"},
	{"broadcast", "255.255.255.255"},
}

func TestGuardRefusesHostileAddresses(t *testing.T) {
	g := newGuard(Policy{})
	for _, tc := range hostile {
		e := connector.AsError(g.check(netip.MustParseAddr(tc.addr), false))
		if e == nil || e.Kind != connector.Denied || e.Fix == "" {
			t.Errorf("%s %s: %+v", tc.reason, tc.addr, e)
		}
	}
}

func TestGuardByPolicy(t *testing.T) {
	type verdicts struct{ open, noLoopback, noPrivate, metadata bool }
	for _, tc := range []struct {
		reason, addr string
		want         verdicts // reached under each policy
	}{
		{"public IPv4", "93.184.216.34", verdicts{true, true, true, true}},
		{"public IPv6", "2606:4700::1111", verdicts{true, true, true, true}},
		{"loopback", "127.0.0.1", verdicts{true, false, true, true}},
		{"another loopback", "127.9.9.9", verdicts{true, false, true, true}},
		{"IPv6 loopback", "::1", verdicts{true, false, true, true}},
		{"mapped loopback", "::ffff:127.0.0.1", verdicts{true, false, true, true}},
		{"unspecified, which dials this machine", "0.0.0.0", verdicts{true, false, true, true}},
		{"unspecified IPv6", "::", verdicts{true, false, true, true}},
		{"NAT64 of loopback", "64:ff9b::7f00:1", verdicts{true, false, false, true}},
		{"private 10/8", "10.0.0.1", verdicts{true, true, false, true}},
		{"private 172.16/12", "172.31.255.255", verdicts{true, true, false, true}},
		{"private 192.168/16", "192.168.1.1", verdicts{true, true, false, true}},
		{"shared range", "100.64.0.1", verdicts{true, true, false, true}},
		{"unique local", "fd12::1", verdicts{true, true, false, true}},
		{"6to4 of a private address", "2002:0a00:0001::1", verdicts{true, true, false, true}},
		{"the metadata exception opens this", "169.254.169.254", verdicts{false, false, false, true}},
		{"and this", "fd00:ec2::254", verdicts{false, false, false, true}},
		{"and its mapped form, which is the same address", "::ffff:169.254.169.254", verdicts{false, false, false, true}},
		{"but not a translated one", "64:ff9b::a9fe:a9fe", verdicts{false, false, false, false}},
		{"nor the wire server", "168.63.129.16", verdicts{false, false, false, false}},
		{"nor other link-local addresses", "fe80::1", verdicts{false, false, false, false}},
	} {
		t.Run(tc.reason, func(t *testing.T) {
			addr := netip.MustParseAddr(tc.addr)
			got := verdicts{
				newGuard(Policy{}).check(addr, false) == nil,
				newGuard(Policy{ForbidLoopback: true}).check(addr, false) == nil,
				newGuard(Policy{ForbidPrivate: true}).check(addr, false) == nil,
				newGuard(Policy{}).check(addr, true) == nil,
			}
			if got != tc.want {
				t.Errorf("%s: got %+v, want %+v", tc.addr, got, tc.want)
			}
		})
	}
}

// The rules are in force on real requests, whichever way the address came.
func TestHostileLiteralsNeverReachTheNetwork(t *testing.T) {
	c := newClient(t, Policy{}, connector.HTTPOptions{})
	for _, host := range []string{"169.254.169.254", "[::ffff:169.254.169.254]", "[::ffff:a9fe:a9fe]", "[64:ff9b::a9fe:a9fe]", "168.63.129.16", "[fd00:ec2::254]"} {
		_, _, err := get(t, c, "http://"+host+"/latest/meta-data/")
		if e := connector.AsError(err); e.Kind != connector.Denied || !strings.Contains(e.Message, "must not be reached") {
			t.Errorf("%s: %+v", host, e)
		}
	}
}

func TestNamesAreJudgedByWhatTheyResolveTo(t *testing.T) {
	var hits atomic.Int64
	s := serve(t, func(http.ResponseWriter, *http.Request) { hits.Add(1) })
	port := s.Listener.Addr().(interface{ AddrPort() netip.AddrPort }).AddrPort().Port()
	ns := &nameserver{answers: map[string][]string{
		"metadata.test": {"169.254.169.254"},
		"six.test":      {"fd00:ec2::254"},
		"rebind.test":   {"127.0.0.1", "169.254.169.254"},
		"self.test":     {"127.0.0.1"},
	}}
	res := ns.resolver(t)
	c := newClient(t, Policy{Resolver: res}, connector.HTTPOptions{})
	for _, name := range []string{"metadata.test", "six.test"} {
		_, _, err := get(t, c, fmt.Sprintf("http://%s:%d/", name, port))
		if e := connector.AsError(err); e.Kind != connector.Denied {
			t.Errorf("%s: %+v", name, e)
		}
	}
	// A name that passes once and then turns: the second dial is judged anew.
	rebind := fmt.Sprintf("http://rebind.test:%d/", port)
	if _, _, err := get(t, c, rebind); err != nil || hits.Load() != 1 {
		t.Fatalf("before it turned: %v, %d hits", err, hits.Load())
	}
	c.CloseIdleConnections()
	if _, _, err := get(t, c, rebind); connector.AsError(err).Kind != connector.Denied || hits.Load() != 1 {
		t.Errorf("after it turned: %v, %d hits", err, hits.Load())
	}
	// The same name, server and request: only the policy differs.
	closed := newClient(t, Policy{Resolver: res, ForbidLoopback: true}, connector.HTTPOptions{})
	if _, _, err := get(t, closed, fmt.Sprintf("http://self.test:%d/", port)); connector.AsError(err).Kind != connector.Denied || hits.Load() != 1 {
		t.Errorf("loopback forbidden: %v, %d hits", err, hits.Load())
	}
	if _, _, err := get(t, c, fmt.Sprintf("http://self.test:%d/", port)); err != nil || hits.Load() != 2 {
		t.Errorf("loopback allowed: %v, %d hits", err, hits.Load())
	}
}

func TestLiteral(t *testing.T) {
	for _, tc := range []struct{ host, want string }{
		{"169.254.169.254", "169.254.169.254"},
		{"169.254.169.254.", "169.254.169.254"},
		{"2852039166", "169.254.169.254"},
		{"0xa9fea9fe", "169.254.169.254"},
		{"0XA9.0xfe.43518", "169.254.169.254"},
		{"169.16689662", "169.254.169.254"},
		{"0251.0376.0251.0376", "169.254.169.254"},
		{"127.1", "127.0.0.1"},
		{"0", "0.0.0.0"},
		{"[::1]", "::1"},
		{"fe80::1%eth0", "fe80::1"},
		{"example.com", ""},
		{"1.2.3.4.5", ""},
		{"256.1.1.1", ""},
		{"1.2.3.256", ""},
		{"4294967296", ""},
		{"0b1.0.0.1", ""},
		{"1_0.0.0.1", ""},
		{"", ""},
	} {
		got, ok := literal(tc.host)
		if ok != (tc.want != "") || ok && got.String() != tc.want {
			t.Errorf("%q: %v %v, want %q", tc.host, got, ok, tc.want)
		}
	}
}
