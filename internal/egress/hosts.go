package egress

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
)

// hosts is an allow-list; an empty one allows all. It is held against the host
// of every request, so that neither a proxy nor a redirect gets around it; what
// a name resolves to is judged when it is dialed, as ever.
type hosts []hostPattern

type hostPattern struct{ name, port string } // port is empty for any

// CheckHosts says what is wrong with patterns of hosts; nil when nothing is.
func CheckHosts(patterns []string) *connector.Error {
	for _, p := range patterns {
		if _, err := parseHost(p); err != nil {
			return err
		}
	}
	return nil
}

func parseHosts(list string) (hosts, error) {
	var out hosts
	for _, text := range strings.Split(list, ",") {
		if text == "" {
			continue
		}
		p, err := parseHost(text)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func parseHost(text string) (hostPattern, *connector.Error) {
	p := hostPattern{name: text}
	if host, port, err := net.SplitHostPort(text); err == nil {
		p = hostPattern{host, port}
	}
	p.name = plain(p.name)
	_, err := path.Match(p.name, "")
	_, addrErr := netip.ParseAddr(p.name)
	if err != nil || p.name == "" || addrErr != nil && strings.ContainsAny(p.name, "/:@, ") || strings.Trim(p.port, "0123456789") != "" {
		return p, connector.InvalidField("/guardrails/hosts", fmt.Sprintf("%q is not a host.", text), "Write names or addresses without a scheme, such as s3.example.com, *.amazonaws.com or 10.0.0.7:9000.")
	}
	return p, nil
}

// plain gives a host the one form in which it is compared.
func plain(host string) string {
	if a, ok := literal(host); ok {
		return a.Unmap().String()
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

func (h hosts) check(u *url.URL) error {
	if len(h) == 0 {
		return nil
	}
	name, port := plain(u.Hostname()), u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	for _, p := range h {
		if ok, _ := path.Match(p.name, name); ok && (p.port == "" || p.port == port) {
			return nil
		}
	}
	return &connector.Error{
		Kind: connector.Denied, Message: fmt.Sprintf("The guardrails of the connection do not allow the host %s.", u.Host),
		Fix: "Check the endpoint URL, or have the host added to the connection's guardrails.",
	}
}
