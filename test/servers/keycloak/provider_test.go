package keycloak_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/fairlead-io/fairlead/test/apptest"
	"github.com/fairlead-io/fairlead/test/servers"
)

// provider is Keycloak seen through a proxy that keeps what it is asked for. It has the
// proxy's address for its issuer, as one behind a load balancer does.
type provider struct {
	servers.Keycloak
	mu    sync.Mutex
	forms []url.Values
}

func newProvider(t *testing.T, k servers.Keycloak) *provider {
	t.Helper()
	real, err := url.Parse(k.Issuer)
	apptest.Must(t, err)
	p := &provider{Keycloak: k}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.URL.Scheme, r.Out.URL.Host = real.Scheme, real.Host // and the host that was asked for
		if r.In.Method == http.MethodPost {
			p.keep(r.Out)
		}
	}}
	srv := httptest.NewServer(proxy)
	t.Cleanup(srv.Close)
	p.Issuer = srv.URL + real.Path
	return p
}

func (p *provider) keep(r *http.Request) {
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	form, _ := url.ParseQuery(string(body)) // what is no form is seen by its lack of fields
	if err != nil {
		form = url.Values{"error": {err.Error()}}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.forms = append(p.forms, form)
}

// asked gives the forms of all requests for a token so far.
func (p *provider) asked() []url.Values {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.forms)
}

// wrongSecret is none that Keycloak knows, and has what a form and an address escape.
const wrongSecret = "canary-wrong+/%="

func tokenURL(issuer string) string { return issuer + "/protocol/openid-connect/token" }

// leaks tells which of the spellings of a secret a text holds.
func leaks(text, secret string) string {
	for _, s := range []string{secret, url.QueryEscape(secret), url.PathEscape(secret), strings.Trim(asJSON(secret), `"`)} {
		if strings.Contains(text, s) {
			return s
		}
	}
	return ""
}
