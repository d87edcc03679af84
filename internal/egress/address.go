package egress

import (
	"fmt"
	"net/netip"

	"code.dny.dev/ssrf"

	"github.com/fairlead-io/fairlead/connector"
)

// Ranges by what is reached there. They are constants in all but name.
func metadataRanges() []netip.Prefix {
	return prefixes(
		"169.254.0.0/16",  // IPv4 link-local: metadata and credentials of most clouds
		"fd00:ec2::/32",   // AWS, IPv6
		"fd20:ce::/64",    // Google Cloud, IPv6
		"fd00:42::42/128", // Scaleway, IPv6
	)
}

// neverRanges hold nothing a command has business with, so that no exception
// opens them.
func neverRanges() []netip.Prefix {
	return prefixes(
		"168.63.129.16/32",   // Azure's wire server
		"100.100.100.200/32", // Alibaba Cloud's metadata, inside the shared range
		"192.0.0.192/32",     // Oracle Cloud's metadata
		"fe80::/10",          // IPv6 link-local
		"224.0.0.0/4", "ff00::/8", "255.255.255.255/32",
	)
}

func loopbackRanges() []netip.Prefix {
	// The unspecified addresses reach this machine too.
	return prefixes("127.0.0.0/8", "0.0.0.0/8", "::1/128", "::/128")
}

func prefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, s := range texts {
		out[i] = netip.MustParsePrefix(s)
	}
	return out
}

// guard judges addresses.
type guard struct {
	forbidLoopback, forbidPrivate bool
	metadata, never, loopback     []netip.Prefix
	special                       *ssrf.Guardian
}

func newGuard(p Policy) guard {
	return guard{
		forbidLoopback: p.ForbidLoopback,
		forbidPrivate:  p.ForbidPrivate,
		metadata:       metadataRanges(),
		never:          neverRanges(),
		loopback:       loopbackRanges(),
		special:        ssrf.New(ssrf.WithAnyPort(), ssrf.WithAnyNetwork()),
	}
}

// check fails with Denied unless the address may be dialed. The metadata
// exception is for the plain address, not for one wrapped in another.
func (g guard) check(addr netip.Addr, metadata bool) error {
	addr = addr.WithZone("").Unmap()
	if err := g.checkOne(addr, metadata); err != nil {
		return denied(addr, err.Error())
	}
	for _, inner := range embedded(addr) {
		if err := g.checkOne(inner, false); err != nil {
			return denied(addr, fmt.Sprintf("it stands for %s, and %s", inner, err))
		}
	}
	return nil
}

func (g guard) checkOne(addr netip.Addr, metadata bool) error {
	local := within(addr, g.loopback)
	switch {
	case within(addr, g.never):
		return fmt.Errorf("it is reserved for the host's own network")
	case within(addr, g.metadata):
		if !metadata {
			return fmt.Errorf("it belongs to the cloud's instance metadata service")
		}
	case local && g.forbidLoopback:
		return fmt.Errorf("it is this machine, which the settings forbid")
	case !local && g.forbidPrivate && g.special.SafeAddr(addr) != nil:
		return fmt.Errorf("it is not a public address, and the settings forbid others")
	}
	return nil
}

func denied(addr netip.Addr, why string) *connector.Error {
	return &connector.Error{
		Kind:    connector.Denied,
		Message: fmt.Sprintf("The address %s must not be reached: %s.", addr, why),
		Fix:     "Check the endpoint URL, the proxy and what the host name resolves to.",
	}
}

func within(addr netip.Addr, ranges []netip.Prefix) bool {
	for _, p := range ranges {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// embedded gives the IPv4 addresses that an IPv6 address may be translated to
// on its way: NAT64, 6to4, Teredo, ISATAP, and the old compatible forms.
func embedded(addr netip.Addr) []netip.Addr {
	if !addr.Is6() {
		return nil
	}
	b := addr.As16()
	last := netip.AddrFrom4([4]byte(b[12:16]))
	switch {
	case within(addr, prefixes("::/96")) && b[12] != 0: // IPv4-compatible; ::1 and :: are themselves
		return []netip.Addr{last}
	case within(addr, prefixes("::ffff:0:0:0/96", "64:ff9b::/96")): // SIIT, NAT64
		return []netip.Addr{last}
	case within(addr, prefixes("64:ff9b:1::/48")): // local NAT64, prefix length unknown
		return nat64Local(b)
	case within(addr, prefixes("2002::/16")): // 6to4
		return []netip.Addr{netip.AddrFrom4([4]byte(b[2:6]))}
	case within(addr, prefixes("2001::/32")): // Teredo: server, and client with its bits inverted
		return []netip.Addr{netip.AddrFrom4([4]byte(b[4:8])), netip.AddrFrom4([4]byte{^b[12], ^b[13], ^b[14], ^b[15]})}
	case b[9] == 0 && b[10] == 0x5e && b[11] == 0xfe: // ISATAP
		return []netip.Addr{last}
	}
	return nil
}

// nat64Local gives what the address means under each prefix length that RFC
// 6052 allows below 64:ff9b:1::/48; octet 8 is skipped there.
func nat64Local(b [16]byte) []netip.Addr {
	return []netip.Addr{
		netip.AddrFrom4([4]byte{b[6], b[7], b[9], b[10]}),
		netip.AddrFrom4([4]byte{b[7], b[9], b[10], b[11]}),
		netip.AddrFrom4([4]byte{b[9], b[10], b[11], b[12]}),
		netip.AddrFrom4([4]byte(b[12:16])),
	}
}
