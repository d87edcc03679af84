package gateway

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

// Deps are what a client needs from its surroundings.
type Deps struct {
	// Dial makes the connections of gRPC; internal/egress's DialContext.
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
	definitions *restTransport // nil without a REST address
	base        string
	http        *http.Client
	closers     []func() error
}

var (
	_ Jobs        = (*Client)(nil)
	_ Definitions = (*Client)(nil)
)

// Open makes a client. It checks the settings but asks the cluster nothing: a
// cluster that is not there yet is for Topology to find. Its errors are
// *connector.Error.
func Open(ctx context.Context, s Settings, deps Deps) (*Client, error) {
	o := opener{settings: s, deps: deps}
	c := new(Client)
	for _, step := range []func(context.Context, *Client) error{o.prepare, o.credentials, o.rest, o.jobs} {
		if err := step(ctx, c); err != nil {
			_ = c.Close() // the first error is the one that counts
			return nil, err
		}
	}
	return c, nil
}

// REST gives the address of the REST API, with /v2 and without a slash at its
// end, and a client that adds the credentials to requests for it. It follows the
// rules of egress. The address is empty when the settings have none.
func (c *Client) REST() (base string, client *http.Client) { return c.base, c.http }

// ProcessXML implements Definitions.
func (c *Client) ProcessXML(ctx context.Context, definitionKey int64) ([]byte, error) {
	if c.definitions == nil {
		e := newError("GetProcessDefinitionXML", CodeUnimplemented, "Process models are read over the REST API, whose address is not known.")
		e.Fix = "Set CAMUNDA_CLIENT_RESTADDRESS."
		return nil, e
	}
	return c.definitions.ProcessXML(ctx, definitionKey)
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

// opener takes the steps of Open.
type opener struct {
	settings Settings
	deps     Deps
	bundle   string // of the authorities
	cert     *connector.ClientCertificate
	auth     credentials
}

func (o *opener) prepare(context.Context, *Client) error {
	t := o.settings.TLS
	if err := t.check(); err != nil {
		return err
	}
	var err error
	if o.bundle, err = t.bundle(); err != nil {
		return err
	}
	if t.hasClient() {
		o.cert = &connector.ClientCertificate{Get: func() (*tls.Certificate, error) { return t.client() }}
	}
	return nil
}

func (o *opener) client(maxConns int) (*http.Client, error) {
	return o.deps.HTTP(connector.HTTPOptions{CABundle: o.bundle, ClientCertificate: o.cert, MaxConns: maxConns})
}

func (o *opener) credentials(ctx context.Context, c *Client) error {
	o.auth = noCredentials{}
	a := o.settings.Auth
	switch a.Strategy {
	case NoAuth, "":
	case Basic:
		o.auth = newBasic(a.Username, a.Password)
	case OAuth:
		h, err := o.client(1)
		if err != nil {
			return err
		}
		t := newTokens(ctx, a, h, o.deps)
		c.closers = append(c.closers, t.Close)
		o.auth = t
	default:
		return &connector.Error{Kind: connector.Invalid, Message: "There is no way to authenticate called " + string(a.Strategy) + ".", Fix: "Use none, basic or oauth."}
	}
	return nil
}

func (o *opener) rest(_ context.Context, c *Client) error {
	if o.settings.REST == "" {
		return nil
	}
	base, err := parseREST(o.settings.REST)
	if err != nil {
		return err
	}
	if c.definitions, err = newREST(o.settings, base, o.auth, o.client); err != nil {
		return err
	}
	h, err := o.client(0)
	if err != nil {
		return err
	}
	c.base, c.http = base.String(), authorized(h, o.auth, base)
	c.closers = append(c.closers, func() error {
		for _, h := range []*http.Client{c.http, c.definitions.polls, c.definitions.calls} {
			h.CloseIdleConnections()
		}
		return nil
	})
	return nil
}

func (o *opener) jobs(_ context.Context, c *Client) error {
	if o.settings.PreferREST {
		if c.definitions == nil {
			return noAddress("REST", "CAMUNDA_CLIENT_RESTADDRESS")
		}
		c.Jobs = c.definitions
		return nil
	}
	if o.settings.GRPC == "" {
		return noAddress("gRPC", "CAMUNDA_CLIENT_GRPCADDRESS")
	}
	to, err := parseGRPC(o.settings.GRPC)
	if err != nil {
		return err
	}
	t, err := newGRPC(o.settings, to, o.auth, o.deps)
	if err != nil {
		return err
	}
	c.Jobs = t
	c.closers = append(c.closers, t.Close)
	return nil
}

func noAddress(what, variable string) error {
	return &connector.Error{Kind: connector.Invalid, Message: "The cluster's " + what + " address is not known.", Fix: "Set " + variable + "."}
}
