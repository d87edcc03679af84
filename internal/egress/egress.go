// Package egress is the only way out: it alone makes dialers and transports.
// Every connection is checked against the rules at dial time, on the address
// that is really dialed, so that neither a name nor a redirect nor a change of
// DNS gets around them. Errors of its clients hold a *connector.Error that
// tells apart what went wrong.
package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

// Policy are the rules of an installation. The zero Policy reaches loopback and
// private addresses (self-hosted endpoints, the sandbox) but neither link-local
// nor metadata addresses.
type Policy struct {
	ForbidLoopback bool // refuse this machine itself
	ForbidPrivate  bool // refuse every other address that is not public
	// LookupEnv reads HTTP_PROXY, HTTPS_PROXY and NO_PROXY (os.LookupEnv); nil
	// means no proxy but a connection's own.
	LookupEnv func(string) (string, bool)
	// Resolver looks names up; nil is the system's.
	Resolver *net.Resolver
	// ResponseHeaderTimeout ends a request that was sent and has had no answer
	// at all, where the caller set no deadline; 0 means 5 minutes.
	ResponseHeaderTimeout time.Duration
}

// Defaults of connector.HTTPOptions.
const (
	defaultConnectTimeout = 10 * time.Second
	defaultMaxConns       = 64
	defaultHeaderTimeout  = 5 * time.Minute
	maxPools              = 128
)

// Egress makes clients. It is safe for concurrent use.
type Egress struct {
	guard  guard
	policy Policy

	mu    sync.Mutex
	pools map[connector.HTTPOptions]*transport
	order []connector.HTTPOptions // least recently asked for first
}

// New makes an Egress that holds to a policy.
func New(p Policy) *Egress {
	if p.ResponseHeaderTimeout == 0 {
		p.ResponseHeaderTimeout = defaultHeaderTimeout
	}
	return &Egress{guard: newGuard(p), policy: p, pools: map[connector.HTTPOptions]*transport{}}
}

// Client makes a client; those of equal options share one pool of connections.
// It follows redirects within one origin only, at most 5, and hands any other
// redirect back as the response it is. Options that cannot be used are Invalid.
func (e *Egress) Client(o connector.HTTPOptions) (*http.Client, error) {
	if o.ConnectTimeout < 0 || o.MaxConns < 0 {
		return nil, &connector.Error{Kind: connector.Invalid, Message: "The connect timeout and the number of connections must not be negative.", Fix: "Leave them out for the defaults of 10 seconds and 64 connections."}
	}
	if o.ConnectTimeout == 0 {
		o.ConnectTimeout = defaultConnectTimeout
	}
	if o.MaxConns == 0 {
		o.MaxConns = defaultMaxConns
	}
	t, err := e.pool(o)
	if err != nil {
		return nil, err
	}
	return &http.Client{Transport: t, CheckRedirect: sameOrigin}, nil
}

// Close closes the connections that are idle.
func (e *Egress) Close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, t := range e.pools {
		t.base.CloseIdleConnections()
	}
}

// DialContext dials under the rules, without a proxy and without the metadata
// exception, for protocols other than HTTP/1.1. network is tcp, tcp4 or tcp6.
func (e *Egress) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := e.dialer(defaultConnectTimeout, false)(ctx, network, address)
	if err != nil {
		return nil, explainIn(ctx, err, address)
	}
	return conn, nil
}

func (e *Egress) pool(o connector.HTTPOptions) (*transport, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if t, ok := e.pools[o]; ok {
		e.order = append(slices.DeleteFunc(e.order, func(x connector.HTTPOptions) bool { return x == o }), o)
		return t, nil
	}
	t, err := e.newTransport(o)
	if err != nil {
		return nil, err
	}
	if len(e.order) == maxPools {
		e.pools[e.order[0]].base.CloseIdleConnections()
		delete(e.pools, e.order[0])
		e.order = e.order[1:]
	}
	e.pools[o], e.order = t, append(e.order, o)
	return t, nil
}

func (e *Egress) newTransport(o connector.HTTPOptions) (*transport, error) {
	roots, err := rootsWith(o.CABundle)
	if err != nil {
		return nil, err
	}
	proxy, err := newProxies(o, e.policy.LookupEnv)
	if err != nil {
		return nil, err
	}
	allowed, err := parseHosts(o.Hosts)
	if err != nil {
		return nil, err
	}
	http1 := new(http.Protocols)
	http1.SetHTTP1(true)
	base := &http.Transport{
		Proxy:                  func(r *http.Request) (*url.URL, error) { return proxy.choose(r.URL) },
		OnProxyConnectResponse: proxyAnswered,
		DialContext:            e.dialer(o.ConnectTimeout, o.Metadata),
		TLSClientConfig:        tlsConfig(roots, o.ClientCertificate),
		TLSHandshakeTimeout:    o.ConnectTimeout,
		Protocols:              http1,
		// The number of connections is bounded by what commands do at a time; a
		// hard limit could make two halves of one copy wait for each other.
		MaxIdleConnsPerHost:    o.MaxConns,
		IdleConnTimeout:        90 * time.Second,
		ResponseHeaderTimeout:  e.policy.ResponseHeaderTimeout,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: 256 << 10,
		WriteBufferSize:        32 << 10,
		ReadBufferSize:         32 << 10,
		// Sizes, ranges and hashes are of the bytes as they are stored.
		DisableCompression: true,
	}
	return &transport{base: base, guard: e.guard, metadata: o.Metadata, hosts: allowed, proxy: proxy}, nil
}

func tlsConfig(roots *x509.CertPool, c *connector.ClientCertificate) *tls.Config {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots, ClientSessionCache: tls.NewLRUClientSessionCache(0)}
	if c != nil {
		cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return c.Get() }
	}
	return cfg
}

func rootsWith(bundle string) (*x509.CertPool, error) {
	if bundle == "" {
		return nil, nil // the system's
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool() // a system without a store still trusts the bundle
	}
	if !pool.AppendCertsFromPEM([]byte(bundle)) {
		return nil, connector.InvalidField("/caBundle", "The CA bundle holds no certificate.", "Give one or more certificates in PEM form, each from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----.")
	}
	return pool, nil
}
