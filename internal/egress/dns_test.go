package egress

import (
	"context"
	"io"
	"log"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }

// nameserver is a real DNS server on loopback. Answers of a name come in turn,
// the last one again and again, so that a name can change between look-ups.
type nameserver struct {
	mu      sync.Mutex
	answers map[string][]string
	asked   map[string]int
}

// resolver starts the server and gives a resolver that asks only it.
func (n *nameserver) resolver(t *testing.T) *net.Resolver {
	t.Helper()
	var lc net.ListenConfig
	pc, err := lc.ListenPacket(t.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pc.Close() })
	n.mu.Lock()
	n.asked = map[string]int{}
	n.mu.Unlock()
	go n.serve(pc)
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp", pc.LocalAddr().String())
	}}
}

func (n *nameserver) serve(pc net.PacketConn) {
	buf := make([]byte, 1500)
	for {
		size, from, err := pc.ReadFrom(buf)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(buf[:size]) != nil || len(m.Questions) != 1 {
			continue
		}
		if !n.answer(&m) {
			continue
		}
		if out, err := m.Pack(); err == nil {
			_, _ = pc.WriteTo(out, from)
		}
	}
}

// answer fills the answer in; a name whose address is "mute" gets none.
func (n *nameserver) answer(m *dnsmessage.Message) bool {
	q := m.Questions[0]
	name := strings.TrimSuffix(q.Name.String(), ".")
	m.Response, m.Additionals = true, nil
	n.mu.Lock()
	defer n.mu.Unlock()
	list, known := n.answers[name]
	switch {
	case !known:
		m.RCode = dnsmessage.RCodeNameError
		return true
	case len(list) == 0:
		m.RCode = dnsmessage.RCodeServerFailure
		return true
	case list[0] == "mute":
		return false
	}
	at := list[min(n.asked[name], len(list)-1)]
	addr := netip.MustParseAddr(at)
	h := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 0}
	switch {
	case q.Type == dnsmessage.TypeA && addr.Is4():
		m.Answers = []dnsmessage.Resource{{Header: h, Body: &dnsmessage.AResource{A: addr.As4()}}}
	case q.Type == dnsmessage.TypeAAAA && addr.Is6():
		m.Answers = []dnsmessage.Resource{{Header: h, Body: &dnsmessage.AAAAResource{AAAA: addr.As16()}}}
	}
	if q.Type == dnsmessage.TypeA {
		n.asked[name]++
	}
	return true
}
