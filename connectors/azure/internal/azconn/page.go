package azconn

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
)

// maxPages ends a list that has no end. Lists go over empty pages, so that an
// empty one is no end.
const maxPages = 2000

type page struct {
	Value    []json.RawMessage `json:"value"`
	NextLink string            `json:"nextLink"`
}

// List gives the items of a list, all pages of it, each as it came.
func (c *Conn) List(ctx context.Context, call Call) ([]json.RawMessage, error) {
	items := []json.RawMessage{}
	origin, seen := call.URL, map[string]bool{call.URL: true}
	for range maxPages {
		a, err := c.Do(ctx, call)
		if err != nil {
			return nil, err
		}
		var p page
		if err := json.Unmarshal(a.Body, &p); err != nil {
			return nil, listError(call, "The list is not one of Azure's.")
		}
		items = append(items, p.Value...)
		if p.NextLink == "" {
			return items, nil
		}
		if !sameOrigin(origin, p.NextLink) {
			return nil, foreignLink(call, p.NextLink)
		}
		if seen[p.NextLink] {
			return nil, listError(call, "The list goes in a circle: a page names itself, or an earlier one, as the next.")
		}
		seen[p.NextLink], call.URL = true, p.NextLink
	}
	return nil, listError(call, "The list has no end: it was given up after 2,000 pages.")
}

func listError(call Call, message string) *connector.Error {
	return &connector.Error{Kind: connector.Unavailable, Operation: call.Operation, Item: call.Item, Message: message, Fix: "Try again; report it to Azure if it happens each time."}
}

// foreignLink is refused before anything is sent: the token was made for the
// first host alone.
func foreignLink(call Call, link string) *connector.Error {
	host := "another host"
	if u, err := url.Parse(link); err == nil && u.Host != "" {
		host = u.Host
	}
	return &connector.Error{
		Kind: connector.Denied, Operation: call.Operation, Item: call.Item,
		Message: "The next page of the list lies at " + host + ", which is not the host that was asked. It was not followed, and no token was sent there.",
		Fix:     "Find out who answers in place of Azure: a proxy, or the endpoints in the connection.",
	}
}

// sameOrigin compares scheme and host; the default port may be written out.
func sameOrigin(a, b string) bool {
	x, errX := url.Parse(a)
	y, errY := url.Parse(b)
	return errX == nil && errY == nil && y.Scheme == "https" && y.User == nil && x.Scheme == y.Scheme && hostPort(x) == hostPort(y)
}

func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = "443"
	}
	return strings.ToLower(u.Hostname()) + ":" + port
}

// SameHost tells whether two https URLs name one host and port.
func SameHost(a, b string) bool { return sameOrigin(a, b) }
