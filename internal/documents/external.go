package documents

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/fairlead-io/fairlead/connector"
)

// external fetches content at addresses that users give.
type external struct{ web *http.Client }

func noURL() *connector.Error {
	return connector.InvalidField("/url", "The external document has no url.", "Give the address of its content, with http:// or https://.")
}

func (e external) open(ctx context.Context, d connector.Document) (*connector.DocumentContent, error) {
	if e.web == nil {
		return nil, &connector.Error{Kind: connector.Denied, Message: "External documents are not fetched here.", Fix: "Store the content as a document first."}
	}
	req, err := externalRequest(ctx, d)
	if err != nil {
		return nil, err
	}
	client := *e.web
	client.Timeout = 0                   // contents take as long as they take; the call's context limits it
	client.CheckRedirect = redirectedFew // nothing secret is sent, and each hop is held to the rules of egress
	res, err := client.Do(req)
	if err != nil {
		return nil, networkError(ctx, err)
	}
	if res.StatusCode/100 != 2 {
		return nil, refusedBy(res, req.URL.Host)
	}
	c := &connector.DocumentContent{
		Body: &fetched{res.Body, ctx}, Size: res.ContentLength, ContentType: res.Header.Get("Content-Type"), Name: d.Name,
	}
	if strings.TrimSpace(c.Name) == "" {
		c.Name = fileNameIn(res.Header.Get("Content-Disposition"))
	}
	if c.Name == "" {
		c.Name = randomUUID() + extensionOf(c.ContentType)
	}
	return c, nil
}

func externalRequest(ctx context.Context, d connector.Document) (*http.Request, error) {
	if d.URL == "" {
		return nil, noURL()
	}
	u, err := url.Parse(d.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, connector.InvalidField("/url", "The url of the external document is not a web address.", "Begin it with http:// or https:// and percent-encode special characters.")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, connector.InvalidField("/url", "The url of the external document cannot be asked for.", "Check its characters.")
	}
	req.Header.Set("Accept", "*/*")
	return req, nil
}

const maxRedirects = 5

func redirectedFew(req *http.Request, via []*http.Request) error {
	if len(via) > maxRedirects {
		return &connector.Error{Kind: connector.Unavailable, Message: via[0].URL.Host + " redirects too often.", Fix: "Give the address of the content itself."}
	}
	if via[len(via)-1].URL.Scheme == "https" && req.URL.Scheme != "https" {
		return &connector.Error{Kind: connector.Denied, Message: via[0].URL.Host + " redirects from https to an address without TLS.", Fix: "Give the address of the content itself."}
	}
	req.Header.Del("Referer") // the first address may hold a signature
	return nil
}

func refusedBy(res *http.Response, host string) error {
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxProblem)) // so that the connection can be used again
	_ = res.Body.Close()
	kind := connector.KindOfStatus(res.StatusCode)
	if kind == connector.Internal {
		kind = connector.Unavailable // a redirect that leads nowhere
	}
	return &connector.Error{
		Kind: kind, Operation: "GET", Item: host, Status: res.StatusCode,
		Message: fmt.Sprintf("%s answered %s when asked for the external document.", host, strings.TrimSpace(res.Status)), Fix: "Check the document's url, and that it can be read without signing in.",
	}
}

// extensionOf makes an extension of the second part of a content type.
func extensionOf(contentType string) string {
	base, _, _ := strings.Cut(contentType, ";")
	_, subtype, _ := strings.Cut(strings.TrimSpace(base), "/")
	subtype = strings.ToLower(subtype)
	if subtype == "" || len(subtype) > 80 || strings.Trim(subtype, "abcdefghijklmnopqrstuvwxyz0123456789.+-_") != "" {
		return ""
	}
	return "." + subtype
}
