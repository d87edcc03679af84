package egress

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
)

const maxRedirects = 5

// sameOrigin follows a redirect only where scheme, host and port stay the same:
// whatever the request carries was meant for that origin alone. Any other is
// handed back as it came, because the clouds say in it what is wrong.
func sameOrigin(req *http.Request, via []*http.Request) error {
	first := via[0].URL
	if req.URL.Scheme != first.Scheme || !strings.EqualFold(req.URL.Host, first.Host) {
		return http.ErrUseLastResponse
	}
	if len(via) > maxRedirects {
		return &connector.Error{Kind: connector.Unavailable, Message: first.Host + " redirects in a circle.", Fix: "Check the endpoint URL."}
	}
	return nil
}

// transport adds to http.Transport what must hold for every request.
type transport struct {
	base     *http.Transport
	guard    guard
	metadata bool
	hosts    hosts
	proxy    *proxies
}

// RoundTrip sends a request. Its errors hold a *connector.Error.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	viaProxy, err := t.admit(req)
	if err == nil {
		err = connector.PassGate(req.Context())
	}
	if err == nil {
		var res *http.Response
		if res, err = t.base.RoundTrip(req); err == nil {
			return t.answered(req, res, viaProxy)
		}
	} else if req.Body != nil {
		_ = req.Body.Close() // the transport, which never saw it, would have
	}
	return nil, t.explain(req.Context(), err, req.URL.Host)
}

// CloseIdleConnections lets http.Client.CloseIdleConnections work.
func (t *transport) CloseIdleConnections() { t.base.CloseIdleConnections() }

// admit checks what the dialer cannot see: through a proxy only the proxy is
// dialed, so an address or a well-known name in the URL is judged here.
func (t *transport) admit(req *http.Request) (proxyHost string, err error) {
	if err := t.hosts.check(req.URL); err != nil {
		return "", err
	}
	u, err := t.proxy.choose(req.URL)
	if err != nil || u == nil {
		return "", err
	}
	host := req.URL.Hostname()
	if addr, ok := literal(host); ok {
		return u.Host, t.guard.check(addr, t.metadata)
	}
	if isLocalhost(host) {
		host = "127.0.0.1"
		addr, _ := literal(host)
		return u.Host, t.guard.check(addr, t.metadata)
	}
	if isMetadataName(host) {
		return u.Host, &connector.Error{Kind: connector.Denied, Message: "The host " + host + " must not be reached: it is the cloud's instance metadata service.", Fix: "Check the endpoint URL."}
	}
	return u.Host, nil
}

// isMetadataName knows the names that clouds give their metadata service.
func isMetadataName(host string) bool {
	switch strings.ToLower(strings.TrimSuffix(host, ".")) {
	case "metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal":
		return true
	}
	return false
}

func (t *transport) answered(req *http.Request, res *http.Response, proxyHost string) (*http.Response, error) {
	if proxyHost != "" && res.StatusCode == http.StatusProxyAuthRequired {
		_ = res.Body.Close()
		return nil, proxyRefused(proxyHost, res.StatusCode)
	}
	if res.StatusCode != http.StatusSwitchingProtocols && res.Body != http.NoBody {
		res.Body = &body{ReadCloser: res.Body, t: t, ctx: req.Context(), host: req.URL.Host}
	}
	return res, nil
}

func (t *transport) explain(ctx context.Context, err error, host string) error {
	e := explainIn(ctx, err, host)
	if len(t.proxy.secrets) > 0 {
		c := *e
		c.Message = t.proxy.scrub(c.Message)
		if e.Err != nil {
			c.Err = scrubbed{e.Err, t.proxy}
		}
		e = &c
	}
	return e
}

// scrubbed keeps an underlying error for errors.Is but not its text.
type scrubbed struct {
	error
	p *proxies
}

func (s scrubbed) Error() string { return s.p.scrub(s.error.Error()) }

func (s scrubbed) Unwrap() error { return s.error }

// body explains what goes wrong while an answer is read.
type body struct {
	io.ReadCloser
	t    *transport
	ctx  context.Context //nolint:containedctx // it is the request's own, and ends with this body
	host string
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == nil || err == io.EOF || errors.Is(err, http.ErrBodyReadAfterClose) {
		return n, err
	}
	return n, b.t.explain(b.ctx, err, b.host)
}
