package egress

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

type dialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// dialer makes the one kind of dialer there is: it checks the literal address
// just before it is connected to.
func (e *Egress) dialer(timeout time.Duration, metadata bool) dialFunc {
	d := &net.Dialer{
		Timeout:  timeout,
		Resolver: e.policy.Resolver,
		ControlContext: func(_ context.Context, network, address string, _ syscall.RawConn) error {
			return e.guard.admit(network, address, metadata)
		},
	}
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(address)
		if err == nil && isLocalhost(host) {
			return dialLoopback(ctx, d, network, port)
		}
		return d.DialContext(ctx, network, address)
	}
}

func (g guard) admit(network, address string, metadata bool) error {
	if !strings.HasPrefix(network, "tcp") {
		return &connector.Error{Kind: connector.Denied, Message: fmt.Sprintf("The network %q must not be used.", network), Fix: "Use TCP."}
	}
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return &connector.Error{Kind: connector.Denied, Message: fmt.Sprintf("The address %q cannot be checked.", address), Err: err}
	}
	return g.check(ap.Addr(), metadata)
}

// isLocalhost tells whether RFC 6761 makes the name loopback. Resolvers do not
// agree on the names below localhost, and bucket names stand there.
func isLocalhost(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// dialLoopback tries IPv4 first, where servers on localhost listen as a rule.
func dialLoopback(ctx context.Context, d *net.Dialer, network, port string) (net.Conn, error) {
	if network == "tcp6" {
		return d.DialContext(ctx, network, net.JoinHostPort("::1", port))
	}
	conn, err := d.DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
	if err == nil || network == "tcp4" {
		return conn, err
	}
	if conn, err6 := d.DialContext(ctx, network, net.JoinHostPort("::1", port)); err6 == nil {
		return conn, nil
	}
	return nil, err // of the address that was expected to work
}
