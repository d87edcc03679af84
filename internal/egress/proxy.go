package egress

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpproxy"

	"github.com/fairlead-io/fairlead/connector"
)

// proxies chooses the proxy of a request and knows the secrets in proxy URLs.
type proxies struct {
	choose  func(*url.URL) (*url.URL, error)
	secrets []string
}

func newProxies(o connector.HTTPOptions, lookup func(string) (string, bool)) (*proxies, error) {
	p := &proxies{choose: func(*url.URL) (*url.URL, error) { return nil, nil }}
	switch {
	case o.Proxy != "":
		u, err := parseProxy(o.Proxy)
		if err != nil {
			return nil, err
		}
		p.learn(u)
		p.choose = func(*url.URL) (*url.URL, error) { return u, nil }
	case lookup != nil:
		p.fromEnvironment(lookup)
	}
	if o.Metadata {
		p.choose = directWhenLinkLocal(p.choose)
	}
	return p, nil
}

// parseProxy never quotes its input, which may hold a password.
func parseProxy(text string) (*url.URL, error) {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "":
		return nil, connector.InvalidField("/proxy", "The proxy is not a URL.", "Give it as http://host:port or https://user:password@host:port; write special characters of the password as %XX.")
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, connector.InvalidField("/proxy", fmt.Sprintf("The proxy's scheme %q is not supported.", u.Scheme), "Use a proxy that speaks http or https.")
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "":
		return nil, connector.InvalidField("/proxy", "The proxy's URL goes on after the host and port.", "Give only http://host:port; write special characters of the password as %XX.")
	}
	return u, nil
}

func (p *proxies) fromEnvironment(lookup func(string) (string, bool)) {
	env := func(names ...string) string {
		for _, n := range names {
			if v, _ := lookup(n); v != "" {
				return v
			}
		}
		return ""
	}
	cfg := httpproxy.Config{
		HTTPProxy:  env("http_proxy", "HTTP_PROXY"),
		HTTPSProxy: env("https_proxy", "HTTPS_PROXY"),
		NoProxy:    env("no_proxy", "NO_PROXY"),
		CGI:        env("REQUEST_METHOD") != "",
	}
	for _, text := range []string{cfg.HTTPProxy, cfg.HTTPSProxy} {
		if u, err := parseProxy(text); err == nil {
			p.learn(u)
		}
	}
	choose := cfg.ProxyFunc()
	p.choose = func(u *url.URL) (*url.URL, error) {
		if isLocalhost(u.Hostname()) {
			return nil, nil
		}
		return choose(u)
	}
}

// directWhenLinkLocal keeps a proxy out of the way to the machine's own
// metadata address: a proxy would answer with its own machine's credentials.
func directWhenLinkLocal(next func(*url.URL) (*url.URL, error)) func(*url.URL) (*url.URL, error) {
	return func(u *url.URL) (*url.URL, error) {
		if addr, ok := literal(u.Hostname()); ok && within(addr.Unmap(), metadataRanges()) {
			return nil, nil
		}
		return next(u)
	}
}

func (p *proxies) learn(u *url.URL) {
	pass, ok := u.User.Password()
	if !ok || pass == "" {
		return
	}
	pair := u.User.Username() + ":" + pass
	p.secrets = append(p.secrets, u.User.String(), base64.StdEncoding.EncodeToString([]byte(pair)), pair, url.QueryEscape(pass), pass)
}

// scrub takes the secrets out of a text.
func (p *proxies) scrub(text string) string {
	for _, s := range p.secrets {
		text = strings.ReplaceAll(text, s, connector.Redacted)
	}
	return text
}

// proxyAnswered turns a proxy's refusal to open a tunnel into an error that
// says so; the transport would give the bare status text.
func proxyAnswered(_ context.Context, proxy *url.URL, _ *http.Request, res *http.Response) error {
	if res.StatusCode == http.StatusOK {
		return nil
	}
	return proxyRefused(proxy.Host, res.StatusCode)
}

func proxyRefused(host string, status int) *connector.Error {
	e := &connector.Error{
		Kind:    connector.Unavailable,
		Message: fmt.Sprintf("The proxy %s refused the request: %d %s.", host, status, http.StatusText(status)),
		Fix:     "Check that the proxy may reach the endpoint.",
	}
	switch status {
	case http.StatusProxyAuthRequired:
		e.Kind, e.Fix = connector.Denied, "Give the proxy's user and password in its URL: http://user:password@host:port."
	case http.StatusForbidden:
		e.Kind = connector.Denied
	}
	return e
}

// literal reads a host that is an address, in the forms that other programs
// (a proxy among them) take for one: 169.254.169.254, 0xa9fea9fe, 2852039166,
// 0251.0376.0251.0376, [::1].
func literal(host string) (netip.Addr, bool) {
	host = strings.TrimSuffix(strings.Trim(host, "[]"), ".")
	if a, err := netip.ParseAddr(host); err == nil {
		return a.WithZone(""), true
	}
	parts := strings.Split(host, ".")
	if len(parts) > 4 {
		return netip.Addr{}, false
	}
	var v uint64
	for i, part := range parts {
		bits := 8
		if i == len(parts)-1 {
			bits = 8 * (4 - i) // the last part fills the rest
		}
		n, err := strconv.ParseUint(legacyNumber(part), 0, 32)
		if err != nil || n >= 1<<bits {
			return netip.Addr{}, false
		}
		v = v<<bits | n
	}
	return netip.AddrFrom4([4]byte{byte(v >> 24), byte(v >> 16), byte(v >> 8), byte(v)}), true
}

// legacyNumber lets decimal, 0x and leading-zero octal through, and none of the
// further forms that Go reads ("0b1", "0o7", "1_0").
func legacyNumber(s string) string {
	hex := strings.HasPrefix(strings.ToLower(s), "0x")
	if strings.Contains(s, "_") || !hex && strings.ContainsAny(s, "oObB") {
		return ""
	}
	return s
}
