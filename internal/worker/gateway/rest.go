package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/fairlead-io/fairlead/connector"
)

// maxAnswer bounds what one answer may make us keep: more than any gateway puts
// into one.
const maxAnswer = 256 << 20

// restTransport speaks with a cluster's REST API. Polls, which are held open for
// seconds, and commands have connections of their own.
type restTransport struct {
	base         string // with /v2
	polls, calls *http.Client
	auth         credentials
	timeout      time.Duration // of a command
	tenants      []string      // where an activation names none
}

// Idle connections that are kept, which also tells the pools apart.
const (
	pollConns = 16
	callConns = 128
)

func newREST(s Settings, base *url.URL, auth credentials, client func(maxConns int) (*http.Client, error)) (*restTransport, error) {
	t := &restTransport{base: base.String(), auth: auth, timeout: s.commandTimeout(), tenants: s.tenants()}
	for _, pool := range []struct {
		conns int
		into  **http.Client
	}{{pollConns, &t.polls}, {callConns, &t.calls}} {
		c, err := client(pool.conns)
		if err != nil {
			return nil, err
		}
		*pool.into = authorized(c, auth, base)
	}
	return t, nil
}

// call is one request.
type call struct {
	operation, method, path string
	body                    []byte // JSON; nil: none
	accept                  string // empty: JSON
	timeout                 time.Duration
}

// do sends a request and gives the answer's body. Its errors are *Error.
func (t *restTransport) do(ctx context.Context, client *http.Client, c call) ([]byte, error) {
	limited, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	var body io.Reader
	if c.body != nil {
		body = bytes.NewReader(c.body)
	}
	req, err := http.NewRequestWithContext(limited, c.method, t.base+c.path, body)
	if err != nil {
		return nil, newError(c.operation, CodeInvalidArgument, "The request cannot be made: "+err.Error()+".")
	}
	accept := "application/json"
	if c.accept != "" {
		accept = c.accept
	}
	req.Header.Set("Accept", accept+", application/problem+json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, t.broken(ctx, c.operation, err)
	}
	defer res.Body.Close()
	raw, err := readAll(res)
	if err != nil {
		return nil, t.broken(ctx, c.operation, err)
	}
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return nil, t.refusal(c.operation, res, raw)
	}
	return raw, nil
}

func readAll(res *http.Response) ([]byte, error) {
	var buf bytes.Buffer
	if n := res.ContentLength; n > 0 && n <= maxAnswer {
		buf.Grow(int(n) + bytes.MinRead)
	}
	n, err := buf.ReadFrom(io.LimitReader(res.Body, maxAnswer+1))
	if err == nil && n > maxAnswer {
		err = &connector.Error{Kind: connector.Invalid, Message: "The answer is larger than 256 MiB.", Fix: "Ask for fewer jobs at a time or for fewer variables."}
	}
	return buf.Bytes(), err
}

// broken makes an Error of a request that got no whole answer. ctx is the
// caller's own.
func (t *restTransport) broken(ctx context.Context, operation string, err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	if ctx.Err() != nil {
		return fromContext(operation, ctx.Err())
	}
	ce := connector.AsError(err)
	code := map[connector.Kind]string{
		connector.Timeout: CodeDeadlineExceeded, connector.Unavailable: CodeUnavailable,
		connector.Denied: CodePermissionDenied, connector.Invalid: CodeInvalidArgument, connector.Canceled: CodeCanceled,
	}[ce.Kind]
	if code == "" {
		code = CodeUnavailable
	}
	e := newError(operation, code, t.auth.scrub(ce.Message))
	e.Fix, e.Err = ce.Fix, err
	return e
}

// problem is what the API says of a failure, and what stands in for it where
// the web server answers itself.
type problem struct {
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Error  string `json:"error"`
	Path   string `json:"path"`
}

// refusal makes an Error of an answer that is none of success.
func (t *restTransport) refusal(operation string, res *http.Response, body []byte) *Error {
	var p problem
	_ = json.Unmarshal(body, &p) // an answer of a proxy need not be JSON
	media, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	own := media == "application/problem+json"
	code := codeOfStatus(res.StatusCode)
	busy := strings.Contains(p.Title, CodeResourceExhausted) || strings.Contains(p.Detail, CodeResourceExhausted)
	if res.StatusCode >= 500 && busy {
		code = CodeResourceExhausted
	}
	e := newError(operation, code, t.auth.scrub(p.text(res.StatusCode)))
	e.Status = res.StatusCode
	if code == CodeUnauthenticated {
		e.Fix = t.auth.fix()
	}
	e.Backpressure = e.Backpressure || res.StatusCode == http.StatusServiceUnavailable
	if e.Gone && !own {
		// Something else than the API answered: the address is wrong, or a part of
		// the cluster is missing. The job is as it was.
		e.Gone = false
		e.Fix = "Check that CAMUNDA_CLIENT_RESTADDRESS is the address of the Orchestration Cluster REST API, without /v2, and that the cluster's version has this operation."
	}
	return e
}

func (p problem) text(status int) string {
	switch {
	case p.Detail != "" && p.Title != "" && !strings.EqualFold(p.Title, http.StatusText(status)):
		return p.Title + ": " + p.Detail
	case p.Detail != "":
		return p.Detail
	case p.Title != "":
		return p.Title
	case p.Error != "" && p.Path != "":
		return p.Error + ": " + p.Path
	}
	if text := http.StatusText(status); text != "" {
		return text
	}
	return "The cluster gave no reason."
}
