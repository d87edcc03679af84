package gateway

import (
	"net"
	"net/url"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
)

// target is where to connect to.
type target struct {
	address string // host:port
	tls     bool
}

const (
	grpcPort = "26500"
	tlsPort  = "443"
)

// parseGRPC reads the address of a gateway.
func parseGRPC(text string) (target, error) {
	u, err := parseAddress(text)
	if err != nil {
		return target{}, invalidAddress("gRPC", text, err.Error(), "http://host:26500 or https://host:443")
	}
	t := target{}
	switch u.Scheme {
	case "http", "grpc":
	case "https", "grpcs":
		t.tls = true
	default:
		return target{}, invalidAddress("gRPC", text, "its scheme is "+u.Scheme, "http://host:26500 or https://host:443")
	}
	if u.Path != "" && u.Path != "/" {
		return target{}, invalidAddress("gRPC", text, "gRPC has no paths", "http://host:26500 or https://host:443")
	}
	port := u.Port()
	switch {
	case port != "":
	case t.tls:
		port = tlsPort
	default:
		port = grpcPort
	}
	t.address = net.JoinHostPort(u.Hostname(), port)
	return t, nil
}

// parseREST gives the base address of the REST API, with /v2.
func parseREST(text string) (*url.URL, error) {
	const example = "http://host:8080"
	u, err := parseAddress(text)
	if err != nil {
		return nil, invalidAddress("REST", text, err.Error(), example)
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, invalidAddress("REST", text, "its scheme is "+u.Scheme, example)
	}
	u.Path = strings.TrimSuffix(strings.TrimRight(u.Path, "/"), "/v2") + "/v2"
	u.RawPath = ""
	return u, nil
}

type addressError string

func (e addressError) Error() string { return string(e) }

func parseAddress(text string) (*url.URL, error) {
	text = strings.TrimSpace(text)
	if !strings.Contains(text, "://") {
		text = bareScheme(text) + "://" + text
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		// The error would quote the text, which may hold a password.
		return nil, addressError("it is not a URL")
	case u.Hostname() == "":
		return nil, addressError("it names no host")
	case u.User != nil:
		return nil, addressError("it holds a user name or a password")
	case u.RawQuery != "" || u.Fragment != "":
		return nil, addressError("it goes on after the path")
	}
	u.Scheme = strings.ToLower(u.Scheme)
	return u, nil
}

// bareScheme guesses what a bare host:port speaks.
func bareScheme(hostPort string) string {
	host, _, _ := strings.Cut(hostPort, "/")
	if strings.HasSuffix(host, ":"+tlsPort) {
		return "https"
	}
	return "http"
}

// hostOf takes the port off an authority.
func hostOf(authority string) string {
	if host, _, err := net.SplitHostPort(authority); err == nil {
		return host
	}
	return authority
}

func invalidAddress(what, text, problem, example string) error {
	return &connector.Error{
		Kind:    connector.Invalid,
		Message: "The " + what + " address " + withoutUser(text) + " cannot be used: " + problem + ".",
		Fix:     "Give it as " + example + ".",
	}
}

// withoutUser takes user name and password out of an address, for messages.
func withoutUser(text string) string {
	i := strings.LastIndexByte(text, '@')
	if i < 0 {
		return text
	}
	scheme, _, ok := strings.Cut(text, "://")
	if !ok || len(scheme) > i {
		return connector.Redacted + text[i:]
	}
	return scheme + "://" + connector.Redacted + text[i:]
}
