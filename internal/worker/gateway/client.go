package gateway

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

// Deps are what a client needs from its surroundings.
type Deps struct {
	// Dial makes connections; internal/egress's DialContext.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// HTTP makes clients; internal/egress's Client.
	HTTP func(connector.HTTPOptions) (*http.Client, error)
	Now  func() time.Time
	Log  *slog.Logger
}

// Client is a cluster: its jobs and, over REST, its process definitions. It is
// safe for concurrent use.
type Client struct {
	Jobs
	closers []func() error
}

// Open makes a client. It checks the settings but asks the cluster nothing: a
// cluster that is not there yet is for Topology to find. Its errors are
// *connector.Error.
func Open(_ context.Context, s Settings, deps Deps) (*Client, error) {
	if err := checkFiles(s); err != nil {
		return nil, err
	}
	to, err := parseGRPC(s.GRPC)
	if err != nil {
		return nil, err
	}
	t, err := newGRPC(s, to, noCredentials{}, deps)
	if err != nil {
		return nil, err
	}
	return &Client{Jobs: t, closers: []func() error{t.Close}}, nil
}

// Close ends all connections.
func (c *Client) Close() error {
	var first error
	for _, end := range c.closers {
		if err := end(); err != nil && first == nil {
			first = err
		}
	}
	return first
}
