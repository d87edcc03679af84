package gateway

import (
	"net/http"
	"net/url"
	"strings"
)

// authorize adds the cluster's credentials to requests for the cluster, and to
// no other.
type authorize struct {
	next http.RoundTripper
	auth credentials
	base *url.URL
}

// authorized makes a client that adds credentials to what another sends.
func authorized(c *http.Client, auth credentials, base *url.URL) *http.Client {
	return &http.Client{Transport: authorize{c.Transport, auth, base}, CheckRedirect: c.CheckRedirect}
}

// RoundTrip sends a request, and once more with another token when the first
// was refused and the body can be had again.
func (a authorize) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != a.base.Scheme || !strings.EqualFold(req.URL.Host, a.base.Host) {
		return a.next.RoundTrip(req)
	}
	header, err := a.auth.header(req.Context())
	if err != nil {
		closeBody(req)
		return nil, err
	}
	if header.Empty() {
		return a.next.RoundTrip(req)
	}
	res, err := a.next.RoundTrip(with(req, header.Reveal()))
	if err != nil || res.StatusCode != http.StatusUnauthorized || !replayable(req) || !a.auth.refused(header) {
		return res, err
	}
	if header, err = a.auth.header(req.Context()); err != nil {
		_ = res.Body.Close() // the refusal says less than the reason for having no token
		return nil, err
	}
	again := with(req, header.Reveal())
	if req.GetBody != nil {
		if again.Body, err = req.GetBody(); err != nil {
			return res, nil
		}
	}
	_ = res.Body.Close() // of the refused attempt
	return a.next.RoundTrip(again)
}

// CloseIdleConnections lets http.Client.CloseIdleConnections work.
func (a authorize) CloseIdleConnections() {
	if c, ok := a.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// with gives a copy, because a transport must not change what it was given.
func with(req *http.Request, header string) *http.Request {
	out := req.Clone(req.Context())
	out.Header.Set("Authorization", header)
	return out
}

func replayable(req *http.Request) bool {
	return req.Body == nil || req.Body == http.NoBody || req.GetBody != nil
}

func closeBody(req *http.Request) {
	if req.Body != nil {
		_ = req.Body.Close() // a transport closes it even when it fails
	}
}
