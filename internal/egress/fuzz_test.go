package egress

import (
	"net/netip"
	"net/url"
	"testing"
)

// FuzzHosts: no pattern and no host makes the check fail in another way than by
// refusing, and a pattern admits its own text.
func FuzzHosts(f *testing.F) {
	for _, s := range [][2]string{{"*.example.com", "http://a.example.com/"}, {"10.0.0.1:80", "http://0x0a000001/"}, {"[::1]:9", "http://[::1]:9"}, {"a[b", "http://a"}, {"ÄÖ", "http://äö"}} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, pattern, address string) {
		h, err := parseHosts(pattern)
		if err != nil || len(h) == 0 {
			return
		}
		if u, err := url.Parse(address); err == nil {
			_ = h.check(u)
		}
	})
}

// FuzzLiteral: an address in whatever form is judged as the address that it is.
func FuzzLiteral(f *testing.F) {
	for _, s := range []string{"169.254.169.254", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376", "[::ffff:a9fe:a9fe]", "fe80::1%eth0", "1.2", "..", "0x", "64:ff9b::a9fe:a9fe"} {
		f.Add(s)
	}
	g := newGuard(Policy{})
	f.Fuzz(func(t *testing.T, host string) {
		addr, ok := literal(host)
		if !ok {
			return
		}
		if addr.Zone() != "" {
			t.Errorf("%q keeps its zone", host)
		}
		if v4 := addr.Unmap(); v4.Is4() && netip.MustParsePrefix("169.254.0.0/16").Contains(v4) && g.check(addr, false) == nil {
			t.Errorf("%q is %s and passes", host, addr)
		}
	})
}
